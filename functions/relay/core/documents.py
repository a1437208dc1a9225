"""JSON as it comes from outside: parsed within bounds, and kept as its sender wrote it.

Events go to the queue in their own words. Nothing is printed anew, so nothing that Python would print
otherwise changes on the way: `1.0`, whole numbers of any length, lone surrogates (docs/decisions/0010).
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

# Segment's largest batch holds 4,000 events (its documentation of Webhooks (Actions)).
MAX_ELEMENTS = 4_000
# Values in one body. Python takes some 100 bytes for each, and the function's memory has to hold them all; a
# batch of 4 MB has 200,000.
MAX_VALUES = 1_000_000
# Values in one event, as many as Segment takes properties of one. The sender maps each of them: 10,000
# unknown traits cost it 0.1 s, an ordinary event 0.2 ms. One of 32 KB, Segment's largest, has some 2,000.
MAX_EVENT_VALUES = 10_000
# Keys in one object of an event. HubSpot's objects have some 300 properties of its own, and 1,000 of yours.
MAX_OBJECT_KEYS = 5_000
# Deeper JSON is no data, and Python's own limit depends on who calls.
MAX_LEVELS = 100
# No number that anybody computes with has more digits, and Python refuses to read one of more than 4,300.
MAX_DIGITS = 400

_SPACE = " \t\r\n"
_JSON = frozenset('{["')
_SPACES = re.compile(f"[{_SPACE}]*")
_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True)
class Written:
    """A JSON value, and its text exactly as it was written; "" if it is still to be written."""

    value: object
    text: str = ""


@dataclass(frozen=True, slots=True)
class BadDocument:
    """A body that is not taken: `code` is a word to search for; `too_large` if only its size is wrong."""

    code: str
    message: str
    too_large: bool = False


_NOT_JSON = BadDocument("invalid_json", "The body is not valid JSON.")
TOO_DEEP = BadDocument("too_deep", "The body is nested too deeply.")
TOO_MANY_VALUES = BadDocument("too_many_values", f"The body holds over {MAX_VALUES} values.", too_large=True)
TOO_MANY_EVENTS = BadDocument(
    "too_many_events", f"Send at most {MAX_ELEMENTS} events at once.", too_large=True
)


def loads(text: str | bytes) -> object:
    """Parse JSON; a number of over 400 digits is infinite. Raises ValueError or RecursionError.

    NaN, Infinity and lone surrogates are taken, because Python's own json writes them.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return json.loads(text, parse_int=_whole_number)


def value_at(text: str, start: int) -> tuple[object, int]:
    """Parse the JSON value that begins at `start` and return it with its end. Raises as `loads` does."""
    try:
        return _EXACT.raw_decode(text, start)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _TOLERANT.raw_decode(text, start)


def has_too_many_values(raw: bytes) -> bool:
    """Say whether a body holds over a million values, before anything is built of it."""
    # Commas, brackets and braces stand for the values, and each of them is a byte.
    return len(raw) > MAX_VALUES and sum(map(raw.count, (b",", b"[", b"{"))) > MAX_VALUES


def read_body(raw: bytes) -> Written | BadDocument:
    """Return what a body holds. Its size in bytes is the caller's to limit."""
    return _read(raw, lambda text: Written(loads(text), text))


def read_elements(raw: bytes) -> list[Written] | BadDocument:
    """Return the elements of an array, or the only value that a body is, each as it was written."""
    return _read(raw, lambda text: _elements(text) if text.startswith("[") else [Written(loads(text), text)])


def _read(raw: bytes, parse: Callable[[str], _Kind | BadDocument]) -> _Kind | BadDocument:
    try:
        text = raw.decode("utf-8-sig", "surrogatepass").strip(_SPACE)
        return TOO_MANY_VALUES if has_too_many_values(raw) else parse(text)
    except RecursionError:
        return TOO_DEEP
    except ValueError:
        return _NOT_JSON


def _elements(text: str) -> list[Written] | BadDocument:
    found: list[Written] = []
    at = _past_space(text, 1)
    if text.startswith("]", at):
        return found if at + 1 == len(text) else _NOT_JSON
    while len(found) < MAX_ELEMENTS:
        value, end = value_at(text, at)
        found.append(Written(value, text[at:end]))
        at = _past_space(text, end)
        if text.startswith("]", at):
            return found if at + 1 == len(text) else _NOT_JSON
        if not text.startswith(",", at):
            return _NOT_JSON
        at = _past_space(text, at + 1)
    return TOO_MANY_EVENTS


class Excess(Enum):
    """What an event has too much of."""

    LEVELS = "levels"
    VALUES = "values"
    KEYS = "keys"


def excess_of(event: Written) -> Excess | None:
    """Return what an event has too much of; None where it keeps to all bounds.

    What stands in its texts as JSON counts, because the sender reads some of it.
    """
    if event.text and _is_small(event.text):
        return None
    values, level = 1, [event.value]
    for _ in range(MAX_LEVELS + 1):
        dicts = [part for part in level if isinstance(part, dict)]
        if any(len(part) > MAX_OBJECT_KEYS for part in dicts):
            return Excess.KEYS
        values += sum(_values_in_text(part) for part in level if isinstance(part, str))
        level = [part for outer in level if isinstance(outer, list) for part in outer]
        level += [part for outer in dicts for part in outer.values()]
        values += len(level)
        if values > MAX_EVENT_VALUES:
            return Excess.VALUES
        if not level:
            return None
    return Excess.LEVELS


def _is_small(text: str) -> bool:
    """Say whether a text is too short of marks for any bound; most events are told by that, and quickly."""
    brackets = text.count("{") + text.count("[")
    if brackets > MAX_LEVELS:
        return False
    # A mark may be hidden as \\u002c in a text that holds JSON in its turn.
    return brackets + text.count(",") + text.count("\\u00") < MAX_OBJECT_KEYS


def _values_in_text(text: str) -> int:
    """Return how many values the sender may read in a text; 0 where it is no JSON, or has too many marks."""
    if text.lstrip()[:1] not in _JSON:
        return 0
    marks = sum(map(text.count, ",[{"))
    return 0 if marks > MAX_EVENT_VALUES else min(marks + text.count("\\u00"), MAX_EVENT_VALUES)


def is_too_deep(written: Written) -> bool:
    """Say whether a value has more than 100 levels."""
    # Few values have as many brackets at all, and counting those is quick.
    if written.text and written.text.count("{") + written.text.count("[") <= MAX_LEVELS:
        return False
    level = [written.value]
    for _ in range(MAX_LEVELS + 1):
        level = [part for outer in level for part in _parts(outer)]
        if not level:
            return False
    return True


def _parts(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _past_space(text: str, at: int) -> int:
    found = _SPACES.match(text, at)
    return found.end() if found else at


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else -math.inf if digits.startswith("-") else math.inf


_EXACT = json.JSONDecoder()
_TOLERANT = json.JSONDecoder(parse_int=_whole_number)
