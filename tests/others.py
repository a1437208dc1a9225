"""The stand-in as far as events and companies are concerned, for the tests of a portal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from in_process import VERSIONS, Held, InProcess

from cli.standin.object_types import COMPANIES, CONTACTS
from relay.adapters.hubspot_calls import Request
from relay.adapters.hubspot_companies import HubSpotCompanies
from relay.adapters.hubspot_events import HubSpotEvents
from relay.core.answers import Answer, Reply
from relay.core.occurrences import CustomEvent
from relay.core.planning import Batch
from relay.core.searching import Search
from relay.event_definitions import DatedDefinitions
from relay.labels import NO_LABELS, Labelled, Pair


@dataclass
class FakeDefinitions:
    """A place for definitions of events."""

    dated: DatedDefinitions | None = None

    def load(self) -> DatedDefinitions | None:
        return self.dated

    def save(self, dated: DatedDefinitions) -> None:
        self.dated = dated


@dataclass
class FakeEvents:
    """The stand-in's events, the legacy ones too; `names` are those that are defined.

    `answer` is what an event that is sent gets in its place.
    """

    names: Sequence[str] = ("Order Completed",)
    sent: list[CustomEvent] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    answer: Answer | None = None
    calls: int = 0
    hubspot: InProcess = field(default_factory=InProcess)
    defined: set[str] = field(default_factory=set)

    def definitions(self, after: str, deadline_ms: int) -> Answer:
        self.calls += 1
        self._define()
        return self._client.definitions(after, deadline_ms)

    def create_definition(self, body: Mapping[str, object], deadline_ms: int) -> Answer:
        return self._client.create_definition(body, deadline_ms)

    def add_property(self, qualified_name: str, body: Mapping[str, object], deadline_ms: int) -> Answer:
        return self._client.add_property(qualified_name, body, deadline_ms)

    def send_batch(self, events: Sequence[CustomEvent], deadline_ms: int) -> Answer:
        self.calls += 1
        self.sent += events
        return self.answer or self._client.send_batch(events, deadline_ms)

    def trigger(self, query: str, deadline_ms: int) -> Answer:
        self.queries.append(query)
        return self.hubspot.make(Request("GET", f"/v1/event?{query}"), deadline_ms)

    @property
    def _client(self) -> HubSpotEvents:
        return HubSpotEvents(self.hubspot.calls, VERSIONS)

    def _define(self) -> None:
        properties = [
            {"name": "total", "label": "Total", "type": "number"},
            {"name": "coupon", "label": "Coupon", "type": "string"},
        ]
        for name in set(self.names) - self.defined:
            plain = name.lower().replace(" ", "_")
            egg = {"name": plain, "label": name, "includeDefaultProperties": False}
            self.hubspot.portal.event_definitions.define({**egg, "propertyDefinitions": properties})
            self.defined.add(name)


@dataclass
class FakeCompanies:
    """The stand-in's companies, which searching finds at once, and their associations with contacts."""

    link_answer: Answer | None = None
    link_script: Callable[[Sequence[tuple[str, str]]], Answer | None] = lambda _: None
    link_calls: int = 0
    writes: int = 0
    links: list[tuple[str, str]] = field(default_factory=list)
    hubspot: InProcess = field(default_factory=InProcess)

    @property
    def companies(self) -> Held:
        """What HubSpot holds, by record id."""
        return Held(self.hubspot.portal.objects(COMPANIES))

    def write_companies(self, batch: Batch, deadline_ms: int) -> Answer:
        self.writes += 1
        return self._client.write_companies(batch, deadline_ms)

    def search_companies(self, search: Search, after: str, deadline_ms: int) -> Answer:
        self.hubspot.portal.search_lag_ms = 0
        return self._client.search_companies(search, after, deadline_ms)

    def read_associations(self, contacts: Mapping[str, str], deadline_ms: int) -> Answer:
        return self._client.read_associations(contacts, deadline_ms)

    def associate(
        self, pairs: Sequence[Pair], deadline_ms: int, *, primary: bool, labels: Labelled = NO_LABELS
    ) -> Answer:
        self.link_calls += 1
        if scripted := self.link_answer or self.link_script(pairs):
            return scripted
        answer = self._client.associate(pairs, deadline_ms, primary=primary, labels=labels)
        assert isinstance(answer, Reply)
        held = self.hubspot.portal.associations
        self.links += [pair for pair in pairs if pair[1] in held.of(CONTACTS, pair[0])]
        return answer

    @property
    def _client(self) -> HubSpotCompanies:
        return HubSpotCompanies(self.hubspot.calls, VERSIONS)
