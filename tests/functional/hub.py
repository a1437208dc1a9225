"""A portal on the stand-in: our own code from the events to the socket, with a memory that is at hand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
from fakes import Clock, FakeMade, FakeProfiles, FakeRefused, FakeSchemas, FakeSent
from others import FakeDefinitions

from cli.standin.server import HUB_ID, StandIn
from relay.adapters.hubspot import HubSpotClient
from relay.adapters.hubspot_calls import Calls
from relay.adapters.hubspot_companies import HubSpotCompanies
from relay.adapters.hubspot_events import HubSpotEvents
from relay.adapters.legacy_track import LegacyTrack
from relay.core.bucket import Family, Observation
from relay.core.events import Event
from relay.core.outcomes import Outcome
from relay.core.purse import Token
from relay.memory import DoubtingStore
from relay.parts import Apis, Stores
from relay.portal import Portal
from relay.reports import Report
from relay.settings import Destination

# A deadline that is never reached.
FAR_MS = 2**53
# The calls, as `new_calls` names them.
UPSERT, UPDATE, READ = "POST contacts/batch/upsert", "POST contacts/batch/update", "POST contacts/batch/read"
PROPERTIES, SENSITIVE = "GET properties", "GET properties?dataSensitivity=sensitive"
GROUP, CREATE = "POST properties/groups", "POST properties/batch/create"
ACCOUNT = "GET /account-info/2026-09/details"
_SHORT = {"/crm/objects/2026-09/": "", "/crm/properties/2026-09/contacts": "properties"}
_OWN = {"email", "createdate", "lastmodifieddate", "hs_object_id"}


@dataclass
class Tokens:
    """As many tokens as anybody wants."""

    def take(self, family: Family, deadline_ms: int) -> Token:
        return Token(family, 0, deadline_ms)

    def settle(self, token: Token, answered_at_ms: int | None, seen: Observation | None = None) -> None:
        """There is no bucket that wants to know."""


@dataclass
class Hub:
    """HubSpot and what we remember of it; `calls` are told by method and short path."""

    standin: StandIn
    http: httpx.Client
    threads: ThreadPoolExecutor
    clock: Clock = field(default_factory=Clock)
    profiles: FakeProfiles = field(default_factory=FakeProfiles)
    schemas: FakeSchemas = field(default_factory=FakeSchemas)
    company_schemas: FakeSchemas = field(default_factory=FakeSchemas)
    definitions: FakeDefinitions = field(default_factory=FakeDefinitions)
    sent: FakeSent = field(default_factory=FakeSent)
    refused: FakeRefused = field(default_factory=FakeRefused)
    refused_of_companies: FakeRefused = field(default_factory=FakeRefused)
    made: FakeMade = field(default_factory=FakeMade)
    tokens: Tokens = field(default_factory=Tokens)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, **settings: object) -> None:
        """Begin a new process, which knows only what is stored; `settings` are the destination's."""
        chosen = Destination.model_validate({"hub_id": HUB_ID, **settings})
        calls = Calls(
            http=self.http,
            tokens=self.tokens,
            access_token=self.standin.access_token,
            base_url=self.standin.url,
            timeout_s=30,
            now_ms=self.clock.now_ms,
        )
        version = chosen.versions
        companies = HubSpotCompanies(calls, version)
        apis = Apis(
            HubSpotClient(calls, version, chosen.sensitive_properties),
            HubSpotEvents(calls, version),
            LegacyTrack(self.http, self.standin.url, 30, self.clock.now_ms),
            companies,
            companies,
            HUB_ID,
        )
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
        self.portal = Portal(apis, stores, self.threads, self.clock.now_ms, chosen.policy)

    def reports(self, *events: Event) -> Sequence[Report]:
        return self.portal.deliver(events, FAR_MS)

    def deliver(self, *events: Event) -> list[Outcome]:
        return [each.outcome for each in self.reports(*events)]

    @property
    def contacts(self) -> Mapping[str, Mapping[str, str]]:
        """What HubSpot holds, by primary address, without what it adds to every contact."""
        return {
            each["properties"].get("email", ""): {
                name: text for name, text in each["properties"].items() if name not in _OWN
            }
            for each in self.standin.state()["contacts"]
        }

    def new_calls(self) -> Mapping[str, int]:
        """Return how often each call was made since this was last asked."""
        calls = self.standin.calls[:]
        self.standin.calls.clear()
        return Counter(_named(call) for call in calls)


def _named(call: Mapping[str, str]) -> str:
    path = call["path"]
    for prefix, short in _SHORT.items():
        if path.startswith(prefix):
            path = short + path.removeprefix(prefix)
    return f"{call['method']} {path}" + (f"?{call['query']}" if call["query"] else "")
