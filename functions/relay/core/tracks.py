"""A track, or a page that counts as one → what it asks of the contact, and the name that it goes by. Pure."""

import re
from collections.abc import Mapping

from relay.core.addresses import context_traits, is_email
from relay.core.allow_list import NOT_ALLOWED, is_permitted, permitted
from relay.core.events import Event
from relay.core.handles import identity_of, ref_of
from relay.core.mapping import Mapped, UpsertObject, with_user_id
from relay.core.matching import unused_record_ids, without_record_id
from relay.core.outcomes import Skipped
from relay.core.placeholders import is_placeholder
from relay.core.resolution import Resolved
from relay.core.rules import Rules, objection, taken
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

    The intent has no properties but the address if it asks for nothing; of nobody it never does.
    Where the user's traits only fill, they are no part of it.
    """
    found = _of_user(event, who, schema, rules)
    by_rule = _taken_by_rules(event, rules.properties_to_contact.get(name, {}), schema)
    dropped = found.dropped | by_rule.dropped
    sets = {**({} if _only_fills(rules) else found.properties), **by_rule.properties}
    fills = {n: text for n, text in found.properties.items() if n not in sets}
    ref, identity = ref_of(who.address), identity_of(who.address)
    if not who.address or not who.may_write:
        reason = "unconfirmed" if who.address else "no_person"
        return Mapped(UpsertObject(ref, identity), dropped | dict.fromkeys({**sets, **fills}, reason))
    intent = UpsertObject(ref, {**sets, **identity})
    return Mapped(intent, dropped, {**found.unknown, **by_rule.unknown}, fills)


def _of_user(event: Event, who: Resolved, schema: Schema, rules: Rules) -> Sorted:
    """Return what becomes of the traits of an event's user."""
    named = context_traits(event)
    traits = {key: value for key, value in without_record_id(named).items() if not is_email(key)}
    withheld = _why_withheld(who, rules)
    unused = {f"{_TRAITS}.{trait}": why for trait, why in unused_record_ids(event, named).items()}
    if not traits or withheld:
        return Sorted(dropped={**unused, **({_TRAITS: withheld} if traits else {})})
    kept = permitted(with_user_id(traits, event.user_id, schema, rules), event.grant, schema)
    found = sort_traits(kept.traits, schema, rules)
    left_out = {**found.dropped, **kept.dropped}
    found.dropped = {**unused, **{f"{_TRAITS}.{trait}": why for trait, why in left_out.items()}}
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
    found = sort_traits(taken(event.properties, allowed), schema, Rules())
    others = {path: name for path, name in wanted.items() if path not in allowed}
    refused = taken(event.properties, others)
    found.dropped |= dict.fromkeys(refused.keys() - found.properties.keys(), NOT_ALLOWED)
    return found
