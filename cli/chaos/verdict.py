"""HubSpot's state, the journal and the rejects queue, compared with the model's: each difference is named."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cli.chaos.model import MALFORMED, Expected
from cli.chaos.world import World
from cli.journal import Journal
from relay.core.envelopes import Envelope, unpack

# More differences than these say nothing new.
MOST = 6
# HubSpot's own, which nobody writes.
_OWN = frozenset({"createdate", "hs_object_id", "lastmodifieddate", "hs_lastmodifieddate"})


def differences(world: World, wanted: Expected, journal: Journal) -> list[str]:
    """Return what is not as the model says."""
    state = world.hubspot.state()
    found = [
        *_of_objects("contact", _by(state["contacts"], "email"), wanted.contacts),
        *_of_objects("company", _by(state["companies"], "domain"), wanted.companies),
        *_of_links(state, wanted),
        *_of_occurrences(world, wanted),
        *_of_rejects(world, wanted),
        *_of_journal(journal, wanted),
        *(f"the queue still holds {count}" for count in [world.relay.waiting()] if count),
    ]
    return found[:MOST] + ([f"and {len(found) - MOST} more"] if len(found) > MOST else [])


def _of_journal(journal: Journal, wanted: Expected) -> Iterator[str]:
    ended = {line.message_id for line in journal.all() if line.is_final}
    # What cannot be read has no id in the journal.
    ids = {each for each in wanted.message_ids if wanted.rejects.get(each) != MALFORMED}
    yield from (f"the journal knows no end of {message_id}" for message_id in sorted(ids - ended))


def _by(objects: list[Mapping[str, Any]], name: str) -> Mapping[str, list[Mapping[str, str]]]:
    found: dict[str, list[Mapping[str, str]]] = {}
    for each in objects:
        values = {key: value for key, value in each["properties"].items() if value and key not in _OWN}
        found.setdefault(values.get(name, ""), []).append(values)
    return found


def _of_objects(
    kind: str, found: Mapping[str, list[Mapping[str, str]]], wanted: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    for key in sorted(found.keys() | wanted.keys()):
        held = found.get(key, [])
        own = {name: value for name, value in wanted.get(key, {}).items() if value}
        if len(held) != (key in wanted):
            yield f"{kind} {key}: {len(held)} of {int(key in wanted)}"
        for values in held:
            for name in sorted(values.keys() | own.keys()):
                if values.get(name) != own.get(name):
                    yield f"{kind} {key}: {name} is {values.get(name)!r}, not {own.get(name)!r}"


def _of_links(state: Mapping[str, Any], wanted: Expected) -> Iterator[str]:
    domains = {each["id"]: each["properties"].get("domain", "") for each in state["companies"]}
    found = {
        (contact["properties"]["email"], domains[company])
        for contact in state["contacts"]
        for company in contact["associations"]
    }
    yield from (f"no link {' to '.join(pair)}" for pair in sorted(wanted.links - found))
    yield from (f"a link too many: {' to '.join(pair)}" for pair in sorted(found - wanted.links))


def _of_occurrences(world: World, wanted: Expected) -> Iterator[str]:
    portal = world.hubspot.portal
    # Also those that were deleted meanwhile: what they did, they did.
    contacts = {**portal.contacts.archived, **portal.contacts.live}
    labels = {
        each["fullyQualifiedName"]: each["labels"]["singular"]
        for each in portal.event_definitions.live.values()
    }
    found = Counter(each.uuid for each in portal.occurrences)
    for uuid in sorted(found.keys() | wanted.occurrences.keys()):
        if found[uuid] != (uuid in wanted.occurrences):
            yield f"occurrence {uuid}: {found[uuid]} of {int(uuid in wanted.occurrences)}"
    for each in portal.occurrences:
        name, address, properties, at = wanted.occurrences.get(each.uuid, ("", "", {}, ""))
        holder = contacts.get(each.contact_id)
        is_own = holder is not None and holder.properties["email"] == address
        same = (
            labels[each.event_name] == name and each.properties == properties and at in ("", each.occurred_at)
        )
        if each.uuid in wanted.occurrences and not (is_own and same):
            yield f"occurrence {each.uuid}: {each.to_json()} is not {name}, {address}, {properties}, {at}"


def _of_rejects(world: World, wanted: Expected) -> Iterator[str]:
    found: dict[str, set[str]] = {}
    for message in world.rejects():
        letter = unpack(message["Body"])
        if not isinstance(letter, Envelope) or len(letter.rejections) != len(letter.events):
            yield f"a reject without a reason: {message['Body'][:80]}"
            continue
        for event, rejection in zip(letter.events, letter.rejections, strict=True):
            found.setdefault(str(event["messageId"]), set()).add(rejection.reason)
    for message_id in sorted(found.keys() | wanted.rejects.keys()):
        reason = wanted.rejects.get(message_id)
        if found.get(message_id) != ({reason} if reason else None):
            yield f"reject {message_id}: {found.get(message_id)}, not {reason}"
