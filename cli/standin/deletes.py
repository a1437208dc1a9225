"""Deleting contacts: into the recycling bin, or for good.

Source: HubSpot's OpenAPI file of the contacts API.
"""

from http import HTTPStatus

from cli.standin.answers import Refusal, Result, invalid_json
from cli.standin.calls import Call
from cli.standin.portal import Portal
from cli.standin.reads import ID_PROPERTIES, ids_in


def archive(portal: Portal, call: Call) -> Result:
    """Archive a contact; it is no error when there is none of that id."""
    portal.contacts.archive(call.key)
    return HTTPStatus.NO_CONTENT, None


def archive_batch(portal: Portal, call: Call) -> Result:
    """Archive contacts by record id."""
    ids = ids_in(call.body)
    if ids is None:
        return invalid_json("Some required fields were not set: [id]")
    for contact_id in ids:
        portal.contacts.archive(contact_id)
    return HTTPStatus.NO_CONTENT, None


def gdpr_delete(portal: Portal, call: Call) -> Result:
    """Delete a contact for good; an address that nobody has is blocked instead.

    What HubSpot says of an id that it does not know is not documented; here it is no error.
    """
    key, id_property = call.body.get("objectId"), call.body.get("idProperty")
    if not isinstance(key, str) or not key:
        return invalid_json("Some required fields were not set: [objectId]")
    if id_property not in ID_PROPERTIES:
        return Refusal(f"Unable to delete by non-unique 0-1 property {id_property}").whole()
    contact = portal.contacts.find(key, id_property)
    if id_property == "email" and contact is None:
        portal.contacts.blocked.add(key.lower())
    else:
        portal.contacts.erase(contact.id if contact else key)
    return HTTPStatus.NO_CONTENT, None
