"""Moments in all the forms that clearly say which one is meant. Every place that reads a time reads it here.

Text in the forms of `moments_in_text`; numbers of seconds to nanoseconds since 1970; the objects that
languages and databases make of a moment. Everything is summed in whole milliseconds: a float would round the
last one, and a date at either end of the calendar, moved by its time zone, would be no date any more.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from relay.core.moments_in_text import in_text, in_usual_text, plain

NOT_A_DATE, IMPLAUSIBLE, EMPTY = "not_a_date", "implausible_date", "empty_date"
# Nobody writes a day of an earlier year; languages write empty times so.
_YEAR_1000_MS = -30_610_224_000_000
# The longest form is JavaScript's toString with the zone's name in words.
MAX_CHARS = 100
# 1973 to 2103. A number outside is no moment, or nobody can say in which unit.
_FIRST_S, _LAST_S = 100_000_000, 4_200_000_000
# How many of a unit are a second.
_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)
# Nobody's days are numbers of eight digits outside.
_FIRST_DAY, _LAST_DAY = 1800_01_01, 2200_12_31
# Numbers as text, also as Java prints large ones.
_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{0,20})?(?:E\+?\d{1,2})?", re.ASCII | re.IGNORECASE)
# What .NET writes behind the milliseconds is a zone, which does not change them.
_ZONE_OF_NUMBER = re.compile(r"(?<=\d{9})[+-]\d{4}$", re.ASCII)
# Firestore's, protobuf's and Java's names for whole seconds and what is left of them in nanoseconds.
_SECONDS_AND_REST = (
    ("_seconds", "_nanoseconds"),
    ("seconds", "nanoseconds"),
    ("seconds", "nanos"),
    ("epochSecond", "nano"),
)
# Objects within objects that say one moment: MongoDB's have two.
_MAX_LEVELS = 3


def to_ms(value: object) -> int | str:
    """Return milliseconds since 1970, or why that is not possible: `not_a_date`, `implausible_date`.

    Without a time zone UTC is meant.
    """
    return _to_ms(value, _MAX_LEVELS)


def value_ms(value: object) -> int | str:
    """Return the same of a property's value, which may lie long ago; an empty time is `empty_date`."""
    at_ms = to_ms(value)
    return EMPTY if isinstance(at_ms, int) and at_ms < _YEAR_1000_MS else at_ms


def _to_ms(value: object, levels: int) -> int | str:
    if isinstance(value, str):
        return _from_text(value) if len(value) <= MAX_CHARS else NOT_A_DATE
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value)
    if isinstance(value, Mapping) and levels:
        read = (_to_ms(each, levels - 1) for each in _said_by(value))
        return next((at_ms for at_ms in read if isinstance(at_ms, int)), NOT_A_DATE)
    return NOT_A_DATE


def _from_number(number: float) -> int | str:
    for unit in _UNITS:
        if _FIRST_S * unit <= number <= _LAST_S * unit:
            # Whole numbers stay whole: a float would round nanoseconds.
            return number * 1000 // unit if isinstance(number, int) else int(number * 1000 / unit)
    at_ms = in_text(str(int(number))) if _has_digits_of_a_day(number) else None
    return IMPLAUSIBLE if at_ms is None else at_ms


def _has_digits_of_a_day(number: float) -> bool:
    """Say whether a number is a day's digits, such as 20261101, or those of a second in it."""
    is_day = _FIRST_DAY <= number <= _LAST_DAY
    is_second = _FIRST_DAY * 1_000_000 <= number < (_LAST_DAY + 1) * 1_000_000
    return (is_day or is_second) and number == int(number)


@lru_cache(maxsize=10_000)
def _from_text(text: str) -> int | str:
    usual_ms = in_usual_text(text)
    if usual_ms is not None:
        return usual_ms
    text = _ZONE_OF_NUMBER.sub("", plain(text))
    if _NUMBER.fullmatch(text):
        return _from_number(int(text) if text.isdigit() else float(text))
    at_ms = in_text(text)
    return NOT_A_DATE if at_ms is None else at_ms


def _said_by(moment: Mapping[str, object]) -> Iterator[object]:
    """Yield what an object says of a moment: MongoDB's, Parse's, BigQuery's, Firestore's, Java's, PHP's."""
    yield from (moment[key] for key in ("$date", "$numberLong", "iso", "value") if key in moment)
    for seconds, rest in _SECONDS_AND_REST:
        if isinstance(whole := moment.get(seconds), int) and rest in moment:
            yield whole * 1_000_000_000 + _int(moment[rest])
    if isinstance(day := moment.get("date"), str) and isinstance(zone := moment.get("timezone"), str):
        yield f"{day} {zone}"


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0
