"""The sender on a stage: nothing leaves this machine, and nothing is kept.

All of its own code takes part, from the queue to the HTTP client. HubSpot is the stand-in, asked without a
socket: it holds no contact and no company at first, has the properties that it is given, and judges values as
HubSpot does. The clock is moved on by hand: what is deferred is tried again when its time has come.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

import httpx

from cli.in_memory import (
    AtOnce,
    Clock,
    Counts,
    EventsQueue,
    Journal,
    Leases,
    NoClaims,
    OwnAccount,
    Profiles,
    RejectsQueue,
    SentEvents,
    Shelf,
)
from cli.portal_schema import Entry, FreeTokens, PortalSchema
from cli.standin.object_types import COMPANIES, CONTACTS, ObjectType
from cli.standin.portal import Portal as HubSpotAccount
from cli.standin.routes import ROUTES, answer, find
from cli.standin.schema import whole
from cli.standin.wire import encoded, parsed
from relay.adapters.hubspot import HubSpotClient
from relay.adapters.hubspot_calls import Calls
from relay.adapters.hubspot_companies import HubSpotCompanies
from relay.adapters.hubspot_events import HubSpotEvents
from relay.adapters.legacy_track import LegacyTrack
from relay.core.envelopes import Envelope, unpack
from relay.core.events import Event
from relay.core.mapping import Mapped
from relay.core.outcomes import Outcome
from relay.core.resolution import Resolved
from relay.core.schema import Schema
from relay.delivery import Delivery
from relay.event_definitions import DatedDefinitions
from relay.fates import Fate, Record
from relay.memory import DoubtingStore
from relay.outbox import Outbox
from relay.parts import Apis, Stores
from relay.portal import Portal
from relay.portals import Invocation, Portals
from relay.refused_values import Known
from relay.schemas import Dated
from relay.settings import Destination

# What waits takes 5 s, then twice as long each time: ten times are about an hour.
MAX_TIMES = 10
RETRY_DELAY_S = 5
TIMEOUT_S = 8
# Longer than any invocation, for one that takes no time.
INVOCATION_MS = 60_000
NOT_FOUND = 404
_SCOPES = frozenset(
    scope.format(object_type.name)
    for route in ROUTES
    for scope in route.scopes
    for object_type in (CONTACTS, COMPANIES)
)


@dataclass(frozen=True, slots=True)
class HubSpotCall:
    """One call as HubSpot would get it, and the status that it would answer; `at_ms` after the beginning."""

    method: str
    url: str
    body: Any
    status: int
    at_ms: int

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        path = httpx.URL(self.url).path
        is_event = path.endswith("/v1/event")
        return (self.method == "GET" and not is_event) or path.endswith(("/search", "/batch/read"))


# By what an event is known again that was read anew: two may have one message id.
Key: TypeAlias = tuple[str, tuple[int, int, str]]


def key_of(event: Event) -> Key:
    """Return the key of an event."""
    return event.type, event.order


@dataclass(frozen=True, slots=True)
class Played:
    """What a rehearsal has shown.

    Attributes:
        fates: What became of the events of each message, each time they were looked at.
        calls: Every call, in its order.
        asked: What each event has asked of its contact, by `key_of`.
        account: HubSpot, as it is afterwards.
    """

    fates: Sequence[Fate]
    calls: Sequence[HubSpotCall]
    asked: Mapping[Key, Mapped]
    account: HubSpotAccount


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A destination with its settings, and the properties that its HubSpot account has."""

    settings: Destination
    schema: PortalSchema

    def play(self, bodies: Sequence[str], now_ms: int) -> Played:
        """Deliver the messages of a queue, with an empty memory, to an account that holds nothing."""
        clock, journal = Clock(now_ms), Journal()
        bases = [url.rstrip("/") for url in (self.settings.hubspot_url, self.settings.tracking_url)]
        hubspot = _HubSpot(_account(self.settings, self.schema, clock), bases, clock)
        with httpx.Client(transport=hubspot) as http:
            portal = _portal(self.settings, http, clock)
            _deliver_all(bodies, lambda queue: self._delivery(portal, queue, journal), EventsQueue(clock))
        return Played(journal.fates, hubspot.calls, portal.asked, hubspot.account)

    def _delivery(self, portal: "_WatchedPortal", queue: EventsQueue, journal: Journal) -> Delivery:
        clock = queue.clock
        values = {"settings": self.settings.model_dump_json(), "access-token": "none"}
        deadline_ms = clock.ms + INVOCATION_MS
        portals = Portals(
            parameters=lambda _, __: values,
            accounts=OwnAccount(),
            claims=NoClaims(),
            open_portal=lambda _, __, ___: portal,
            leases=Leases(),
            invocation=Invocation("rehearsal", deadline_ms, TIMEOUT_S * 1000, self.settings.policy.rest_ms),
            now_ms=clock.now_ms,
        )
        outbox = Outbox(queue, RejectsQueue(), RETRY_DELAY_S, lambda: 0.5, clock.now_ms, deadline_ms)
        return Delivery(portals, outbox, journal, clock.now_ms)


