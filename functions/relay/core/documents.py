"""JSON as it comes from outside: parsed within bounds, and kept as its sender wrote it.

Events go to the queue in their own words. Nothing is printed anew, so nothing that Python would print
otherwise changes on the way: `1.0`, whole numbers of any length, lone surrogates (docs/decisions/0010).
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

# Segment's largest batch holds 4,000 events (its documentation of Webhooks (Actions)).
MAX_ELEMENTS = 4_000
# Values in one body. Python takes some 100 bytes for each, and the function's memory has to hold them all; a
# batch of 4 MB has 200,000.
MAX_VALUES = 1_000_000
# Deeper JSON is no data, and Python's own limit depends on who calls.
MAX_LEVELS = 100
# No number that anybody computes with has more digits, and Python refuses to read one of more than 4,300.
MAX_DIGITS = 400

_SPACE = " \t\r\n"
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
_TOO_MANY_VALUES = BadDocument("too_many_values", f"The body holds over {MAX_VALUES} values.", too_large=True)
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


def read_body(raw: bytes) -> Written | BadDocument:
    """Return what a body holds. Its size in bytes is the caller's to limit."""
    return _read(raw, lambda text: Written(loads(text), text))


def read_elements(raw: bytes) -> list[Written] | BadDocument:
    """Return the elements of an array, or the only value that a body is, each as it was written."""
    return _read(raw, lambda text: _elements(text) if text.startswith("[") else [Written(loads(text), text)])


def _read(raw: bytes, parse: Callable[[str], _Kind | BadDocument]) -> _Kind | BadDocument:
    try:
        text = raw.decode("utf-8-sig", "surrogatepass").strip(_SPACE)
        # Before anything is built of it: commas, brackets and braces stand for the values.
        return _TOO_MANY_VALUES if sum(map(text.count, ",[{")) > MAX_VALUES else parse(text)
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
