"""Would HubSpot take this value? The rules of its properties guide, with the error codes of its API."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

MAX_TEXT = 65_536
_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]+@(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)
# HubSpot wants a top-level domain that IANA knows; these never will be (RFC 2606, RFC 6762).
_NO_TLD = (".test", ".local", ".invalid", ".localhost")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


def problems(
    properties: Mapping[str, str], schema: Mapping[str, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return HubSpot's complaint about each property that it would refuse."""
    return [
        problem for name, value in properties.items() for problem in _problems(name, value, schema.get(name))
    ]


def is_email(text: str) -> bool:
    """Say whether HubSpot would take this as an address."""
    return bool(_EMAIL.fullmatch(text)) and not text.lower().endswith(_NO_TLD)


def _problems(name: str, value: str, declared: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    if declared is None:
        yield _complaint(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    elif declared["modificationMetadata"]["readOnlyValue"] or declared["calculated"]:
        yield _complaint(
            name, "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.'
        )
    elif value:
        code = _CHECKS.get(declared["type"], _text)(value, declared)
        if name == "email" and not is_email(value):
            yield _complaint(name, "INVALID_EMAIL", f"Email address {value} is invalid")
        elif code:
            yield _complaint(name, code, f"{value[:100]} was not valid for {name} ({declared['type']})")


def _complaint(name: str, code: str, message: str) -> Mapping[str, Any]:
    return {"isValid": False, "message": message, "error": code, "name": name}


def _text(value: str, _: Mapping[str, Any]) -> str:
    return "" if len(value) <= MAX_TEXT else "INVALID_STRING_LENGTH"


def _number(value: str, _: Mapping[str, Any]) -> str:
    return "" if _NUMBER.fullmatch(value) else "INVALID_INTEGER"


def _bool(value: str, _: Mapping[str, Any]) -> str:
    return "" if value in {"true", "false"} else "INVALID_OPTION"


def _enumeration(value: str, declared: Mapping[str, Any]) -> str:
    if declared["externalOptions"]:
        return ""
    allowed = {option["value"] for option in declared["options"]}
    # Several at once, separated by semicolons, are for check boxes; a leading one appends.
    chosen = value.strip(";").split(";") if declared["fieldType"] == "checkbox" else [value]
    return "" if allowed.issuperset(chosen) else "INVALID_OPTION"


def _datetime(value: str, _: Mapping[str, Any]) -> str:
    return "" if _moment(value) else "INVALID_DATE"


def _moment(value: str) -> datetime | None:
    try:
        if value.lstrip("-").isdigit():
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        return datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None


_CHECKS: Mapping[str, Callable[[str, Mapping[str, Any]], str]] = {
    "number": _number,
    "bool": _bool,
    "enumeration": _enumeration,
    # Since 2026-09 a date that is not midnight is normalised instead of refused.
    "date": _datetime,
    "datetime": _datetime,
}
