"""Batches of contacts: refused as a whole, or judged input by input.

With a trace id on every input a bad one costs only itself (207); without, it costs the whole batch and
nothing is written (HubSpot's error handling page, multi-status errors; measured for upsert).

What HubSpot does not document is decided here, so that a caller who relies on luck notices: addresses that
differ only in letter case are the same id twice; a trace id that comes twice costs the whole batch; two
inputs that reach one contact by different addresses are both written, in the order of the inputs; results
come in another order than inputs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeAlias

from cli.standin.answers import Refusal, Result, batch_answer, invalid_json, not_found
from cli.standin.calls import Call
from cli.standin.portal import Portal
from cli.standin.validation import Complaint, refusal_for
from cli.standin.writes import Written, judge, write

MAX_INPUTS = 100
TRACE = "objectWriteTraceId"
NOTHING_TO_UPDATE = Refusal("No properties found to update, please provide at least one.")

Input: TypeAlias = Mapping[str, Any]
Outcome: TypeAlias = Written | Refusal


def upsert(portal: Portal, call: Call) -> Result:
    """Create or update contacts by e-mail, primary or further."""
    return _Batch(portal, _upsert_one, id_property="email", shows_new=True).run(call)


def update(portal: Portal, call: Call) -> Result:
    """Update contacts by record id; one error names all ids that are not known.

    What an input without properties costs is not documented; here it is the whole batch.
    """
    return _Batch(portal, _update_one, needs_properties=True).run(call)


def create(portal: Portal, call: Call) -> Result:
    """Create contacts; an address that is taken is a conflict."""
    status, answer = _Batch(portal, _create_one, needs_id=False).run(call)
    return HTTPStatus.CREATED if status == HTTPStatus.OK else status, answer


@dataclass(frozen=True, slots=True)
class _Batch:
    """How one kind of batch is done."""

    portal: Portal
    act: Callable[[Portal, Input], Outcome | None]
    id_property: str = ""
    needs_id: bool = True
    needs_properties: bool = False
    shows_new: bool = False

    def run(self, call: Call) -> Result:
        inputs = call.body.get("inputs", [])
        refusal = self._refusal(inputs)
        if refusal:
            return refusal
        traced = bool(inputs) and all(entry.get(TRACE) for entry in inputs)
        judged = [(entry, judge(self.portal, _to_judge(self, entry), call.version)) for entry in inputs]
        everything = [found for _, complaints in judged for found in complaints]
        if everything and (not traced or self._is_for_all(everything)):
            # Nothing is written, and nothing says which input was at fault.
            return refusal_for(everything).whole()
        return self._write(judged, traced=traced)

    def _write(self, judged: Sequence[tuple[Input, Sequence[Complaint]]], *, traced: bool) -> Result:
        before = self.portal.contacts.snapshot()
        results, errors, unknown = [], [], []
        for entry, complaints in judged:
            outcome = refusal_for(complaints) if complaints else self.act(self.portal, entry)
            trace = {TRACE: entry[TRACE]} if traced else {}
            if isinstance(outcome, Written):
                shown = {"new": outcome.is_new} if self.shows_new else {}
                results.append(outcome.to_json(**shown, **trace))
            elif outcome is None:
                unknown.append(entry["id"])
            elif traced:
                errors.append(outcome.item(trace))
            else:
                self.portal.contacts.restore(before)
                return outcome.whole()
        errors += [not_found(unknown).item()] if unknown else []
        # HubSpot does not keep the order of the inputs, and whoever relies on it shall notice.
        return batch_answer(results[1:] + results[:1], errors)

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
            if entry.get("idProperty", "") != self.id_property:
                named = entry.get("idProperty", "hs_object_id")
                return Refusal(f"Unable to perform update/upsert by non-unique 0-1 property {named}").whole()
        if len(inputs) > MAX_INPUTS:
            return Refusal(
                f"The maximum number of inputs supported in a batch request is {MAX_INPUTS}"
            ).whole()
        return _duplicates(inputs)


def _to_judge(batch: _Batch, entry: Input) -> Mapping[str, str]:
    """Return the values to judge: the id of an upsert is one if it becomes the address of a new contact."""
    values: Mapping[str, str] = entry["properties"]
    if not batch.id_property or values.get("email") or batch.portal.contacts.by_email(entry["id"]):
        return values
    return {**values, "email": entry["id"]}


def unreadable_in(entry: Any, *, needs_id: bool) -> Result | None:  # noqa: ANN401 - JSON
    """Return the 400 for an object whose properties are no texts, or which lacks its id."""
    values = entry.get("properties") if isinstance(entry, Mapping) else None
    if not isinstance(values, Mapping) or not all(isinstance(value, str) for value in values.values()):
        return invalid_json("Cannot deserialize value of type `java.lang.String`")
    if needs_id and not isinstance(entry.get("id"), str):
        return invalid_json("Some required fields were not set: [id]")
    return None


def _duplicates(inputs: Sequence[Input]) -> Result | None:
    ids = [entry["id"].lower() for entry in inputs if "id" in entry]
    traces = [entry[TRACE] for entry in inputs if entry.get(TRACE)]
    for given, label in ((ids, "IDs"), (traces, "trace IDs")):
        twice = sorted({value for value in given if given.count(value) > 1})
        if twice:
            message = f"Duplicate {label} found in batch input: [{', '.join(twice)}]. {label} must be unique"
            return Refusal(message, context={"ids": twice}).whole()
    return None


def _upsert_one(portal: Portal, entry: Input) -> Outcome:
    sent = entry["properties"]
    owner = portal.contacts.by_email(entry["id"])
    return write(portal, owner, sent if owner else {**sent, "email": sent.get("email") or entry["id"]})


def _update_one(portal: Portal, entry: Input) -> Outcome | None:
    known = portal.contacts.live.get(entry["id"])
    return write(portal, known, entry["properties"]) if known else None


def _create_one(portal: Portal, entry: Input) -> Outcome:
    return write(portal, None, entry["properties"])
