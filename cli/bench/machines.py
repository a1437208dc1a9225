"""The clocks of a process in virtual time: a steady one that drifts, and a wall clock that may be set."""

from cli.bench.virtual import EPOCH_MS, Engine
from relay.core.clocks import Reading, SharedTime, Skew


class Machine:
    """What a process can read of the time, and what it makes of the table's answers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        schedule, dice = engine.schedule, engine.dice
        self._wall_off_ms = dice.randint(-schedule.wall_ms, schedule.wall_ms)
        self._booted_at_ms = engine.now_ms - dice.randint(0, 1_000_000)
        self._drift = dice.uniform(-schedule.drift_ppm, schedule.drift_ppm) / 1_000_000
        self._time = SharedTime.at(self.read())
        if schedule.jump:
            engine.after(dice.uniform(0, 1_000), self._tick)

    def read(self) -> Reading:
        """Return what both clocks show."""
        engine = self._engine
        up_ms = engine.now_ms - self._booted_at_ms
        return Reading(int(up_ms * (1 + self._drift)), engine.now_ms + EPOCH_MS + self._wall_ms())

    def now_ms(self) -> int:
        """Return what this process takes for the time."""
        now = self.read()
        return now.wall_ms if self._engine.schedule.believes_walls else self._time.now_ms(now.steady_ms)

    def skew(self) -> Skew | None:
        """Return how far the shared time is ahead; None if it is not known."""
        return Skew() if self._engine.schedule.believes_walls else self._time.skew(self.read())

    def hear(self, sent: Reading, date_ms: int | None) -> None:
        """Take note of an answer to what was sent then; there was none without a date."""
        if date_ms is not None:
            self._time.hear(sent, self.read(), date_ms)

    def _wall_ms(self) -> int:
        return self._wall_off_ms + (self._engine.wall_off_ms if self._engine.schedule.together else 0)

    def _tick(self) -> None:
        schedule = self._engine.schedule
        if self._engine.happens(schedule.jump):
            by_ms = self._engine.dice.choice(schedule.jumps_ms)
            self._engine.outcome.jumps += schedule.workers if schedule.together else 1
            if schedule.together:
                self._engine.wall_off_ms += by_ms
            else:
                self._wall_off_ms += by_ms
        self._engine.after(1_000, self._tick)
