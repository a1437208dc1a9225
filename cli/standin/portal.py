"""The stand-in's state: what one HubSpot account holds, and how it decides where HubSpot's word is not known.

No HTTP in here. Whoever acts on a portal holds its `lock`; the server does so for every call.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from threading import RLock
from typing import Any, Literal, TypeAlias

from cli.standin.account import OWN, HubSpotAccount
from cli.standin.associations import Associations, Links
from cli.standin.clock import Clock
from cli.standin.event_definitions import EventDefinitions
from cli.standin.object_types import BY_NAME, COMPANIES, CONTACTS, ObjectType
from cli.standin.objects import Objects, Snapshot
from cli.standin.occurrences import LegacyEvents, Occurrence
from cli.standin.properties import Properties
from cli.standin.rules import NO_RULES, Rules
from cli.standin.schema import whole

State: TypeAlias = tuple[Snapshot, Snapshot, Links]


@dataclass
class Portal:
    """One HubSpot account, with a switch for each behaviour that HubSpot does not document.

    Attributes:
        unknown_property_fails_batch: An unknown property costs the whole batch, trace ids or not; otherwise
            it costs its own input.
        further_email: What comes of a write whose `email` is a further address of the contact itself.
            `conflict` refuses it, `keep` writes the rest and keeps the primary address, `swap` makes it the
            primary address and the old one a further one.
        needs_a_name: A new object needs one of the properties that HubSpot's guides name for it; whether one
            that is made by another unique property does, is not documented.
        update_tells: An update by record id is answered with the `whole` object, what was `sent`, or
            `nothing` but its id and times.
        search_lag_ms: How old the state is that a search sees.
        auto_creates_companies: A contact's address makes a company of its domain, unless it is a free one.
        tier: Only `enterprise` has custom events.
        unknown_event_property: A property that the event's definition has not is `refused` with the whole
            call, or `ignored`.
        repeated_uuid: An event whose uuid came before is `ignored`, or `refused` with the whole call.
        tells_token: Whether HubSpot tells about the token: it does of private apps and service keys.
        account: Which account it is.
        rules: What its admin requires of records, and values that are refused without a word about them.
        clock: The time of everything in here.
    """

    unknown_property_fails_batch: bool = False
    further_email: Literal["conflict", "keep", "swap"] = "keep"
    needs_a_name: bool = True
    update_tells: Literal["whole", "sent", "nothing"] = "whole"
    search_lag_ms: int = 3000
    auto_creates_companies: bool = False
    tier: Literal["free", "starter", "professional", "enterprise"] = "enterprise"
    unknown_event_property: Literal["refused", "ignored"] = "refused"
    repeated_uuid: Literal["ignored", "refused"] = "ignored"
    tells_token: bool = True
    account: HubSpotAccount = OWN
    rules: Rules = NO_RULES
    clock: Clock = field(default_factory=Clock)
    lock: RLock = field(default_factory=RLock)
    contacts: Objects = field(init=False)
    companies: Objects = field(init=False)
    properties: Properties = field(init=False)
    company_properties: Properties = field(init=False)
    associations: Associations = field(init=False)
    event_definitions: EventDefinitions = field(init=False)
    occurrences: list[Occurrence] = field(init=False)
    legacy_events: LegacyEvents = field(init=False)
    _bulk: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self._furnish()

    @property
    def custom_property_limit(self) -> int:
        """How many contact properties may be created beside HubSpot's own."""
        return self.properties.custom_limit

    @custom_property_limit.setter
    def custom_property_limit(self, limit: int) -> None:
        self.properties.custom_limit = limit

    def objects(self, object_type: ObjectType) -> Objects:
        """Return the objects of a type."""
        return self.companies if object_type is COMPANIES else self.contacts

    def schema(self, object_type: ObjectType) -> Properties:
        """Return the properties that objects of a type may have."""
        return self.company_properties if object_type is COMPANIES else self.properties

    def archive(self, object_type: ObjectType, object_id: str) -> None:
        """Archive an object; its associations are gone."""
        self.objects(object_type).archive(object_id)
        self.associations.forget(object_type, object_id)

    def snapshot(self) -> State:
        """Return what `restore` needs to undo every write from now on."""
        return self.contacts.snapshot(), self.companies.snapshot(), self.associations.snapshot()

    def restore(self, state: State) -> None:
        """Undo every write since `state`."""
        contacts, companies, links = state
        self.contacts.restore(contacts)
        self.companies.restore(companies)
        self.associations.restore(links)

    def reset(self) -> None:
        """Be as new: nothing written, what is there from the start, every switch and the clock as it was."""
        with self.lock:
            for each in fields(self):
                if each.default is not MISSING:
                    setattr(self, each.name, each.default)
            self.clock = Clock()
            self._furnish()

    def add_property(self, name: str, object_type: str = CONTACTS.name, **more: Any) -> None:  # noqa: ANN401 - JSON
        """Declare a property while the portal runs; `more` is as in `properties.json`, such as `type`."""
        of = BY_NAME[object_type]
        with self.lock:
            self.schema(of).live[name] = whole({"name": name, "hubspotDefined": False, **more}, of.group)

    def remove_property(self, name: str, object_type: str = CONTACTS.name) -> None:
        """Let a property be gone, HubSpot's own ones too, as if an admin had deleted it.

        Raises:
            KeyError: there is none of that name.
        """
        with self.lock:
            del self.schema(BY_NAME[object_type]).live[name]

    def add_properties(self, count: int, options: int | Sequence[str] | Mapping[str, str] = 0) -> None:
        """Blow up the contacts' property list by `count` properties named `bulk_1` and so on.

        With `options`, or so many of them, they are enumerations. They count as HubSpot's own, so that they
        do not use up the limit of custom properties. 1,000 of them with 50 options are more than 5 MB.
        """
        chosen = [f"option_{n}" for n in range(options)] if isinstance(options, int) else options
        kind: dict[str, Any] = {"type": "enumeration", "options": chosen} if chosen else {}
        with self.lock:
            for n in itertools.islice(self._bulk, count):
                self.add_property(f"bulk_{n}", hubspotDefined=True, **kind)

    def _furnish(self) -> None:
        self.properties, self.company_properties = Properties(CONTACTS), Properties(COMPANIES)
        self.contacts = Objects(CONTACTS, self.properties, self.clock)
        self.companies = Objects(COMPANIES, self.company_properties, self.clock)
        self.associations = Associations()
        self.event_definitions = EventDefinitions()
        self.occurrences = []
        self.legacy_events = LegacyEvents()
