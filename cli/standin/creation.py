"""Creating an object, with the associations that it names: what batches and single calls have in common.

Source: HubSpot's object guides; associations can be named at creation only.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from cli.standin.answers import Refusal
from cli.standin.object_types import COMPANIES, CONTACTS, ObjectType
from cli.standin.portal import Portal
from cli.standin.writes import Written, write

_INVALID = Refusal("One or more associations are invalid", "INVALID_OBJECT_IDS")

# The other object, and the type ids as a contact sees them.
Wanted: TypeAlias = tuple[str, list[int]]


def create(
    portal: Portal, object_type: ObjectType, entry: Mapping[str, Any], version: str = ""
) -> Written | Refusal:
    """Create an object of judged values; if an association of it is not possible, nothing is created."""
    other = COMPANIES if object_type is CONTACTS else CONTACTS
    wanted = _wanted(portal, object_type, entry.get("associations") or ())
    if wanted is None or any(key not in portal.objects(other).live for key, _ in wanted):
        return _INVALID
    outcome = write(portal, object_type, None, entry["properties"], version)
    if isinstance(outcome, Refusal):
        return outcome
    for key, type_ids in wanted:
        pair = (outcome.written.id, key) if object_type is CONTACTS else (key, outcome.written.id)
        portal.associations.add(*pair, type_ids)
    return outcome


def _wanted(portal: Portal, object_type: ObjectType, given: Sequence[Any]) -> list[Wanted] | None:
    """Return what is to be associated, None if that cannot be made out."""
    try:
        found = [(each["to"]["id"], [of["associationTypeId"] for of in each["types"]]) for each in given]
    except (KeyError, TypeError):
        return None
    wanted = []
    for key, type_ids in found:
        own = [portal.associations.as_contact(object_type, each) for each in type_ids]
        seen = [type_id for type_id in own if type_id]
        if not seen or len(seen) < len(type_ids) or not isinstance(key, str):
            return None
        wanted.append((key, seen))
    return wanted
