"""A HubSpot with companies: two may have one domain, and searching finds them only after a while."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from fakes import Clock, FakeProfiles

from cli.standin.search import is_hit
from relay.companies import Companies, Company
from relay.core.answers import Answer, Reply
from relay.core.groups import COMPANIES
from relay.core.mapping import ObjectRef, UpsertObject
from relay.core.outcomes import Outcome
from relay.core.planning import Batch, Change, Input, merge
from relay.core.policy import GroupPolicy, Policy
from relay.core.profiles import Profile
from relay.core.searching import Search, body_of

# A deadline that is never reached.
FAR = 2**53
SECOND_MS = 1_000
KEY = "segment_group_id"
GROUPS = Policy(groups=GroupPolicy(key=KEY))
QUIET = Policy(groups=GroupPolicy(creates=False))
QUIET_GROUPS = Policy(groups=GroupPolicy(key=KEY, creates=False))


@dataclass
class FakeCompanies:
    """HubSpot's companies. `script` answers writes in its place while it returns something."""

    clock: Clock
    script: Callable[[Batch], Answer | None] = lambda _: None
    search_script: Callable[[Search], Answer | None] = lambda _: None
    lag_ms: int = 3 * SECOND_MS
    page: int = 200
    companies: list[dict[str, str]] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    deadlines_ms: list[int] = field(default_factory=list)
    searches: list[Search] = field(default_factory=list)
    ids: "count[int]" = field(default_factory=lambda: count(901))
    found_from_ms: dict[str, int] = field(default_factory=dict)

    def make(self, **properties: str) -> str:
        """Make a company, as people do, and HubSpot by itself."""
        made = {"id": str(next(self.ids)), **properties}
        self.companies.append(made)
        self.found_from_ms[made["id"]] = self.clock.now + self.lag_ms
        return made["id"]

    def write_companies(self, batch: Batch, deadline_ms: int) -> Answer:
        self.batches.append(batch)
        self.deadlines_ms.append(deadline_ms)
        if scripted := self.script(batch):
            return scripted
        done = [self._write(entry) for entry in reversed(batch.inputs)]
        errors = [each for each in done if "category" in each]
        return Reply(207 if errors else 201, {"results": [e for e in done if "id" in e], "errors": errors})

    def search_companies(self, search: Search, after: str, deadline_ms: int) -> Answer:
        assert deadline_ms
        assert len(json.dumps(body_of(search, after), separators=(",", ":"))) <= 3_000
        self.searches.append(search)
        if scripted := self.search_script(search):
            return scripted
        hits = [each for each in self.companies if self._is_hit(each, search)]
        start = int(after or 0)
        results = [
            {"id": each["id"], "properties": {k: v for k, v in each.items() if k != "id"}}
            for each in hits[start : start + self.page]
        ]
        more = (
            {"paging": {"next": {"after": str(start + self.page)}}} if len(hits) > start + self.page else {}
        )
        return Reply(200, {"total": len(hits), "results": results, **more})

    def with_domain(self, domain: str) -> list[dict[str, str]]:
        return [each for each in self.companies if each.get("domain") == domain]

    def _is_hit(self, company: Mapping[str, str], search: Search) -> bool:
        groups = [group["filters"] for group in json.loads(json.dumps(body_of(search)))["filterGroups"]]
        is_found = self.found_from_ms[company["id"]] <= self.clock.now
        return is_found and is_hit(company, groups, defaultdict(lambda: {"type": "string"}))

    def _write(self, entry: Input) -> Mapping[str, object]:
        known = self._known(entry)
        trace = {"objectWriteTraceId": entry.trace_id}
        if known is None and entry.record_id:
            context = {"objectWriteTraceId": [entry.trace_id], "ids": [entry.record_id]}
            return {"category": "OBJECT_NOT_FOUND", "message": "gone", "context": context}
        if known is None:
            object_id = self.make(**entry.properties)
            told = {} if entry.ref.id_property == "domain" else {"new": True}
            return {"id": object_id, "properties": dict(entry.properties), **told, **trace}
        known |= entry.properties
        return {"id": known["id"], "properties": dict(entry.properties), **trace}

    def _known(self, entry: Input) -> dict[str, str] | None:
        name = "id" if entry.record_id else entry.ref.id_property
        if name == "domain":
            return None
        wanted = entry.record_id or entry.ref.id
        return next((each for each in self.companies if each.get(name) == wanted), None)


class Backwards(Executor):
    """Threads that get to the last task first."""

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **_: Any) -> Iterator[Any]:
        done: list[Any] = [fn(*each) for each in reversed(list(zip(*iterables, strict=True)))]
        return iter(done[::-1])


class FailingOnce(FakeProfiles):
    """A place for profiles that loses the first write."""

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        self.is_read_only, is_lost = False, self.is_read_only
        return not is_lost and super().save(profiles)


@dataclass
class Hub:
    """Companies of a portal whose HubSpot, memory and clock are at hand."""

    policy: Policy = field(default_factory=Policy)
    clock: Clock = field(default_factory=Clock)
    profiles: FakeProfiles = field(default_factory=FakeProfiles)
    threads: Executor = field(default_factory=lambda: ThreadPoolExecutor(4))

    def __post_init__(self) -> None:
        self.hubspot = FakeCompanies(self.clock)
        self.restart()

    def restart(self, policy: Policy | None = None) -> None:
        """Begin a new process, which knows only what is stored."""
        self.policy = policy or self.policy
        self.relay = Companies(self.hubspot, self.profiles, self.threads, self.clock.now_ms, self.policy)

    def wait(self, seconds: float) -> None:
        self.clock.now += int(seconds * SECOND_MS)

    def settle(
        self, *changes: Change, deadline_ms: int = FAR, doubted_until_ms: int = 0
    ) -> Mapping[str, Company]:
        """Return what became of each company, by its key."""
        inputs = merge(changes)
        ends = self.relay.settle(inputs, deadline_ms, doubted_until_ms=doubted_until_ms)
        assert ends.keys() == {entry.trace_id for entry in inputs}
        return {entry.ref.id: ends[entry.trace_id] for entry in inputs}

    def outcome(self, change: Change, doubted_until_ms: int = 0) -> Outcome:
        (company,) = self.settle(change, doubted_until_ms=doubted_until_ms).values()
        return company.outcome


def company(domain: str, at_ms: int = 500, /, **properties: str) -> Change:
    """Return what an event at a time wants of the company of a domain."""
    ref = ObjectRef(COMPANIES, "domain", domain)
    return Change(at_ms, (at_ms, at_ms, f"m-{at_ms}"), UpsertObject(ref, {**properties, "domain": domain}))


def group(key: str, at_ms: int = 500, /, **properties: str) -> Change:
    """Return what an event at a time wants of the company of a group."""
    ref = ObjectRef(COMPANIES, KEY, key)
    return Change(at_ms, (at_ms, at_ms, f"m-{at_ms}"), UpsertObject(ref, {**properties, KEY: key}))
