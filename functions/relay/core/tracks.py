"""A track, or a page that counts as one → what it asks of the contact, and the name that it goes by. Pure."""

import re

from relay.core.addresses import context_traits, is_email
from relay.core.events import Event
from relay.core.handles import identity_of, ref_of
from relay.core.mapping import Mapped, UpsertObject, with_user_id
from relay.core.matching import unused_record_ids, without_record_id
from relay.core.outcomes import Skipped
from relay.core.resolution import Resolved
from relay.core.rules import Rules, objection, taken
from relay.core.schema import Schema
from relay.core.traits import sort_traits

VIEWS = frozenset({"page", "screen"})
# The cookie by which HubSpot knows a visitor: a server has it only where the page hands it on.
VISITOR = "hubspotutk"


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
    return next((text for text in tokens if isinstance(text, str) and re.fullmatch(r"[\w-]{1,64}", text)), "")


def contact_part(event: Event, name: str, who: Resolved, schema: Schema, rules: Rules) -> Mapped:
    """Return what an event asks of its contact: its user's traits, and what rules take from it.

    The intent has no properties but the address if it asks for nothing; of nobody it never does.
    """
    named = context_traits(event)
    traits = {key: value for key, value in without_record_id(named).items() if not is_email(key)}
    # They are the user's, and the event may be about somebody else.
    withheld = {"context.traits": "another_person"} if traits and who.is_mentioned else {}
    wanted = with_user_id(traits, event.user_id, schema, rules) if traits and not withheld else {}
    found = sort_traits(wanted, schema, rules)
    by_rule = sort_traits(taken(event.properties, rules.properties_to_contact.get(name, {})), schema, Rules())
    properties = {**found.properties, **by_rule.properties}
    left_out = {**found.dropped, **unused_record_ids(event, named)}
    dropped = {f"context.traits.{trait}": why for trait, why in left_out.items()} | by_rule.dropped | withheld
    ref, identity = ref_of(who.address), identity_of(who.address)
    if not who.address or not who.may_write:
        reason = "unconfirmed" if who.address else "no_person"
        return Mapped(UpsertObject(ref, identity), dropped | dict.fromkeys(properties, reason))
    unknown = {**found.unknown, **by_rule.unknown}
    return Mapped(UpsertObject(ref, {**properties, **identity}), dropped, unknown)
