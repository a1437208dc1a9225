"""Whom an event is about, by its ids and addresses and by what is remembered. Pure.

Events of one invocation are resolved in the order of time, so that each may rely on what the ones before it
said. An id points only by a person's own word; an address that is mentioned names the contact of that event.
What came with a public write key may be anybody's word, and is believed for less.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from relay.core.addresses import USER_ID, USERS, Named, is_computed, named_in, stated_in
from relay.core.contact_keys import Key, ids_of, key_in, key_of_id, told_by
from relay.core.events import Event
from relay.core.identifiers import id_keys, named_keys, seen_keys
from relay.core.identity import People
from relay.core.known import Known
from relay.core.outcomes import Deferred, Skipped
from relay.core.profiles import Word, email_key

# Why an address in an event, or an id, was not believed.
SUPERSEDED, STALE, NOT_BELIEVED, ANOTHER = "superseded", "stale", "unconfirmed", "another_person"


@dataclass(frozen=True, slots=True)
class Resolved:
    """Whom an event is about. Each address is the handle of a contact, "" if nobody knows it.

    The event's ids are those of the `owner`, and so are the user's traits and groups; it is another than
    the contact of the event's `address` where the event only mentions that: it `is_mentioned`. `may_write`
    says whether the event may set properties of its contact. The owner `is_sure` if that is the person's own
    word. `dropped` names what in the event is not believed, and why. A contact that is known by something
    else than its address is to have this `email`.
    """

    address: str
    owner: str
    may_write: bool = True
    is_mentioned: bool = False
    is_sure: bool = True
    dropped: Mapping[str, str] = field(default_factory=dict)
    email: str = ""


def resolve(event: Event, people: People) -> Resolved | Skipped | Deferred:
    """Return whom an event is about, and let its ids point there if it may say so."""
    if key := key_in(event, people):
        return _resolve_by(key, event, people)
    known, named = known_and_named(event, people)
    # It comes for each address of a profile.
    is_overruled = bool(named and known and known.word.is_own and is_computed(event))
    counted = None if is_overruled else named
    address = _address(event, counted, known, people)
    owner = known.address if known and counted and not counted.is_own else address
    if objection := _objection(event, {counted.address if counted else "", address} - {""}, people):
        return objection
    word = _point(event, counted, known, owner, people)
    told = SUPERSEDED if is_overruled else _why_not(event, counted, known, address, people)
    dropped = {"email": told} if told and named and people.canonical(named.address) != address else {}
    if counted and event.type == "group" and address != owner:
        # Whoever belongs to the group is its user.
        dropped = {counted.place.name: ANOTHER}
    resolved = Resolved(
        address, owner, is_mentioned=address != owner, is_sure=word is Word.OWN, dropped=dropped
    )
    return _limited(event, resolved, people, is_named=counted is not None)


def _resolve_by(key: Key, event: Event, people: People) -> Resolved | Skipped | Deferred:
    """Return whom an event is about that names its contact by something else than an address."""
    known, handle = known_by_id(event, people), people.canonical(key.handle)
    named = named_in(event)
    email = named.address if named and named.is_own else ""
    if objection := _objection(event, {key.handle, handle, email} - {""}, people):
        return objection
    is_sure = key.is_own or key.is_id
    owner = handle if is_sure or not known else known.address
    if key.is_own:
        people.say(owner, event.occurred_at_ms)
    people.point(ids_of(key, event), told_by(key, Known(owner, at_ms=event.occurred_at_ms), known, people))
    is_sure = is_sure or bool(known and known.word is Word.OWN)
    return Resolved(handle, owner, is_mentioned=handle != owner, is_sure=is_sure, email=email)


def known_and_named(event: Event, people: People) -> tuple[Known | None, Named | None]:
    """Return the contact to which an event's id leads, and the address in it, as far as either counts."""
    known = known_by_id(event, people)
    # A user id that is an address is the first one that the user had; what is remembered is newer.
    named = stated_in(event) if known else named_in(event)
    if known and named and known.word is Word.PUBLIC and not event.grant and named.place in USERS:
        # Anybody may have claimed the id; a server that tells the user's address knows better.
        return None, named
    if named and not known and not named.is_own and named.place is not USER_ID:
        # Such an id says itself whose it is.
        known = people.known_as(event.user_id or "")
    return known, named


