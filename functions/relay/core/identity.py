"""Who an event is about: what its ids and addresses mean together with what is remembered. Pure.

Events of one invocation are met in the order of time, so that each may rely on what the ones before it said.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from relay.core.emails import normalised
from relay.core.events import Event
from relay.core.identifiers import id_keys, named_keys
from relay.core.mapping import address_of, stated_address_of
from relay.core.outcomes import Deferred, Skipped
from relay.core.profiles import (
    Profile,
    anonymous_key,
    email_key,
    object_key,
    user_key,
)

# A pointer that is not news is written again after this long, so that it does not expire.
REFRESH_AFTER_MS = 30 * 86_400_000
# From a user id to an address, and from there to the contact's own: longer ways are a mistake somewhere.
MOST_STEPS = 4
_NOTHING = Profile()


@dataclass(frozen=True, slots=True)
class Removal:
    """A person to delete: the contact's address and record, "" where unknown, and what to remember.

    A call at work up to `resting_until_ms` could bring the contact back.
    """

    address: str
    record_id: str
    graves: Mapping[str, Profile]
    resting_until_ms: int = 0


class People:
    """The people of one invocation.

    With `follows_changes`, a known user's new address is a new one of the same contact.
    """

    def __init__(self, profiles: Mapping[str, Profile], *, follows_changes: bool) -> None:
        self._profiles = dict(profiles)
        self._before = dict(profiles)
        self._follows_changes = follows_changes
        self._addresses = {key: found.email for key, found in profiles.items() if found.email}
        self._moves: dict[str, str] = {}
        self._former: dict[str, str] = {}
        self._points: dict[str, set[str]] = {}
        self._held: set[str] = set()
        self._learned: set[str] = set()

    def profile(self, address: str) -> Profile:
        """Return what is remembered of the contact of an address."""
        return self.at(email_key(address))

    def at(self, key: str) -> Profile:
        """Return what is remembered under a key."""
        return self._profiles.get(key, _NOTHING)

    def put(self, key: str, profile: Profile) -> None:
        """Remember `profile` under a key."""
        self._profiles[key] = profile

    def unknown(self, keys: Iterable[str]) -> frozenset[str]:
        """Return those of `keys` under which nothing is known."""
        return frozenset(keys) - self._profiles.keys()

    def recall(self, profiles: Mapping[str, Profile]) -> None:
        """Take note of what is remembered of contacts that only HubSpot has named."""
        self._profiles |= profiles
        self._before |= profiles
        self._addresses |= {key: found.email for key, found in profiles.items() if found.email}

    def stored(self, address: str) -> Profile:
        """Return what the memory held of the contact of an address, whatever was learned since."""
        return self._before.get(email_key(address), _NOTHING)

    def former(self, address: str) -> str:
        """Return the address that the contact of `address` had until now, "" if it is to keep its own."""
        return self._former.get(address, "")

    def canonical(self, address: str) -> str:
        """Return the address under which the contact of `address` is kept."""
        return self._address_at(email_key(address)) or address

    def holder_key(self, object_id: str) -> str:
        """Return the key under which a contact is kept that HubSpot has named, "" if nobody knows."""
        return self.at(object_key(object_id)).points_to

    def holder(self, object_id: str) -> str:
        """Return the address under which that contact is kept."""
        return self._address_at(object_key(object_id))

    def meet(self, event: Event) -> str | Skipped | Deferred:
        """Return the address of the contact that `event` is about, "" if nobody knows it.

        Or why the event is not to be sent, or not now.
        """
        known = self._known(event)
        # A user id that is an address is the first one that the user had; what is remembered is newer.
        own = stated_address_of(event) if known else address_of(event)
        address = self.canonical(own) if own else known
        if own and known and event.user_id and event.type == "identify":
            address = self._changed(event, known, own)
        keys = {*named_keys(event), *(email_key(text) for text in (own, address) if text)}
        if any(self._is_before_death(event, key) for key in keys):
            return Skipped("person_deleted")
        if keys & self._held:
            return Deferred("deletion_pending")
        self._point(id_keys(event), address, event.occurred_at_ms)
        return address

    def meet_alias(self, event: Event) -> str | Skipped:
        """Learn that two ids are one person; return the address that a contact gets by it, if one does."""
        if not event.previous_id or not event.user_id:
            return Skipped("alias_incomplete")
        earlier = [user_key(event.previous_id), anonymous_key(event.previous_id)]
        before = self._address_of(event.previous_id, *earlier)
        now = self._address_of(event.user_id, user_key(event.user_id))
        keys = [*id_keys(event), *earlier]
        if not before and not now:
            return Skipped("alias_of_nobody")
        if before and now and before != now:
            if not self._follows_changes or not self._move(before, now):
                return Skipped("alias_of_two_contacts")
            self._point(keys, now, event.occurred_at_ms)
            return now
        self._point(keys, now or before, event.occurred_at_ms)
        self._learned.update(keys)
        return Skipped("alias_remembered")

    def delete(self, event: Event) -> Removal | Skipped:
        """Forget whom `event` names: what happened before it must not bring the person back."""
        known, own = self._known(event), address_of(event)
        address = self.canonical(own) if own else known
        told = {*named_keys(event), *map(email_key, {own} if own else ())}
        if told and all(self._is_before_death(event, key) for key in told):
            # Told twice: whoever has come back since must stay.
            return Skipped("already_deleted")
        keys = told | set(map(email_key, {address, known} - {""}))
        graves = dict.fromkeys(keys, Profile(deleted_at_ms=event.occurred_at_ms))
        profile = self.profile(address)
        record_id = profile.object_id
        if record_id:
            graves[object_key(record_id)] = _NOTHING
        self._profiles |= graves
        self._addresses = {key: text for key, text in self._addresses.items() if key not in graves}
        return Removal(address, record_id, graves, profile.resting_until_ms)

    def hold(self, removal: Removal) -> None:
        """Let later events of a person wait, whose contact is yet to be deleted."""
        self._held |= removal.graves.keys()

    def learn(self, address: str, profile: Profile, at_ms: int) -> None:
        """Remember `profile` of the contact of an address, which was its own at `at_ms`."""
        self._profiles[email_key(address)] = replace(profile, email=address, points_to="", at_ms=0)
        self._addresses[email_key(address)] = address
        self._former.pop(address, None)
        self._point([object_key(profile.object_id)], address, at_ms)

    def call(self, address: str) -> None:
        """Remember that there is somebody of this address, whom HubSpot may not know yet."""
        key = email_key(address)
        self._profiles[key] = replace(self.at(key), email=address)
        self._addresses[key] = address

    def learn_further(self, address: str, own: str, at_ms: int) -> None:
        """Remember that the contact of `address` is kept under its `own`."""
        grave = Profile(deleted_at_ms=self.profile(address).deleted_at_ms)
        self._profiles[email_key(address)] = replace(grave, points_to=email_key(own), at_ms=at_ms)
        self._addresses.pop(email_key(address), None)

    def take_back_moves(self) -> None:
        """Believe in no change of address that HubSpot has not confirmed: all is as it was before."""
        for now in self._former:
            key = email_key(now)
            moved = [old for old in self._moves if self._end_of(old) == key]
            for each in (key, *moved, *self._points.pop(now, ())):
                self._moves.pop(each, None)
                self._profiles[each] = self._before.get(each, _NOTHING)
                if not self._profiles[each].email:
                    self._addresses.pop(each, None)
        self._former.clear()

    def news(self, addresses: frozenset[str]) -> Mapping[str, Profile]:
        """Return what is to be stored, once what was sent for `addresses` has an end."""
        keys = {key for address in addresses for key in self._points.get(address, ())}
        keys |= {email_key(address) for address in addresses}
        # Under an address that was given up nothing is remembered any more.
        keys |= {old for old in self._moves if self._address_at(old) in addresses}
        return self.news_of(keys)

    def learned(self) -> Mapping[str, Profile]:
        """Return what is to be stored whatever becomes of anything that is sent."""
        return self.news_of(self._learned)

    def news_of(self, keys: Iterable[str]) -> Mapping[str, Profile]:
        """Return what is remembered under those of `keys` where it is not what the memory held."""
        return {key: self.at(key) for key in keys if self.at(key) != self._before.get(key, _NOTHING)}

    def _address_at(self, key: str) -> str:
        """Return the address to which a key leads, "" if it leads nowhere."""
        return self._addresses.get(self._end_of(key), "")

    def _end_of(self, key: str) -> str:
        """Return the key to which a key leads in the end."""
        for _ in range(MOST_STEPS):
            following = self._moves.get(key) or self.at(key).points_to
            if not following:
                break
            key = following
        return key

    def _known(self, event: Event) -> str:
        """Return the address to which the event's id leads."""
        return next((self._address_at(key) for key in named_keys(event)), "")

    def _address_of(self, text: str, *keys: str) -> str:
        """Return the address that an id is, or leads to."""
        own = normalised(text)
        return self.canonical(own) if own else next(filter(None, map(self._address_at, keys)), "")

    def _changed(self, event: Event, before: str, own: str) -> str:
        """Return which of a user's two addresses counts, the one that is remembered or the event's own."""
        # An address that was given up in these very events is taken up again.
        now = own if email_key(own) in self._moves else self.canonical(own)
        if before == now or not self._follows_changes:
            return now
        pointer = self.at(user_key(event.user_id or ""))
        if event.occurred_at_ms < pointer.at_ms:
            return before
        self._move(before, now)
        return now

    def _move(self, before: str, now: str) -> bool:
        """Let the contact of one address have another; False if that belongs to a contact already."""
        if self.profile(now).object_id:
            return False
        self._moves.pop(email_key(now), None)
        self._moves[email_key(before)] = email_key(now)
        self._former[now] = self._former.pop(before, before)
        if self._former[now] == now:
            del self._former[now]
        self._profiles[email_key(now)] = self.profile(before)
        self._profiles[email_key(before)] = _NOTHING
        self._addresses[email_key(now)] = now
        for key in self._points.pop(before, set()):
            self._point([key], now, self.at(key).at_ms)
        return True

    def _point(self, keys: Iterable[str], address: str, at_ms: int) -> None:
        for key in keys if address else ():
            pointer, target = self.at(key), email_key(address)
            self._addresses.setdefault(target, address)
            is_old = at_ms - pointer.at_ms >= REFRESH_AFTER_MS
            if pointer.points_to == target and not is_old and not self._follows_changes:
                continue
            if not pointer.points_to or at_ms >= pointer.at_ms:
                self._profiles[key] = replace(pointer, points_to=target, at_ms=at_ms)
                self._points.setdefault(address, set()).add(key)

    def _is_before_death(self, event: Event, key: str) -> bool:
        deleted_at_ms = self.at(key).deleted_at_ms
        return bool(deleted_at_ms) and event.occurred_at_ms <= deleted_at_ms
