"""The associations API: contacts with companies, one pair or many, from either side.

Sources: HubSpot's associations guide and its OpenAPI file of the associations API. That an input whose
object is not there costs only itself, and how it is told, was seen in answers that others recorded.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeAlias

from cli.standin.answers import Refusal, Result, batch_answer, invalid_json
from cli.standin.associations import DEFAULT, PRIMARY, SEEN_FROM
from cli.standin.calls import Call
from cli.standin.object_types import CONTACTS, ObjectType
from cli.standin.portal import Portal

MAX_INPUTS, MAX_READ, MAX_ARCHIVED_FROM = 2000, 1000, 100
_NO_IDS = "Some required fields were not set: [from, to]"

Input: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Pair:
    from_id: str
    to_id: str
    type_ids: Collection[object]


def associate_default(portal: Portal, call: Call) -> Result:
    """Associate without a label: two results a pair, one in each direction."""
    return _associate(portal, call, _shown_default, lambda _: [SEEN_FROM[call.object_type.name][DEFAULT]])


def create(portal: Portal, call: Call) -> Result:
    """Associate with the types that each input names; 201 if all of them are made.

    They take the place of the labels that a pair has.
    """
    status, answer = _associate(portal, call, _shown_labelled, _types_in)
    return HTTPStatus.CREATED if status == HTTPStatus.OK else status, answer


def put_default(portal: Portal, call: Call) -> Result:
    """Associate one pair without a label; 404 if one of them is not there."""
    pair = _Pair(call.key, call.to_key, ())
    unknown = _unknown(portal, call, pair)
    if unknown:
        return unknown[0].whole()
    _link(portal, call, pair)
    return batch_answer(_shown_default(portal, call, pair), [])


def read(portal: Portal, call: Call) -> Result:
    """Return with what each object is associated; one without any is an error of its own."""
    ids = [_id_of(entry) for entry in _inputs(call)]
    refusal = _refusal(call, MAX_READ, readable=all(ids))
    if refusal:
        return refusal
    found = {object_id: portal.associations.of(call.object_type, object_id) for object_id in ids}
    results = [_shown_links(portal, call, object_id, links) for object_id, links in found.items() if links]
    return batch_answer(
        results, [_alone(call, object_id).item() for object_id, links in found.items() if not links]
    )


def archive(portal: Portal, call: Call) -> Result:
    """End associations; it is no error if there is none. Dated versions answer 200, `v4` does 204."""
    ends = [(_id_of(entry.get("from")), [_id_of(to) for to in _list(entry, "to")]) for entry in _inputs(call)]
    refusal = _refusal(call, MAX_INPUTS, readable=all(start and all(to) for start, to in ends))
    if refusal:
        return refusal
    if len({start for start, _ in ends}) > MAX_ARCHIVED_FROM:
        return _too_many(MAX_ARCHIVED_FROM).whole()
    for start, to_ids in ends:
        for to_id in to_ids:
            portal.associations.remove(*_as_seen(call.object_type, start, to_id))
    return HTTPStatus.NO_CONTENT if call.version == "v4" else HTTPStatus.OK, None


def _associate(
    portal: Portal,
    call: Call,
    shown: Callable[[Portal, Call, _Pair], Sequence[Mapping[str, Any]]],
    types: Callable[[Input], Collection[object]],
) -> Result:
    inputs = _inputs(call)
    pairs = [_Pair(_id_of(entry.get("from")), _id_of(entry.get("to")), types(entry)) for entry in inputs]
    refusal = _refusal(call, MAX_INPUTS, readable=all(pair.from_id and pair.to_id for pair in pairs))
    if refusal:
        return refusal
    if not all(_is_known(portal, call.object_type, pair.type_ids) for pair in pairs):
        return Refusal(f"invalid from object type {call.object_type.type_id} for this association").whole()
    results: list[Mapping[str, Any]] = []
    errors: list[Mapping[str, Any]] = []
    for pair in pairs:
        unknown = _unknown(portal, call, pair)
        errors += [each.item() for each in unknown]
        if not unknown:
            _link(portal, call, pair, replaces=shown is _shown_labelled)
            results += shown(portal, call, pair)
    return batch_answer(results, errors)


def _inputs(call: Call) -> Sequence[Input]:
    return [entry if isinstance(entry, Mapping) else {} for entry in _list(call.body, "inputs")]


def _list(holder: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = holder.get(name)
    return found if isinstance(found, list) else []


def _id_of(holder: Any) -> str:  # noqa: ANN401 - JSON
    found = holder.get("id") if isinstance(holder, Mapping) else None
    return found if isinstance(found, str) else ""


def _types_in(entry: Input) -> Collection[object]:
    return [each.get("associationTypeId") for each in _list(entry, "types") if isinstance(each, Mapping)]


def _is_known(portal: Portal, object_type: ObjectType, type_ids: Collection[object]) -> bool:
    return bool(type_ids) and all(portal.associations.as_contact(object_type, each) for each in type_ids)


def _refusal(call: Call, most: int, *, readable: bool) -> Result | None:
    if call.object_type is call.to_type:
        return Refusal(f"invalid from object type {call.object_type.type_id} for this association").whole()
    if not readable:
        return invalid_json(_NO_IDS)
    return _too_many(most).whole() if len(_inputs(call)) > most else None


def _too_many(most: int) -> Refusal:
    return Refusal(f"The maximum number of inputs supported in a batch request is {most}")


def _unknown(portal: Portal, call: Call, pair: _Pair) -> list[Refusal]:
    """Return an error for each end of a pair that is not there."""
    ends = (("FROM", call.object_type, pair.from_id), ("TO", call.to_type, pair.to_id))
    return [
        Refusal(
            f"No {of.singular} with ID {object_id} exists",
            "OBJECT_NOT_FOUND",
            HTTPStatus.NOT_FOUND,
            context={"objectType": [of.singular], "id": [object_id]},
            sub_category=f"crm.associations.{end}_OBJECT_NOT_FOUND",
        )
        for end, of, object_id in ends
        if object_id not in portal.objects(of).live
    ]


def _alone(call: Call, object_id: str) -> Refusal:
    start, other = call.object_type.singular, call.to_type.singular
    return Refusal(
        f"No {other} is associated with {start} {object_id}.",
        "OBJECT_NOT_FOUND",
        context={"fromObjectId": [object_id], "fromObjectType": [start], "toObjectType": [other]},
        sub_category="crm.associations.NO_ASSOCIATIONS_FOUND",
    )


def _link(portal: Portal, call: Call, pair: _Pair, *, replaces: bool = False) -> None:
    held = portal.associations
    seen = {held.as_contact(call.object_type, type_id) or DEFAULT for type_id in pair.type_ids}
    held.add(*_as_seen(call.object_type, pair.from_id, pair.to_id), seen, replaces=replaces)


def _as_seen(object_type: ObjectType, from_id: str, to_id: str) -> tuple[str, str]:
    """Return contact and company, whichever of them stands first in the call."""
    return (from_id, to_id) if object_type is CONTACTS else (to_id, from_id)


def _shown_default(_: Portal, call: Call, pair: _Pair) -> Sequence[Mapping[str, Any]]:
    ways = ((call.object_type, pair.from_id, pair.to_id), (call.to_type, pair.to_id, pair.from_id))
    return [
        {
            "from": {"id": start},
            "to": {"id": end},
            "associationSpec": {
                "associationCategory": "HUBSPOT_DEFINED",
                "associationTypeId": SEEN_FROM[of.name][DEFAULT],
            },
        }
        for of, start, end in ways
    ]


def _shown_labelled(portal: Portal, call: Call, pair: _Pair) -> Sequence[Mapping[str, Any]]:
    names = _names(portal)
    seen = [portal.associations.as_contact(call.object_type, each) for each in pair.type_ids]
    return [
        {
            "fromObjectTypeId": call.object_type.type_id,
            "fromObjectId": pair.from_id,
            "toObjectTypeId": call.to_type.type_id,
            "toObjectId": pair.to_id,
            "labels": [names[each] for each in seen if each and each in names],
        }
    ]


def _names(portal: Portal) -> Mapping[int, str]:
    return {PRIMARY: "Primary", **portal.associations.labels}


def _shown_links(
    portal: Portal, call: Call, object_id: str, links: Mapping[str, frozenset[int]]
) -> Mapping[str, Any]:
    held, names = portal.associations, _names(portal)
    to = [
        {
            "toObjectId": int(other),
            "associationTypes": [
                {
                    "category": "USER_DEFINED" if type_id in held.labels else "HUBSPOT_DEFINED",
                    "typeId": held.as_seen(call.object_type, type_id),
                    "label": names.get(type_id),
                }
                for type_id in sorted(type_ids)
            ],
        }
        for other, type_ids in links.items()
    ]
    return {"from": {"id": object_id}, "to": to}
