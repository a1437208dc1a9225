"""What becomes of an object that is written: which address it has, which stage, and who else is in the way.

Sources: HubSpot's contacts and companies guides (addresses, stages, what a new object needs) and properties
guide (check boxes). That a stage silently stays, and that a write by a further address reaches its owner,
was measured. How a unique value that is taken is refused is not documented but for its code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from cli.standin.answers import Refusal
from cli.standin.auto_companies import attach
from cli.standin.calls import Call
from cli.standin.dates import is_plain_date, normalised_date, warning
from cli.standin.object_types import ObjectType
from cli.standin.objects import CrmObject, Key
from cli.standin.portal import Portal
from cli.standin.properties import Properties
from cli.standin.validation import (
    EMAIL,
    FURTHER_EMAILS,
    Complaint,
    addresses_in,
    chosen_in,
    complaint,
    complaints,
    invalid_email,
    refusal_for,
)

STAGE = "lifecyclestage"
# From this version on a date that is not midnight is normalised; before, it is refused.
_NORMALISES_FROM = "2026-09"


@dataclass(frozen=True, slots=True)
class Written:
    """An object as it is after a write."""

    written: CrmObject
    is_new: bool
    warnings: list[Mapping[str, Any]] = field(default_factory=list)

    def to_json(self, **more: object) -> dict[str, Any]:
        """Return it as HubSpot's API shows it."""
        warned = {"warnings": self.warnings} if self.warnings else {}
        return self.written.to_json(**warned, **more)


def judge(portal: Portal, values: Mapping[str, str], call: Call) -> list[Complaint]:
    """Return HubSpot's complaints about values; an address that was deleted for good is refused as well."""
    # Dated versions sort as they follow each other; `v3` has none and is older than all of them.
    midnight_only = call.version < _NORMALISES_FROM
    found = complaints(values, portal.schema(call.object_type).live, midnight_only=midnight_only)
    named = [values.get(EMAIL, "").lower(), *addresses_in(values.get(FURTHER_EMAILS, ""))]
    blocked = portal.objects(call.object_type).blocked
    return found + [invalid_email(address) for address in named if address in blocked]


def write(
    portal: Portal,
    object_type: ObjectType,
    known: CrmObject | None,
    sent: Mapping[str, str],
    version: str = "",
) -> Written | Refusal:
    """Write judged values to an object, or to a new one. "" clears, and what is not sent stays.

    The `version` of the call decides whether the account's rules hold.
    """
    before = known.properties if known else {}
    objects, schema = portal.objects(object_type), portal.schema(object_type)
    if known and portal.further_email == "conflict" and _is_further(before, sent):
        return _taken((EMAIL, sent[EMAIL]), known)
    changes = {**sent, **_addresses(before, sent, portal)}
    warnings = _normalise(changes, schema)
    if _is_backward(before.get(STAGE, ""), changes.get(STAGE, ""), schema):
        # HubSpot answers 200 and silently keeps the stage that it has.
        del changes[STAGE]
    _append(before, changes, schema)
    after = {name: value for name, value in {**before, **changes}.items() if value}
    rival = objects.rival(known.id if known else "", after)
    if rival:
        return _taken(*rival)
    if portal.needs_a_name and known is None and after.keys().isdisjoint(object_type.one_of):
        return _needs(object_type)
    rules = portal.rules
    broken = rules.refusal_of_values([*sent.values()]) or rules.refusal(
        object_type.name, after, version, is_new=known is None
    )
    if broken:
        return broken
    written = objects.replace(known, after) if known else objects.create(after)
    attach(portal, before, written)
    return Written(written, is_new=known is None, warnings=warnings)


def _taken(key: Key, owner: CrmObject) -> Refusal:
    """Return the refusal of a value that is taken; alone, it names the owner in its text only."""
    name, _ = key
    if name != EMAIL:
        message = f"{owner.object_type.type_id} objectid={owner.id} already has that value."
        return refusal_for([complaint(name, "CONFLICTING_UNIQUE_VALUE", message)])
    message = f"Contact already exists. Existing ID: {owner.id}"
    return Refusal(message, "CONFLICT", HTTPStatus.CONFLICT, item_context={"existingId": [owner.id]})


def _needs(object_type: ObjectType) -> Refusal:
    message = f"A value for {' or '.join(object_type.one_of)} must be provided"
    context = {"propertyName": object_type.one_of}
    detail = {"message": message, "code": "MISSING_REQUIRED_PROPERTY", "context": context}
    return Refusal("The property values provided are invalid", details=[detail])


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


def _normalise(changes: dict[str, str], schema: Properties) -> list[Mapping[str, Any]]:
    """Make a day of every date that is more than one; return what the answer says about that."""
    warnings = []
    for name, raw in changes.items():
        if raw and schema.live[name]["type"] == "date" and not is_plain_date(raw):
            changes[name] = normalised_date(raw)
            warnings.append(warning(name, raw, changes[name]))
    return warnings


def _is_backward(old: str, new: str, schema: Properties) -> bool:
    declared = schema.live.get(STAGE, {"options": ()})
    stages = [option["value"] for option in declared["options"]]
    return old in stages and new in stages and stages.index(new) < stages.index(old)


def _append(before: Mapping[str, str], changes: dict[str, str], schema: Properties) -> None:
    """Add the options of a value with a semicolon in front to those that are chosen, each once."""
    for name, value in changes.items():
        if value.startswith(";") and schema.live[name]["fieldType"] == "checkbox":
            chosen = [*filter(None, before.get(name, "").split(";")), *chosen_in(value)]
            changes[name] = ";".join(dict.fromkeys(chosen))
