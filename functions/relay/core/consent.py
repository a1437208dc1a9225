"""Whether a person has agreed to categories, as Segment's and RudderStack's libraries tell it. Pure.

Where nothing is said of consent, the sender does not manage it. Where something is said, what is not agreed
to is refused, and so is what cannot be read.
"""

from collections.abc import Iterator, Mapping, Sequence

from relay.core.names import squashed
from relay.core.objects import parsed, read_object

# Segment's library for Kotlin has the singular.
_PREFERENCES = frozenset({"categorypreferences", "categorypreference"})
_ALLOWED, _DENIED, _STRATEGY = "allowedconsentids", "deniedconsentids", "resolutionstrategy"
# One of the categories is enough; else all of them are wanted.
_ANY = frozenset({"or", "any"})


def is_consented(context: Mapping[str, object], categories: Sequence[str]) -> bool:
    """Say whether what an event's context says of consent lets it pass; `categories` are those wanted."""
    if not categories:
        return True
    wanted = [_plain(name) for name in categories]
    ways = {"consent": _prefers, "consentmanagement": _manages}
    said = [(ways[squashed(key)], value) for key, value in context.items() if squashed(key) in ways]
    return all(agrees(value, wanted) for agrees, value in said)


def _prefers(consent: object, wanted: Sequence[str]) -> bool:
    """Say whether Segment's `categoryPreferences` agree."""
    found = read_object(consent)
    if found.is_whole and not found.value:
        return True
    preferences = [read_object(value) for key, value in found.value.items() if squashed(key) in _PREFERENCES]
    told = [(_plain(name), choice) for each in preferences for name, choice in each.value.items()]
    agreed = {name for name, choice in told if choice is True} - {
        name for name, choice in told if choice is not True
    }
    return agreed.issuperset(wanted)


def _manages(management: object, wanted: Sequence[str]) -> bool:
    """Say whether RudderStack's `consentManagement` agrees: to what is allowed, or is not denied alone."""
    found = read_object(management)
    if found.is_whole and not found.value:
        return True
    said = {squashed(key): value for key, value in found.value.items() if value is not None}
    if not said.keys() & {_ALLOWED, _DENIED}:
        return False
    allowed, denied = _ids(said.get(_ALLOWED, [])), _denied(said.get(_DENIED, []))
    if denied is None:
        return False
    agreed = [name not in denied and (_ALLOWED not in said or name in (allowed or ())) for name in wanted]
    return any(agreed) if _plain(said.get(_STRATEGY)) in _ANY else all(agreed)


def _ids(value: object) -> frozenset[str] | None:
    """Return the ids of a list, of text with commas, or of an object's keys; None of anything else."""
    value = parsed(value)
    if isinstance(value, Mapping):
        return frozenset(_plain(name) for name, choice in value.items() if choice not in (False, None))
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list):
        return None
    return frozenset(map(_plain, _each(items)))


def _each(items: Sequence[object]) -> Iterator[object]:
    for item in items:
        yield item.get("id") if isinstance(item, Mapping) else item


def _denied(value: object) -> frozenset[str] | None:
    """Return the ids as `_ids` does, and what stands beside them; None if any of it cannot be read.

    A category that is denied by its name is denied as well.
    """
    ids, value = _ids(value), parsed(value)
    items = value if isinstance(value, list) else [value] if value and isinstance(value, Mapping) else []
    if ids is None or not all(isinstance(item, str | int | Mapping) and item != {} for item in items):
        return None
    beside = (text for item in items if isinstance(item, Mapping) for text in item.values())
    return ids.union(_plain(text) for text in beside if isinstance(text, str))


def _plain(name: object) -> str:
    return str(name).strip().casefold()
