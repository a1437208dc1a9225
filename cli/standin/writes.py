"""What becomes of a contact that is written: which address it has, which stage, and who else is in the way.

Sources: HubSpot's contacts guide (addresses, stages) and properties guide (check boxes). That a stage
silently stays, and that a write by a further address reaches its owner, was measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from cli.standin.answers import Refusal
from cli.standin.contacts import Contact
from cli.standin.dates import is_plain_date, normalised_date, warning
from cli.standin.portal import Portal
from cli.standin.validation import (
    EMAIL,
    FURTHER_EMAILS,
    Complaint,
    addresses_in,
    chosen_in,
    complaints,
    invalid_email,
)

STAGE = "lifecyclestage"
# From this version on a date that is not midnight is normalised; before, it is refused.
_NORMALISES_FROM = "2026-09"


@dataclass(frozen=True, slots=True)
class Written:
    """A contact as it is after a write."""

    contact: Contact
    is_new: bool
    warnings: list[Mapping[str, Any]] = field(default_factory=list)

    def to_json(self, **more: object) -> dict[str, Any]:
        """Return it as HubSpot's API shows it."""
        warned = {"warnings": self.warnings} if self.warnings else {}
        return self.contact.to_json(**warned, **more)


def judge(portal: Portal, values: Mapping[str, str], version: str) -> list[Complaint]:
    """Return HubSpot's complaints about values; an address that was deleted for good is refused as well."""
    # Dated versions sort as they follow each other; `v3` has none and is older than all of them.
    midnight_only = version < _NORMALISES_FROM
    found = complaints(values, portal.properties.live, midnight_only=midnight_only)
    named = [values.get(EMAIL, "").lower(), *addresses_in(values.get(FURTHER_EMAILS, ""))]
    return found + [invalid_email(address) for address in named if address in portal.contacts.blocked]


def write(portal: Portal, contact: Contact | None, sent: Mapping[str, str]) -> Written | Refusal:
    """Write judged values to a contact, or to a new one. "" clears, and what is not sent stays."""
    before = contact.properties if contact else {}
    changes = {**sent, **_addresses(before, sent, portal)}
    if contact and portal.further_email == "conflict" and _is_further(before, sent):
        return conflict(contact)
    warnings = _normalise(changes, portal)
    if _is_backward(before.get(STAGE, ""), changes.get(STAGE, ""), portal):
        # HubSpot answers 200 and silently keeps the stage that it has.
        del changes[STAGE]
    _append(before, changes, portal)
    after = {name: value for name, value in {**before, **changes}.items() if value}
    rival = portal.contacts.rival(contact.id if contact else "", after)
    if rival:
        return conflict(rival)
    if contact is None:
        return Written(portal.contacts.create(after), is_new=True, warnings=warnings)
    return Written(portal.contacts.replace(contact, after), is_new=False, warnings=warnings)


def conflict(owner: Contact) -> Refusal:
    """Return the refusal of an address that is taken; on its own it names the owner in its text only."""
    message = f"Contact already exists. Existing ID: {owner.id}"
    return Refusal(message, "CONFLICT", HTTPStatus.CONFLICT, item_context={"existingId": [owner.id]})


def _addresses(before: Mapping[str, str], sent: Mapping[str, str], portal: Portal) -> Mapping[str, str]:
    """Return the addresses to write, in lower case; the primary one is never a further one as well."""
    if not sent.keys() & {EMAIL, FURTHER_EMAILS}:
        return {}
    primary, wanted = before.get(EMAIL, ""), sent.get(EMAIL, before.get(EMAIL, "")).lower()
    further = addresses_in(sent.get(FURTHER_EMAILS, before.get(FURTHER_EMAILS, "")))
    if _is_further(before, sent):
        if portal.further_email == "swap":
            further = [primary, *further]
        else:
            wanted = primary
    others = [address for address in dict.fromkeys(further) if address and address != wanted]
    return {EMAIL: wanted, FURTHER_EMAILS: ";".join(others)}


def _is_further(before: Mapping[str, str], sent: Mapping[str, str]) -> bool:
    return sent.get(EMAIL, "").lower() in addresses_in(before.get(FURTHER_EMAILS, ""))


def _normalise(changes: dict[str, str], portal: Portal) -> list[Mapping[str, Any]]:
    """Make a day of every date that is more than one; return what the answer says about that."""
    warnings = []
    for name, raw in changes.items():
        if raw and portal.properties.live[name]["type"] == "date" and not is_plain_date(raw):
            changes[name] = normalised_date(raw)
            warnings.append(warning(name, raw, changes[name]))
    return warnings


def _is_backward(old: str, new: str, portal: Portal) -> bool:
    declared = portal.properties.live.get(STAGE, {"options": ()})
    stages = [option["value"] for option in declared["options"]]
    return old in stages and new in stages and stages.index(new) < stages.index(old)


def _append(before: Mapping[str, str], changes: dict[str, str], portal: Portal) -> None:
    """Add the options of a value with a semicolon in front to those that are chosen, each once."""
    for name, value in changes.items():
        if value.startswith(";") and portal.properties.live[name]["fieldType"] == "checkbox":
            chosen = [*filter(None, before.get(name, "").split(";")), *chosen_in(value)]
            changes[name] = ";".join(dict.fromkeys(chosen))
