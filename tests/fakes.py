"""Stand-ins that several tests share."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from mypy_boto3_dynamodb import DynamoDBClient

from relay.core.answers import Answer, Reply
from relay.core.planning import Batch, Input
from relay.core.profiles import Profile
from relay.schemas import Dated


class Clock:
    """A clock that only moves when told to."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self.now = now_ms

    def now_ms(self) -> int:
        return self.now


def create_table(client: DynamoDBClient, name: str) -> None:
    """Create a table as the template does."""
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@dataclass
class FakeSchemas:
    """A place for schemas."""

    dated: Dated | None = None

    def load(self) -> Dated | None:
        return self.dated

    def save(self, dated: Dated) -> None:
        self.dated = dated


@dataclass
class FakeProfiles:
    """A place for profiles; `is_down` is a DynamoDB out of reach, `is_read_only` one that loses writes."""

    profiles: dict[str, Profile] = field(default_factory=dict)
    is_down: bool = False
    is_read_only: bool = False
    writes: int = 0

    def load(self, keys: Collection[str]) -> Mapping[str, Profile] | None:
        return None if self.is_down else {key: self.profiles[key] for key in keys if key in self.profiles}

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        if self.is_down or self.is_read_only:
            return False
        self.writes += len(profiles)
        self.profiles |= profiles
        return True


def properties(*names: str, **kinds: str) -> Reply:
    """Return HubSpot's list of properties: of text, or of the kind that is named."""
    listed = dict.fromkeys(names, "string") | kinds
    return Reply(200, {"results": [{"name": name, "type": kind} for name, kind in listed.items()]})


@dataclass
class FakeCrm:
    """A HubSpot with contacts by e-mail address, that answers in reverse order, as HubSpot may.

    `script` answers in its place while it returns something.
    """

    script: Callable[[Batch], Answer | None] = lambda _: None
    # Primary addresses by the further ones of the same contact.
    further: dict[str, str] = field(default_factory=dict)
    schema: list[Answer] = field(default_factory=lambda: [properties("email", "plan", "city")])
    contacts: dict[str, dict[str, str]] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)
    reads: list[list[str]] = field(default_factory=list)
    # The further properties that were asked for in each of these reads.
    read_names: list[list[str]] = field(default_factory=list)
    read_answer: Answer | None = None
    deleted: list[tuple[str, bool]] = field(default_factory=list)
    delete_answer: Answer = field(default_factory=lambda: Reply(204))
    created: list[Mapping[str, object]] = field(default_factory=list)
    create_answer: Answer = field(default_factory=lambda: Reply(201))
    schema_calls: int = 0
    ids: "count[int]" = field(default_factory=lambda: count(501))

    def properties(self, object_type: str, deadline_ms: int) -> Answer:
        assert deadline_ms == DEADLINE
        if object_type == "companies":
            return properties("domain", "name", "website", numberofemployees="number", at_risk="bool")
        self.schema_calls += 1
        return self.schema[min(self.schema_calls, len(self.schema)) - 1]

    def create_properties(self, definitions: Sequence[Mapping[str, object]], deadline_ms: int) -> Answer:
        assert deadline_ms == DEADLINE
        self.created += definitions
        return self.create_answer

    def write_contacts(self, batch: Batch, deadline_ms: int) -> Answer:
        assert deadline_ms == DEADLINE
        self.batches.append(batch)
        if scripted := self.script(batch):
            return scripted
        done = [self._write(entry) for entry in reversed(batch.inputs)]
        errors = [each for each in done if "category" in each]
        return Reply(207 if errors else 200, {"results": [e for e in done if "id" in e], "errors": errors})

    def read_contacts(
        self, ids: Sequence[str], deadline_ms: int, *, id_property: str, properties: Sequence[str] = ()
    ) -> Answer:
        assert deadline_ms == DEADLINE
        self.reads.append(list(ids))
        self.read_names.append(list(properties))
        owners = {self.further.get(each, each): None for each in ids}
        name = "id" if id_property == "hs_object_id" else id_property
        found = [each for each in self.contacts.values() if each.get(name) in owners]
        results = [
            {
                "id": each["id"],
                # HubSpot shows what is empty as null.
                "properties": {
                    **{n: each.get(n) or None for n in properties},
                    **{key: each[key] for key in (name,) if key in each},
                    **self._addresses(each.get("email", "")),
                },
            }
            for each in found
        ]
        return self.read_answer or Reply(207, {"results": results})

    def delete_contact(self, record_id: str, deadline_ms: int, *, for_good: bool) -> Answer:
        assert deadline_ms == DEADLINE
        self.deleted.append((record_id, for_good))
        self.contacts = {k: each for k, each in self.contacts.items() if each["id"] != record_id}
        return self.delete_answer

    def _addresses(self, email: str) -> dict[str, str]:
        further = ";".join(other for other, primary in self.further.items() if primary == email)
        return {"email": email, "hs_additional_emails": further}

    @property
    def sent(self) -> list[dict[str, str]]:
        """The properties of all inputs that were sent, in their order."""
        return [dict(entry.properties) for batch in self.batches for entry in batch.inputs]

    def _write(self, entry: Input) -> dict[str, object]:
        if entry.record_id:
            known = next((c for c in self.contacts.values() if c["id"] == entry.record_id), None)
        elif entry.ref.id_property == "email":
            known = self.contacts.get(self.further.get(entry.ref.id, entry.ref.id))
        else:
            has = entry.ref.id_property, entry.ref.id
            known = next((c for c in self.contacts.values() if has in c.items()), None)
        trace = {"objectWriteTraceId": entry.trace_id}
        if known is None and entry.record_id:
            context = {"objectWriteTraceId": [entry.trace_id]}
            return {"category": "OBJECT_NOT_FOUND", "message": "gone", "context": context}
        rival = self.contacts.get(entry.properties.get("email", ""))
        if rival is not None and rival is not known and entry.ref.id_property != "email":
            words = f"Contact already exists. Existing ID: {rival['id']}"
            context = {"objectWriteTraceId": [entry.trace_id]}
            return {"category": "CONFLICT", "message": words, "context": context}
        contact = known or {"id": str(next(self.ids)), entry.ref.id_property: entry.ref.id}
        contact |= entry.properties
        self.contacts = {k: c for k, c in self.contacts.items() if c is not contact}
        # Who has no address is found by the record.
        self.contacts[contact.get("email") or contact["id"]] = contact
        # An update's answer tells no more than what was asked, an upsert's by whom the contact goes.
        echo = entry.properties if entry.record_id else {k: v for k, v in contact.items() if k != "id"}
        return {"id": contact["id"], "new": known is None, "properties": echo, **trace}


# What every call in these tests is given.
DEADLINE = 60_000
