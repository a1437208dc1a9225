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
from relay.looks import Looks
from relay.lookup import Lookup
from relay.making import MadeStore, Making
from relay.memory import DoubtingStore, Memory
from relay.new_events import NewEvents
from relay.occurrences import EventApi, Occurrences
from relay.persons import Persons
from relay.properties import Properties, PropertyApi
from relay.refused_values import RefusedStore, RefusedValues
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
    refused: RefusedStore
    refused_of_companies: RefusedStore
    made: MadeStore


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
    """What looks after the forms of values, tracks and groups."""

    properties: Properties
    looks: Looks
    happenings: Happenings
    affiliations: Affiliations


def parts_for(
    apis: Apis, stores: Stores, threads: Executor, now_ms: Callable[[], int], policy: Policy
) -> Parts:
    """Put the parts together."""
    groups = policy.groups
    links = Links(apis.links, threads, primary=groups.associate == "primary")
    making = Making(stores.made, policy.making, now_ms)
    properties = Properties(apis.crm, stores.schemas, now_ms, making if policy.creates_properties else None)
    of_companies = Properties(apis.crm, stores.company_schemas, now_ms, object_type="companies")
    return Parts(
        properties,
        Looks(properties, RefusedValues(stores.refused, now_ms), policy.rules),
        Happenings(
            policy.rules,
            now_ms,
            _sender(apis, stores, threads, now_ms, policy, making),
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
            of_companies,
            Looks(of_companies, RefusedValues(stores.refused_of_companies, now_ms), policy.rules),
            Companies(apis.companies, stores.profiles, threads, now_ms, policy),
            links if groups.associate != "off" else None,
            Memory(stores.profiles),
            now_ms,
            links_context=groups.links_context,
        ),
    )


def _sender(  # noqa: PLR0913, PLR0917 - what there is to put together
    apis: Apis, stores: Stores, threads: Executor, now_ms: Callable[[], int], policy: Policy, making: Making
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
    return Occurrences(apis.events, stores.definitions, threads, now_ms, NewEvents(making, rules))
