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
from relay.core.deletions import Removal, resolve_deletion
from relay.core.events import Event, parse
from relay.core.grants import Grant
from relay.core.identity import People
from relay.core.profiles import Profile, Word, email_key, user_key
from relay.core.resolution import Resolved, resolve

HEADER = (
    "where the address stands",
    "call",
    "nothing is known of the id",
    "only a page has told another one",
    "another one was mentioned",
    "the person has told another one",
)
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
_THIS_EVENT = "names the contact of this event"
# What is known of the event's user id.
_STATES = (None, Word.PUBLIC, Word.MENTION, Word.OWN)


def rows() -> Iterator[Sequence[str]]:
    """Yield what an address may do, by its place, the call, and what is known of the event's user id."""
    for place in PLACES:
        for call in [each for each in _CALLS if not place.types or each in place.types]:
            yield code(place.name), _called(call), *_effects(call, _SAMPLES[place])
    computed = {**_SAMPLES[TRAITS], "context": {"personas": {"computation_class": "audience"}}}
    yield (
        f"{code('traits.email')} of an audience or a computed trait",
        _called("identify"),
        *_effects("identify", computed),
    )
    yield (
        f"{code('traits.email')} with a public write key",
        _called("identify"),
        *_effects("identify", _SAMPLES[TRAITS], _PUBLIC),
    )


def _effects(call: str, fields: Mapping[str, Any], grant: Grant | None = None) -> list[str]:
    event = _event(call, fields, grant)
    return [_effect(event, _people(event.user_id or "", state)) for state in _STATES]


def _called(call: str) -> str:
    return code(call) if call == "identify" else f"{code(call)} and others"


def _event(call: str, fields: Mapping[str, Any], grant: Grant | None = None) -> Event:
    raw = {"type": call, "messageId": "m-1", "userId": "u-1", **fields}
    found = parse(raw, received_at_ms=_AT_MS, fallback_id="-", grant=grant)
    if not isinstance(found, Event):
        raise TypeError("a sample that is no event")
    return found


def _people(user_id: str, word: Word | None) -> People:
    profiles = {
        user_key(user_id): Profile(points_to=email_key(_KNOWN), word=word or Word.OWN),
        email_key(_KNOWN): Profile(email=_KNOWN, object_id="501"),
    }
    return People(profiles if word is not None else {}, follows_changes=True)


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
    return "says whose the id is, until the person does"
