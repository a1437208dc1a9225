"""Would HubSpot take this value? The rules of its properties guide, with the error codes of its API.

Sources: HubSpot's properties guide (values by type) and error handling page (codes, the JSON in a message).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from cli.standin.account import HUB_ID
from cli.standin.answers import Refusal
from cli.standin.dates import date_trouble, is_moment
from cli.standin.emails import is_email

MAX_TEXT = 65_536
EMAIL = "email"
FURTHER_EMAILS = "hs_additional_emails"
# Digits and one decimal point: no exponent, no thousands sign, no plus.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# HubSpot's ids; what an option list kept elsewhere (such as owners) can hold.
_ID = re.compile(r"[0-9]+")

Declared: TypeAlias = Mapping[str, Any]
Complaint: TypeAlias = Mapping[str, Any]


def complaints(
    values: Mapping[str, str], schema: Mapping[str, Declared], *, midnight_only: bool = False
) -> list[Complaint]:
    """Return HubSpot's complaint about each value that it would refuse.

    `midnight_only` is how dates were judged before `2026-09`.
    """
    return [
        complaint
        for name, value in values.items()
        for complaint in _complaints(name, value, schema.get(name), midnight_only=midnight_only)
    ]


def complaint(name: str, code: str, message: str) -> Complaint:
    """Return a complaint as it stands in the JSON inside HubSpot's message."""
    return {
        "isValid": False,
        "message": message,
        "error": code,
        "name": name,
        "localizedErrorMessage": message,
        "portalId": HUB_ID,
    }


def invalid_email(address: str, name: str = EMAIL) -> Complaint:
    """Return the complaint about something that is no address."""
    return complaint(name, "INVALID_EMAIL", f"Email address {address} is invalid")


def refusal_for(found: Sequence[Complaint]) -> Refusal:
    """Return the refusal that lists every complaint, in `errors[]` and again inside the message."""
    details = [
        {"message": each["message"], "code": each["error"], "context": {"propertyName": [each["name"]]}}
        for each in found
    ]
    return Refusal(f"Property values were not valid: {json.dumps(found)}", details=details)


def addresses_in(text: str) -> list[str]:
    """Return the addresses of `hs_additional_emails`, separated by semicolons, as HubSpot keeps them."""
    return [address for part in text.lower().split(";") if (address := part.strip())]


def chosen_in(text: str) -> list[str]:
    """Return the options that a check box property's value names; a semicolon in front means "as well"."""
    return text.removeprefix(";").split(";")


def is_read_only(declared: Declared) -> bool:
    """Say whether the API may not set this property: HubSpot's own, or a calculated one."""
    return bool(declared["modificationMetadata"]["readOnlyValue"] or declared["calculated"])


def _complaints(
    name: str, value: str, declared: Declared | None, *, midnight_only: bool
) -> Iterator[Complaint]:
    if declared is None:
        yield complaint(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    elif is_read_only(declared):
        kind = "calculated" if declared["calculated"] else "read only"
        yield complaint(name, "READ_ONLY_VALUE", f'"{name}" is a {kind} property; its value cannot be set.')
    elif name in {EMAIL, FURTHER_EMAILS}:
        addresses = addresses_in(value) if name == FURTHER_EMAILS else [value] if value else []
        yield from (invalid_email(address, name) for address in addresses if not is_email(address))
    elif declared["type"] == "date" and (trouble := date_trouble(value, midnight_only=midnight_only)):
        yield complaint(name, "INVALID_DATE", trouble)
    elif value and (wrong := _CHECKS.get(declared["type"], _text)(value, declared)):
        yield complaint(name, *wrong)


# Code and message of what is wrong; None is that nothing is.
Wrong: TypeAlias = tuple[str, str] | None


def _text(value: str, _: Declared) -> Wrong:
    message = f"The value is {len(value)} characters long; at most {MAX_TEXT} are allowed"
    return None if len(value) <= MAX_TEXT else ("INVALID_STRING_LENGTH", message)


def _number(value: str, _: Declared) -> Wrong:
    return None if _NUMBER.fullmatch(value) else ("INVALID_INTEGER", f"{value} was not a valid number.")


def _enumeration(value: str, declared: Declared) -> Wrong:
    if declared["externalOptions"]:
        return None if _ID.fullmatch(value) else ("INVALID_OPTION", f"{value} was not a valid id.")
    allowed = {option["value"] for option in declared["options"]}
    chosen = chosen_in(value) if declared["fieldType"] == "checkbox" else [value]
    unknown = [option for option in chosen if option not in allowed]
    if not unknown:
        return None
    listed = " ".join(
        f'label: "{option["label"]}" value: "{option["value"]}"' for option in declared["options"]
    )
    return "INVALID_OPTION", f"{';'.join(unknown)} was not one of the allowed options: [{listed}]"


def _datetime(value: str, _: Declared) -> Wrong:
    return None if is_moment(value) else ("INVALID_DATE", f"{value} was not a valid date.")


_CHECKS: Mapping[str, Callable[[str, Declared], Wrong]] = {
    "number": _number,
    "bool": _enumeration,
    "enumeration": _enumeration,
    "datetime": _datetime,
}
