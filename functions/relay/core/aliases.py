"""Aliases: two ids that are one person's. Pure."""

from relay.core.emails import normalised
from relay.core.events import Event
from relay.core.handles import kind_of
from relay.core.identifiers import id_keys
from relay.core.identity import People
from relay.core.known import Known
from relay.core.outcomes import Skipped
from relay.core.profiles import Word, anonymous_key, seen_key, user_key
from relay.core.resolution import Resolved, word_of

NOT_ALLOWED = Skipped("alias_not_allowed")
OF_TWO = Skipped("alias_of_two_contacts")


def resolve_alias(event: Event, people: People) -> Resolved | Skipped:
    """Learn that two ids are one person; return the contact that gets another address by it, if one does.

    It says that the ids are one, not whose they are: both lead on the word on which one of them did.
    """
    if not event.previous_id or not event.user_id:
        return Skipped("alias_incomplete")
    if not _is_allowed(event, people):
        return NOT_ALLOWED
    earlier = [user_key(event.previous_id), anonymous_key(event.previous_id)]
    before = people.known_as(event.previous_id, *earlier)
    now = people.known_as(event.user_id, user_key(event.user_id))
    to = _better(before, now)
    if not to:
        return Skipped("alias_of_nobody")
    is_change = bool(before and now) and _are_two(before, now)
    if is_change and not (before and _has_moved(before, to, people)):
        return OF_TWO
    keys = [*id_keys(event), *earlier]
    people.point(keys, Known(to.address, max(to.word, word_of(event)), event.occurred_at_ms))
    if is_change:
        return Resolved(to.address, to.address)
    people.learn_pointers(keys)
    return Skipped("alias_remembered")


def _better(before: Known | None, now: Known | None) -> Known | None:
    """Return whose both ids are: what the better word says, and of two equal ones that of the user id."""
    if before and now:
        return before if before.word < now.word else now
    return now or before


def _are_two(before: Known | None, now: Known | None) -> bool:
    """Say whether two ids lead to different contacts, on words that count the same."""
    return bool(before and now and before.address != now.address and before.word == now.word)


def _has_moved(before: Known, now: Known, people: People) -> bool:
    """Let a contact have the address of its user's other id, if both are known by the person's own word."""
    is_alike = kind_of(before.address) == kind_of(now.address)
    is_wanted = people.follows_changes and now.word is Word.OWN and is_alike
    return is_wanted and people.move(before.address, now.address)


def _is_allowed(event: Event, people: People) -> bool:
    """Say whether an event may alias: by a public key, a visitor it has seen and a user nobody knows."""
    if event.grant is None:
        return True
    previous, user = event.previous_id or "", event.user_id or ""
    seen = people.address_at(seen_key(event.grant.key, previous))
    known = people.known_as(previous, user_key(previous), anonymous_key(previous))
    is_its_own = bool(seen) and known is not None and known.address == seen
    is_taken = normalised(user) or people.address_at(user_key(user)) or people.address_at(user_key(previous))
    return is_its_own and not is_taken
