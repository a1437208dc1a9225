"""Whom an event is about, by its ids and addresses and by what is remembered. Pure.

Events of one invocation are resolved in the order of time, so that each may rely on what the ones before it
said. An id points only by a person's own word; an address that is mentioned names the contact of that event.
What came with a public write key may be anybody's word, and is believed for less.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from relay.core.addresses import USER_ID, Named, is_computed, named_in, stated_in
from relay.core.contact_keys import Key, ids_of, key_in, key_of_id, told_by
from relay.core.emails import normalised
from relay.core.events import Event
from relay.core.handles import kind_of
from relay.core.identifiers import id_keys, named_keys, seen_keys
from relay.core.identity import Known, People
from relay.core.outcomes import Deferred, Skipped
from relay.core.profiles import Profile, Word, anonymous_key, email_key, object_key, seen_key, user_key

_NOTHING = Profile()
NOT_ALLOWED = Skipped("alias_not_allowed")
UNCONFIRMED = Skipped("deletion_unconfirmed")


@dataclass(frozen=True, slots=True)
class Resolved:
    """Whom an event is about. Each address is the handle of a contact, "" if nobody knows it.

    The event's ids are those of the `owner`, and so are the user's traits and groups; it is another than
    the contact of the event's `address` where the event only mentions that: it `is_mentioned`. `may_write`
    says whether the event may set properties of its contact. The address in an event that `is_computed`
    counts for nothing. A contact that is known by something else than its address is to have this `email`.
    """

    address: str
    owner: str
    may_write: bool = True
    is_mentioned: bool = False
    is_computed: bool = False
    email: str = ""


@dataclass(frozen=True, slots=True)
class Removal:
    """A person to delete: the contact's address and record, "" where unknown, and what to remember.

    A call at work up to `resting_until_ms` could bring the contact back.
    """

    address: str
    object_id: str
    tombstones: Mapping[str, Profile]
    resting_until_ms: int = 0


def unknown_addresses(events: Iterable[Event], people: People) -> list[str]:
    """Return the new addresses of people whom HubSpot has, of which it is open whether they have them too.

    Written to HubSpot unasked, a further address of a contact could become its first one.
    """
    new = (_new_address(event, people) for event in events)
    return list(dict.fromkeys(filter(None, new)))


def _new_address(event: Event, people: People) -> str:
    """Return the address that an event gives to somebody whom HubSpot has, "" if it gives no new one."""
    if key_in(event, people):
        # Then an address is a property as any other.
        return ""
    known, named = _known(event, people), stated_in(event)
    if not (known and named and named.is_own) or _is_too_old(event, known, people):
        return ""
    is_other = people.canonical(named.address) == named.address != known.address
    is_new = is_other and not people.profile(named.address).object_id
    return named.address if is_new and people.profile(known.address).object_id else ""


def _is_too_old(event: Event, known: Known, people: People) -> bool:
    """Say whether a newer event has said already which address the contact is to have."""
    return people.follows_changes and known.word is Word.OWN and event.occurred_at_ms < known.at_ms


def resolve(event: Event, people: People) -> Resolved | Skipped | Deferred:
    """Return whom an event is about, and let its ids point there if it may say so."""
    if key := key_in(event, people):
        return _resolve_by(key, event, people)
    known = _known(event, people)
    # A user id that is an address is the first one that the user had; what is remembered is newer.
    named = stated_in(event) if known else named_in(event)
    if named and not known and not named.is_own and named.place is not USER_ID:
        # Such an id says itself whose it is.
        known = people.known_as(event.user_id or "")
    is_ignored = bool(named and known and is_computed(event))
    named = None if is_ignored else named
    address = _address(event, named, known, people)
    owner = known.address if known and named and not named.is_own else address
    told = {named.address if named else "", address} - {""}
    if objection := _objection(event, told, people):
        return objection
    _point(event, named, known, Known(owner, at_ms=event.occurred_at_ms), people)
    resolved = Resolved(address, owner, is_mentioned=address != owner, is_computed=is_ignored)
    return _limited(event, resolved, people, is_named=named is not None)


def _objection(event: Event, told: Iterable[str], people: People) -> Skipped | Deferred | None:
    """Return why nothing may be made of an event of these people, None if something may."""
    keys = {*named_keys(event), *map(email_key, told)}
    if any(_is_before_death(event, key, people) for key in keys | set(map(people.end_of, keys))):
        return Skipped("person_deleted")
    return Deferred("deletion_pending") if people.is_held(keys) else None


def _resolve_by(key: Key, event: Event, people: People) -> Resolved | Skipped | Deferred:
    """Return whom an event is about that names its contact by something else than an address."""
    known, handle = _known(event, people), people.canonical(key.handle)
    named = named_in(event)
    email = named.address if named and named.is_own else ""
    if objection := _objection(event, {key.handle, handle, email} - {""}, people):
        return objection
    owner = handle if key.is_own or key.is_id or not known else known.address
    people.point(ids_of(key, event), told_by(key, Known(owner, at_ms=event.occurred_at_ms), known, people))
    return Resolved(handle, owner, is_mentioned=handle != owner, email=email)


def resolve_alias(event: Event, people: People) -> Resolved | Skipped:
    """Learn that two ids are one person; return the contact that gets another address by it, if one does."""
    if not event.previous_id or not event.user_id:
        return Skipped("alias_incomplete")
    if not _may_alias(event, people):
        return NOT_ALLOWED
    earlier = [user_key(event.previous_id), anonymous_key(event.previous_id)]
    before = people.known_as(event.previous_id, *earlier)
    now = people.known_as(event.user_id, user_key(event.user_id))
    to = now or before
    if not to:
        return Skipped("alias_of_nobody")
    keys = [*id_keys(event), *earlier]
    is_change = before is not None and before.address != to.address
    if is_change and not (before and _has_moved(before, to, people)):
        return Skipped("alias_of_two_contacts")
    people.point(keys, Known(to.address, _word(event), event.occurred_at_ms))
    if is_change:
        return Resolved(to.address, to.address)
    people.learn_pointers(keys)
    return Skipped("alias_remembered")


def _has_moved(before: Known, now: Known, people: People) -> bool:
    """Let a contact have the address of its user's other id, if both are known by the person's own word."""
    is_own = before.word is now.word is Word.OWN
    is_alike = kind_of(before.address) == kind_of(now.address)
    return people.follows_changes and is_own and is_alike and people.move(before.address, now.address)


def resolve_deletion(event: Event, people: People) -> Removal | Skipped:
    """Forget whom an event names: what happened before it must not bring the person back.

    The contact to delete is one to which the id leads on the person's own word. Only where nothing is known
    of the id, an address in the event says who it is.
    """
    known = _known(event, people)
    if not known or known.word is not Word.OWN:
        # Where contacts are known by a property, the user id is one's own word.
        key = key_of_id(event, people)
        known = Known(people.canonical(key.handle)) if key else known
    if known and known.word is not Word.OWN:
        return UNCONFIRMED
    named = None if known else named_in(event)
    own = named.address if named else ""
    address = people.canonical(own) if own else known.address if known else ""
    told = {*named_keys(event), *map(email_key, {own} - {""})}
    if told and all(_is_before_death(event, key, people) for key in told):
        # Told twice: whoever has come back since must stay.
        return Skipped("already_deleted")
    keys = told | set(map(email_key, {address} - {""}))
    tombstones = dict.fromkeys(keys, Profile(deleted_at_ms=event.occurred_at_ms))
    profile = people.profile(address)
    if profile.object_id:
        tombstones[object_key(profile.object_id)] = _NOTHING
    people.forget(tombstones)
    return Removal(address, profile.object_id, tombstones, profile.resting_until_ms)


def _known(event: Event, people: People) -> Known | None:
    """Return the contact to which the event's id leads; a visitor may lead to one that the key has seen."""
    seen = () if event.user_id else seen_keys(event)
    return people.known_at(*seen, *named_keys(event))