def known_by_id(event: Event, people: People) -> Known | None:
    """Return the contact to which the event's id leads; a visitor may lead to one that the key has seen."""
    seen = () if event.user_id else seen_keys(event)
    return people.known_at(*seen, *named_keys(event))


def word_of(event: Event) -> Word:
    """Return how much an event's own word counts."""
    if event.grant is None:
        return Word.OWN
    return Word.ALLOWED if event.grant.may_change_email else Word.PUBLIC


def is_too_old(event: Event, known: Known) -> bool:
    """Say whether a newer own word has said already which address a user has."""
    return known.word.is_own and event.occurred_at_ms < known.at_ms


def is_before_death(event: Event, key: str, people: People) -> bool:
    """Say whether the person whom a key names was deleted after an event had happened."""
    times = (people.at(each).deleted_at_ms for each in (key, people.end_of(key)))
    return any(deleted_at_ms and event.occurred_at_ms <= deleted_at_ms for deleted_at_ms in times)


def _objection(event: Event, told: Iterable[str], people: People) -> Skipped | Deferred | None:
    """Return why nothing may be made of an event of these people, None if something may."""
    keys = {*named_keys(event), *map(email_key, told)}
    if any(is_before_death(event, key, people) for key in keys):
        return Skipped("person_deleted")
    return Deferred("deletion_pending") if people.is_held(keys) else None


def _address(event: Event, named: Named | None, known: Known | None, people: People) -> str:
    """Return the address of the contact that an event is about, and let it change if the event says so."""
    if not named:
        return known.address if known else ""
    is_change = named.is_own and known and known.word.is_own and event.user_id
    if not known or not is_change or not word_of(event).is_own:
        return people.canonical(named.address)
    # An address that was given up in these very events is taken up again.
    is_back = people.was_given_up(named.address)
    now = named.address if is_back else people.canonical(named.address)
    if known.address == now or not people.follows_changes:
        return now
    if is_too_old(event, known):
        return known.address
    people.move(known.address, now)
    return now


def _why_not(event: Event, named: Named | None, known: Known | None, address: str, people: People) -> str:
    """Return why the address in an event is not that of its contact, "" if it is."""
    if not (named and known) or people.canonical(named.address) == address:
        return ""
    return STALE if named.is_own and is_too_old(event, known) else SUPERSEDED


def _point(event: Event, named: Named | None, known: Known | None, owner: str, people: People) -> Word:
    """Let the event's ids lead to their owner, as far as it may say whose they are; return on whose word."""
    at_ms = event.occurred_at_ms
    if named and named.is_own:
        told = Known(owner, word_of(event), at_ms)
        people.point(id_keys(event), told)
        people.see(seen_keys(event), told)
        if told.word.is_own and not (known and is_too_old(event, known)):
            people.say(owner, at_ms)
        return told.word
    if event.grant or (named and not known and is_computed(event)):
        return known.word if known else Word.PUBLIC
    told = known or Known(owner, Word.OWN if named and named.place is USER_ID else Word.MENTION, at_ms)
    # Only an identify says that a visitor is the user beside it; whoever uses the device else may be another.
    keys = id_keys(event) if event.type == "identify" else people.free(id_keys(event), owner)
    people.point(keys, replace(told, address=owner), at_ms)
    return told.word


def _limited(event: Event, resolved: Resolved, people: People, *, is_named: bool) -> Resolved:
    """Return what a public write key may do: it has to name a contact, or to have seen it, to write to it."""
    if not event.grant:
        return resolved
    if not resolved.address:
        key = key_of_id(event, people)
        # It is an event of the user, but nobody vouches for what it says.
        return Resolved(people.canonical(key.handle), "", may_write=False) if key else resolved
    seen = next(map(people.address_at, seen_keys(event)), "")
    may_write = is_named or (bool(seen) and seen == resolved.address)
    is_owner = may_write if not resolved.is_mentioned else seen == resolved.owner
    leads_to = next(map(people.address_at, named_keys(event)), "")
    is_refused = event.type == "identify" and is_named and leads_to not in ("", resolved.address)
    # The id stays whose it was.
    refused = {"userId" if event.user_id else "anonymousId": NOT_BELIEVED} if is_refused else {}
    return replace(
        resolved,
        owner=resolved.owner if is_owner else "",
        may_write=may_write,
        dropped={**resolved.dropped, **refused},
    )
