"""What a destination's settings need of HubSpot: scopes, properties and event definitions. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from relay.core.event_definitions import EventRules
from relay.core.groups import COMPANIES, DOMAIN
from relay.core.mapping import CONTACTS
from relay.core.names import squashed
from relay.core.routes import route_of
from relay.core.rules import Rules
from relay.core.schema import Schema
from relay.settings import Destination

# What scopes are for, where somebody has to know it again.
EVENTS = "custom events"
# What an event's own traits stand under in its log line.
_IN_CONTEXT = "context.traits."


@dataclass(frozen=True, slots=True)
class NeededScope:
    """A scope, and what for. One that is not essential may never matter."""

    name: str
    purpose: str
    is_essential: bool = True

    def is_among(self, granted: Sequence[str]) -> bool:
        """Say whether a token has it: HubSpot numbers the versions of some, at their ends."""
        return any(scope == self.name or scope.startswith(f"{self.name}.v") for scope in granted)


@dataclass(frozen=True, slots=True)
class NeededProperty:
    """A property that a setting names, of any of these object types."""

    name: str
    setting: str
    object_types: tuple[str, ...]
    must_be_unique: bool = False


def scopes_for(settings: Destination) -> Iterator[NeededScope]:
    """Yield the scopes that settings need (facts: an object's read scope covers its property list)."""
    yield NeededScope("crm.objects.contacts.read", "people")
    yield NeededScope("crm.objects.contacts.write", "people")
    if settings.create_properties:
        yield NeededScope("crm.schemas.contacts.write", "the setting create_properties")
    if settings.sensitive_properties:
        for verb in ("read", "write"):
            yield NeededScope(f"crm.objects.contacts.sensitive.{verb}", "the setting sensitive_properties")
    events = settings.policy.events
    # Without them, `auto` counts events as off where no plan is said to have them.
    if events.mode == "custom" or (events.mode == "auto" and events.is_expected):
        yield NeededScope("analytics.behavioral_events.send", EVENTS)
        yield NeededScope("behavioral_events.event_definitions.read_write", EVENTS)
    # Whether groups come, Segment's mapping decides and no setting; some settings speak of nothing else.
    is_meant = bool(_OF_GROUPS & settings.model_fields_set)
    yield NeededScope("crm.objects.companies.read", "groups", is_meant)
    yield NeededScope("crm.objects.companies.write", "groups", is_meant)


_OF_GROUPS = frozenset({"group_key", "create_companies", "associate", "link_context_groups"})


def properties_for(settings: Destination) -> Iterator[NeededProperty]:
    """Yield the properties that settings name."""
    for trait, name in settings.traits.items():
        if name:
            yield NeededProperty(name, f"traits: {trait}", (CONTACTS, COMPANIES))
    for event, wanted in settings.properties_to_contact.items():
        for name in wanted.values():
            yield NeededProperty(name, f"properties_to_contact: {event}", (CONTACTS,))
    if settings.match_property:
        yield NeededProperty(settings.match_property, "match_property", (CONTACTS,), must_be_unique=True)
    if settings.group_key != DOMAIN:
        yield NeededProperty(settings.group_key, "group_key", (COMPANIES,), must_be_unique=True)


def event_rules(settings: Destination) -> EventRules:
    """Return by which rules the sender finds the event of a name."""
    return EventRules(settings.event_names, settings.create_event_definitions)


def events_for(settings: Destination) -> Mapping[str, str]:
    """Return the events that settings name, as Segment calls them, each with the setting."""
    if not settings.policy.events.is_custom:
        return {}
    ruled = dict.fromkeys(settings.event_names, "event_names")
    return {**{name: f"views: {kind}" for kind, name in settings.views.items()}, **ruled}


def property_of(trait: str, schema: Schema, rules: Rules) -> tuple[str, bool]:
    """Return the property that a trait of a log line means by now, and whether HubSpot has it."""
    path = trait.removeprefix(_IN_CONTEXT)
    ruled = rules.renamed.get(squashed(path))
    if ruled:
        return ruled, schema.find(ruled) is not None
    names = [target.property for target in route_of(tuple(path.split(".")), schema).targets]
    known = [name for name in names if schema.find(name)]
    return (known or names or [path])[0], bool(known)
