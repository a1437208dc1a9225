"""What looks after tracks and groups, put together as a destination's owner has decided."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from relay.affiliations import Affiliations
from relay.companies import Companies, CompanyApi
from relay.contacts import ContactApi
from relay.core.event_definitions import EventRules
from relay.core.groups import Keying
from relay.core.policy import Policy
from relay.event_definitions import DefinitionStore
from relay.happenings import Happenings, Sender
from relay.legacy_events import LegacyEvents, SentStore, TrackApi
from relay.links import LinkApi, Links
from relay.lookup import Lookup
from relay.memory import DoubtingStore, Memory
from relay.occurrences import EventApi, Occurrences
from relay.persons import Persons
from relay.properties import Properties, PropertyApi
from relay.removals import DeleteApi
from relay.schemas import SchemaStore


class Crm(ContactApi, DeleteApi, PropertyApi, Protocol):
    """HubSpot, as far as contacts are concerned."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Where what is shared between senders lies."""

    schemas: SchemaStore
    company_schemas: SchemaStore
    definitions: DefinitionStore
    profiles: DoubtingStore
    sent: SentStore


@dataclass(frozen=True, slots=True)
class Apis:
    """HubSpot's calls; `track` is the legacy event URL of the portal `hub_id`."""

    crm: Crm
    events: EventApi
    track: TrackApi
    companies: CompanyApi
    links: LinkApi
    hub_id: int


@dataclass(frozen=True, slots=True)
class Parts:
    """What looks after tracks and groups."""

    happenings: Happenings
    affiliations: Affiliations


def parts_for(
    apis: Apis, stores: Stores, threads: Executor, now_ms: Callable[[], int], policy: Policy
) -> Parts:
    """Put the parts together."""
    groups = policy.groups
    links = Links(apis.links, threads, primary=groups.associate == "primary")
    return Parts(
        Happenings(
            policy.rules,
            now_ms,
            _sender(apis, stores, threads, now_ms, policy),
            carries_traits=policy.events.mode == "legacy",
            pending_ms=policy.events.pending_ms,
            persons=Persons(
                Lookup(apis.crm, threads, policy.match_property),
                Memory(stores.profiles),
                policy.may_create,
                by_address=policy.events.mode == "legacy",
            ),
        ),
        Affiliations(
            policy.rules,
            Keying(groups.key, groups.bare_hosts, groups.registrable, groups.hosts),
            Properties(apis.crm, stores.company_schemas, now_ms, creates=False, object_type="companies"),
            Companies(apis.companies, stores.profiles, threads, now_ms, policy),
            links if groups.associate != "off" else None,
            Memory(stores.profiles),
            now_ms,
            links_context=groups.links_context,
        ),
    )


def _sender(
    apis: Apis, stores: Stores, threads: Executor, now_ms: Callable[[], int], policy: Policy
) -> Sender | None:
    if policy.events.mode == "off":
        return None
    if policy.events.mode == "legacy":
        return LegacyEvents(apis.track, threads, apis.hub_id, stores.sent)
    rules = EventRules(
        policy.events.names,
        policy.events.creates_definitions,
        may_be_off=policy.events.mode == "auto",
        is_expected=policy.events.is_expected,
    )
    return Occurrences(apis.events, stores.definitions, threads, now_ms, rules)
