"""Moments as programs and people write them, in text → milliseconds since 1970. Pure.

What is read says clearly which moment is meant. The forms come from the documentation of languages, and from
reports on what libraries have sent: colons before fractions and zones, twelve hours where twenty-four were
asked for, digits and signs of the phone's own language, two zones one after the other.
"""

import re
import unicodedata
from datetime import date
from typing import NamedTuple

from relay.core.blanks import visible

_EPOCH = date(1970, 1, 1).toordinal()
DAY_MS = 86_400_000
_HOUR_MS, _MINUTE_MS = 3_600_000, 60_000
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH_NUMBERS = {
    **{name: n for names in (_MONTHS, _FULL_MONTHS) for n, name in enumerate(names, start=1)},
    "sept": 9,
}
_FLAGS = re.ASCII | re.IGNORECASE
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,? )?"
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTH_NUMBERS, key=len, reverse=True))})\.?"
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>\d{4})(?!\d)"
# JavaScript has six digits for a year if it is told to; 2015-2-3 is what some clients write.
_ISO = rf"(?:\+00)?(?P<year>\d{{4}})(?P<dash>[-/])(?P<month>\d{{1,2}})(?P=dash){_DAY}(?!\d)"
_BASIC = r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?=[T ]|\d{4}|$)"
_WEEK = r"(?P<year>\d{4})-?W(?P<week>\d{2})-?(?P<weekday>[1-7])(?!\d)"
# JavaScript's toString, and dates as Americans write them.
_AMERICAN = rf"{_WEEKDAY}{_MONTH} {_DAY}(?:st|nd|rd|th)?,? {_YEAR}"
# JavaScript's toUTCString, which is also how e-mails and HTTP are dated.
_EUROPEAN = rf"{_WEEKDAY}{_DAY}[ -]{_MONTH},?[ -]{_YEAR}"
# Java's Date and Unix's asctime have the year at the end.
_YEAR_LAST = re.compile(rf"({_WEEKDAY}[a-z]{{3}} \d{{1,2}}),? (\d{{1,2}}:.*) (\d{{4}})$", _FLAGS)
_BETWEEN = re.compile(r"T|,? at |,? |, ?T ?", _FLAGS)
_HALVES = {
    **dict.fromkeys(("am", "a.m.", "上午", "午前", "오전", "ص"), 0),
    **dict.fromkeys(("pm", "p.m.", "下午", "午後", "오후", "م"), 12),
}
_HALF = rf"(?: ?(?P<half>{'|'.join(map(re.escape, _HALVES))}))?"
_CLOCK = (
    r"(?P<hour>\d{1,2})(?P<colon>[:.])(?P<minute>\d{2})"
    r"(?:(?P=colon)(?P<second>\d{2})(?:(?P<point>[.,:])(?P<fraction>\d*):?)?)?"
)
_BARE_CLOCK = r"(?P<hour>\d{2})(?P<minute>\d{2})(?:(?P<second>\d{2})(?:(?P<point>[.,])(?P<fraction>\d+))?)?"
_UTC = r"Z|UTC|GMT|UT|UCT"
_AMERICAN_ZONES = {
    name: hours
    for hours, names in ((-4, "EDT"), (-5, "EST CDT"), (-6, "CST MDT"), (-7, "MST PDT"), (-8, "PST"))
    for name in names.split()
}
_OFFSET = r"(?P<sign>[+-])(?P<offset>\d{1,2}:\d{2}|\d{4}|\d{1,2})"
# Java, Go and others name the zone after its offset as well; Go adds the reading of another clock.
_ZONE = (
    rf" ?(?P<utc>{_UTC})?(?: ?{_OFFSET}(?: ?(?P<also>{_UTC})| (?:[a-z]{{2,5}}|[+-]\d{{2,4}}))?)?"
    rf"(?P<named> [a-z]{{3}})?(?: m=[+-][\d.]+)?"
)
_CLOCKS = [re.compile(rf"{clock}{_HALF}{_ZONE}", re.IGNORECASE | re.ASCII) for clock in (_CLOCK, _BARE_CLOCK)]
# What nearly all libraries write nearly always.
_USUAL = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d+))?(?:Z|\+00:?00)", re.ASCII
)
_ZONE_ALONE = re.compile(rf" ?(?:{_UTC})", _FLAGS)
# Names of zones in brackets, as Java and RFC 9557 have them, or in parentheses, as JavaScript has.
_LABEL = re.compile(r"(?:\[!?([^\[\]]*)\]| ?\(([^()]*)\))$")
_WRAPPED = re.compile(r"\\?/?(?:new )?(?:ISO)?Date\((.*?)\)\\?/?", _FLAGS | re.DOTALL)
_SIGNS = str.maketrans(
    {"\u066b": ".", "\u060c": ",", "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2013": "-", "\ufe63": "-"}
)


class _Form(NamedTuple):
    """How a day is written. Those with words are for people, whose clocks are nobody knows where."""

    pattern: re.Pattern[str]
    has_words: bool = False
    names_zones: bool = False
    may_touch_clock: bool = False


_FORMS = (
    _Form(re.compile(_ISO, _FLAGS)),
    _Form(re.compile(_BASIC, _FLAGS), may_touch_clock=True),
    _Form(re.compile(_WEEK, _FLAGS)),
    _Form(re.compile(_AMERICAN, _FLAGS), has_words=True),
    _Form(re.compile(_EUROPEAN, _FLAGS), has_words=True, names_zones=True),
)


