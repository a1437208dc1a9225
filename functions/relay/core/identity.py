"""The people of one invocation: what their ids and addresses lead to, and what is remembered of them. Pure.

`resolution` decides whom an event is about; here is what it relies on, and what is to be stored afterwards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from relay.core.emails import normalised
from relay.core.handles import EMAIL, handle_for, is_address
from relay.core.identifiers import BY_ADDRESS
from relay.core.known import FoundContact, Known, replaces
from relay.core.matching import Matching
from relay.core.profiles import Profile, Word, doubted, email_key, has_told_another, object_key

# A pointer that is not news is written again after this long, so that it does not expire.
REFRESH_AFTER_MS = 30 * 86_400_000
# From a user id to an address, and from there to the contact's own: longer ways are a mistake somewhere.
MOST_STEPS = 6
_NOTHING = Profile()


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
        self._profiles: dict[str, Profile] = {}
        self._before: dict[str, Profile] = {}
        self.follows_changes = follows_changes
        self._addresses: dict[str, str] = {}
        # For contacts to whose record no pointer leads, as in memories of 0.1.0.
        self._kept: dict[str, str] = {}
        self._moves: dict[str, str] = {}
        self._former: dict[str, str] = {}
        self._points: dict[str, set[str]] = {}
        self._owners: dict[str, FoundContact] = {}
        self._said: dict[str, int] = {}
        self._given_up: dict[str, str] = {}
        self._learned: set[str] = set()
        self._held: set[str] = set()
        self.recall(profiles)

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
        """Take note of what the memory holds, also of contacts that only HubSpot has named."""
        self._profiles |= profiles
        self._before |= profiles
        self._addresses |= {key: found.email for key, found in profiles.items() if found.email}
        self._kept |= {found.object_id: key for key, found in profiles.items() if found.email}

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
        return self.at(object_key(object_id)).points_to or self._kept_key(object_id)

    def holder(self, object_id: str) -> str:
        """Return the address under which that contact is kept."""
        return self.address_at(object_key(object_id)) or self.address_at(self._kept_key(object_id))

    def _kept_key(self, object_id: str) -> str:
        key = self._kept.get(object_id, "")
        return key if object_id and self.at(key).object_id == object_id else ""

    def address_at(self, key: str) -> str:
        """Return the address to which a key leads, "" if it leads nowhere."""
        return self._addresses.get(self.end_of(key), "")

    def known_at(self, *keys: str) -> Known | None:
        """Return the contact to which the first of the keys leads that leads anywhere."""
        found = ((key, self.address_at(key)) for key in keys)
        key, address = next((each for each in found if each[1]), ("", ""))
        return self._known(self.at(key), address) if address else None

    def _known(self, pointer: Profile, address: str) -> Known:
        # That the same was said again stands with the contact, which is written anyway.
        again_ms = max(self.profile(address).at_ms, self._said.get(address, 0)) if pointer.word.is_own else 0
        return Known(address, pointer.word, max(pointer.at_ms, again_ms))

    def free(self, keys: Iterable[str], address: str) -> list[str]:
        """Return those of the keys that no server's word has led to anybody but the contact of an address."""
        found = {key: self.known_at(key) for key in keys}
        return [
            key
            for key, known in found.items()
            if known is None or known.address == address or known.word is Word.PUBLIC
        ]

    def known_as(self, text: str, *keys: str) -> Known | None:
        """Return the contact of an id, which is an address itself, or leads to one."""
        name = self.matching.name
        own = "" if name else normalised(text)
        known = Known(self.canonical(own)) if own else self.known_at(*keys)
        # An id that is the contact's value says itself whose it is.
        is_value = known is not None and bool(name) and known.address == handle_for(name, text)
        return replace(known, word=Word.OWN) if known and is_value else known

    def was_given_up(self, address: str) -> bool:
        """Say whether an event of this invocation has given another address to the contact of this one."""
        return email_key(address) in self._moves

    def found(self, address: str, contact: FoundContact) -> None:
        """Take note of whose HubSpot says an address is that nobody has remembered."""
        holder = self.holder(contact.object_id)
        if not holder:
            self._owners[address] = contact
            return
        if is_address(holder) and contact.email not in ("", holder):
            self._rename(holder, contact)
        if contact.email != address:
            self.learn_further(address, self.holder(contact.object_id), 0)
            self._learned.add(email_key(address))

    def _rename(self, before: str, contact: FoundContact) -> None:
        """Keep a contact under the address that it has in HubSpot by now; its old one may be anybody's."""
        # Nobody has told by an event that it has this address: an event that tells one is sent.
        now, profile = contact.email, doubted(self.profile(before), [EMAIL])
        self._profiles[email_key(before)] = _NOTHING
        self._addresses.pop(email_key(before), None)
        self.learn(now, profile, 0)
        if before in contact.further:
            self.learn_further(before, now, 0)
        self._learned |= {email_key(before), email_key(now), object_key(contact.object_id)}

    def learn(self, address: str, profile: Profile, at_ms: int) -> None:
        """Remember `profile` of the contact of an address, which was its own at `at_ms`."""
        key, record = email_key(address), object_key(profile.object_id)
        said_ms = max(profile.at_ms, self._said.get(address, 0))
        self._profiles[key] = replace(profile, email=address, points_to="", at_ms=said_ms)
        self._addresses[key] = address
        if before := self._former.pop(address, ""):
            self._given_up[address] = before
        pointer = self.at(record)
        if pointer.points_to != key or at_ms - pointer.at_ms >= REFRESH_AFTER_MS:
            self._profiles[record] = replace(pointer, points_to=key, at_ms=at_ms)
        for each in self._points.setdefault(address, set()) - {record}:
            if self.at(each).points_to == key:
                # From now on it follows the record, whatever address that gets.
                self._profiles[each] = replace(self.at(each), points_to=record)
        self._points[address].add(record)

    def call(self, address: str) -> None:
        """Remember that there is somebody of this address, whom HubSpot may not know yet."""
        key = email_key(address)
        said_ms = max(self.at(key).at_ms, self._said.get(address, 0))
        self._profiles[key] = replace(self.at(key), email=address, at_ms=said_ms)
        self._addresses[key] = address

    def learn_further(self, address: str, own: str, at_ms: int) -> None:
        """Remember that the contact of `address` is kept under its `own`."""
        tombstone = Profile(deleted_at_ms=self.profile(address).deleted_at_ms)
        self._profiles[email_key(address)] = replace(tombstone, points_to=self._target(own), at_ms=at_ms)
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

    def say(self, address: str, at_ms: int) -> None:
        """Note that somebody has said by the own word that the contact of an address is theirs."""
        self._said[address] = max(at_ms, self._said.get(address, 0))

    def point(self, keys: Iterable[str], to: Known, seen_ms: int = 0) -> None:
        """Let ids lead to a contact, unless they lead elsewhere on a word that counts for more.

        `seen_ms` is when the event happened by which they are seen.
        """
        for key in keys if to.address else ():
            self._addresses.setdefault(email_key(to.address), to.address)
            known = self.known_at(key)
            # A pointer to a contact of which nothing is known any more says nothing.
            if known is None or (known.address != to.address and replaces(to, known)):
                self._set(key, to, to.word, to.at_ms, seen_ms)
            elif known.address == to.address:
                self._refresh(key, to, seen_ms)

    def see(self, keys: Iterable[str], to: Known) -> None:
        """Note the contact with which a public key has seen an anonymous id; its own newest word counts."""
        for key in keys:
            known = self.known_at(key)
            if known is None or to.at_ms > known.at_ms:
                self._set(key, replace(to, word=Word.PUBLIC), Word.PUBLIC, to.at_ms, 0)

    def _refresh(self, key: str, to: Known, seen_ms: int) -> None:
        """Note on an id that it leads where it led, if that is worth a write."""
        pointer = self.at(key)
        is_better = to.word < pointer.word
        last_ms = max(pointer.at_ms, pointer.seen_ms)
        is_old = max(to.at_ms, seen_ms) - last_ms >= REFRESH_AFTER_MS
        if is_better or is_old or pointer.points_to != self._target(to.address):
            at_ms = to.at_ms if is_better else max(pointer.at_ms, to.at_ms if to.word == pointer.word else 0)
            self._set(key, to, min(to.word, pointer.word), at_ms, max(seen_ms, pointer.seen_ms))

    def _set(self, key: str, to: Known, word: Word, at_ms: int, seen_ms: int) -> None:
        target = self._target(to.address)
        seen_ms = seen_ms if seen_ms - at_ms >= REFRESH_AFTER_MS else 0
        self._profiles[key] = replace(self.at(key), points_to=target, at_ms=at_ms, word=word, seen_ms=seen_ms)
        self._points.setdefault(to.address, set()).add(key)

    def _target(self, address: str) -> str:
        """Return where pointers to a contact lead: to its record, which keeps its id whatever its address."""
        key, object_id = email_key(address), self.profile(address).object_id
        record = object_key(object_id)
        if object_id and self.address_at(record) != address:
            self._profiles[record] = replace(self.at(record), points_to=key)
            self._points.setdefault(address, set()).add(record)
        return record if object_id else key

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
        object_id = self.profile(now).object_id
        record = {object_key(object_id)} if object_id else set()
        for key in self._points.pop(before, set()) | record:
            if self.at(key).points_to == email_key(before):
                self._profiles[key] = replace(self.at(key), points_to=email_key(now))
            self._points.setdefault(now, set()).add(key)
        return True

    def take_back_moves(self) -> None:
        """Believe in no change of address that HubSpot has not confirmed: all is as it was before."""
        gone = set(map(email_key, self._given_up.values()))
        for now in self._former:
            key = email_key(now)
            moved = [old for old in self._moves if self.end_of(old) == key]
            for each in (key, *moved, *self._points.pop(now, ())):
                self._moves.pop(each, None)
                self._profiles[each] = _NOTHING if each in gone else self._before.get(each, _NOTHING)
                if not self._profiles[each].email:
                    self._addresses.pop(each, None)
        self._former.clear()

    def news(self, addresses: frozenset[str]) -> Mapping[str, Profile]:
        """Return what is to be stored, once what was sent for `addresses` has an end."""
        keys = {key for address in addresses for key in self._points.get(address, ())}
        keys |= {email_key(address) for address in addresses}
        # Under an address that was given up nothing is remembered any more, whoever may be about to take it.
        free = {email_key(old) for now, old in self._given_up.items() if now in addresses} - keys
        return {
            **self.news_of(keys),
            **{key: _NOTHING for key in free if self._before.get(key, _NOTHING) != _NOTHING},
        }

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
