"""Reading objects: a batch by id or unique value, one, or a page of all.

Sources: HubSpot's contacts and companies guides.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from cli.standin.answers import Refusal, Result, batch_answer, invalid_json, not_found
from cli.standin.batches import MAX_INPUTS
from cli.standin.calls import Call
from cli.standin.objects import CrmObject, Objects
from cli.standin.portal import Portal


def read(portal: Portal, call: Call) -> Result:
    """Read objects by record id, or by the unique property that `idProperty` names; each once."""
    objects = portal.objects(call.object_type)
    ids = ids_in(call.body)
    id_property = call.body.get("idProperty")
    if ids is None:
        return invalid_json("Some required fields were not set: [id]")
    if refusal := not_unique(objects, id_property, "read"):
        return refusal
    if len(ids) > MAX_INPUTS:
        return Refusal(f"The maximum number of inputs supported in a batch request is {MAX_INPUTS}").whole()
    found = {key: objects.find(key, id_property) for key in ids}
    missing = [key for key, known in found.items() if known is None]
    once = {known.id: known for known in found.values() if known}
    results = [shown(known, call.body.get("properties", ())) for known in once.values()]
    return batch_answer(results, [not_found(missing, call.object_type).item()] if missing else [])


def ids_in(body: Mapping[str, Any]) -> Sequence[str] | None:
    """Return the ids of a batch, None where something else stands in their place."""
    inputs = body.get("inputs", [])
    ids = [entry.get("id") if isinstance(entry, Mapping) else None for entry in inputs]
    return [key for key in ids if isinstance(key, str)] if all(isinstance(key, str) for key in ids) else None


def get(portal: Portal, call: Call) -> Result:
    """Read one object."""
    objects = portal.objects(call.object_type)
    if refusal := not_unique(objects, call.id_property, "read"):
        return refusal
    known = objects.find(call.key, call.id_property)
    if known is None:
        return not_found([call.key], call.object_type).whole()
    return HTTPStatus.OK, shown(known, [*filter(None, call.query.get("properties", "").split(","))])


def page(portal: Portal, call: Call) -> Result:
    """List objects in the order of their ids: up to `limit` of them, those behind `after`."""
    limit, after = call.query.get("limit", "10"), call.query.get("after", "0")
    if not (limit.isdigit() and after.isdigit() and 0 < int(limit) <= MAX_INPUTS):
        return Refusal(f"Invalid limit {limit} or after {after}").whole()
    live = sorted(portal.objects(call.object_type).live.values(), key=lambda each: int(each.id))
    found = [each for each in live if int(each.id) > int(after)]
    names = [*filter(None, call.query.get("properties", "").split(","))]
    results = [shown(each, names) for each in found[: int(limit)]]
    paging = {"paging": {"next": {"after": results[-1]["id"]}}} if len(found) > int(limit) else {}
    return HTTPStatus.OK, {"results": results, **paging}


def not_unique(objects: Objects, id_property: object, deed: str) -> Result | None:
    """Return the 400 for an id property whose values may come twice."""
    if id_property in {None, "hs_object_id"} or objects.is_unique(id_property):
        return None
    type_id = objects.object_type.type_id
    return Refusal(f"Unable to perform {deed} by non-unique {type_id} property {id_property}").whole()


def shown(known: CrmObject, names: Sequence[str]) -> dict[str, Any]:
    """Return an object with the properties that were asked for, and those that HubSpot always shows."""
    of = known.object_type
    wanted = {"hs_object_id", "createdate", of.modified, *(names or of.one_of)}
    answer = known.to_json()
    answer["properties"] = {name: text for name, text in answer["properties"].items() if name in wanted}
    return answer
