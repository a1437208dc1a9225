"""The time that all senders share: DynamoDB's, as its answers tell it. Pure, in whole milliseconds.

Each answer of DynamoDB says in its `Date` at which second it was given. A process notes by a clock of its
own, one that no setting of the time moves, when it asked and when it was answered; so it knows within what
bounds DynamoDB's time is ahead of that clock, and each further answer makes them narrower. What its wall
clock shows is of no use but until the first date, and to notice that one of the two must be wrong.

What is assumed: that each of DynamoDB's clocks is within `CLOCK_ERROR_MS` of the true time, and that a steady
clock gains or loses no more than one part in `STEADY_TO`. Nothing is assumed of a wall clock.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

# AWS promises nothing; a tenth of a second is generous.
CLOCK_ERROR_MS = 100
# `Date` tells the second that has begun.
TICK_MS = 1_000
# A kernel makes its steady clock go faster or slower by up to one part in 2,000 to follow its time server.
STEADY_TO = 1_000
# Further than this the two clocks of a machine part only if one was set, or has not counted while it slept.
PARTED_MS = 1_000
# What a process takes for the time is corrected when it is wrong by more; less is within the bounds anyway.
WRONG_MS = 500


class Reading(NamedTuple):
    """What a process reads at a moment: a clock that is never set, and the one that is."""

    steady_ms: int
    wall_ms: int


class Skew(NamedTuple):
    """How far the shared time is ahead of a process's: by at least `least_ms`, at most `most_ms`.

    What was noted before the process's time was last set, as counted by `sets`, cannot be compared with it.
    """

    least_ms: int = 0
    most_ms: int = 0
    sets: int = 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far DynamoDB's time is ahead of a steady clock, as of a moment of that clock."""

    at_ms: int
    least_ms: int
    most_ms: int

    def by(self, steady_ms: int) -> "Bounds":
        """Return the bounds at a later moment: the clock may have gained or lost."""
        drift_ms = -(-max(0, steady_ms - self.at_ms) // STEADY_TO)
        return Bounds(steady_ms, self.least_ms - drift_ms, self.most_ms + drift_ms)


def told(sent: Reading, came: Reading, date_ms: int) -> Bounds:
    """Return the bounds that follow from one answer whose date is `date_ms`.

    It may have been given as soon as it was asked for, and have been read long after: then the steady clock
    may have lost meanwhile.
    """
    lost_ms = (came.steady_ms - sent.steady_ms) // STEADY_TO
    return Bounds(came.steady_ms, date_ms - came.steady_ms, date_ms + TICK_MS - sent.steady_ms + lost_ms)


@dataclass(slots=True)
class SharedTime:
    """What one process knows of the shared time. Not safe to use from several threads at once.

    Its own time is its steady clock and `ahead_ms`; it is set only if it is found to be wrong.
    """

    ahead_ms: int
    bounds: Bounds | None = None
    wall_ahead_ms: int = 0
    sets: int = 0
    is_told: bool = False

    @classmethod
    def at(cls, now: Reading) -> "SharedTime":
        """Begin with what the wall clock shows."""
        return cls(now.wall_ms - now.steady_ms)

    def now_ms(self, steady_ms: int) -> int:
        """Return this process's time: no wall clock that is set moves it."""
        return steady_ms + self.ahead_ms

    def within_ms(self, steady_ms: int) -> tuple[int, int]:
        """Return the earliest and the latest time that it may be by what was told last.

        A wall clock that was set changes nothing of that.
        """
        now_ms = self.now_ms(steady_ms)
        if self.bounds is None:
            return now_ms, now_ms
        bounds = self.bounds.by(steady_ms)
        return min(now_ms, steady_ms + bounds.least_ms), max(now_ms, steady_ms + bounds.most_ms)

    def skew(self, now: Reading) -> Skew | None:
        """Return how far the shared time is ahead; None until DynamoDB has told, or must tell anew."""
        if self.bounds is None or abs(now.wall_ms - now.steady_ms - self.wall_ahead_ms) > PARTED_MS:
            return None
        bounds = self.bounds.by(now.steady_ms)
        return Skew(bounds.least_ms - self.ahead_ms, bounds.most_ms - self.ahead_ms, self.sets)

    def hear(self, sent: Reading, came: Reading, date_ms: int | None) -> None:
        """Take note of an answer and its date; the wall clock has to serve where there has never been one."""
        if date_ms is None and self.is_told:
            return
        self.wall_ahead_ms = came.wall_ms - came.steady_ms
        fresh = (
            Bounds(came.steady_ms, self.wall_ahead_ms, self.wall_ahead_ms)
            if date_ms is None
            else told(sent, came, date_ms)
        )
        # What the wall clock has shown makes nothing narrower that a date tells.
        is_told = date_ms is not None
        known = self.bounds.by(came.steady_ms) if self.bounds and self.is_told == is_told else fresh
        self.is_told = is_told
        both = replace(
            fresh,
            least_ms=max(known.least_ms, fresh.least_ms),
            most_ms=min(known.most_ms, fresh.most_ms),
        )
        # Two of DynamoDB's clocks may differ a little. If it is more, ours has stood still.
        has_stood_still = both.least_ms - both.most_ms > 2 * CLOCK_ERROR_MS
        self.bounds = fresh if has_stood_still else both
        self._correct(self.bounds, is_wrong=has_stood_still)

    def _correct(self, bounds: Bounds, *, is_wrong: bool) -> None:
        nearest_ms = min(max(self.ahead_ms, bounds.least_ms), max(bounds.most_ms, bounds.least_ms))
        if is_wrong or abs(nearest_ms - self.ahead_ms) > WRONG_MS:
            self.ahead_ms, self.sets = nearest_ms, self.sets + 1
