"""The legacy event URL: a picture for whoever calls, and an event if the call made sense.

Source: HubSpot's legacy pages on Enterprise events. Whether the URL still records anything is not known.
"""

from collections.abc import Mapping
from http import HTTPStatus

from cli.standin.answers import Result
from cli.standin.calls import Call
from cli.standin.events import contact_of
from cli.standin.object_types import CONTACTS
from cli.standin.objects import CrmObject
from cli.standin.occurrences import LegacyEvent
from cli.standin.portal import Portal
from cli.standin.writes import Written, judge, write

# A body of bytes is a picture.
_PICTURE = b""
_OWN = ("email", "id")


def receive(portal: Portal, call: Call) -> Result:
    """Record an event of this account, and say nothing about it."""
    key = call.query.get("_n", "")
    if call.query.get("_a") == str(portal.account.portal_id) and key and portal.tier == "enterprise":
        _record(portal, call, portal.legacy_events.name_of(key))
    return HTTPStatus.OK, _PICTURE


def _record(portal: Portal, call: Call, name: str) -> None:
    email = call.query.get("email", "").lower()
    # Its `id` is one of another system's, not that of a contact (HubSpot's page on triggering events by URL).
    contact = contact_of(portal, email) if email else None
    values = {key: value for key, value in call.query.items() if key not in _OWN and not key.startswith("_")}
    written = _set(portal, contact, values) if contact else {}
    value, contact_id = call.query.get("_m", ""), contact.id if contact else ""
    portal.legacy_events.received.append(LegacyEvent(name, value, contact_id, email, written))


def _set(portal: Portal, contact: CrmObject, values: Mapping[str, str]) -> Mapping[str, str]:
    """Set those values that are valid; return them."""
    wrong = {each["name"] for each in judge(portal, values, Call())}
    right = {name: value for name, value in values.items() if name not in wrong}
    outcome = write(portal, CONTACTS, contact, right) if right else None
    return right if isinstance(outcome, Written) else {}
