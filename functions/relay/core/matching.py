"""What else than an address names a contact: a value of a unique property, HubSpot's record id. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from relay.core.addresses import context_traits, external_ids
from relay.core.blanks import trimmed
from relay.core.coercion import Unfit, coerce
from relay.core.events import Event
from relay.core.names import squashed
from relay.core.placeholders import IdRules
from relay.core.rules import Rules, taken
from relay.core.schema import Property, Schema
from relay.core.traits import sort_traits

# Longer ones are no ids, and each is remembered.
MAX_VALUE_CHARS = 256
# HubSpot's ids are numbers of 64 bits.
MAX_RECORD_DIGITS = 19
RECORD_TRAIT = "hsobjectid"
_RECORD_TYPES = frozenset({RECORD_TRAIT, "hubspotid"})


@dataclass(frozen=True, slots=True)
class Matching:
    """The unique contact property by which contacts are known; without a `name` there is none.

    `schema` holds that property alone, `rules` say which traits set it, and `ids` which values are nobody's.
    """

    name: str = ""
    schema: Schema = field(default_factory=lambda: Schema({}))
    rules: Rules = field(default_factory=Rules)
    ids: IdRules = field(default_factory=IdRules)


def matching_for(name: str, schema: Schema, rules: Rules, ids: IdRules) -> Matching:
    """Return how contacts are known by a property of a portal's schema."""
    known = schema.find(name)
    return Matching(name, Schema({name: known}), rules, ids) if known else Matching()


def told_value(event: Event, matching: Matching) -> str:
    """Return the value of the property that an event tells of its user, "" if it tells none.

    It is what the event sets the property to: by a trait, or by a rule for the properties of a track. Then
    comes an external id of the property's name, and for a track of nobody its own property of that name.
    """
    if not matching.name:
        return ""
    return next(filter(None, (_fit(each, matching) for each in _told(event, matching))), "")


def id_value(event: Event, matching: Matching) -> str:
    """Return the user id as a value of the property, "" if it cannot be one."""
    return _fit(event.user_id, matching) if matching.name and event.user_id else ""


def record_id_of(event: Event) -> str:
    """Return HubSpot's id of the contact that an event is about, "" if it names none."""
    return next(filter(None, map(_record_id, _records(event))), "")


def is_record_id(key: str) -> bool:
    """Say whether a trait of this name holds HubSpot's record id, in whatever spelling."""
    return squashed(key) == RECORD_TRAIT


def without_record_id(traits: Mapping[str, object]) -> Mapping[str, object]:
    """Return traits without HubSpot's record id, which names the contact and is none of its properties."""
    keys = {key for key in traits if is_record_id(key)}
    return {key: value for key, value in traits.items() if key not in keys} if keys else traits


def unused_record_ids(event: Event, traits: Mapping[str, object]) -> Mapping[str, str]:
    """Return the traits that name no record although they should, and why.

    They hold no id of one, or come with a public write key, which may name none.
    """
    wrong = {key: not _record_id(value) for key, value in traits.items() if is_record_id(key)}
    reasons = {key: "invalid_record_id" if is_wrong else "unconfirmed" for key, is_wrong in wrong.items()}
    return {key: why for key, why in reasons.items() if wrong[key] or event.grant}


def _told(event: Event, matching: Matching) -> Iterator[object]:
    yield sort_traits(_traits(event), matching.schema, matching.rules).properties.get(matching.name)
    name = event.name if event.type == "track" else matching.rules.views.get(event.type)
    wanted = matching.rules.properties_to_contact.get(name or "", {})
    yield taken(event.properties, wanted).get(matching.name)
    yield from external_ids(event, frozenset({squashed(matching.name)}))
    if event.type == "track" and not event.user_id:
        yield sort_traits(event.properties, matching.schema, Rules()).properties.get(matching.name)


def _traits(event: Event) -> Mapping[str, object]:
    own = event.traits if event.type == "identify" else {}
    return own or context_traits(event)


def _fit(value: object, matching: Matching) -> str:
    target = matching.schema.find(matching.name) or Property(matching.name, "string")
    text = coerce(value, target)
    is_nobodys = isinstance(text, Unfit) or len(text) > MAX_VALUE_CHARS or matching.ids.is_placeholder(text)
    return "" if isinstance(text, Unfit) or is_nobodys else text


def _records(event: Event) -> Iterator[object]:
    places = [event.traits if event.type == "identify" else {}, context_traits(event)]
    places.append(event.properties if event.type == "track" else {})
    for traits in places:
        yield from (traits[key] for key in sorted(traits) if is_record_id(key))
    yield from external_ids(event, _RECORD_TYPES)


def _record_id(value: object) -> str:
    number = isinstance(value, int) and not isinstance(value, bool)
    text = str(value) if number else trimmed(value) if isinstance(value, str) else ""
    is_id = text.isascii() and text.isdigit() and len(text) <= MAX_RECORD_DIGITS
    return text.lstrip("0") if is_id else ""
