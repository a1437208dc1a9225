"""The table of what an address in an event may do, made by asking the code that decides it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli.markdown import code
from relay.core.addresses import (
    CONTEXT,
    CONTEXT_ALONE,
    EXTERNAL,
    PLACES,
    PROPERTIES,
    TOP,
    TRAITS,
    USER_ID,
    Place,
)
from relay.core.events import Event, parse
from relay.core.grants import Grant
from relay.core.identity import People
from relay.core.profiles import Profile, email_key, user_key
from relay.core.resolution import Removal, Resolved, resolve, resolve_deletion

HEADER = ("where the address stands", "call", "the id is unknown", "the id is known by another address")
_KNOWN, _NAMED = "known@example.org", "named@example.org"
_SAMPLES: Mapping[Place, Mapping[str, Any]] = {
    TRAITS: {"traits": {"email": _NAMED}},
    CONTEXT_ALONE: {"context": {"traits": {"email": _NAMED}}},
    CONTEXT: {"context": {"traits": {"email": _NAMED}}, "traits": {"plan": "team"}},
    PROPERTIES: {"properties": {"email": _NAMED}},
    USER_ID: {"userId": _NAMED},
    TOP: {"email": _NAMED},
    EXTERNAL: {"context": {"externalIds": [{"type": "email", "id": _NAMED}]}},
}
_CALLS = ("identify", "track")
_PUBLIC = Grant("a public write key")
_AT_MS = 1_000
_NOTHING = "nothing"
_THIS_EVENT = "names the contact of this event, moves nothing"


def rows() -> Iterator[Sequence[str]]:
    """Yield what an address may do, by its place, the call, and what is known of the event's user id."""
    for place in PLACES:
        for call in sorted(place.types) or _CALLS:
            yield code(place.name), _called(call), _unknown(place, call), _known(place, call)
    yield "the same, of an audience or a computed trait", _called("identify"), *_computed()
    yield "the same, with a public write key", _called("identify"), *_public()


def _called(call: str) -> str:
    return code(call) if call == "identify" else f"{code(call)} and others" if call != "track" else code(call)


def _event(call: str, fields: Mapping[str, Any], grant: Grant | None = None) -> Event:
    raw = {"type": call, "messageId": "m-1", "userId": "u-1", **fields}
    found = parse(raw, received_at_ms=_AT_MS, fallback_id="-", grant=grant)
    if not isinstance(found, Event):
        raise TypeError("a sample that is no event")
    return found


def _unknown(place: Place, call: str) -> str:
    return _effect(_event(call, _SAMPLES[place]), People({}, follows_changes=True))


def _known(place: Place, call: str) -> str:
    return _effect(_event(call, _SAMPLES[place]), _people_known_by(str(_SAMPLES[place].get("userId", "u-1"))))


def _computed() -> Sequence[str]:
    fields = {**_SAMPLES[TRAITS], "context": {"personas": {"computation_class": "audience"}}}
    event = _event("identify", fields)
    return _effect(event, People({}, follows_changes=True)), _effect(event, _people_known_by("u-1"))


def _public() -> Sequence[str]:
    event = _event("identify", _SAMPLES[TRAITS], _PUBLIC)
    return _effect(event, People({}, follows_changes=True)), _effect(event, _people_known_by("u-1"))


def _people_known_by(user_id: str) -> People:
    profiles = {
        user_key(user_id): Profile(points_to=email_key(_KNOWN)),
        email_key(_KNOWN): Profile(email=_KNOWN, object_id="501"),
    }
    return People(profiles, follows_changes=True)


def _effect(event: Event, people: People) -> str:
    """Return in words what an event's address has done."""
    found = resolve(event, people)
    if not isinstance(found, Resolved) or found.address != _NAMED:
        return _NOTHING
    if people.address_at(user_key(event.user_id or "")) != _NAMED:
        return _THIS_EVENT
    later = _event("delete", {"userId": event.user_id})
    if isinstance(resolve_deletion(later, people), Removal):
        return "says whose the id is"
    return "says whose the id is, until the person's own word comes; no deletion follows it"