def plain(text: str) -> str:
    """Return text as a moment is read from it: without quotes and what shows nothing, in ASCII's digits.

    What languages put around a moment, such as `Date(…)`, is taken off.
    """
    if not text.isascii():
        text = "".join(map(_digit, unicodedata.normalize("NFKC", text))).translate(_SIGNS)
    text = visible(text).strip("\"'").strip()
    wrapped = _WRAPPED.fullmatch(text)
    return wrapped[1].strip(" \"'") if wrapped else text


def in_usual_text(text: str) -> int | None:
    """Return milliseconds since 1970 of text as libraries should write it, None of any other."""
    found = _USUAL.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction = found.groups()
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH
    except ValueError:
        return None
    seconds = int(hour) * 3600 + int(minute) * 60 + int(second)
    return days * DAY_MS + seconds * 1000 + int((fraction or "0")[:3].ljust(3, "0"))


def in_text(text: str) -> int | None:
    """Return milliseconds since 1970 of plain text, None if it does not say clearly which moment is meant.

    Without a time zone UTC is meant, but for the forms that are written for people.
    """
    text, labels = _without_labels(text)
    text = _YEAR_LAST.sub(r"\1 \3 \2", text)
    for form in _FORMS:
        day = form.pattern.match(text)
        if day:
            return _moment(day, text[day.end() :], form, labels)
    return None


def _digit(char: str) -> str:
    number = unicodedata.decimal(char, None)
    return char if number is None else str(number)


def _without_labels(text: str) -> tuple[str, list[str]]:
    """Return a moment without the names of its zone behind it, and these."""
    labels: list[str] = []
    while found := _LABEL.search(text):
        labels.append(found[1] or found[2] or "")
        text = text[: found.start()]
    return text, labels


def _moment(day: re.Match[str], rest: str, form: _Form, labels: list[str]) -> int | None:
    day_ms = _day_ms(day.groupdict())
    if day_ms is None:
        return None
    if not rest or _ZONE_ALONE.fullmatch(rest):
        return None if labels else day_ms
    between = _BETWEEN.match(rest)
    if not between and not form.may_touch_clock:
        return None
    rest = rest[between.end() :] if between else rest
    clock = next((found for each in _CLOCKS if (found := each.fullmatch(rest))), None)
    return _sum(day_ms, clock, form, labels) if clock else None


def _day_ms(parts: dict[str, str | None]) -> int | None:
    year = int(parts["year"] or 0)
    try:
        if week := parts.get("week"):
            found = date.fromisocalendar(year, int(week), int(parts["weekday"] or 0))
        else:
            month = (parts["month"] or "").lower()
            found = date(year, _MONTH_NUMBERS.get(month) or int(month), int(parts["day"] or 0))
    except ValueError:
        return None
    return (found.toordinal() - _EPOCH) * DAY_MS


def _sum(day_ms: int, clock: re.Match[str], form: _Form, labels: list[str]) -> int | None:
    of_day_ms, ahead_ms = _of_day_ms(clock), _ahead_ms(clock, form, labels)
    if of_day_ms is None or ahead_ms is None:
        return None
    at_ms = day_ms + of_day_ms - ahead_ms
    return _within_leap_second(at_ms) if clock["second"] == "60" else at_ms


def _within_leap_second(at_ms: int) -> int | None:
    """Return the last moment of a day that has a second more; None of another minute, which has none."""
    is_midnight = 0 <= at_ms % DAY_MS < 1000  # noqa: PLR2004 - a second
    return at_ms - at_ms % DAY_MS - 1 if is_midnight else None


def _of_day_ms(clock: re.Match[str]) -> int | None:
    """Return how much of a day has gone by; 24:00 is its end."""
    hour, minute, second = (int(clock[name] or 0) for name in ("hour", "minute", "second"))
    if clock["half"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - a clock's hours
            return None
        hour = hour % 12 + _HALVES[clock["half"].lower()]
    of_day_ms = hour * _HOUR_MS + minute * _MINUTE_MS + second * 1000 + _thousandths(clock)
    is_time = minute <= 59 and second <= 60 and (hour <= 23 or of_day_ms == DAY_MS)  # noqa: PLR2004 - as above
    return of_day_ms if is_time else None


def _thousandths(clock: re.Match[str]) -> int:
    digits = clock["fraction"] or "0"
    # After a colon they are a number, after a point a fraction.
    return int(digits[:3].rjust(3, "0") if clock["point"] == ":" else digits[:3].ljust(3, "0"))


def _ahead_ms(clock: re.Match[str], form: _Form, labels: list[str]) -> int | None:
    """Return by how much a zone's clocks are ahead of UTC; None if nobody can say which zone is meant."""
    named = (clock["named"] or "").strip().upper()
    if named:
        hours = _AMERICAN_ZONES.get(named)
        is_clear = form.names_zones and hours is not None and not (clock["utc"] or clock["sign"])
        return (hours or 0) * _HOUR_MS if is_clear else None
    if clock["sign"]:
        return _offset_ms(clock)
    if clock["utc"] or any(each.strip().upper() in ("UTC", "GMT", "Z") for each in labels):
        return 0
    return None if labels or form.has_words or clock["half"] else 0


def _offset_ms(clock: re.Match[str]) -> int | None:
    digits = clock["offset"].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)  # noqa: PLR2004 - hours alone
    if hours > 23 or minutes > 59:  # noqa: PLR2004 - as above
        return None
    ahead_ms = (hours * _HOUR_MS + minutes * _MINUTE_MS) * (-1 if clock["sign"] == "-" else 1)
    # GMT+0100 is one zone, Z and +01:00 are two.
    is_doubled = clock["also"] or (clock["utc"] or "").upper() == "Z"
    return None if is_doubled and ahead_ms else ahead_ms
