"""Event → intents and notes. Pure: the same event, schema and rules always give the same intents.

Nothing that JSON can hold makes it raise, and one bad value costs its property, never the contact.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from relay.core.addresses import address_of, context_traits, is_email, texts_in
from relay.core.allow_list import permitted
from relay.core.emails import normalised
from relay.core.events import Event
from relay.core.matching import unused_record_ids, without_record_id
from relay.core.names import property_name
from relay.core.outcomes import Skipped
from relay.core.routes import route_of
from relay.core.rules import Rules, objection
from relay.core.schema import Schema
from relay.core.traits import sort_traits

CONTACTS = "contacts"
USER_ID = "id"


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """Which CRM object is meant: `id` is the value of the unique property `id_property`."""

    object_type: str
    id_property: str
    id: str


@dataclass(frozen=True, slots=True)
class UpsertObject:
    """Create the object or update just these properties of it. Values are HubSpot's text forms."""

    ref: ObjectRef
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mapped:
    """What an event asks of the CRM.

    `fills` are values for properties, by name, that are set only if HubSpot has none.
    `dropped` names each trait that was left out, and why; `unknown` holds the values of those that HubSpot
    has no property for, by the name that it would have.
    """

    intent: UpsertObject
    dropped: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, object] = field(default_factory=dict)
    fills: Mapping[str, str] = field(default_factory=dict)


def intents_for(
    event: Event, schema: Schema, rules: Rules, remembered: str = "", known_by: ObjectRef | None = None
) -> Mapped | Skipped:
    """Return what `event` asks for, or why it asks for nothing.

    `remembered` is the address known of the event's user id; it counts only where the event itself has none.
    Of a contact that is `known_by` something else, it is the address to set, "" if none is.
    """
    if event.type != "identify":
        return Skipped("type_not_supported")
    reason = objection(event, rules)
    if reason:
        return Skipped(reason)
    email = remembered if known_by else address_of(event) or normalised(remembered)
    if email is None:
        return Skipped(_why_no_address(event))
    traits = _traits(event)
    addresses = {key: value for key, value in traits.items() if is_email(key)}
    others = {key: value for key, value in without_record_id(traits).items() if key not in addresses}
    kept = permitted(with_user_id(others, event.user_id, schema, rules), event.grant, schema)
    found = sort_traits(kept.traits, schema, rules)
    # HubSpot's contacts guide: the address belongs into the properties too, or a new contact has none.
    address = {"email": email} if email else {}
    intent = UpsertObject(known_by or ObjectRef(CONTACTS, "email", email), {**found.properties, **address})
    unused = {route_of((key,), schema).trait: why for key, why in _unused(addresses, email)}
    dropped = {**found.dropped, **kept.dropped, **unused, **unused_record_ids(event, traits)}
    return Mapped(intent, dropped, found.unknown)


def without_value(found: Mapped, name: str, why: str) -> Mapped:
    """Leave out the property by which contacts are known, where an event may give nobody a value of it."""
    intent = found.intent
    if name not in intent.properties or intent.ref.id_property == name:
        return found
    kept = {key: text for key, text in intent.properties.items() if key != name}
    return replace(found, intent=replace(intent, properties=kept), dropped={**found.dropped, name: why})


def _traits(event: Event) -> Mapping[str, object]:
    """Return the event's traits; other senders than Segment put an identify's into `context.traits`."""
    return event.traits or context_traits(event)


def with_user_id(
    traits: Mapping[str, object], user_id: str | None, schema: Schema, rules: Rules
) -> Mapping[str, object]:
    """Add the user id as the trait `id`, if the portal has such a property and no trait gives it."""
    is_wanted = user_id and schema.is_writable(USER_ID) and USER_ID not in rules.renamed
    if not is_wanted or any(property_name(key) == USER_ID for key in traits):
        return traits
    return {**traits, USER_ID: user_id}


def _unused(addresses: Mapping[str, object], email: str) -> Iterator[tuple[str, str]]:
    """Yield the traits that hold another address than the contact's, or none, and why they are left out."""
    for key, value in addresses.items():
        if value in (None, "", []):
            yield key, "no_value"
            continue
        texts = list(texts_in(value))
        for place, found in enumerate(map(normalised, texts)):
            if found != email:
                shown = key if len(texts) == 1 else f"{key}[{place}]"
                yield shown, "superseded" if found else "invalid_email"
        if not texts:
            yield key, "invalid_email"


def _why_no_address(event: Event) -> str:
    named = [value for key, value in _traits(event).items() if is_email(key)]
    hints = [*named, event.email, "@" in (event.user_id or "")]
    return "invalid_email" if any(hints) else "no_email"
