"""Deletions: whom an event wants deleted, and what is remembered of the person afterwards. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from relay.core.addresses import named_in
from relay.core.contact_keys import key_of_id
from relay.core.events import Event
from relay.core.identifiers import named_keys
from relay.core.identity import People
from relay.core.known import Known
from relay.core.outcomes import Skipped
from relay.core.profiles import Profile, Word, email_key, object_key
from relay.core.resolution import is_before_death, known_by_id

UNCONFIRMED = Skipped("deletion_unconfirmed")


@dataclass(frozen=True, slots=True)
class Removal:
    """A person to delete: the contact's address and record, "" where unknown, and what to remember.

    A call at work up to `resting_until_ms` could bring the contact back.
    """

    address: str
    object_id: str
    tombstones: Mapping[str, Profile]
    resting_until_ms: int = 0


def resolve_deletion(event: Event, people: People) -> Removal | Skipped:
    """Forget whom an event names: what happened before it must not bring the person back.

    The contact to delete is one to which the id leads on the person's own word, or of which the id is the
    address. Only where neither says anything, an address in the event tells who it is.
    """
    known, own = _known(event, people), ""
    if not known or known.word is not Word.OWN:
        named = named_in(event)
        if known and not named:
            return UNCONFIRMED
        own = named.address if named else ""
    address = people.canonical(own) if own else known.address if known else ""
    told = {*named_keys(event), *map(email_key, {own} - {""})}
    if told and all(is_before_death(event, key, people) for key in told):
        # Told twice: whoever has come back since must stay.
        return Skipped("already_deleted")
    profile = people.profile(address)
    keys = told | set(map(email_key, {address} - {""}))
    # Further addresses lead to the record, and find there that the person is deleted.
    keys |= {object_key(profile.object_id)} if profile.object_id else set()
    tombstones = dict.fromkeys(keys, Profile(deleted_at_ms=event.occurred_at_ms))
    people.forget(tombstones)
    return Removal(address, profile.object_id, tombstones, profile.resting_until_ms)


def _known(event: Event, people: People) -> Known | None:
    known = known_by_id(event, people)
    if known and known.word is Word.OWN:
        return known
    # Where contacts are known by a property, the user id is one's own word, as one is that is an address.
    key = key_of_id(event, people)
    by_id = Known(people.canonical(key.handle)) if key else people.known_as(event.user_id or "")
    return by_id or known
