"""The fields of an event by Segment's names, in whatever spelling they came. Pure.

Warehouses, webhooks of one's own and hand-written clients spell them as their language does: `user_id`,
`UserID`. A value under Segment's own name counts more.
"""

from collections.abc import Mapping
from typing import NamedTuple

from relay.core.blanks import trimmed
from relay.core.names import squashed

SUPERSEDED = "superseded"
# Fields of two words, which are the ones that are spelt in several ways.
SPELT = (
    "messageId",
    "userId",
    "anonymousId",
    "previousId",
    "groupId",
    "originalTimestamp",
    "sentAt",
)
_BY_SPELLING: Mapping[str, str] = {squashed(name): name for name in SPELT}
# What most events consist of: they cost no more than a look.
_USUAL = frozenset(
    {
        *SPELT,
        *("type", "event", "name", "category", "traits", "properties", "context", "integrations", "email"),
        *("timestamp", "receivedAt", "version", "channel", "projectId", "writeKey", "_metadata"),
    }
)
_WRITE_KEY = squashed("writeKey")
# No spelling of a field is longer.
_MAX_CHARS = 40


class Fields(NamedTuple):
    """An event by Segment's names; `notes` name the other spellings whose values do not count, and why."""

    event: Mapping[str, object]
    notes: Mapping[str, str]


def without_write_key(event: Mapping[str, object]) -> Mapping[str, object]:
    """Return an event without its write key, a credential, in whatever spelling: in it or in its context.

    Return the very same event if it has none.
    """
    found = _without_write_key(event)
    context = found.get("context")
    if not isinstance(context, Mapping):
        return found
    kept = _without_write_key(context)
    return found if kept is context else {**found, "context": kept}


def in_our_names(event: Mapping[str, object]) -> Fields:
    """Return an event in which fields in another spelling stand under Segment's name as well.

    They count where that holds nothing: first those in lower case with underscores, then by the alphabet.
    """
    odd = [key for key in event.keys() - _USUAL if _meant(key)]
    if not odd:
        return Fields(event, {})
    found, notes = dict(event), dict[str, str]()
    for key in sorted(odd, key=lambda key: (not key.islower() or "_" not in key, key)):
        name, value = _meant(key), event[key]
        if not _says_something(value):
            continue
        if not _says_something(found.get(name)):
            found[name] = value
        elif found[name] != value:
            notes[key] = SUPERSEDED
    return Fields(found, notes)


def _without_write_key(part: Mapping[str, object]) -> Mapping[str, object]:
    # Hardly any has one.
    if not any(map(_is_write_key, part)):
        return part
    return {name: value for name, value in part.items() if not _is_write_key(name)}


def _is_write_key(name: str) -> bool:
    return len(name) <= _MAX_CHARS and "rite" in name.lower() and squashed(name) == _WRITE_KEY


def _meant(key: str) -> str:
    is_short = len(key) <= _MAX_CHARS and key.isascii()
    return _BY_SPELLING.get(squashed(key), "") if is_short else ""


def _says_something(value: object) -> bool:
    return bool(trimmed(value)) if isinstance(value, str) else value is not None
