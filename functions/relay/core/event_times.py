"""When an event happened, by what it says of that and when it arrived. Pure.

What is no time of an event gives way to the time of arrival, and a note says so.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from relay.core.moments import to_ms

# What comes first counts: Segment corrects `timestamp` by the sender's clock, and RudderStack's libraries
# leave that to the receiver.
FIELDS = ("timestamp", "originalTimestamp")
NOT_A_TIME, EMPTY, FUTURE = "not_a_time", "empty_time", "in_the_future"
# Empty times of languages lie in the years 1, 1601, 1899, 1900, 1970, 1980, 2000 and 2001; seconds since
# 2001, as Apple's systems count them, look like times before this one. Nothing that sends events is as old.
FLOOR_MS = 1_009_843_200_000  # 2002-01-01T00:00:00Z
# Clocks that are ahead by so little are no matter for a person; the time of arrival counts all the same.
AHEAD_MS = 300_000
# How long an event may have waited in a device whose clock knows no year.
MAX_AGE_MS = 30 * 86_400_000
_DAY_MS = 86_400_000
_WORDS_FOR_NOTHING = frozenset({"null", "undefined", "none", "nil", "nan", "false"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class EventTime(NamedTuple):
    """When an event happened, in milliseconds since 1970, and why other times that it states do not count."""

    at_ms: int
    notes: Mapping[str, str]


def event_time(event: Mapping[str, object], received_at_ms: int) -> EventTime:
    """Return the first of its times that is one, but none after the arrival; else the time of arrival."""
    notes: dict[str, str] = {}
    for name in FIELDS:
        value = event.get(name)
        if value is None:
            continue
        found = read_time(value)
        if isinstance(found, int) and found <= received_at_ms + AHEAD_MS:
            return EventTime(min(found, received_at_ms), notes)
        notes[name] = FUTURE if isinstance(found, int) else found
    return EventTime(received_at_ms, notes)


def read_time(value: object) -> int | str:
    """Return when something happened, in milliseconds since 1970, or why `value` is no such time.

    The reasons are `not_a_time` and `empty_time`.
    """
    at_ms = to_ms(value)
    if isinstance(at_ms, int):
        return at_ms if at_ms >= FLOOR_MS else EMPTY
    return EMPTY if _is_nothing(value) else NOT_A_TIME


def corrected(
    event: Mapping[str, object], sent_at: object, received_at_ms: int, tolerance_ms: int
) -> Mapping[str, object]:
    """Return the times of an event by our clock; none where its own is right, or nothing says otherwise.

    `sent_at` is what the sender's clock said when the event was sent: by how much it is off, the event's time
    is off (Segment's common spec). One that agrees with ours within `tolerance_ms` is believed.
    """
    name, stated_ms = _only_time(event)
    sent_ms = to_ms(sent_at)
    if not name or not isinstance(sent_ms, int) or abs(sent_ms - received_at_ms) <= tolerance_ms:
        return {}
    waited_ms = sent_ms - stated_ms
    if sent_ms < FLOOR_MS and not 0 < waited_ms <= MAX_AGE_MS:
        # An empty time, and not a clock that knows no year.
        return {}
    at_ms = received_at_ms - waited_ms
    is_likely = FLOOR_MS <= at_ms <= received_at_ms + _DAY_MS
    return {"timestamp": _iso(at_ms), "originalTimestamp": event[name]} if is_likely else {}


def _only_time(event: Mapping[str, object]) -> tuple[str, int]:
    """Return the one time that an event states, by its name; "" if there is none, or if there are two.

    With two somebody has corrected the first already. An empty one counts only where there is no other.
    """
    read = {name: at_ms for name in FIELDS if isinstance(at_ms := to_ms(event.get(name)), int)}
    stated = {name: at_ms for name, at_ms in read.items() if at_ms >= FLOOR_MS} or read
    return next(iter(stated.items())) if len(stated) == 1 else ("", 0)


def _is_nothing(value: object) -> bool:
    if isinstance(value, str):
        text = value.strip().strip("\"'").lower()
        return not text.strip("0-/:.tz +") or text in _WORDS_FOR_NOTHING or _is_zero(text)
    return value <= 0 if isinstance(value, int | float) else not value


def _is_zero(text: str) -> bool:
    try:
        return float(text) <= 0
    except ValueError:
        return False


def _iso(at_ms: int) -> str:
    moment = _EPOCH + timedelta(milliseconds=at_ms)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
