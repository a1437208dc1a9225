"""A track, or a page that counts as one → what it asks of the contact, and the name that it goes by. Pure."""

import re
from collections.abc import Mapping

from relay.core.addresses import context_traits, is_email
from relay.core.allow_list import NOT_ALLOWED, is_permitted, permitted
from relay.core.events import Event
from relay.core.mapping import CONTACTS, Mapped, ObjectRef, UpsertObject, with_user_id
from relay.core.outcomes import Skipped
from relay.core.placeholders import is_placeholder
from relay.core.resolution import Resolved
from relay.core.rules import Rules, objection
from relay.core.schema import Schema
from relay.core.traits import Sorted, sort_traits

VIEWS = frozenset({"page", "screen"})
# The cookie by which HubSpot knows a visitor: a server has it only where the page hands it on.
VISITOR = "hubspotutk"
_TRAITS = "context.traits"


def name_of(event: Event, rules: Rules) -> str | Skipped:
    """Return the name under which `event` is an event to HubSpot, or why it is none."""
    name = event.name if event.type == "track" else rules.views.get(event.type)
    if not name:
        return Skipped("no_event_name" if event.type == "track" else "type_not_supported")
    reason = objection(event, rules)
    return Skipped(reason) if reason else name


def visitor_of(event: Event) -> str:
    """Return HubSpot's token of the visitor, from the event's context or properties; "" if neither has it."""
    tokens = (event.context.get(VISITOR), event.properties.get(VISITOR))
    return next((text for text in tokens if isinstance(text, str) and _is_token(text)), "")


def _is_token(text: str) -> bool:
    return bool(re.fullmatch(r"[\w-]{1,64}", text)) and not is_placeholder(text)


def contact_part(event: Event, name: str, who: Resolved, schema: Schema, rules: Rules) -> Mapped:
    """Return what an event asks of its contact: its user's traits, and what rules take from it.

    The intent has no properties but the address if it asks for nothing; without an address it never does.
    Where the user's traits only fill, they are no part of it.
    """
    found = _of_user(event, who, schema, rules)
    taken = _taken_by_rules(event, rules.properties_to_contact.get(name, {}), schema)
    dropped = found.dropped | taken.dropped
    sets = {**({} if _only_fills(rules) else found.properties), **taken.properties}
    fills = {n: text for n, text in found.properties.items() if n not in sets}
    ref = ObjectRef(CONTACTS, "email", who.address)
    if not who.address or not who.may_write:
        reason = "unconfirmed" if who.address else "no_person"
        address = {"email": who.address}
        return Mapped(UpsertObject(ref, address), dropped | dict.fromkeys({**sets, **fills}, reason))
    intent = UpsertObject(ref, {**sets, "email": who.address})
    return Mapped(intent, dropped, {**found.unknown, **taken.unknown}, fills)


def _of_user(event: Event, who: Resolved, schema: Schema, rules: Rules) -> Sorted:
    """Return what becomes of the traits of an event's user."""
    traits = {key: value for key, value in context_traits(event).items() if not is_email(key)}
    withheld = _why_withheld(who, rules)
    if not traits or withheld:
        return Sorted(dropped={_TRAITS: withheld} if traits else {})
    kept = permitted(with_user_id(traits, event.user_id, schema, rules), event.grant, schema)
    found = sort_traits(kept.traits, schema, rules)
    left_out = {**found.dropped, **kept.dropped}
    found.dropped = {f"{_TRAITS}.{trait}": why for trait, why in left_out.items()}
    if _only_fills(rules):
        # What is empty fills nothing.
        found.dropped |= {name: "no_value" for name, text in found.properties.items() if not text}
        found.properties = {name: text for name, text in found.properties.items() if text}
    return found


def _only_fills(rules: Rules) -> bool:
    return rules.context_traits == "fill"


def _why_withheld(who: Resolved, rules: Rules) -> str:
    """Return why the user's traits set nothing, "" if they may."""
    if rules.context_traits == "ignore":
        return "context_traits_ignored"
    # They are the user's, and the event may be about somebody else.
    return "another_person" if who.is_mentioned else ""


def _taken_by_rules(event: Event, wanted: Mapping[str, str], schema: Schema) -> Sorted:
    """Decide on the properties that a rule names, by the contact's property; a key's list counts here too."""
    allowed = {path: name for path, name in wanted.items() if is_permitted(path, event.grant)}
    found = sort_traits(_taken(event, allowed), schema, Rules())
    refused = _taken(event, {path: name for path, name in wanted.items() if path not in allowed})
    found.dropped |= dict.fromkeys(refused.keys() - found.properties.keys(), NOT_ALLOWED)
    return found


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
