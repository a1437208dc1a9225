"""Reading contacts: a batch by id or address, one, or by search.

Sources: HubSpot's contacts guide and its page on searching the CRM.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from cli.standin.answers import Refusal, Result, batch_answer, invalid_json, not_found
from cli.standin.batches import MAX_INPUTS
from cli.standin.calls import Call
from cli.standin.contacts import Contact
from cli.standin.portal import Portal

_ALWAYS = {"hs_object_id", "createdate", "lastmodifieddate"}
ID_PROPERTIES = (None, "email", "hs_object_id")
_IF_NONE_ARE_NAMED = ("email", "firstname", "lastname")


def read(portal: Portal, call: Call) -> Result:
    """Read contacts by record id, or by e-mail (primary or further) if `idProperty` says so; each once."""
    ids = ids_in(call.body)
    id_property = call.body.get("idProperty")
    if ids is None:
        return invalid_json("Some required fields were not set: [id]")
    if id_property not in ID_PROPERTIES:
        return Refusal(f"Unable to perform read by non-unique 0-1 property {id_property}").whole()
    if len(ids) > MAX_INPUTS:
        return Refusal(f"The maximum number of inputs supported in a batch request is {MAX_INPUTS}").whole()
    found = {key: portal.contacts.find(key, id_property) for key in ids}
    missing = [key for key, contact in found.items() if contact is None]
    once = {contact.id: contact for contact in found.values() if contact}
    results = [_shown(contact, call.body.get("properties", ())) for contact in once.values()]
    return batch_answer(results, [not_found(missing).item()] if missing else [])


def ids_in(body: Mapping[str, Any]) -> Sequence[str] | None:
    """Return the ids of a batch, None where something else stands in their place."""
    inputs = body.get("inputs", [])
    ids = [entry.get("id") if isinstance(entry, Mapping) else None for entry in inputs]
    return [key for key in ids if isinstance(key, str)] if all(isinstance(key, str) for key in ids) else None


def get(portal: Portal, call: Call) -> Result:
    """Read one contact."""
    contact = portal.contacts.find(call.key, call.id_property)
    if contact is None:
        return not_found([call.key]).whole()
    return HTTPStatus.OK, _shown(contact, [*filter(None, call.query.get("properties", "").split(","))])


def search(portal: Portal, call: Call) -> Result:
    """Find contacts by equal values: all filters of any group."""
    body = call.body
    groups = [group["filters"] for group in body.get("filterGroups", ())]
    hits = [
        contact
        for contact in portal.contacts.live.values()
        if any(all(_hit(contact, wanted) for wanted in group) for group in groups)
    ]
    shown = [_shown(contact, body.get("properties", ())) for contact in hits[: int(body.get("limit", 10))]]
    return HTTPStatus.OK, {"total": len(hits), "results": shown}


def _shown(contact: Contact, names: Sequence[str]) -> dict[str, Any]:
    shown = contact.to_json()
    wanted = _ALWAYS.union(names or _IF_NONE_ARE_NAMED)
    shown["properties"] = {name: text for name, text in shown["properties"].items() if name in wanted}
    return shown


def _hit(contact: Contact, wanted: Mapping[str, Any]) -> bool:
    values = wanted.get("values") or [wanted.get("value")]
    return contact.properties.get(wanted["propertyName"], "") in values
