"""The token bucket's arithmetic. Pure, in whole milliseconds.

HubSpot counts calls in a rolling window. A bucket that refills at a steady rate lets twice the limit through
(a full bucket, then a window's worth of refill), and so do fixed windows. This bucket holds `limit` tokens,
and a token that served a call comes back one window *after the answer* to that call. HubSpot counted the call
at some moment between its sending and its answer, so no window can hold more than `limit` calls, whatever the
network does.

Why: suppose more than `limit` calls were counted within one window, and look at the one whose token was lent
last. Each of the others was either still lent then, and the sum would have exceeded `limit`; or it had come
back, which means that its answer was older than a window, so it was counted before this window began.

Rules for changing it: a token is only ever freed by time. Everything that is uncertain (a lost answer, a
crashed holder, an unknown write) keeps its token lent until `HELD_MS` and a window have passed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from relay.core.clocks import CLOCK_ERROR_MS


class Family(StrEnum):
    """Calls that HubSpot counts together. Event sends are counted nowhere and need no token."""

    BURST = "burst"
    SEARCH = "search"
    ASSOCIATIONS = "associations"


# HubSpot's usage guidelines: 10 s for calls, and for association calls on their own count; 1 s to search.
WINDOW_MS: Mapping[Family, int] = {Family.BURST: 10_000, Family.SEARCH: 1_000, Family.ASSOCIATIONS: 10_000}
# A token is used within 2 s of being lent, and a call is given up after 10 s.
USE_WITHIN_MS = 2_000
CALL_DEADLINE_MS = 10_000
HELD_MS = USE_WITHIN_MS + CALL_DEADLINE_MS
# A call whose answer never came may have been on its way for this long after we gave it up.
LATE_MS = 2_000
# A call waits this long until it may begin; what would have to wait longer goes back to the queue.
WAIT_MS = 15_000
# What was lent before now cannot have to stay lent for longer than what is lent now: a time so much later was
# written with a wrong clock, and lapses with what is lent now. A sender may be a second or two less sure.
WRONG_AFTER_MS = 5_000
# No day has more than 25 hours: one that ends later than the next was begun with a wrong clock.
LONGEST_DAY_MS = 26 * 3_600_000
# HubSpot may begin its day a little later than we do: what it says of a day is not believed so early in ours.
DAY_SETTLES_MS = 300_000
# Why there is no token. An alarm of the template looks for a spent day.
WINDOW_FULL, BLOCKED, DAY_SPENT = "window_full", "blocked", "day_spent"
# A nearly full window lends this many or none, up to a twentieth of its limit: else, under a standing load,
# each call would cost a write of its own. Found by simulation.
AT_LEAST = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """What HubSpot allows: calls in a window for each family, and calls a day for all of them together.

    HubSpot's own word (`learned` in the bucket) goes before the first two. The ceilings are what the user
    wants to stay below in any case. `clock_error_ms` is how far DynamoDB's clocks may be from the true time.
    """

    burst: int = 100
    day: int = 250_000
    associations: int = 100
    search: int = 5
    burst_ceiling: int | None = None
    day_ceiling: int | None = None
    clock_error_ms: int = CLOCK_ERROR_MS


@dataclass(frozen=True, slots=True)
class Window:
    """For each lent token of a family, when it comes back; and until when nothing is lent at all."""

    free_at_ms: tuple[int, ...] = ()
    blocked_until_ms: int = 0


@dataclass(frozen=True, slots=True)
class Learned:
    """What HubSpot said last: both limits, and the account's time zone; 0 or "" where it said nothing."""

    burst: int = 0
    day: int = 0
    time_zone: str = ""

    def updated(self, news: "Learned") -> "Learned":
        """Return this with what `news` says."""
        return Learned(news.burst or self.burst, news.day or self.day, news.time_zone or self.time_zone)


