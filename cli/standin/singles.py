"""Writing one contact: creating it, or changing one that is there.

Source: HubSpot's contacts guide.
"""

from http import HTTPStatus

from cli.standin.answers import Refusal, Result, not_found
from cli.standin.batches import NOTHING_TO_UPDATE, unreadable_in
from cli.standin.calls import Call
from cli.standin.contacts import Contact
from cli.standin.portal import Portal
from cli.standin.validation import refusal_for
from cli.standin.writes import judge, write


def create(portal: Portal, call: Call) -> Result:
    """Create one contact; 409 when its address is taken."""
    return unreadable_in(call.body, needs_id=False) or _write(portal, None, call)


def patch(portal: Portal, call: Call) -> Result:
    """Update one contact; 409 when its new address belongs to another."""
    contact = portal.contacts.find(call.key, call.id_property)
    if contact is None:
        return not_found([call.key]).whole()
    if unreadable := unreadable_in(call.body, needs_id=False):
        return unreadable
    return _write(portal, contact, call) if call.body["properties"] else NOTHING_TO_UPDATE.whole()


def _write(portal: Portal, contact: Contact | None, call: Call) -> Result:
    values = call.body["properties"]
    found = judge(portal, values, call.version)
    outcome = refusal_for(found) if found else write(portal, contact, values)
    if isinstance(outcome, Refusal):
        return outcome.whole()
    return HTTPStatus.CREATED if outcome.is_new else HTTPStatus.OK, outcome.to_json()
