"""Moments as people write them: ISO 8601, JavaScript's Date, seconds or milliseconds since 1970.

Everything is summed in whole milliseconds: a float would round the last one, and a date at either end of the
calendar, moved by its time zone, would be no date any more.
"""

import re
from datetime import datetime
from functools import lru_cache

# 1973 to 2103. A number outside is no moment, or nobody can say in which unit.
_SECONDS = (100_000_000, 4_200_000_000)
_MILLISECONDS = (100_000_000_000, 4_200_000_000_000)
# The longest form is JavaScript's toString with the zone's name in words.
MAX_CHARS = 100
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - zones are summed apart
_WHOLE = re.compile(r"\d{9,13}", re.ASCII)
_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?:Z|UTC|GMT)?(?:(?P<sign>[+-])(?P<zone_hour>\d{2})(?::?(?P<zone_minute>\d{2}))?)?"
)
# 2015-2-3T4:05 is what some clients write.
_ISO = rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}})(?:[T ]{_CLOCK})?"
# JavaScript's toString and toDateString; toUTCString, which is also how e-mails are dated.
_AMERICAN = rf"[a-z]{{3}} (?P<month>[a-z]{{3}}) (?P<day>\d{{1,2}}) (?P<year>\d{{4}})(?: {_CLOCK})?"
_EUROPEAN = rf"[a-z]{{3}}, (?P<day>\d{{1,2}}) (?P<month>[a-z]{{3}}) (?P<year>\d{{4}})(?: {_CLOCK})?"
_NUMBERS = re.compile(_ISO, re.ASCII | re.IGNORECASE)
_WORDS = [re.compile(form, re.ASCII | re.IGNORECASE) for form in (_AMERICAN, _EUROPEAN)]
_ZONE_NAME = re.compile(r" \([^)]*\)$")
_MONTHS = {
    name: n
    for n, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}


def to_ms(value: object) -> int | str:
    """Return milliseconds since 1970, or why that is not possible: `not_a_date`, `implausible_date`.

    Without a time zone UTC is meant.
    """
    if isinstance(value, str):
        return _from_text(value.strip()) if len(value) <= MAX_CHARS else "not_a_date"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value)
    return "not_a_date"


def _from_number(number: float) -> int | str:
    if _MILLISECONDS[0] <= number <= _MILLISECONDS[1]:
        return int(number)
    if _SECONDS[0] <= number <= _SECONDS[1]:
        return int(number * 1000)
    return "implausible_date"


@lru_cache(maxsize=10_000)
def _from_text(text: str) -> int | str:
    if _WHOLE.fullmatch(text):
        return _from_number(int(text))
    found = _NUMBERS.fullmatch(text) or _in_words(_ZONE_NAME.sub("", text))
    at_ms = _sum(found) if found else None
    return "not_a_date" if at_ms is None else at_ms


def _in_words(text: str) -> re.Match[str] | None:
    return next((found for form in _WORDS if (found := form.fullmatch(text))), None)


def _sum(found: re.Match[str]) -> int | None:
    """Add up the parts of a moment; None if there is no such day, time or zone."""
    year, month, day, *clock = found.group("year", "month", "day", "hour", "minute", "second")
    hour, minute, second = (int(part or 0) for part in clock)
    try:
        at = datetime(int(year), _MONTHS.get(month.lower()) or int(month), int(day), hour, minute, second)  # noqa: DTZ001 - as above
    except ValueError:
        return None
    ahead_s = _zone_s(*found.group("sign", "zone_hour", "zone_minute"))
    if ahead_s is None:
        return None
    since = at - _EPOCH
    thousandths = int((found["fraction"] or "0")[:3].ljust(3, "0"))
    return (since.days * 86_400 + since.seconds - ahead_s) * 1000 + thousandths


def _zone_s(sign: str | None, hour: str | None, minute: str | None) -> int | None:
    """Return by how many seconds a zone's clocks are ahead of UTC; None if there is no such zone."""
    hours, minutes = int(hour or 0), int(minute or 0)
    if hours > 23 or minutes > 59:  # noqa: PLR2004 - a clock's numbers
        return None
    return (hours * 3600 + minutes * 60) * (-1 if sign == "-" else 1)
