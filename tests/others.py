"""HubSpot as far as events and companies are concerned, for the tests of a portal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from relay.core.answers import Answer, Reply
from relay.core.occurrences import CustomEvent
from relay.core.planning import Batch, Input
from relay.core.searching import Search
from relay.event_definitions import DatedDefinitions

NO_CONTENT, OK = Reply(204), 200


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
    """HubSpot's events, the legacy ones too; `names` are those that are defined."""

    names: Sequence[str] = ("Order Completed",)
    sent: list[CustomEvent] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    answer: Answer = NO_CONTENT
    calls: int = 0

    def definitions(self, after: str, deadline_ms: int) -> Answer:
        assert deadline_ms
        assert not after
        self.calls += 1
        return Reply(OK, {"results": [_definition(name) for name in self.names]})

    def create_definition(self, body: Mapping[str, object], deadline_ms: int) -> Answer:
        raise NotImplementedError

    def add_property(self, qualified_name: str, body: Mapping[str, object], deadline_ms: int) -> Answer:
        raise NotImplementedError

    def send_batch(self, events: Sequence[CustomEvent], deadline_ms: int) -> Answer:
        assert deadline_ms
        self.calls += 1
        self.sent += events
        return self.answer

    def trigger(self, query: str, deadline_ms: int) -> Answer:
        assert deadline_ms
        self.queries.append(query)
        return Reply(OK)


def _definition(name: str) -> Mapping[str, object]:
    plain = name.lower().replace(" ", "_")
    properties = [{"name": "total", "type": "number"}, {"name": "coupon", "type": "string"}]
    return {"fullyQualifiedName": f"pe1_{plain}", "name": plain, "label": name, "properties": properties}


@dataclass
class FakeCompanies:
    """HubSpot's companies by id, found by their domain, and their links to contacts."""

    companies: dict[str, dict[str, str]] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    link_answer: Answer | None = None
    link_calls: int = 0
    writes: int = 0
    ids: "count[int]" = field(default_factory=lambda: count(9001))

    def write_companies(self, batch: Batch, deadline_ms: int) -> Answer:
        assert deadline_ms
        self.writes += 1
        return Reply(OK, {"results": [self._write(entry) for entry in batch.inputs]})

    def search_companies(self, search: Search, after: str, deadline_ms: int) -> Answer:
        assert deadline_ms
        assert not after
        wanted = {term.value for term in search.terms}
        hits = [
            {"id": object_id, "properties": dict(company)}
            for object_id, company in self.companies.items()
            if company.get("domain") in wanted
        ]
        return Reply(OK, {"total": len(hits), "results": hits})

    def associate(self, pairs: Sequence[tuple[str, str]], deadline_ms: int, *, primary: bool) -> Answer:
        assert deadline_ms
        assert not primary
        self.link_calls += 1
        if self.link_answer:
            return self.link_answer
        self.links += pairs
        results = [{"from": {"id": contact}, "to": {"id": company}} for contact, company in pairs]
        return Reply(OK, {"results": results})

    def _write(self, entry: Input) -> Mapping[str, object]:
        object_id = entry.record_id or str(next(self.ids))
        self.companies.setdefault(object_id, {}).update(entry.properties)
        trace = {"objectWriteTraceId": entry.trace_id}
        return {"id": object_id, "properties": dict(entry.properties), **trace}
