"""Objects that were sent as something else: as JSON text, as a list of pairs. Pure.

What is read here is bounded: text of an event is at most as long as the event, and may hold so many values
and levels.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from relay.core.documents import MAX_EVENT_VALUES, Written, is_too_deep, loads

# As many as a whole event may have.
MAX_VALUES = MAX_EVENT_VALUES
# Text of text of text is what three libraries make that do not know of each other.
_MAX_TEXTS = 3
_NAMES, _VALUES = ("key", "name", "k"), ("value", "v")
_PAIR = 2


class Read(NamedTuple):
    """An object, and whether all of what was sent is in it."""

    value: Mapping[str, object]
    is_whole: bool = True


_NOTHING, _UNREAD = Read({}), Read({}, is_whole=False)


def read_object(value: object) -> Read:
    """Return the object that is meant.

    JSON text and lists of pairs are read, and a list of objects of which none says what another one does.
    Nothing, in whatever form, is an empty object; Segment allows null, and PHP writes an empty list.
    """
    # Most events have objects, and nothing in their other places.
    if value is None:
        return _NOTHING
    if not isinstance(value, dict):
        value = parsed(value)
    if isinstance(value, dict):
        return Read(value)
    if value is None or value in ("", []):
        return _NOTHING
    return _of_list(value) if isinstance(value, list) else _UNREAD


def parsed(value: object) -> object:
    """Return what JSON text stands for; anything else, and text that is no JSON, as it is."""
    for _ in range(_MAX_TEXTS):
        if isinstance(value, str):
            value = _parsed(value)
    return value


def _parsed(text: str) -> object:
    stripped = text.strip()
    # Before anything is built of it: commas, brackets and braces stand for the values.
    if sum(map(stripped.count, ",[{")) > MAX_VALUES:
        return text
    try:
        value = loads(stripped)
    except (ValueError, RecursionError):
        return stripped
    return text if is_too_deep(Written(value)) else value


def _of_list(items: list[object]) -> Read:
    pairs = [_pair(item) for item in items]
    named = {name: value for pair in pairs if pair for name, value in [pair]}
    if len(named) == len(items):
        return Read(named)
    found: dict[str, object] = {}
    is_whole = True
    for part in map(read_object, items):
        if found.keys() & part.value.keys():
            return _UNREAD
        found |= part.value
        is_whole = is_whole and part.is_whole
    return Read(found, is_whole)


def _pair(item: object) -> tuple[str, object] | None:
    """Return the name and the value that an element of a list is, None if it is none."""
    if isinstance(item, list) and len(item) == _PAIR and isinstance(item[0], str):
        return item[0], item[1]
    if isinstance(item, dict) and len(item) == _PAIR:
        name = next((item[key] for key in _NAMES if key in item), None)
        values = [item[key] for key in _VALUES if key in item]
        return (name, values[0]) if isinstance(name, str) and values else None
    return None


def elements(value: object) -> Iterator[object] | None:
    """Return the elements of a list, which may be JSON text or a single object; None of anything else."""
    value = parsed(value)
    if value in (None, "", {}):
        return iter(())
    items = value if isinstance(value, list) else [value] if isinstance(value, Mapping) else None
    return None if items is None else map(parsed, items)
