"""How an event names its contact, if not by an address: by a record, a value, or its user id. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from relay.core.addresses import is_computed
from relay.core.events import Event
from relay.core.handles import EMAIL, RECORD, handle_for, is_address, kind_of
from relay.core.identifiers import id_keys
from relay.core.identity import People
from relay.core.known import Known
from relay.core.matching import id_value, record_id_of, told_value
from relay.core.profiles import Word, user_key
from relay.core.succession import named_record, succeed


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
        return Key(named_record(people, record_id), is_own)
    if value := told_value(event, people.matching):
        return Key(handle_for(people.matching.name, value), is_own)
    return key_of_id(event, people)


def key_of_id(event: Event, people: People) -> Key | None:
    """Return what a user id names its contact by, where contacts are known by a property."""
    if not people.matching.name or not event.user_id:
        return None
    key = user_key(event.user_id)
    known, value = people.known_at(key), id_value(event, people.matching)
    is_told = known is not None and known.word is Word.OWN and not is_address(known.address)
    by_id = handle_for(people.matching.name, value) if value else ""
    handle = known.address if known and is_told else people.foreseen.get(key) or by_id
    return Key(handle, is_id=True) if handle else None


def foresee(events: Iterable[Event], people: People) -> None:
    """Let the events of a user that tell no value rely on one that does, whichever happened first."""
    for event in events if people.matching.name else ():
        value = told_value(event, people.matching)
        if value and event.user_id and event.type == "identify" and not event.grant:
            people.foreseen[user_key(event.user_id)] = handle_for(people.matching.name, value)


def ids_of(key: Key, event: Event) -> Iterator[str]:
    """Yield those of an event's ids of which it may say anything by its key."""
    if key.is_own or key.is_id or not is_computed(event):
        yield from id_keys(event)


def told_by(key: Key, owner: Known, known: Known | None, people: People) -> Known:
    """Return to whom an event's ids lead by its key, and on whose word."""
    is_new = known is not None and known.word is Word.OWN and kind_of(known.address) in (EMAIL, RECORD)
    if known and is_new and (key.is_own or key.is_id) and succeed(people, owner.address, known.address):
        # They lead on to the new handle once HubSpot has confirmed that both are one contact.
        return replace(owner, address=known.address)
    if key.is_own:
        return owner
    # A user id says whose it is as long as nobody tells better, whenever that was. And of an id of which
    # nothing is known, what is mentioned is the best that there is.
    is_same = known is not None and known.address == owner.address
    return replace(owner, word=known.word if known and is_same else Word.MENTION)
