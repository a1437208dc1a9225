"""The people of one invocation: what their ids and addresses lead to, and what is remembered of them. Pure.

`resolution` decides whom an event is about; here is what it relies on, and what is to be stored afterwards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from relay.core.emails import normalised
from relay.core.handles import EMAIL, is_address
from relay.core.identifiers import BY_ADDRESS
from relay.core.matching import Matching
from relay.core.profiles import Profile, Word, email_key, has_told_another, object_key

# A pointer that is not news is written again after this long, so that it does not expire.
REFRESH_AFTER_MS = 30 * 86_400_000
# From a user id to an address, and from there to the contact's own: longer ways are a mistake somewhere.
MOST_STEPS = 4
_NOTHING = Profile()


@dataclass(frozen=True, slots=True)
class FoundContact:
    """A contact as HubSpot has it: its id there, its primary address, and its value of a unique property."""

    object_id: str
    email: str
    match_value: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """The contact to which an id leads, by its handle, and on whose word."""

    address: str
    word: Word = Word.OWN
    at_ms: int = 0


class People:
    """The people of one invocation. Wherever an `address` is spoken of, any handle may stand.

    With `follows_changes`, a known user's new address is a new one of the same contact. By `matching`,
    contacts are known by a unique property.
    """

    def __init__(
        self, profiles: Mapping[str, Profile], *, follows_changes: bool, matching: Matching = BY_ADDRESS
    ) -> None:
        self.matching = matching
        # What `succession` notes: by which handle ids are told, and what a contact was known as before.
        self.foreseen: dict[str, str] = {}
        self.predecessors: dict[str, str] = {}
        self._profiles = dict(profiles)
        self._before = dict(profiles)
        self.follows_changes = follows_changes
        self._addresses = {key: found.email for key, found in profiles.items() if found.email}
        self._moves: dict[str, str] = {}
        self._former: dict[str, str] = {}
        self._points: dict[str, set[str]] = {}
        self._owners: dict[str, FoundContact] = {}
        self._learned: set[str] = set()
        self._held: set[str] = set()

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

    def owner(self, address: str) -> FoundContact | None:
        """Return the contact that HubSpot says has the address, None if nobody has asked or it has none."""
        return self._owners.get(address)

    def canonical(self, address: str) -> str:
        """Return the handle under which the contact of `address` is kept.

        A contact that is known by something else has an address only as long as it was told no other one.
        """
        own = self.address_at(email_key(address)) or address
        if is_address(own) or not is_address(address):
            return own
        return address if has_told_another(self.profile(own), EMAIL, address) else own

    def holder_key(self, object_id: str) -> str:
        """Return the key under which a contact is kept that HubSpot has named, "" if nobody knows."""
        return self.at(object_key(object_id)).points_to

    def holder(self, object_id: str) -> str:
        """Return the address under which that contact is kept."""
        return self.address_at(object_key(object_id))

    def address_at(self, key: str) -> str:
        """Return the address to which a key leads, "" if it leads nowhere."""
        return self._addresses.get(self.end_of(key), "")

    def known_at(self, *keys: str) -> Known | None:
        """Return the contact to which the first of the keys leads that leads anywhere."""
        found = ((key, self.address_at(key)) for key in keys)
        key, address = next((each for each in found if each[1]), ("", ""))
        return Known(address, self.at(key).word, self.at(key).at_ms) if address else None

    def known_as(self, text: str, *keys: str) -> Known | None:
        """Return the contact of an id, which is an address itself, or leads to one."""
        own = "" if self.matching.name else normalised(text)
        return Known(self.canonical(own)) if own else self.known_at(*keys)

    def was_given_up(self, address: str) -> bool:
        """Say whether an event of this invocation has given another address to the contact of this one."""
        return email_key(address) in self._moves

    def found(self, address: str, contact: FoundContact) -> None:
        """Take note of whose HubSpot says an address is that nobody has remembered."""
        if holder := self.holder(contact.object_id):
            self.learn_further(address, holder, 0)
            self._learned.add(email_key(address))
        else:
            self._owners[address] = contact

    def learn(self, address: str, profile: Profile, at_ms: int) -> None:
        """Remember `profile` of the contact of an address, which was its own at `at_ms`."""
        self._profiles[email_key(address)] = replace(profile, email=address, points_to="", at_ms=0)
        self._addresses[email_key(address)] = address
        self._former.pop(address, None)
        self.point([object_key(profile.object_id)], Known(address, at_ms=at_ms))

    def call(self, address: str) -> None:
        """Remember that there is somebody of this address, whom HubSpot may not know yet."""
        key = email_key(address)
        self._profiles[key] = replace(self.at(key), email=address)
        self._addresses[key] = address

    def learn_further(self, address: str, own: str, at_ms: int) -> None:
        """Remember that the contact of `address` is kept under its `own`."""
        tombstone = Profile(deleted_at_ms=self.profile(address).deleted_at_ms)
        self._profiles[email_key(address)] = replace(tombstone, points_to=email_key(own), at_ms=at_ms)
        self._addresses.pop(email_key(address), None)

    def forget(self, tombstones: Mapping[str, Profile]) -> None:
        """Remember of whoever is kept under these keys only when the person was deleted."""
        self._profiles |= tombstones
        self._addresses = {key: text for key, text in self._addresses.items() if key not in tombstones}

    def hold(self, keys: Iterable[str]) -> None:
        """Let later events wait that name somebody by these keys, whose contact is yet to be deleted."""
        self._held.update(keys)

    def is_held(self, keys: Iterable[str]) -> bool:
        """Say whether an event that names somebody by these keys has to wait."""
        return not self._held.isdisjoint(keys)

    def learn_pointers(self, keys: Iterable[str]) -> None:
        """Let pointers be stored whatever becomes of anything that is sent."""
        self._learned.update(keys)

    def point(self, keys: Iterable[str], to: Known) -> None:
        """Let ids lead to a contact, unless they lead elsewhere on a word that counts for more."""
        target = email_key(to.address)
        for key in keys if to.address else ():
            pointer = self.at(key)
            self._addresses.setdefault(target, to.address)
            is_same = pointer.points_to == target
            if is_same and not self._is_news(pointer, to):
                continue
            if is_same or replaces(to, pointer):
                word = min(pointer.word, to.word) if is_same else to.word
                at_ms = max(pointer.at_ms, to.at_ms) if is_same else to.at_ms
                self._profiles[key] = replace(pointer, points_to=target, at_ms=at_ms, word=word)
                self._points.setdefault(to.address, set()).add(key)

    def move(self, before: str, now: str) -> bool:
        """Let the contact of one address have another; False if that belongs to a contact already."""
        if self.profile(now).object_id or now in self._owners:
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
            pointer = self.at(key)
            self._profiles[key] = replace(pointer, points_to=email_key(now))
            self._points.setdefault(now, set()).add(key)
        return True

    def take_back_moves(self) -> None:
        """Believe in no change of address that HubSpot has not confirmed: all is as it was before."""
        for now in self._former:
            key = email_key(now)
            moved = [old for old in self._moves if self.end_of(old) == key]
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
        keys |= {old for old in self._moves if self.address_at(old) in addresses}
        return self.news_of(keys)

    def learned(self) -> Mapping[str, Profile]:
        """Return what is to be stored whatever becomes of anything that is sent."""
        return self.news_of(self._learned)

    def news_of(self, keys: Iterable[str]) -> Mapping[str, Profile]:
        """Return what is remembered under those of `keys` where it is not what the memory held."""
        return {key: self.at(key) for key in keys if self.at(key) != self._before.get(key, _NOTHING)}

    def end_of(self, key: str) -> str:
        """Return the key to which a key leads in the end."""
        for _ in range(MOST_STEPS):
            following = self._moves.get(key) or self.at(key).points_to
            if not following:
                break
            key = following
        return key

    def _is_news(self, pointer: Profile, to: Known) -> bool:
        """Say whether a pointer to where it leads already is worth a write."""
        is_old = to.at_ms - pointer.at_ms >= REFRESH_AFTER_MS
        # Where changes are followed, it matters which of two addresses was told last.
        return to.word < pointer.word or is_old or (self.follows_changes and to.word == pointer.word)


def replaces(to: Known, pointer: Profile) -> bool:
    """Say whether an id that leads elsewhere is to lead to a contact, on a word of a time.

    Whatever is told of an id of which nothing is known counts. After that only a person's own word does, and
    of two of those the newer one.
    """
    if not pointer.points_to:
        return True
    return to.word is Word.OWN and (pointer.word is not Word.OWN or to.at_ms >= pointer.at_ms)
