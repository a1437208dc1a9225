"""Stand-ins that several tests share."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from in_process import VERSIONS, Held, InProcess
from mypy_boto3_dynamodb import DynamoDBClient

from cli.standin.properties import Properties
from cli.standin.schema import whole
from cli.standin.validation import FURTHER_EMAILS
from relay.adapters.hubspot import HubSpotClient
from relay.core.answers import Answer, Reply
from relay.core.planning import Batch
from relay.core.profiles import Profile
from relay.core.quotas import Made
from relay.refused_values import Known
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
class FakeRefused:
    """A place for values that HubSpot refuses."""

    known: Known | None = None
    loads: int = 0
    saves: int = 0

    def load(self) -> Known | None:
        self.loads += 1
        return self.known

    def save(self, dated: Known) -> None:
        self.saves += 1
        self.known = {name: dict(entries) for name, entries in dated.items()}


@dataclass
class FakeMade:
    """Counts of what was made; `is_down` is a DynamoDB out of reach, so often `rivals` are quicker."""

    counts: dict[str, Made] = field(default_factory=dict)
    is_down: bool = False
    rivals: int = 0
    loads: int = 0

    def load(self, kind: str) -> Made | None:
        self.loads += 1
        return None if self.is_down else self.counts.get(kind, Made())

    def save(self, kind: str, made: Made) -> bool:
        if self.rivals:
            self.rivals -= 1
            return False
        self.counts[kind] = replace(made, version=made.version + 1)
        return not self.is_down


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


@dataclass
class FakeSent:
    """A place for what legacy events were delivered; `is_down` is a DynamoDB out of reach."""

    keys: list[str] = field(default_factory=list)
    is_down: bool = False
    is_read_only: bool = False
    on_write: Callable[[], object] = lambda: None

    def known(self, keys: Collection[str]) -> Collection[str] | None:
        return None if self.is_down else set(keys) & set(self.keys)

    def remember(self, keys: Sequence[str]) -> bool:
        if self.is_down or self.is_read_only:
            return False
        self.keys += keys
        self.on_write()
        return True


def properties(*names: str, **kinds: str) -> Reply:
    """Return HubSpot's list of properties: of text, or of the kind that is named."""
    listed = dict.fromkeys(names, "string") | kinds
    return Reply(200, {"results": [whole({"name": name, "type": kind}) for name, kind in listed.items()]})


@dataclass
class FakeCrm:
    """The stand-in's contacts, without HTTP; it answers in another order than it is asked.

    `script` answers in its place while it returns something. HubSpot has every property that one of `schema`
    lists, and those that the relay has made.
    """

    script: Callable[[Batch], Answer | None] = lambda _: None
    schema: list[Answer] = field(default_factory=lambda: [properties("email", "plan", "city")])
    # Properties whose values belong to one contact each.
    unique: Sequence[str] = ("email",)
    # Primary addresses by the further ones of the same contact.
    further: dict[str, str] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)
    reads: list[list[str]] = field(default_factory=list)
    # The further properties that were asked for in each of these reads.
    read_names: list[list[str]] = field(default_factory=list)
    read_answer: Answer | None = None
    deleted: list[tuple[str, bool]] = field(default_factory=list)
    delete_answer: Answer | None = None
    created: list[Mapping[str, object]] = field(default_factory=list)
    create_answer: Answer | None = None
    schema_calls: int = 0
    hubspot: InProcess = field(default_factory=InProcess)

    def __post_init__(self) -> None:
        # Of what is not documented, what is harder to live with.
        self.hubspot.portal.update_tells = "sent"
        self.client = HubSpotClient(self.hubspot.calls, VERSIONS)
        self.hubspot.portal.properties.live.clear()
        self._declare(self.hubspot.portal.properties, properties("email", FURTHER_EMAILS))
        company = properties("domain", "name", "website", numberofemployees="number", at_risk="bool")
        self._declare(self.hubspot.portal.company_properties, company)

    @property
    def contacts(self) -> Held:
        """What HubSpot holds, by address, or by id where a contact has none."""
        self._agree()
        return Held(self.hubspot.portal.contacts, "email")

    @contacts.setter
    def contacts(self, held: Mapping[str, Mapping[str, str]]) -> None:
        self.contacts.clear()
        self.contacts.update({address: dict(values) for address, values in held.items()})

    def properties(self, object_type: str, deadline_ms: int) -> Answer:
        assert deadline_ms == DEADLINE
        if object_type == "companies":
            return self.client.properties(object_type, deadline_ms)
        self.schema_calls += 1
        return self.schema[min(self.schema_calls, len(self.schema)) - 1]

    def create_properties(self, definitions: Sequence[Mapping[str, object]], deadline_ms: int) -> Answer:
        assert deadline_ms == DEADLINE
        self.created += definitions
        answer = self.client.create_properties(definitions, deadline_ms)
        return self.create_answer or answer

    def write_contacts(self, batch: Batch, deadline_ms: int) -> Answer:
        assert deadline_ms == DEADLINE
        self.batches.append(batch)
        return self.script(batch) or self.perform(batch)

    def read_contacts(
        self, ids: Sequence[str], deadline_ms: int, *, id_property: str, properties: Sequence[str] = ()
    ) -> Answer:
        assert deadline_ms == DEADLINE
        self._agree()
        self.reads.append(list(ids))
        self.read_names.append(list(properties))
        answer = self.client.read_contacts(ids, deadline_ms, id_property=id_property, properties=properties)
        return self.read_answer or answer

    def delete_contact(self, record_id: str, deadline_ms: int, *, for_good: bool) -> Answer:
        assert deadline_ms == DEADLINE
        self.deleted.append((record_id, for_good))
        answer = self.client.delete_contact(record_id, deadline_ms, for_good=for_good)
        return self.delete_answer or answer

    @property
    def sent(self) -> list[dict[str, str]]:
        """The properties of all inputs that were sent, in their order."""
        return [dict(entry.properties) for batch in self.batches for entry in batch.inputs]

    def perform(self, batch: Batch) -> Answer:
        """Write a batch, as HubSpot does."""
        self._agree()
        return self.client.write_contacts(batch, DEADLINE)

    def _agree(self) -> None:
        """Let HubSpot have the properties that it lists, and contacts their further addresses."""
        for answer in self.schema:
            self._declare(self.hubspot.portal.properties, answer)
        held = Held(self.hubspot.portal.contacts, "email")
        for primary in set(self.further.values()) & held.keys():
            further = [other for other, owner in self.further.items() if owner == primary]
            held[primary][FURTHER_EMAILS] = ";".join(further)

    def _declare(self, declared: Properties, answer: Answer) -> None:
        listed = answer.body if isinstance(answer, Reply) and isinstance(answer.body, dict) else {}
        for each in listed.get("results", ()):
            is_unique = each.get("hasUniqueValue", False) or each["name"] in self.unique
            declared.live.setdefault(each["name"], {**whole(each), "hasUniqueValue": is_unique})


# What every call in these tests is given: later than any moment that a clock of theirs shows, as nothing is
# begun after it.
DEADLINE = 9_999_999_999_999