def _deliver_all(
    bodies: Sequence[str], delivery: Callable[[EventsQueue], Delivery], queue: EventsQueue
) -> None:
    ids, todo = count(), bodies
    while todo:
        names = [f"record-{next(ids)}" for _ in todo]
        delivery(queue).deliver([Record(name, name, body, 1) for name, body in zip(names, todo, strict=True)])
        todo = []
        while queue.due and not todo:
            todo = [body for body in queue.receive() if _tries(body) < MAX_TIMES]


def _tries(body: str) -> int:
    envelope = unpack(body)
    return envelope.tries if isinstance(envelope, Envelope) else MAX_TIMES


@dataclass
class _HubSpot(httpx.BaseTransport):
    """HubSpot below any of `bases`, URLs that may have a path of their own."""

    account: HubSpotAccount
    bases: Sequence[str]
    clock: Clock
    calls: list[HubSpotCall] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._began_ms = self.clock.ms

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raw, query = request.read(), request.url.query.decode()
        found = find(request.method, self._path(str(request.url)))
        status, body = answer(found, self.account, query, raw, _SCOPES) if found else (NOT_FOUND, None)
        at_ms = self.clock.ms - self._began_ms
        shown = parsed(raw) if raw else None
        self.calls.append(HubSpotCall(request.method, str(request.url), shown, status, at_ms))
        content, kind = encoded(body)
        return httpx.Response(status, headers={"content-type": kind}, content=content)

    def _path(self, url: str) -> str:
        base = next((base for base in self.bases if url.startswith(base)), "")
        return unquote(urlsplit(url.removeprefix(base)).path)


class _WatchedPortal(Portal):
    """A portal that keeps what each event has asked of its contact."""

    def __init__(self, apis: Apis, stores: Stores, clock: Clock, settings: Destination) -> None:
        super().__init__(apis, stores, AtOnce(), clock.now_ms, settings.policy)
        self.asked: dict[Key, Mapped] = {}

    def _map(self, event: Event, who: Resolved | Outcome, schema: Schema) -> Mapped | Outcome:
        found = super()._map(event, who, schema)
        if isinstance(found, Mapped):
            self.asked[key_of(event)] = found
        return found

    def close(self) -> None:
        """There is nothing to give back."""


def _portal(settings: Destination, http: httpx.Client, clock: Clock) -> _WatchedPortal:
    """Wire the sender's adapters as its handler does, but for what they lie on."""
    calls = Calls(http, FreeTokens(), "none", settings.hubspot_url, TIMEOUT_S, clock.now_ms)
    versions = settings.versions
    companies = HubSpotCompanies(calls, versions)
    apis = Apis(
        HubSpotClient(calls, versions, settings.sensitive_properties),
        HubSpotEvents(calls, versions),
        LegacyTrack(http, settings.tracking_url, TIMEOUT_S, clock.now_ms),
        companies,
        companies,
        settings.hub_id,
    )
    profiles = DoubtingStore(Profiles(), clock.now_ms)
    stores = Stores(
        Shelf[Dated](),
        Shelf[Dated](),
        Shelf[DatedDefinitions](),
        profiles,
        SentEvents(),
        Shelf[Known](),
        Shelf[Known](),
        Counts(),
    )
    return _WatchedPortal(apis, stores, clock, settings)


def _account(settings: Destination, schema: PortalSchema, clock: Clock) -> HubSpotAccount:
    # What the account has shown counts for more than what its plan is called.
    is_shown = settings.events == "auto" and schema.events
    has_events = "enterprise" in settings.plan or is_shown
    account = HubSpotAccount(tier="enterprise" if has_events else "professional")
    account.clock.now_ms = clock.now_ms
    account.properties.live = _whole(schema.contacts, CONTACTS)
    if settings.match_property and schema.is_assumed:
        # What the settings name is assumed to be as they need it.
        entry = whole({"name": settings.match_property, "hubspotDefined": False, "hasUniqueValue": True})
        account.properties.live.setdefault(settings.match_property, entry)
    account.company_properties.live = _whole(schema.companies, COMPANIES)
    definitions = account.event_definitions
    definitions.live = {each["name"]: each for each in map(_whole_event, schema.events)}
    definitions.hub_id = settings.hub_id
    account.account = replace(account.account, portal_id=settings.hub_id)
    return account


def _whole(entries: Sequence[Entry], of: ObjectType) -> dict[str, Entry]:
    found = {
        entry["name"]: _whole_property(entry, of.group)
        for entry in entries
        if isinstance(entry.get("name"), str)
    }
    if of is CONTACTS:
        # Contacts are found by it whatever HubSpot's list says of it.
        found["email"] = {**_whole_property(found.get("email", {"name": "email"})), "hasUniqueValue": True}
    return found


def _whole_property(entry: Entry, group: str = "") -> Entry:
    # HubSpot leaves out what is false or empty, and has more types than the stand-in creates.
    usual = whole({key: entry[key] for key in ("name", "hubspotDefined") if key in entry}, group)
    metadata = {**usual["modificationMetadata"], **(entry.get("modificationMetadata") or {})}
    return {**usual, **entry, "modificationMetadata": metadata}


def _whole_event(entry: Entry) -> Entry:
    plain = str(entry.get("fullyQualifiedName", "")).partition("_")[2]
    usual = {"name": plain, "primaryObject": "CONTACT", "labels": {"singular": ""}}
    properties = [_whole_property(each) for each in entry.get("properties") or ()]
    return {**usual, **entry, "properties": properties}
