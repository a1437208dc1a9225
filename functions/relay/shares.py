"""How much of what comes in is let in: a share for each write key, and one for each lane of a destination.

A limit that somebody has set is exact: it is counted in a table, over all execution environments. Where
nobody has set one, a default holds that costs no call: each environment counts its own, so that all together
take the default times their number at most. Only what was authenticated is counted, so nobody uses up the
share of somebody whose credential they do not have.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from relay.core.pace import OwnPace
from relay.core.write_keys import Source

# Events a second that one environment takes for a lane if nobody has set `ingest_limit`: what an environment
# of 512 MB can do at most is about twice as much. HubSpot takes 1,900 a second of a professional account (190
# calls in ten seconds, 100 records each), so one environment fills the queue faster than it can be emptied.
LANE_EVENTS_A_SECOND = 5_000


class Pace(Protocol):
    """Keeps events to a number a second, over all that take them in; `name` says whose share is used."""

    def wait_ms(self, name: str, events: int, limit: int) -> int:
        """Return 0 if the events may be taken, and count them; else in how many milliseconds to ask again."""
        ...

    def give_back(self, name: str, events: int, limit: int) -> None:
        """Take back the count of events that are not taken after all. Best effort."""
        ...

    def seen_wait_ms(self, name: str, limit: int) -> int:
        """Return the same by what was seen last, without asking anybody or counting anything."""
        ...


@dataclass(frozen=True, slots=True)
class Share:
    """How many events a second somebody may send, and under which name they are counted.

    `whose` it is stands in the answer; `is_set` if somebody has set the limit.
    """

    name: str
    limit: int
    whose: str
    is_set: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Events that are too many for now: whose share is used up, and for how long."""

    share: Share
    wait_ms: int


def passed_ms() -> Callable[[], int]:
    """Return a clock that never goes back, whatever is done to the machine's.

    A frozen environment's monotonic clock may stand still; the other one may be set. What has passed is what
    either of them says, and a jump forwards lends a burst at most.
    """
    seen_ms, total_ms = _both_ms(), 0

    def now_ms() -> int:
        nonlocal seen_ms, total_ms
        now = _both_ms()
        total_ms += max(0, *(after - before for before, after in zip(seen_ms, now, strict=True)))
        seen_ms = now
        return total_ms

    return now_ms


def _both_ms() -> tuple[int, int]:
    return time.monotonic_ns() // 1_000_000, time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Shares:
    """Counts events against the shares that they use. `exact` counts those that somebody has set."""

    exact: Pace
    now_ms: Callable[[], int] = field(default_factory=passed_ms)
    own: OwnPace = field(default_factory=OwnPace)

    def of_key(self, source: Source) -> Wait | None:
        """Return that the share of a key is known to be used up, before its request is read.

        Counts nothing and asks nobody, so that a flood costs little from its first refusal on.
        """
        return self._used_up([*_of_key(source)])

    def take(self, events: int, lane: str, limit: int | None, source: Source | None) -> Wait | None:
        """Count events against what they have to keep to; if there is too little of it, return what.

        `limit` is the destination's, which holds for each of its `lane`s: None is the default, 0 none.
        """
        shares = [*(_of_key(source) if source else ()), *_of_lane(lane, limit)]
        # What costs nothing comes first, and a key's share before its lane's: what may not be sent by the one
        # is not taken from the other.
        waiting = self._used_up(shares) or self._counted_exactly(shares, events)
        if not waiting:
            now_ms = self.now_ms()
            for share in shares:
                if not share.is_set:
                    self.own.take(share.name, events, share.limit, now_ms)
        return waiting

    def _used_up(self, shares: Sequence[Share]) -> Wait | None:
        now_ms = self.now_ms()
        waits = (Wait(share, self._known_wait_ms(share, now_ms)) for share in shares)
        return next((wait for wait in waits if wait.wait_ms), None)

    def _known_wait_ms(self, share: Share, now_ms: int) -> int:
        if share.is_set:
            return self.exact.seen_wait_ms(share.name, share.limit)
        return self.own.wait_ms(share.name, now_ms)

    def _counted_exactly(self, shares: Sequence[Share], events: int) -> Wait | None:
        counted: list[Share] = []
        for share in shares:
            if not share.is_set:
                continue
            if wait_ms := self.exact.wait_ms(share.name, events, share.limit):
                # A key must not pay for hours for a batch that its lane has no room for.
                for each in counted:
                    self.exact.give_back(each.name, events, each.limit)
                return Wait(share, wait_ms)
            counted.append(share)
        return None


def _of_key(source: Source) -> Iterator[Share]:
    default = source.default_events_a_second
    yield from _share(f"key#{source.key}", source.events_a_second, default, "write key")


def _of_lane(lane: str, limit: int | None) -> Iterator[Share]:
    yield from _share(lane, limit, LANE_EVENTS_A_SECOND, "destination")


def _share(name: str, limit: int | None, default: int, whose: str) -> Iterator[Share]:
    """Yield a share; none where the limit is 0, which somebody has set, too."""
    if limit != 0:
        yield Share(name, default if limit is None else limit, whose, limit is not None)
