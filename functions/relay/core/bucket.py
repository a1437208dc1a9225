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

import struct
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

WINDOW_MS = 10_000
# How far the clocks of two execution environments may lie apart: AWS promises nothing, a tenth is generous.
CLOCK_ERROR_MS = 100
# A token is used within 2 s of being lent, and a call is given up after 10 s.
USE_WITHIN_MS = 2_000
CALL_DEADLINE_MS = 10_000
HELD_MS = USE_WITHIN_MS + CALL_DEADLINE_MS
_OFFSET = struct.Struct(">H")


@dataclass(frozen=True, slots=True)
class Bucket:
    """For each lent token, when it comes back. `version` guards the write, `nonce` names the last writer."""

    version: int = 0
    nonce: str = ""
    free_at_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Settlement:
    """A lent token that came back early: `lent_free_at_ms` is how the bucket knows it.

    `answered_at_ms` is when the answer to its call arrived; None if the token was not used.
    """

    lent_free_at_ms: int
    answered_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Take:
    """The bucket after a take at `taken_at_ms`.

    Either `lent` tokens, each known by `free_at_ms`, or `wait_ms` until there is one.
    """

    bucket: Bucket
    taken_at_ms: int
    lent: int
    free_at_ms: int
    wait_ms: int


def take(bucket: Bucket, *, wanted: int, limit: int, now_ms: int) -> Take:
    """Lend up to `wanted` tokens, or say how long until there is one."""
    lent_out = bucket.free_at_ms[bisect_right(bucket.free_at_ms, now_ms) :]
    lent = max(0, min(wanted, limit - len(lent_out)))
    free_at_ms = now_ms + HELD_MS + WINDOW_MS + 2 * CLOCK_ERROR_MS
    after = tuple(sorted((*lent_out, *[free_at_ms] * lent)))
    # With the limit lowered meanwhile, more than one has to come back first.
    wait_ms = 0 if lent or not wanted else lent_out[len(lent_out) - limit] - now_ms
    return Take(replace(bucket, free_at_ms=after), now_ms, lent, free_at_ms, wait_ms)


def settle(bucket: Bucket, settlements: Sequence[Settlement]) -> Bucket:
    """Take back tokens whose calls were answered, and those that were not used.

    A token that the bucket no longer knows has lapsed: nothing is freed for it.
    """
    free_at_ms = list(bucket.free_at_ms)
    for settlement in settlements:
        if settlement.lent_free_at_ms not in free_at_ms:
            continue
        free_at_ms.remove(settlement.lent_free_at_ms)
        if settlement.answered_at_ms is not None:
            free_at_ms.append(settlement.answered_at_ms + WINDOW_MS + 2 * CLOCK_ERROR_MS)
    return replace(bucket, free_at_ms=tuple(sorted(free_at_ms)))


def pack_offsets(free_at_ms: Sequence[int], base_ms: int) -> bytes:
    """Write times as 2-byte offsets from `base_ms`, so that a bucket of 250 tokens stays under 1 KB.

    Every time lies within 65 s of the write that stores it; what is past is kept as the base itself.
    """
    return b"".join(_OFFSET.pack(max(0, at_ms - base_ms)) for at_ms in free_at_ms)


def unpack_offsets(data: bytes, base_ms: int) -> tuple[int, ...]:
    """Read back what `pack_offsets` wrote."""
    return tuple(base_ms + offset for (offset,) in _OFFSET.iter_unpack(data))
