"""Batches of objects: refused as a whole, or judged input by input.

With a trace id on every input a bad one costs only itself (207); without, it costs the whole batch and
nothing is written (HubSpot's error handling page, multi-status errors; measured for upsert).

What HubSpot does not document is decided here, so that a caller who relies on luck notices: addresses that
differ only in letter case are the same id twice; a trace id that comes twice costs the whole batch; two
inputs that reach one contact by different addresses are both written, in the order of the inputs; results
come in another order than inputs.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeAlias

from cli.standin.answers import Refusal, Result, batch_answer, invalid_json, not_found
from cli.standin.calls import Call
from cli.standin.creation import create as create_one
from cli.standin.objects import CrmObject, key_of
from cli.standin.portal import Portal
from cli.standin.validation import Complaint, refusal_for
from cli.standin.writes import Written, judge, write

MAX_INPUTS = 100
TRACE = "objectWriteTraceId"
NOTHING_TO_UPDATE = Refusal("No properties found to update, please provide at least one.")

Input: TypeAlias = Mapping[str, Any]
Outcome: TypeAlias = Written | Refusal


def upsert(portal: Portal, call: Call) -> Result:
    """Create or update objects by a unique property; contacts by e-mail, primary or further."""
    return _Batch(portal, call, _upsert_one, upserts=True).run()


def update(portal: Portal, call: Call) -> Result:
    """Update objects by record id; one error names all ids that are not known.

    What an input without properties costs is not documented; here it is the whole batch.
    """
    return _Batch(portal, call, _update_one, needs_properties=True).run()


def create(portal: Portal, call: Call) -> Result:
    """Create objects; an address that is taken is a conflict."""
    status, answer = _Batch(portal, call, _create_one, needs_id=False).run()
    return HTTPStatus.CREATED if status == HTTPStatus.OK else status, answer


@dataclass(frozen=True, slots=True)
class _Batch:
    """How one kind of batch is done."""

    portal: Portal
    call: Call
    act: Callable[[Portal, Call, Input], Outcome | None]
    upserts: bool = False
    needs_id: bool = True
    needs_properties: bool = False

    def run(self) -> Result:
        inputs = self.call.body.get("inputs", [])
        refusal = self._refusal(inputs)
        if refusal:
            return refusal
        traced = bool(inputs) and all(entry.get(TRACE) for entry in inputs)
        judged = [(entry, judge(self.portal, self._to_judge(entry), self.call)) for entry in inputs]
        everything = [found for _, complaints in judged for found in complaints]
        if everything and (not traced or self._is_for_all(everything)):
            # Nothing is written, and nothing says which input was at fault.
            return refusal_for(everything).whole()
        return self._write(judged, traced=traced)

    def _write(self, judged: Sequence[tuple[Input, Sequence[Complaint]]], *, traced: bool) -> Result:
        before = self.portal.snapshot()
        results, errors, unknown = [], [], []
        for entry, complaints in judged:
            outcome = refusal_for(complaints) if complaints else self.act(self.portal, self.call, entry)
            trace = {TRACE: entry[TRACE]} if traced else {}
            if isinstance(outcome, Written):
                shown = {"new": outcome.is_new} if self.upserts else {}
                results.append(self._told(entry, outcome.to_json(**shown, **trace)))
            elif outcome is None:
                unknown.append(entry["id"])
            elif traced:
                errors.append(outcome.item(trace))
            else:
                self.portal.restore(before)
                return outcome.whole()
        errors += [not_found(unknown, self.call.object_type).item()] if unknown else []
        # HubSpot does not keep the order of the inputs, and whoever relies on it shall notice.
        return batch_answer(results[1:] + results[:1], errors)

    def _told(self, entry: Input, whole: dict[str, Any]) -> dict[str, Any]:
        if not self.needs_properties or self.portal.update_tells == "whole":
            return whole
        sent = entry["properties"] if self.portal.update_tells == "sent" else ()
        told = {*sent, "createdate", "hs_object_id", self.call.object_type.modified}
        return {**whole, "properties": {k: v for k, v in whole["properties"].items() if k in told}}

    def _is_for_all(self, complaints: Sequence[Complaint]) -> bool:
        unknown = any(found["error"] == "PROPERTY_DOESNT_EXIST" for found in complaints)
        return unknown and self.portal.unknown_property_fails_batch

    def _refusal(self, inputs: Any) -> Result | None:  # noqa: ANN401 - JSON
        """Return the answer to a batch that HubSpot refuses as a whole, trace ids or not."""
        if not isinstance(inputs, list):
            return invalid_json("Cannot deserialize value of type `java.util.ArrayList`")
        for entry in inputs:
            if unreadable := unreadable_in(entry, needs_id=self.needs_id):
                return unreadable
            if self.needs_properties and not entry["properties"]:
                return NOTHING_TO_UPDATE.whole()
            if not self._is_found_by(entry.get("idProperty")):
                type_id, named = self.call.object_type.type_id, entry.get("idProperty", "hs_object_id")
                message = f"Unable to perform update/upsert by non-unique {type_id} property {named}"
                return Refusal(message).whole()
        if len(inputs) > MAX_INPUTS:
            return Refusal(
                f"The maximum number of inputs supported in a batch request is {MAX_INPUTS}"
            ).whole()
        return _duplicates(inputs)

    def _is_found_by(self, id_property: object) -> bool:
        """Say whether this kind of batch may find its objects by this; None is by record id."""
        objects = self.portal.objects(self.call.object_type)
        return objects.is_unique(id_property) if self.upserts else id_property is None

    def _to_judge(self, entry: Input) -> Mapping[str, str]:
        """Return the values to judge: the id of an upsert is one if it becomes a value of a new object."""
        values: Mapping[str, str] = entry["properties"]
        name = entry.get("idProperty", "")
        if not self.upserts or values.get(name) or _known(self.portal, self.call, entry):
            return values
        return {**values, name: entry["id"]}


def unreadable_in(entry: Any, *, needs_id: bool) -> Result | None:  # noqa: ANN401 - JSON
    """Return the 400 for an object whose properties are no texts, or which lacks its id."""
    values = entry.get("properties") if isinstance(entry, Mapping) else None
    if not isinstance(values, Mapping) or not all(isinstance(value, str) for value in values.values()):
        return invalid_json("Cannot deserialize value of type `java.lang.String`")
    if needs_id and not isinstance(entry.get("id"), str):
        return invalid_json("Some required fields were not set: [id]")
    return None


def _duplicates(inputs: Sequence[Input]) -> Result | None:
    ids = [key_of(entry.get("idProperty", ""), entry["id"])[1] for entry in inputs if "id" in entry]
    traces = [entry[TRACE] for entry in inputs if entry.get(TRACE)]
    for given, label in ((ids, "IDs"), (traces, "trace IDs")):
        twice = sorted(value for value, count in Counter(given).items() if count > 1)
        if twice:
            message = f"Duplicate {label} found in batch input: [{', '.join(twice)}]. {label} must be unique"
            return Refusal(message, context={"ids": twice}).whole()
    return None


def _known(portal: Portal, call: Call, entry: Input) -> CrmObject | None:
    return portal.objects(call.object_type).by(entry["idProperty"], entry["id"])


def _upsert_one(portal: Portal, call: Call, entry: Input) -> Outcome:
    sent, name = entry["properties"], entry["idProperty"]
    known = _known(portal, call, entry)
    values = sent if known else {**sent, name: sent.get(name) or entry["id"]}
    return write(portal, call.object_type, known, values, call.version)


def _update_one(portal: Portal, call: Call, entry: Input) -> Outcome | None:
    known = portal.objects(call.object_type).live.get(entry["id"])
    if not known:
        return None
    return write(portal, call.object_type, known, entry["properties"], call.version)


def _create_one(portal: Portal, call: Call, entry: Input) -> Outcome:
    return create_one(portal, call.object_type, entry, call.version)
