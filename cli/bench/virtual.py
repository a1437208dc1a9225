"""Virtual time: discrete events, nothing sleeps, and every run can be played again from its seed."""

import heapq
import itertools
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from relay.core.bucket import CALL_DEADLINE_MS, LATE_MS, USE_WITHIN_MS, Bucket

WINDOW_MS = 10_000
# What the processes' clocks show when the run begins: long after zero, which is what an empty item says.
EPOCH_MS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Schedule:
    """What happens in one run. Rates are chances for each call, write or second.

    `change` is when the limit changes, and to what. DynamoDB's clocks are off by up to `skew_ms`, and the
    wall clocks of the processes by up to `wall_ms`; these `jump` at a rate a second, by one of `jumps_ms`,
    `together` or each by itself. Steady clocks are up to `drift_ppm` too fast or too slow. Senders that
    believe their wall clocks (`believes_walls`) do not ask DynamoDB for the time.
    """

    seed: int = 0
    limit: int = 190
    workers: int = 4
    destinations: int = 1
    threads: int = 8
    duration_ms: int = 60_000
    round_trip_ms: int = 250
    surges: float = 0.0
    lost_answers: float = 0.0
    unknown_writes: float = 0.0
    crashes: float = 0.0
    skew_ms: int = 25
    clock_error_ms: int = 25
    idle_from_ms: int = 0
    idle_until_ms: int = 0
    day: int = 1_000_000
    day_ms: int = 86_400_000
    change: tuple[int, int] | None = None
    wall_ms: int = 25
    jump: float = 0.0
    jumps_ms: tuple[int, ...] = ()
    together: bool = False
    drift_ppm: int = 100
    believes_walls: bool = False


@dataclass(slots=True)
class Outcome:
    """What the server has counted, when, and how many writes that has cost.

    `jumps` are those of wall clocks, each as often as there are processes that it is a jump for.
    """

    counted_ms: list[int] = field(default_factory=list)
    writes: int = 0
    looks: int = 0
    jumps: int = 0
    bucket: Bucket = field(default_factory=Bucket)

    def most_in_window(self, from_ms: int = 0) -> int:
        """Return the most calls in any window of those that were counted since `from_ms`."""
        ordered = sorted(at for at in self.counted_ms if at >= from_ms)
        return max((n + 1 - bisect_right(ordered, at - WINDOW_MS) for n, at in enumerate(ordered)), default=0)

    def most_in_day(self, day_ms: int) -> int:
        """Return the most calls between two midnights, as the server sees them."""
        days = [(at + EPOCH_MS) // day_ms for at in self.counted_ms]
        return max(map(days.count, set(days)), default=0)

    def utilisation(self, limit: int, from_ms: int, until_ms: int) -> float:
        """Return the share of the limit that was used between two moments."""
        ordered = sorted(self.counted_ms)
        used = bisect_left(ordered, until_ms) - bisect_left(ordered, from_ms)
        return used / (limit * (until_ms - from_ms) / WINDOW_MS)


class Engine:
    """Virtual time and its dice."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.dice = random.Random(schedule.seed)  # noqa: S311 - a simulation
        self.now_ms = 0
        self.wall_off_ms = 0
        self.outcome = Outcome()
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def after(self, delay_ms: float, act: Callable[[], None]) -> None:
        """Do `act` in a while."""
        at_ms = self.now_ms + max(0, int(delay_ms))
        heapq.heappush(self._agenda, (at_ms, next(self._order), act))

    def run(self) -> Outcome:
        """Play until the end."""
        while self._agenda and self._agenda[0][0] < self.schedule.duration_ms:
            self.now_ms, _, act = heapq.heappop(self._agenda)
            act()
        return self.outcome

    def happens(self, rate: float) -> bool:
        """Throw the dice."""
        return self.dice.random() < rate

    def call(self, answered: Callable[[int], None]) -> None:
        """Make a call; tell `answered` at its end for how much longer it may still be counted."""
        # A thread that is held up sends its call only just in time.
        delay_ms = self.dice.uniform(0, USE_WITHIN_MS) if self.happens(self.schedule.surges / 10) else 0
        is_lost = self.happens(self.schedule.lost_answers)
        took_ms = CALL_DEADLINE_MS if is_lost else self._round_trip_ms()
        late_ms = LATE_MS if is_lost else 0
        self.after(delay_ms + self.dice.uniform(0, took_ms + late_ms), self._count)
        self.after(delay_ms + took_ms, lambda: answered(late_ms))

    def idle_for_ms(self) -> float:
        """Return for how long there is nothing to send."""
        schedule = self.schedule
        is_idle = schedule.idle_from_ms <= self.now_ms < schedule.idle_until_ms
        return schedule.idle_until_ms - self.now_ms + self.dice.uniform(0, 20) if is_idle else 0

    def _count(self) -> None:
        self.outcome.counted_ms.append(self.now_ms)

    def _round_trip_ms(self) -> int:
        if self.happens(self.schedule.surges):
            return self.dice.randint(500, 2_000)
        return max(10, int(self.dice.lognormvariate(-0.03125, 0.25) * self.schedule.round_trip_ms))
