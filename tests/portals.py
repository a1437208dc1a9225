"""A portal with a HubSpot and stores that are at hand, and events for it."""

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field

from fakes import (
    DEADLINE,
    Clock,
    FakeCrm,
    FakeMade,
    FakeProfiles,
    FakeRefused,
    FakeSchemas,
    FakeSent,
)
from others import FakeCompanies, FakeDefinitions, FakeEvents

from relay.core.events import Event, parse
from relay.core.outcomes import Outcome
from relay.core.policy import Policy
from relay.core.profiles import Profile
from relay.memory import DoubtingStore
from relay.parts import Apis, Stores
from relay.portal import Portal
from relay.reports import Report


@dataclass
class Relay:
    """A portal whose memory and clock are at hand."""

    crm: FakeCrm = field(default_factory=FakeCrm)
    policy: Policy = field(default_factory=Policy)
    clock: Clock = field(default_factory=Clock)
    profiles: FakeProfiles = field(default_factory=FakeProfiles)
    schemas: FakeSchemas = field(default_factory=FakeSchemas)
    company_schemas: FakeSchemas = field(default_factory=FakeSchemas)
    definitions: FakeDefinitions = field(default_factory=FakeDefinitions)
    sent: FakeSent = field(default_factory=FakeSent)
    refused: FakeRefused = field(default_factory=FakeRefused)
    refused_of_companies: FakeRefused = field(default_factory=FakeRefused)
    made: FakeMade = field(default_factory=FakeMade)
    events: FakeEvents = field(default_factory=FakeEvents)
    companies: FakeCompanies = field(default_factory=FakeCompanies)
    threads: Executor = field(default_factory=lambda: ThreadPoolExecutor(4))

    def __post_init__(self) -> None:
        # One HubSpot, whatever it is asked.
        self.events.hubspot = self.companies.hubspot = self.crm.hubspot
        self.restart()

    def restart(self, policy: Policy | None = None) -> None:
        """Begin a new process, which knows only what is stored."""
        self.policy = policy or self.policy
        profiles = DoubtingStore(self.profiles, self.clock.now_ms)
        stores = Stores(
            self.schemas,
            self.company_schemas,
            self.definitions,
            profiles,
            self.sent,
            self.refused,
            self.refused_of_companies,
            self.made,
        )
        apis = Apis(self.crm, self.events, self.events, self.companies, self.companies, hub_id=1)
        self.portal = Portal(apis, stores, self.threads, self.clock.now_ms, self.policy)

    def reports(self, *events: Event, doubted_until_ms: int = 0) -> Sequence[Report]:
        return self.portal.deliver(events, DEADLINE, doubted_until_ms=doubted_until_ms)

    def leads_to(self, key: str) -> str:
        """Return the address to which a key leads in the memory, "" if it leads nowhere."""
        profile = self.profiles.profiles.get(key, Profile())
        while profile.points_to:
            profile = self.profiles.profiles.get(profile.points_to, Profile())
        return profile.email

    def deliver(self, *events: Event, doubted_until_ms: int = 0) -> list[Outcome]:
        return [each.outcome for each in self.reports(*events, doubted_until_ms=doubted_until_ms)]


def event(message_id: str, at_ms: int = 500, /, kind: str = "identify", **fields: object) -> Event:
    raw = {"type": kind, "messageId": message_id, **fields}
    parsed = parse(raw, received_at_ms=at_ms, fallback_id="-")
    assert isinstance(parsed, Event)
    return parsed


def identify(at_ms: int = 500, /, user: str | None = None, **traits: object) -> Event:
    return event(f"m-{at_ms}", at_ms, userId=user, traits=traits)


def people(count: int) -> list[Event]:
    return [event(f"m-{n}", traits={"email": f"p{n}@example.org"}) for n in range(count)]


def kim(at_ms: int = 500, /, user: str | None = None, **traits: object) -> Event:
    return identify(at_ms, user, email="kim@example.org", **traits)