def _word(event: Event) -> Word:
    """Return how much an event's own word counts."""
    return Word.OWN if event.grant is None or event.grant.may_change_email else Word.PUBLIC


def _address(event: Event, named: Named | None, known: Known | None, people: People) -> str:
    """Return the address of the contact that an event is about, and let it change if the event says so."""
    if not named:
        return known.address if known else ""
    is_change = named.is_own and known and known.word is Word.OWN and event.user_id
    if not known or not is_change or _word(event) is not Word.OWN:
        return people.canonical(named.address)
    # An address that was given up in these very events is taken up again.
    is_back = people.was_given_up(named.address)
    now = named.address if is_back else people.canonical(named.address)
    if known.address == now or not people.follows_changes:
        return now
    if _is_too_old(event, known, people):
        return known.address
    people.move(known.address, now)
    return now


def _point(event: Event, named: Named | None, known: Known | None, owner: Known, people: People) -> None:
    """Let the event's ids lead to their owner, as far as the event may say whose they are."""
    if named and named.is_own:
        told = Known(owner.address, _word(event), owner.at_ms)
        people.point(id_keys(event), told)
        people.point(seen_keys(event), Known(owner.address, at_ms=owner.at_ms))
    elif known and not event.grant:
        people.point(id_keys(event), Known(owner.address, known.word, owner.at_ms))
    elif named and not event.grant and not is_computed(event):
        is_certain = named.place is USER_ID
        word = Word.OWN if is_certain else Word.MENTION
        people.point(id_keys(event), Known(owner.address, word, owner.at_ms))


def _limited(event: Event, resolved: Resolved, people: People, *, is_named: bool) -> Resolved:
    """Return what a public write key may do: it has to name a contact, or to have seen it, to write to it."""
    if not event.grant:
        return resolved
    if not resolved.address and (key := key_of_id(event, people)):
        # It is an event of the user, but nobody vouches for what it says.
        return Resolved(people.canonical(key.handle), "", may_write=False)
    seen = next(map(people.address_at, seen_keys(event)), "")
    may_write = is_named or (bool(seen) and seen == resolved.address)
    is_owner = may_write if not resolved.is_mentioned else seen == resolved.owner
    return replace(resolved, owner=resolved.owner if is_owner else "", may_write=may_write)


def _may_alias(event: Event, people: People) -> bool:
    """Say whether a public key may alias: a visitor whom it has seen, and a user of whom nothing is known."""
    if _word(event) is Word.OWN or event.grant is None:
        return True
    previous, user = event.previous_id or "", event.user_id or ""
    seen = people.address_at(seen_key(event.grant.key, previous))
    known = people.known_as(previous, user_key(previous), anonymous_key(previous))
    is_its_own = bool(known and seen) and known is not None and known.address == seen
    is_taken = normalised(user) or people.address_at(user_key(user)) or people.address_at(user_key(previous))
    return is_its_own and not is_taken


def _is_before_death(event: Event, key: str, people: People) -> bool:
    deleted_at_ms = people.at(key).deleted_at_ms
    return bool(deleted_at_ms) and event.occurred_at_ms <= deleted_at_ms
