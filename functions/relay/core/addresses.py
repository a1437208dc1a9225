"""The e-mail addresses that an event holds: where each stands, and what it says of the event's ids. Pure.

Only a person's own word says "this user has this address". An address anywhere else may be that of somebody
else (an invitation, a gift), so it names the contact of that event and nothing more.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from relay.core.emails import normalised
from relay.core.events import Event
from relay.core.names import squashed

# Text that holds several addresses is cut at these.
_SEPARATORS = re.compile(r"[,;\s]+")
# Segment's guide to audiences and computed traits; a mapping may drop the context, hardly the message's id.
_COMPUTED_ID = "personas_"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an event where an address may stand, as the documentation names it.

    `types` are the calls in which it is looked at; all where there are none. `owns` are those in which it is
    the person's own word.
    """

    name: str
    types: frozenset[str] = frozenset()
    owns: frozenset[str] = frozenset()


IDENTIFY = frozenset({"identify"})
TRAITS = Place("traits.email", IDENTIFY, IDENTIFY)
# RudderStack's libraries write an identify's traits there and nowhere else.
CONTEXT_ALONE = Place("context.traits.email, without traits of its own", IDENTIFY, IDENTIFY)
CONTEXT = Place("context.traits.email")
# Pages and screens count as tracks where a setting gives them a name.
PROPERTIES = Place("properties.email", frozenset({"track", "page", "screen"}))
USER_ID = Place("userId that is an address", owns=IDENTIFY)
TOP = Place("email", owns=IDENTIFY)
EXTERNAL = Place("context.externalIds of type email")
# Where the user's own traits stand, be it not as the user's own word.
USERS = (TRAITS, CONTEXT_ALONE, CONTEXT)
# What comes first counts.
PLACES = (TRAITS, CONTEXT_ALONE, CONTEXT, PROPERTIES, USER_ID, TOP, EXTERNAL)


@dataclass(frozen=True, slots=True)
class Named:
    """An address in an event, as HubSpot keeps it; if it `is_own` it says whose the event's ids are."""

    address: str
    place: Place
    is_own: bool = False


def address_of(event: Event) -> str | None:
    """Return the event's own plausible address, None if it has none.

    The places count in the order of `PLACES`. Of several spellings, `email` itself counts, then the first by
    the alphabet; of several addresses in one, the first. What is not plausible is passed over.
    """
    found = named_in(event)
    return found.address if found else None


def stated_address_of(event: Event) -> str | None:
    """Return the address that the event states, not counting a user id that happens to be one."""
    found = stated_in(event)
    return found.address if found else None


def named_in(event: Event) -> Named | None:
    """Return the address of an event that counts, None if it has none."""
    return next(_named(event, _texts(event)), None)


def stated_in(event: Event) -> Named | None:
    """Return the address that counts, not counting a user id that happens to be one."""
    return next(_named(event, (each for each in _texts(event) if each[0] is not USER_ID)), None)


def passed_over(event: Event) -> Mapping[str, str]:
    """Return the further addresses of the place from which the event's address is taken, and why they are.

    Those of an identify's traits are told with its other traits.
    """
    texts = list(_texts(event))
    found = next(_named(event, iter(texts)), None)
    if not found or found.place in (TRAITS, CONTEXT_ALONE):
        return {}
    beside = [text for place, text in texts if place is found.place]
    others = {n: each for n, text in enumerate(beside) if (each := normalised(text)) != found.address}
    name = found.place.name.partition(" ")[0]
    return {f"{name}[{n}]": "superseded" if each else "invalid_email" for n, each in others.items()}


def is_computed(event: Event) -> bool:
    """Say whether Segment has computed an event for a profile: an audience's, a trait's or a journey's.

    It comes once for each address of the profile, so its address says nothing of whose the ids are.
    """
    return bool(event.context.get("personas")) or event.message_id.startswith(_COMPUTED_ID)


def is_email(key: str) -> bool:
    """Whether a trait of this name holds the address, in whatever spelling."""
    return squashed(key) == "email"


def context_traits(event: Event) -> Mapping[str, object]:
    """Return the traits of the user whom an event is about, where they are not the event's own."""
    traits = event.context.get("traits")
    return traits if isinstance(traits, Mapping) else {}


def external_ids(event: Event, kinds: frozenset[str]) -> Iterator[object]:
    """Yield Engage's external ids of some types, in any spelling, but for those of accounts."""
    entries = event.context.get("externalIds")
    for entry in entries if isinstance(entries, list) else ():
        is_users = isinstance(entry, Mapping) and entry.get("collection", "users") == "users"
        if is_users and isinstance(kind := entry.get("type"), str) and squashed(kind) in kinds:
            yield entry.get("id")


def texts_in(value: object) -> Iterator[str]:
    """Yield the texts of a value that may be addresses: of a list each, of text that holds several each."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            # An address with white space in it is none, so one alone is not cut.
            yield from filter(None, _SEPARATORS.split(item)) if item.count("@") > 1 else (item,)


def _named(event: Event, texts: Iterator[tuple[Place, str]]) -> Iterator[Named]:
    for place, text in texts:
        if address := normalised(text):
            yield Named(address, place, event.type in place.owns and not is_computed(event))


def _texts(event: Event) -> Iterator[tuple[Place, str]]:
    if event.type in TRAITS.types:
        yield from ((TRAITS, text) for text in _of_traits(event.traits))
    place = CONTEXT if event.traits or event.type not in CONTEXT_ALONE.types else CONTEXT_ALONE
    yield from ((place, text) for text in _of_traits(context_traits(event)))
    if event.type in PROPERTIES.types:
        yield from ((PROPERTIES, text) for text in _of_traits(event.properties))
    if event.user_id:
        yield USER_ID, event.user_id
    if event.email:
        yield from ((TOP, text) for text in texts_in(event.email))
    ids = external_ids(event, frozenset({"email"}))
    yield from ((EXTERNAL, text) for each in ids for text in texts_in(each))


def _of_traits(traits: Mapping[str, object]) -> Iterator[str]:
    keys = [key for key in traits if is_email(key)]
    for key in sorted(keys, key=lambda key: (key != "email", key)):
        yield from texts_in(traits[key])
