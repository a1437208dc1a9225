"""Writing one object: creating it, or changing one that is there.

Sources: HubSpot's contacts and companies guides.
"""

from http import HTTPStatus

from cli.standin import creation
from cli.standin.answers import Refusal, Result, not_found
from cli.standin.batches import NOTHING_TO_UPDATE, unreadable_in
from cli.standin.calls import Call
from cli.standin.portal import Portal
from cli.standin.reads import not_unique
from cli.standin.validation import refusal_for
from cli.standin.writes import Written, judge, write


def create(portal: Portal, call: Call) -> Result:
    """Create one object; 409 when its address is taken."""
    if unreadable := unreadable_in(call.body, needs_id=False):
        return unreadable
    found = judge(portal, call.body["properties"], call)
    if found:
        return _answer(refusal_for(found))
    return _answer(creation.create(portal, call.object_type, call.body, call.version))


def patch(portal: Portal, call: Call) -> Result:
    """Update one object; 409 when its new address belongs to another."""
    objects = portal.objects(call.object_type)
    if refusal := not_unique(objects, call.id_property, "update"):
        return refusal
    known = objects.find(call.key, call.id_property)
    if known is None:
        return not_found([call.key], call.object_type).whole()
    if unreadable := unreadable_in(call.body, needs_id=False):
        return unreadable
    values = call.body["properties"]
    if not values:
        return NOTHING_TO_UPDATE.whole()
    found = judge(portal, values, call)
    if found:
        return _answer(refusal_for(found))
    return _answer(write(portal, call.object_type, known, values, call.version))


def _answer(outcome: Written | Refusal) -> Result:
    if isinstance(outcome, Refusal):
        return outcome.whole()
    return HTTPStatus.CREATED if outcome.is_new else HTTPStatus.OK, outcome.to_json()
