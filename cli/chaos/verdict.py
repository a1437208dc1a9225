"""HubSpot's state, the journal and the rejects queue, compared with the model's: each difference is named."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli.chaos.attack import STRANGER, STRANGERS_DOMAIN
from cli.chaos.kinds import Chaos
from cli.chaos.model import MALFORMED, Expected
from cli.chaos.world import World
from cli.journal import Line
from cli.standin.portal import Portal
from relay.core.envelopes import Envelope, unpack

# More differences than these say nothing new.
MOST = 6
# HubSpot's own, which nobody writes.
_OWN = frozenset({"createdate", "hs_object_id", "lastmodifieddate", "hs_lastmodifieddate"})


def differences(
    world: World, wanted: Sequence[tuple[Portal, Expected]], journal: Sequence[Line]
) -> list[str]:
    """Return what is not as the model says, of the accounts, and of what has become of all events."""
    found = [
        *(
            f"account {portal.account.portal_id}: {text}"
            for portal, expected in wanted
            for text in _of_account(world, portal, expected)
        ),
        *_of_rejects(world, wanted),
        *_of_journal(journal, wanted),
        *(f"the queue still holds {count}" for count in [world.relay.waiting()] if count),
    ]
    return found[:MOST] + ([f"and {len(found) - MOST} more"] if len(found) > MOST else [])


def unseen(chaos: Chaos, journal: Sequence[Line]) -> Iterator[str]:
    """Yield what the journal would tell if the fault had happened, and does not."""
    if chaos.waits_for and not any(line.reason.startswith(chaos.waits_for) for line in journal):
        yield f"did not happen: no event has waited for {chaos.waits_for}"
    seen = {line.destination for line in journal}
    yield from (f"did not happen: {each} had no event" for each in chaos.destinations if each not in seen)


def uncalled_for(calls: Sequence[Mapping[str, Any]], portal_id: int) -> Iterator[str]:
    """Yield the calls to an account that gets no event: it may be asked whose the token is, no more."""
    for call in calls:
        is_asking = call["path"].startswith("/account-info/") or call["path"].endswith("/access-token-info")
        if call["portal_id"] == portal_id and not is_asking:
            yield f"a call: {call['method']} {call['path']}, answered {call['status']}"


def _of_account(world: World, portal: Portal, wanted: Expected) -> Iterator[str]:
    state = without_strangers(world.hubspot.state(portal))
    yield from _of_objects("contact", _by(state["contacts"], "email"), wanted.contacts)
    yield from _of_objects("company", _by(state["companies"], "domain"), wanted.companies)
    yield from _of_links(state, wanted)
    is_legacy = bool(portal.legacy_events.received)
    yield from _of_legacy_events(portal, wanted) if is_legacy else _of_occurrences(portal, wanted)
    if not wanted.message_ids:
        yield from uncalled_for(list(world.hubspot.calls), portal.account.portal_id)


def without_strangers(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out what an attack has made: it may have been let in, and tells nothing of what else there is."""
    kept = [
        each
        for each in state["contacts"]
        if not (each["properties"].get("email") or "").endswith(f"@{STRANGERS_DOMAIN}")
    ]
    return {**state, "contacts": kept}


def _of_journal(journal: Sequence[Line], wanted: Sequence[tuple[Portal, Expected]]) -> Iterator[str]:
    ended = {line.message_id for line in journal if line.is_final}
    # What cannot be read has no id in the journal.
    ids = {id_ for _, of in wanted for id_ in of.message_ids if of.rejects.get(id_) != MALFORMED}
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
    yield from (
        f"a link too many: {' to '.join(pair)}" for pair in sorted(found - wanted.links - wanted.open_links)
    )


def _of_occurrences(portal: Portal, wanted: Expected) -> Iterator[str]:
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


def _of_legacy_events(portal: Portal, wanted: Expected) -> Iterator[str]:
    """Yield the events of the legacy URL that were not counted once each; it takes no ids of theirs."""
    found = Counter((each.name, each.email) for each in portal.legacy_events.received)
    told = Counter((name, address) for name, address, _, _ in wanted.occurrences.values())
    for event in sorted(found.keys() | told.keys()):
        if found[event] != told[event]:
            yield f"legacy event {' of '.join(event)}: {found[event]} of {told[event]}"


def _of_rejects(world: World, wanted: Sequence[tuple[Portal, Expected]]) -> Iterator[str]:
    reasons = {message_id: reason for _, of in wanted for message_id, reason in of.rejects.items()}
    found: dict[str, set[str]] = {}
    for message in world.rejects():
        if f'"from": "{STRANGER}"' in message["Body"]:
            continue
        letter = unpack(message["Body"])
        if not isinstance(letter, Envelope) or len(letter.rejections) != len(letter.events):
            yield f"a reject without a reason: {message['Body'][:80]}"
            continue
        for event, rejection in zip(letter.events, letter.rejections, strict=True):
            if not str(event["messageId"]).startswith(STRANGER):
                found.setdefault(str(event["messageId"]), set()).add(rejection.reason)
    for message_id in sorted(found.keys() | reasons.keys()):
        reason = reasons.get(message_id)
        if found.get(message_id) != ({reason} if reason else None):
            yield f"reject {message_id}: {found.get(message_id)}, not {reason}"
