"""Addresses of which it is open whose they are, while an event gives them to somebody. Pure.

Written to HubSpot unasked, a further address of a contact could become its first one, and what is meant for
one contact could reach another.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from relay.core.addresses import stated_in
from relay.core.contact_keys import key_in
from relay.core.emails import normalised
from relay.core.events import Event
from relay.core.identifiers import named_keys
from relay.core.identity import People
from relay.core.profiles import user_key
from relay.core.resolution import is_too_old, known_by_id


def unknown_addresses(events: Sequence[Event], people: People) -> list[str]:
    """Return the addresses to ask HubSpot for: new ones of people who are known, or who tell several."""
    # Of whom is known by something else, an address is a property as any other.
    told = [(event, own) for event in events if (own := _own_address(event)) and not key_in(event, people)]
    several = _ids_of_several(told)
    asked = [
        address
        for event, address in told
        if _is_change(event, address, people) or several.intersection(named_keys(event))
    ]
    asked += [address for event in events for address in _aliased(event, people)]
    return [address for address in dict.fromkeys(asked) if _is_open(address, people)]


def _own_address(event: Event) -> str:
    named = stated_in(event)
    return named.address if named and named.is_own else ""


def _ids_of_several(told: Iterable[tuple[Event, str]]) -> set[str]:
    """Return the keys of ids that tell more than one address."""
    pairs = {(key, address) for event, address in told for key in named_keys(event)}
    return {key for key, count in Counter(key for key, _ in pairs).items() if count > 1}


def _is_change(event: Event, address: str, people: People) -> bool:
    known = known_by_id(event, people)
    is_late = known is not None and people.follows_changes and is_too_old(event, known)
    return known is not None and known.address != people.canonical(address) and not is_late


def _aliased(event: Event, people: People) -> Iterator[str]:
    """Yield the address that a user id is, if an alias gives it to a contact that is known by another id."""
    if event.type == "alias" and people.follows_changes and event.previous_id and not event.grant:
        own = normalised(event.user_id or "")
        before = people.known_as(event.previous_id, user_key(event.previous_id))
        if own and before and before.address != own:
            yield own


def _is_open(address: str, people: People) -> bool:
    """Say whether nothing is remembered of whose an address is."""
    return people.canonical(address) == address and not people.profile(address).object_id
