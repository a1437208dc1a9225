"""Deleting objects: into the recycling bin, or contacts for good.

Sources: HubSpot's OpenAPI files of the contacts and companies APIs.
"""

from http import HTTPStatus

from cli.standin.answers import Result, invalid_json
from cli.standin.calls import Call
from cli.standin.object_types import CONTACTS
from cli.standin.portal import Portal
from cli.standin.reads import ids_in, not_unique


def archive(portal: Portal, call: Call) -> Result:
    """Archive an object; it is no error when there is none of that id."""
    portal.archive(call.object_type, call.key)
    return HTTPStatus.NO_CONTENT, None


def archive_batch(portal: Portal, call: Call) -> Result:
    """Archive objects by record id."""
    ids = ids_in(call.body)
    if ids is None:
        return invalid_json("Some required fields were not set: [id]")
    for object_id in ids:
        portal.archive(call.object_type, object_id)
    return HTTPStatus.NO_CONTENT, None


def gdpr_delete(portal: Portal, call: Call) -> Result:
    """Delete a contact for good; an address that nobody has is blocked instead.

    What HubSpot says of an id that it does not know is not documented; here it is no error.
    """
    key, id_property = call.body.get("objectId"), call.body.get("idProperty")
    if not isinstance(key, str) or not key:
        return invalid_json("Some required fields were not set: [objectId]")
    if refusal := not_unique(portal.contacts, id_property, "delete"):
        return refusal
    contact = portal.contacts.find(key, id_property)
    if id_property == "email" and contact is None:
        portal.contacts.blocked.add(key.lower())
        return HTTPStatus.NO_CONTENT, None
    contact_id = contact.id if contact else key
    portal.contacts.erase(contact_id)
    portal.associations.forget(CONTACTS, contact_id)
    return HTTPStatus.NO_CONTENT, None
