"""A track, or a page that counts as one → what it asks of the contact, and the name that it goes by. Pure."""

from collections.abc import Mapping

from relay.core.events import Event
from relay.core.mapping import (
    CONTACTS,
    Mapped,
    ObjectRef,
    UpsertObject,
    context_traits,
    is_email,
    with_user_id,
)
from relay.core.outcomes import Skipped
from relay.core.rules import Rules, objection
from relay.core.schema import Schema
from relay.core.traits import sort_traits

VIEWS = frozenset({"page", "screen"})


def name_of(event: Event, rules: Rules) -> str | Skipped:
    """Return the name under which `event` is an event to HubSpot, or why it is none."""
    name = event.name if event.type == "track" else rules.views.get(event.type)
    if not name:
        return Skipped("no_event_name" if event.type == "track" else "type_not_supported")
    reason = objection(event, rules)
    return Skipped(reason) if reason else name


def contact_part(event: Event, name: str, email: str, schema: Schema, rules: Rules) -> Mapped:
    """Return what an event asks of the contact of `email`: its user's traits, and what rules take from it.

    The intent has no properties but the address if it asks for nothing.
    """
    traits = {key: value for key, value in context_traits(event).items() if not is_email(key)}
    found = sort_traits(with_user_id(traits, event.user_id, schema, rules) if traits else {}, schema, rules)
    taken = sort_traits(_taken(event, rules.properties_to_contact.get(name, {})), schema, Rules())
    properties = {**found.properties, **taken.properties}
    intent = UpsertObject(ObjectRef(CONTACTS, "email", email), {**properties, "email": email})
    dropped = {f"context.traits.{trait}": why for trait, why in found.dropped.items()} | taken.dropped
    return Mapped(intent, dropped, {**found.unknown, **taken.unknown})


def _taken(event: Event, wanted: Mapping[str, str]) -> Mapping[str, object]:
    """Return the values of the properties that a rule names, by the contact's property."""
    values = ((name, _at(event.properties, path)) for path, name in wanted.items())
    return {name: value for name, value in values if value is not None}


def _at(properties: Mapping[str, object], path: str) -> object:
    """Return the value at a path such as `plan.tier`, None if there is none."""
    if path in properties:
        return properties[path]
    head, _, rest = path.partition(".")
    inner = properties.get(head)
    return _at(inner, rest) if rest and isinstance(inner, Mapping) else None