@dataclass(frozen=True, slots=True)
class Bucket:
    """All that the senders with one access token share.

    `version` guards the write, `nonce` names the last writer.
    """

    version: int = 0
    nonce: str = ""
    windows: Mapping[Family, Window] = field(default_factory=dict)
    day_began_at_ms: int = 0
    day_ends_at_ms: int = 0
    used_today: int = 0
    learned: Learned = Learned()

    def window(self, family: Family) -> Window:
        """Return the window of a family, an empty one if nothing was lent yet."""
        return self.windows.get(family, Window())

    def with_window(self, family: Family, window: Window) -> "Bucket":
        """Return this bucket with another window."""
        return replace(self, windows={**self.windows, family: window})


@dataclass(frozen=True, slots=True)
class Settlement:
    """A lent token that came back early: `lent_free_at_ms` is how the bucket knows it.

    `answered_at_ms` is when the answer to its call arrived; None if the token was not used.
    """

    family: Family
    lent_free_at_ms: int
    answered_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Observation:
    """What an answer at `at_ms` told about HubSpot's limits, and which families to leave alone until when."""

    at_ms: int
    learned: Learned = Learned()
    day_remaining: int | None = None
    day_is_spent: bool = False
    blocked_until_ms: Mapping[Family, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Want:
    """Up to `tokens` tokens of a family, and none if there are fewer than `at_least`."""

    family: Family
    tokens: int
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Take:
    """The bucket after a take at `taken_at_ms`.

    Either `lent` tokens, each known by `free_at_ms`, or `wait_ms` until there may be one, and `reason` why.
    """

    bucket: Bucket
    taken_at_ms: int
    lent: int
    free_at_ms: int
    wait_ms: int = 0
    reason: str = ""


def take(bucket: Bucket, want: Want, limits: Limits, now_ms: int, unsure_ms: int = 0) -> Take:
    """Lend tokens, or say how long until it is worth asking again.

    It is `now_ms` at least, and up to `unsure_ms` later: what comes back is counted from the later moment.
    """
    family = want.family
    window = bucket.window(family)
    free_at_ms = now_ms + unsure_ms + HELD_MS + WINDOW_MS[family] + 2 * limits.clock_error_ms
    lent_out = tuple(
        min(at_ms, free_at_ms + WRONG_AFTER_MS)
        for at_ms in window.free_at_ms[bisect_right(window.free_at_ms, now_ms) :]
    )
    limit = window_limit(bucket, family, limits)
    needed = min(want.tokens, want.at_least, max(1, limit // 20))
    wait_ms, reason = _wait(bucket, window, limits, now_ms)
    if needed and not reason and limit - len(lent_out) < needed:
        # With the limit lowered meanwhile, more than these have to come back first.
        wait_ms, reason = lent_out[len(lent_out) - limit + needed - 1] - now_ms, WINDOW_FULL
    lent = (
        0
        if reason
        else min(want.tokens, limit - len(lent_out), day_limit(bucket, limits) - bucket.used_today)
    )
    # Another sender may be less sure of the time than this one.
    ordered = tuple(sorted(lent_out + (free_at_ms,) * lent))
    after = bucket.with_window(family, replace(window, free_at_ms=ordered))
    after = replace(after, used_today=bucket.used_today + lent)
    return Take(after, now_ms, lent, free_at_ms, wait_ms, reason)


def settle(bucket: Bucket, settlements: Sequence[Settlement], limits: Limits) -> Bucket:
    """Take back tokens whose calls were answered, and those that were not used.

    A token that the bucket no longer knows has lapsed: nothing is freed for it.
    """
    for settlement in settlements:
        family = settlement.family
        window = bucket.window(family)
        free_at_ms = list(window.free_at_ms)
        if settlement.lent_free_at_ms not in free_at_ms:
            continue
        free_at_ms.remove(settlement.lent_free_at_ms)
        if settlement.answered_at_ms is None:
            bucket = replace(bucket, used_today=max(0, bucket.used_today - 1))
        else:
            free_at_ms.append(settlement.answered_at_ms + WINDOW_MS[family] + 2 * limits.clock_error_ms)
        bucket = bucket.with_window(family, replace(window, free_at_ms=tuple(sorted(free_at_ms))))
    return bucket


def observe(bucket: Bucket, seen: Observation, limits: Limits) -> Bucket:
    """Believe what HubSpot has said about its limits, and leave alone what it wants to be left alone."""
    learned = bucket.learned.updated(seen.learned)
    if learned.time_zone != bucket.learned.time_zone:
        bucket = replace(bucket, day_ends_at_ms=0)
    bucket = replace(bucket, learned=learned)
    blocked = dict(seen.blocked_until_ms)
    if seen.at_ms >= bucket.day_began_at_ms + DAY_SETTLES_MS:
        bucket = replace(bucket, used_today=max(bucket.used_today, *_used_today(bucket, seen, limits)))
    elif seen.day_is_spent:
        blocked |= dict.fromkeys(Family, seen.at_ms + DAY_SETTLES_MS // 5)
    for family, until_ms in blocked.items():
        window = bucket.window(family)
        latest_ms = max(window.blocked_until_ms, until_ms)
        bucket = bucket.with_window(family, replace(window, blocked_until_ms=latest_ms))
    return bucket


def until_free(bucket: Bucket, now_ms: int) -> Observation:
    """Return what a bucket must be told that takes the place of this one: to begin when its calls are past.

    Another access token may be one of the same app, whose calls HubSpot counts together.
    """
    until_ms = {
        family: max(window.blocked_until_ms, *window.free_at_ms[-1:], now_ms)
        for family, window in bucket.windows.items()
    }
    return Observation(now_ms, blocked_until_ms={k: until for k, until in until_ms.items() if until > now_ms})


def roll_over(bucket: Bucket, *, day_ends_at_ms: int, limits: Limits, now_ms: int) -> Bucket:
    """Begin a new day, which ends at `day_ends_at_ms`, if the bucket's own is over.

    Whatever may have been counted since the old day's end counts as used in the new one.
    """
    if not bucket.day_ends_at_ms or bucket.day_ends_at_ms > day_ends_at_ms + LONGEST_DAY_MS:
        return replace(bucket, day_ends_at_ms=day_ends_at_ms)
    if now_ms < bucket.day_ends_at_ms + limits.clock_error_ms:
        return bucket
    used = sum(
        len(window.free_at_ms) - bisect_left(window.free_at_ms, bucket.day_ends_at_ms + WINDOW_MS[family])
        for family, window in bucket.windows.items()
    )
    return replace(bucket, day_began_at_ms=now_ms, day_ends_at_ms=day_ends_at_ms, used_today=used)


def _used_today(bucket: Bucket, seen: Observation, limits: Limits) -> Iterator[int]:
    yield 0
    if seen.day_is_spent:
        yield day_limit(bucket, limits)
    if seen.day_remaining is not None and bucket.learned.day:
        # Another app of the same account uses the same day.
        yield bucket.learned.day - seen.day_remaining


def _wait(bucket: Bucket, window: Window, limits: Limits, now_ms: int) -> tuple[int, str]:
    if window.blocked_until_ms > now_ms:
        return window.blocked_until_ms - now_ms, BLOCKED
    if bucket.used_today >= day_limit(bucket, limits):
        return max(1, bucket.day_ends_at_ms + limits.clock_error_ms - now_ms), DAY_SPENT
    return 0, ""


def window_limit(bucket: Bucket, family: Family, limits: Limits) -> int:
    """Return how many calls of a family a window may hold, as far as is known."""
    if family == Family.SEARCH:
        return limits.search
    if family == Family.ASSOCIATIONS:
        return limits.associations
    return _at_most(bucket.learned.burst or limits.burst, limits.burst_ceiling)


def day_limit(bucket: Bucket, limits: Limits) -> int:
    """Return how many calls a day are allowed, as far as is known."""
    return _at_most(bucket.learned.day or limits.day, limits.day_ceiling)


def _at_most(limit: int, ceiling: int | None) -> int:
    return limit if ceiling is None else min(limit, ceiling)
