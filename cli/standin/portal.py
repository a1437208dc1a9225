"""The stand-in's state: a portal with contacts, and what HubSpot's API does to them. No HTTP in here."""

import itertools
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from threading import RLock
from typing import Any, TypeAlias

from cli.standin.schema import contact_properties
from cli.standin.validation import problems

MAX_INPUTS = 100
_STAGES = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")

# Status and JSON body of an answer; None is no body.
Result: TypeAlias = tuple[int, Any]


@dataclass
class Contact:
    """A contact of the portal."""

    id: str
    properties: dict[str, str]
    created_at: str
    updated_at: str

    def to_json(self, **more: object) -> dict[str, Any]:
        """Return it as HubSpot's API shows an object."""
        return {
            "id": self.id,
            "properties": {**self.properties, "hs_object_id": self.id, "lastmodifieddate": self.updated_at},
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "archived": False,
            **more,
        }


@dataclass
class Portal:
    """One HubSpot account. Every method is one API call and is atomic."""

    schema: dict[str, Mapping[str, Any]] = field(default_factory=contact_properties)
    contacts: dict[str, Contact] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)
    _owners: dict[str, str] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(501))

    def properties(self) -> Result:
        """List the properties of contacts."""
        return HTTPStatus.OK, {"results": list(self.schema.values())}

    def upsert(self, body: Mapping[str, Any]) -> Result:
        """Create or update contacts by e-mail. With a trace id on every input a bad one costs only itself."""
        return self._batch(body, self._upsert_one, by_email=True)

    def update(self, body: Mapping[str, Any]) -> Result:
        """Update contacts by record id."""
        return self._batch(body, self._update_one)

    def create(self, body: Mapping[str, Any]) -> Result:
        """Create contacts; an address that is taken is a conflict."""
        status, answer = self._batch(body, self._create_one)
        return HTTPStatus.CREATED if status == HTTPStatus.OK else status, answer

    def create_single(self, body: Mapping[str, Any]) -> Result:
        """Create one contact."""
        with self.lock:
            outcome = self._create_one(body)
            if isinstance(outcome, Contact):
                return HTTPStatus.CREATED, outcome.to_json()
            return _status_of(outcome), outcome

    def read(self, body: Mapping[str, Any]) -> Result:
        """Read contacts by record id, or by e-mail (primary or further) if `idProperty` says so."""
        with self.lock:
            by_email = body.get("idProperty") == "email"
            ids = [entry["id"] for entry in body["inputs"]]
            found = {key: self.by_email(key) if by_email else self.contacts.get(key) for key in ids}
            missing = [key for key, contact in found.items() if contact is None]
            results = [_only(contact, body.get("properties", ())) for contact in found.values() if contact]
            errors = [_error("OBJECT_NOT_FOUND", "Could not get some CONTACT objects.", ids=missing)] * bool(
                missing
            )
            return _batch_answer(results, errors)

    def search(self, body: Mapping[str, Any]) -> Result:
        """Find contacts by equal values: all filters of any group."""
        with self.lock:
            groups = [group["filters"] for group in body.get("filterGroups", ())]
            hits = [
                c for c in self.contacts.values() if any(all(_hit(c, f) for f in group) for group in groups)
            ]
            results = [
                _only(contact, body.get("properties", ())) for contact in hits[: int(body.get("limit", 10))]
            ]
            return HTTPStatus.OK, {"total": len(hits), "results": results}

    def by_email(self, email: str) -> Contact | None:
        """Return the contact that owns an address, as its primary or a further one."""
        return self.contacts.get(self._owners.get(email.lower(), ""))

    def clear(self) -> None:
        """Forget every contact."""
        with self.lock:
            self.contacts.clear()
            self._owners.clear()

    def _batch(
        self,
        body: Mapping[str, Any],
        act: Callable[[Mapping[str, Any]], Contact | dict[str, Any]],
        *,
        by_email: bool = False,
    ) -> Result:
        inputs: Sequence[Mapping[str, Any]] = body.get("inputs", [])
        refusal = _refusal(inputs, by_email=by_email)
        if refusal:
            return refusal
        traced = all(entry.get("objectWriteTraceId") for entry in inputs)
        with self.lock:
            checked = [(entry, self._complaints(entry)) for entry in inputs]
            if not traced and any(complaints for _, complaints in checked):
                # Without trace ids nothing is written, and nothing says which input was at fault.
                return HTTPStatus.BAD_REQUEST, _invalid([c for _, complaints in checked for c in complaints])
            results, errors = [], []
            for entry, complaints in checked:
                known = set(self.contacts)
                outcome = _invalid(complaints) if complaints else act(entry)
                trace = {"objectWriteTraceId": entry["objectWriteTraceId"]} if traced else {}
                if isinstance(outcome, Contact):
                    results.append(outcome.to_json(new=outcome.id not in known, **trace))
                else:
                    errors.append(_traced(outcome, trace))
            if errors and not traced:
                return _status_of(errors[0]), errors[0]
            # HubSpot does not keep the order of the inputs, and whoever relies on it shall notice.
            return _batch_answer(results[1:] + results[:1], errors)

    def _complaints(self, entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return problems(entry.get("properties", {}), self.schema)

    def _upsert_one(self, entry: Mapping[str, Any]) -> Contact | dict[str, Any]:
        known = self.by_email(entry["id"])
        if known is None:
            return self._new({**entry["properties"], "email": entry["properties"].get("email", entry["id"])})
        return self._write(known, entry["properties"])

    def _update_one(self, entry: Mapping[str, Any]) -> Contact | dict[str, Any]:
        known = self.contacts.get(entry["id"])
        if known is None:
            return _error("OBJECT_NOT_FOUND", "Could not get some CONTACT objects.", ids=[entry["id"]])
        return self._write(known, entry["properties"])

    def _create_one(self, entry: Mapping[str, Any]) -> Contact | dict[str, Any]:
        complaints = self._complaints(entry)
        if complaints:
            return _invalid(complaints)
        known = self.by_email(entry["properties"].get("email", ""))
        if known:
            message = f"Contact already exists. Existing ID: {known.id}"
            return _error("CONFLICT", message, existingId=[known.id])
        return self._new(entry["properties"])

    def _new(self, properties: Mapping[str, str]) -> Contact:
        now = _now()
        contact = Contact(str(next(self._ids)), {"createdate": now}, now, now)
        self.contacts[contact.id] = contact
        return self._write(contact, properties)

    def _write(self, contact: Contact, properties: Mapping[str, str]) -> Contact:
        for name, value in properties.items():
            if name == "lifecyclestage" and _is_backward(contact.properties.get(name, ""), value):
                # HubSpot answers 200 and silently keeps the stage that it has.
                continue
            contact.properties[name] = value.lower() if name == "email" else value
            if not value:
                del contact.properties[name]
        contact.updated_at = _now()
        self._owners |= dict.fromkeys(_addresses(contact), contact.id)
        return contact


def invalid_json(detail: str) -> dict[str, Any]:
    """Return HubSpot's complaint about a body that it cannot read."""
    return {
        "status": "error",
        "message": f"Invalid input JSON on line 1, column 1: {detail}",
        **_correlation(),
    }


def _refusal(inputs: Sequence[Mapping[str, Any]], *, by_email: bool) -> Result | None:
    """Return the answer to a batch that HubSpot refuses as a whole, trace ids or not."""
    for entry in inputs:
        values = entry.get("properties")
        if not isinstance(values, Mapping) or not all(isinstance(value, str) for value in values.values()):
            return HTTPStatus.BAD_REQUEST, invalid_json("Cannot deserialize value of type `java.lang.String`")
        if by_email and entry.get("idProperty") != "email":
            message = "Unable to perform update/upsert by non-unique 0-1 property"
            return HTTPStatus.BAD_REQUEST, _error("VALIDATION_ERROR", message)
    if len(inputs) > MAX_INPUTS:
        message = f"The maximum number of inputs supported in a batch request is {MAX_INPUTS}"
        return HTTPStatus.BAD_REQUEST, _error("VALIDATION_ERROR", message)
    ids = [str(entry["id"]).lower() for entry in inputs if "id" in entry]
    twice = sorted({key for key in ids if ids.count(key) > 1})
    if twice:
        message = f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique"
        return HTTPStatus.BAD_REQUEST, _error("VALIDATION_ERROR", message, ids=twice)
    return None


def _invalid(complaints: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    details = [
        {"message": c["message"], "code": c["error"], "context": {"propertyName": [c["name"]]}}
        for c in complaints
    ]
    message = f"Property values were not valid: {json.dumps(complaints)}"
    return {**_error("VALIDATION_ERROR", message), "errors": details}


def _error(category: str, message: str, **context: list[str]) -> dict[str, Any]:
    return {"status": "error", "category": category, "message": message, "context": context, **_correlation()}


def _traced(error: dict[str, Any], trace: Mapping[str, str]) -> dict[str, Any]:
    return {**error, "context": {**error["context"], **{key: [value] for key, value in trace.items()}}}


def _batch_answer(results: Sequence[Any], errors: Sequence[Any]) -> Result:
    now = _now()
    answer = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if not errors:
        return HTTPStatus.OK, answer
    return HTTPStatus.MULTI_STATUS, {**answer, "numErrors": len(errors), "errors": errors}


def _status_of(error: Mapping[str, Any]) -> int:
    return HTTPStatus.CONFLICT if error["category"] == "CONFLICT" else HTTPStatus.BAD_REQUEST


def _only(contact: Contact, names: Sequence[str]) -> dict[str, Any]:
    shown = contact.to_json()
    always = {"hs_object_id", "createdate", "lastmodifieddate"}
    shown["properties"] = {k: v for k, v in shown["properties"].items() if k in always.union(names)}
    return shown


def _hit(contact: Contact, wanted: Mapping[str, Any]) -> bool:
    values = wanted.get("values") or [wanted.get("value")]
    return contact.properties.get(wanted["propertyName"], "") in values


def _addresses(contact: Contact) -> set[str]:
    further = contact.properties.get("hs_additional_emails", "").lower().split(";")
    return {contact.properties.get("email", ""), *further} - {""}


def _is_backward(old: str, new: str) -> bool:
    return old in _STAGES and new in _STAGES and _STAGES.index(new) < _STAGES.index(old)


def _correlation() -> dict[str, str]:
    return {"correlationId": str(uuid.uuid4())}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
