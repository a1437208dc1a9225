"""Dates and times as HubSpot takes them, and what it makes of a date that is not midnight.

Sources: HubSpot's properties guide; its changelog "CRM API write validation enforcement": since `2026-09`
such dates are normalised with a warning instead of refused.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
_ZONE = r"(Z|[+-][0-9]{2}:?[0-9]{2})"
_MOMENT = re.compile(rf"{_DATE.pattern}T{_TIME}{_ZONE}")
_WHOLE = re.compile(r"-?[0-9]{1,15}")
# Below this a number of today is one of seconds: as milliseconds it lies in the first months of 1970.
_SECONDS_BELOW = 10_000_000_000


def is_moment(value: str) -> bool:
    """Say whether HubSpot takes this for a `datetime`: ISO 8601, or milliseconds since 1970."""
    return _moment(value) is not None


def date_trouble(value: str, *, midnight_only: bool) -> str:
    """Return what HubSpot says against `value` for a `date`, "" for nothing; "" as a value clears."""
    if not value or is_plain_date(value):
        return ""
    moment = _moment(value)
    if moment is None:
        return f"{value} was not a valid date."
    at = f"{moment.hour}:{moment.minute}:{moment.second}.{moment.microsecond // 1000:03d}"
    return f"{value} is at {at} UTC, not midnight!" if midnight_only else ""


def is_plain_date(value: str) -> bool:
    """Say whether it is a date without more: a day, or midnight UTC in milliseconds."""
    moment = _moment(value)
    is_written_out = bool(_DATE.fullmatch(value)) or bool(_WHOLE.fullmatch(value))
    return moment is not None and is_written_out and (moment - _EPOCH) % DAY == timedelta(0)


def normalised_date(value: str) -> str:
    """Return the day of a value that is a moment; one of few digits counts seconds."""
    if _WHOLE.fullmatch(value) and abs(int(value)) < _SECONDS_BELOW:
        value = f"{value}000"
    moment = _moment(value)
    return moment.date().isoformat() if moment else value


def warning(name: str, raw: str, normalised: str) -> Mapping[str, Any]:
    """Return what the answer says about a date that was normalised."""
    return {
        "category": "PROPERTY_VALUE_NORMALIZED",
        "message": f"The value of {name} was normalized to midnight UTC",
        "context": {"propertyName": [name], "rawValue": [raw], "normalizedValue": [normalised]},
    }


def _moment(value: str) -> datetime | None:
    try:
        if _WHOLE.fullmatch(value):
            return _EPOCH + timedelta(milliseconds=int(value))
        if _DATE.fullmatch(value):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        return datetime.fromisoformat(value).astimezone(UTC) if _MOMENT.fullmatch(value) else None
    except (ValueError, OverflowError):
        return None
