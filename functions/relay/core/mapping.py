"""Event → intents and notes. Pure: the same event and schema always give the same intents."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from relay.core.coercion import to_text
from relay.core.events import Event
from relay.core.outcomes import Skipped
from relay.core.schema import Schema

CONTACTS = "contacts"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_WHITE_SPACE = re.compile(r"\s")


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
    """What an event asks of the CRM. `dropped` names each trait that was left out, and why."""

    intent: UpsertObject
    dropped: Mapping[str, str] = field(default_factory=dict)


def intents_for(event: Event, schema: Schema) -> Mapped | Skipped:
    """Return what `event` asks for, or why it asks for nothing."""
    if event.type != "identify":
        return Skipped("type_not_supported")
    email = email_of(event)
    if email is None:
        return Skipped("no_email")
    properties, dropped = _to_properties(event.traits, schema)
    # HubSpot's contacts guide: the address belongs into the properties too, or a new contact has none.
    intent = UpsertObject(ObjectRef(CONTACTS, "email", email), {**properties, "email": email})
    return Mapped(intent, dropped)


def email_of(event: Event) -> str | None:
    """Return the lower-cased address that names the contact: `traits.email`, else a `userId` that is one."""
    for candidate in (event.traits.get("email"), event.user_id):
        text = candidate.strip().lower() if isinstance(candidate, str) else ""
        if _EMAIL.fullmatch(text):
            return text
    return None


def property_name(trait: str) -> str:
    """Return the internal name that a trait's key means: lower case, white space as `_`."""
    return _WHITE_SPACE.sub("_", trait.strip().lower())


def _to_properties(traits: Mapping[str, object], schema: Schema) -> tuple[dict[str, str], dict[str, str]]:
    properties: dict[str, str] = {}
    dropped: dict[str, str] = {}
    for trait, value in traits.items():
        name = property_name(trait)
        known, text = schema.find(name), to_text(value)
        if known is None:
            dropped[trait] = "unknown_property"
        elif not known.is_writable:
            dropped[trait] = "read_only_property"
        elif text is None:
            dropped[trait] = "no_value"
        else:
            properties[name] = text
    return properties, dropped
