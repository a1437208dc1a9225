"""Messages whose events wait for a person: they stay as they are until something has changed. Pure.

A look at such events costs calls and a line each, so a message says why its events wait, and until when they
need no look. It is taken every `MAX_DELAY_FOR_PERSON_S` all the same, because SQS cannot be asked to hand out
a delayed message early: whoever takes it puts it back unread, unless `relay retry` was said, or what it waits
for is over, as an example that is not parked has shown.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

# As long as SQS delays a message, which is how long other events wait for their next look.
MAX_PARKED_MS = 900_000


@dataclass(frozen=True, slots=True)
class Parked:
    """Why events wait, and until when they need no look.

    `mark_ms` is the newest mark of `relay retry` that was known at their last look, 0 for none.
    """

    reason: str
    until_ms: int
    mark_ms: int


@dataclass(frozen=True, slots=True)
class Parking:
    """A parked message, as its beginning tells: how many events it holds, and since when the oldest waits."""

    destination: str
    parked: Parked
    events: int
    since_ms: int


# No time and no count is larger.
_MOST = 1 << 53
# Told at the beginning of a message, so that no other has to be read for it.
_BEGINNING = '{"v":1,"parked":'


def to_plain(parked: Parked, events: int, since_ms: int) -> Mapping[str, object]:
    """Return what a message says of itself, as JSON has it."""
    return {**asdict(parked), "events": events, "since_ms": since_ms}


def parking_in(body: str) -> Parking | None:
    """Return what a message says of itself; None if it is not parked, or not by us."""
    if not body.startswith(_BEGINNING):
        return None
    try:
        content = json.loads(body)
        told = content["parked"]
        numbers = [told[name] for name in ("until_ms", "mark_ms", "events", "since_ms")]
        words = [content["destination"], told["reason"]]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    is_counted = all(type(each) is int and 0 <= each <= _MOST for each in numbers)
    if not is_counted or not all(isinstance(each, str) for each in words):
        return None
    until_ms, mark_ms, events, since_ms = numbers
    return Parking(words[0], Parked(words[1], until_ms, mark_ms), events, since_ms)


def may_stay(parked: Parked, *, reasons: Collection[str] | None, mark_ms: int, now_ms: int) -> bool:
    """Say whether a message may be put back unread.

    `reasons` are those for which events of the destination wait by now, `mark_ms` is the newest mark; None if
    that cannot be read, and then only the time counts.
    """
    # No message says more, unless a clock has jumped or somebody else has written it.
    if not now_ms < parked.until_ms <= now_ms + MAX_PARKED_MS:
        return False
    return reasons is None or (parked.reason in reasons and mark_ms == parked.mark_ms)
