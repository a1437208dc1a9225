"""A HubSpot with companies: two may have one domain, and searching finds them only after a while."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from fakes import Clock, FakeProfiles
from in_process import VERSIONS, InProcess, Values

from cli.standin.objects import Objects
from cli.standin.schema import whole
from relay.adapters.hubspot_calls import Request
from relay.adapters.hubspot_companies import HubSpotCompanies
from relay.companies import Companies, Company
from relay.core.answers import Answer
from relay.core.groups import COMPANIES
from relay.core.mapping import ObjectRef, UpsertObject
from relay.core.outcomes import Outcome
from relay.core.planning import Batch, Change, merge
from relay.core.policy import GroupPolicy, Policy
from relay.core.profiles import Profile
from relay.core.searching import Search

# A deadline that is never reached.
FAR = 2**53
SECOND_MS = 1_000
KEY = "segment_group_id"
GROUPS = Policy(groups=GroupPolicy(key=KEY))
QUIET = Policy(groups=GroupPolicy(creates=False))
QUIET_GROUPS = Policy(groups=GroupPolicy(key=KEY, creates=False))


class Records(Sequence[Values]):
    """The companies that HubSpot holds, in the order in which they were made."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def __getitem__(self, place: Any) -> Any:
        return self._all()[place]

    def __len__(self) -> int:
        return len(self._objects.live)

    def __eq__(self, other: object) -> bool:
        return [dict(each) for each in self._all()] == other

    def __repr__(self) -> str:
        return repr(self._all())

    __hash__ = None  # type: ignore[assignment]

    def clear(self) -> None:
        """Let somebody delete them all."""
        for object_id in list(self._objects.live):
            self._objects.archive(object_id)

    def _all(self) -> list[Values]:
        return [Values(self._objects, object_id, has_id=True) for object_id in self._objects.live]


@dataclass
class ByPage(InProcess):
    """HubSpot, whose searches show no more than `page` at a time, however many are asked for."""

    page: int = 200

    def make(self, request: Request, deadline_ms: int) -> Answer:
        if isinstance(request.body, dict) and "limit" in request.body:
            request = replace(request, body={**request.body, "limit": min(self.page, request.body["limit"])})
        return super().make(request, deadline_ms)


@dataclass
class FakeCompanies:
    """The stand-in's companies. `script` answers writes in its place while it returns something.

    It has every property that is written or looked for.
    """

    clock: Clock
    script: Callable[[Batch], Answer | None] = lambda _: None
    search_script: Callable[[Search], Answer | None] = lambda _: None
    batches: list[Batch] = field(default_factory=list)
    deadlines_ms: list[int] = field(default_factory=list)
    searches: list[Search] = field(default_factory=list)
    hubspot: ByPage = field(default_factory=ByPage)

    def __post_init__(self) -> None:
        portal = self.hubspot.portal
        portal.clock.now_ms = self.clock.now_ms
        portal.needs_a_name = False
        portal.update_tells = "sent"
        portal.companies._ids = count(901)  # noqa: SLF001 - HubSpot gives out ids by itself
        self._objects = portal.companies
        self._client = HubSpotCompanies(self.hubspot.calls, VERSIONS)

    @property
    def companies(self) -> Records:
        """What HubSpot holds."""
        return Records(self._objects)

    @property
    def lag_ms(self) -> int:
        """How long HubSpot takes until a search finds what was made."""
        return self.hubspot.portal.search_lag_ms

    @lag_ms.setter
    def lag_ms(self, lag_ms: int) -> None:
        self.hubspot.portal.search_lag_ms = lag_ms

    @property
    def page(self) -> int:
        """How many companies a search shows at a time."""
        return self.hubspot.page

    @page.setter
    def page(self, page: int) -> None:
        self.hubspot.page = page

    def make(self, **properties: str) -> str:
        """Make a company, as people do, and HubSpot by itself."""
        self._declare(properties)
        return self._objects.create(properties).id

    def write_companies(self, batch: Batch, deadline_ms: int) -> Answer:
        self.batches.append(batch)
        self.deadlines_ms.append(deadline_ms)
        if scripted := self.script(batch):
            return scripted
        for entry in batch.inputs:
            self._declare(entry.properties)
        return self._client.write_companies(batch, deadline_ms)

    def search_companies(self, search: Search, after: str, deadline_ms: int) -> Answer:
        self.searches.append(search)
        if scripted := self.search_script(search):
            return scripted
        self._declare({term.name for term in search.terms})
        return self._client.search_companies(search, after, deadline_ms)

    def with_domain(self, domain: str) -> list[Values]:
        return [each for each in self.companies if each.get("domain") == domain]

    def _declare(self, names: Iterable[str]) -> None:
        declared = self.hubspot.portal.company_properties.live
        for name in {*names, KEY} - declared.keys():
            declared[name] = whole({"name": name, "hasUniqueValue": name == KEY}, "companyinformation")


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
