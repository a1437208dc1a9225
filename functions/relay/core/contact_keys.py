"""How an event names its contact, if not by an address: by a record, a value, or its user id. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from relay.core.addresses import is_computed
from relay.core.events import Event
from relay.core.handles import handle_for, is_address
from relay.core.identity import People
from relay.core.matching import id_value, record_id_of, told_value
from relay.core.profiles import Word, user_key


@dataclass(frozen=True, slots=True)
class Key:
    """A handle other than an address by which an event names its contact.

    If it `is_own` it says whose the event's ids are; if it `is_id` it follows from the user id.
    """

    handle: str
    is_own: bool = False
    is_id: bool = False


def key_in(event: Event, people: People) -> Key | None:
    """Return by what else than an address an event names its contact, None if by nothing else.

    What a record or a property says goes before what is remembered of the user id, and that before the user
    id itself. Anybody may send what comes with a public write key: it names nobody by these.
    """
    if event.grant:
        return None
    is_own = event.type == "identify" and not is_computed(event)
    if record_id := record_id_of(event):
        return Key(people.of_record(record_id), is_own)
    if value := told_value(event, people.matching):
        return Key(handle_for(people.matching.name, value), is_own)
    return key_of_id(event, people)


def key_of_id(event: Event, people: People) -> Key | None:
    """Return what a user id names its contact by, where contacts are known by a property."""
    value = id_value(event, people.matching)
    if not value:
        return None
    key = user_key(event.user_id or "")
    known = people.known_at(key)
    if known and known.word is Word.OWN and not is_address(known.address):
        return Key(known.address, is_id=True)
    return Key(people.foreseen(key) or handle_for(people.matching.name, value), is_id=True)


def foresee(events: Iterable[Event], people: People) -> None:
    """Let the events of a user that tell no value rely on one that does, whichever happened first."""
    for event in events if people.matching.name else ():
        value = told_value(event, people.matching)
        if value and event.user_id and event.type == "identify" and not event.grant:
            people.foresee([user_key(event.user_id)], handle_for(people.matching.name, value))
