"""After the writing: remember what HubSpot has confirmed, and under which address a contact is kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from relay.core.handles import EMAIL, RECORD, handle_of, is_address, kind_of
from relay.core.identity import People
from relay.core.known import FoundContact
from relay.core.outcomes import Deferred
from relay.core.planning import Input
from relay.core.profiles import Profile, confirmed, doubted, email_key, joined, object_key, unchanged
from relay.lookup import Lookup
from relay.memory import Memory
from relay.twins import by_object
from relay.writer import Written


@dataclass(frozen=True, slots=True)
class Remembering:
    """Remembers what became of inputs."""

    memory: Memory
    lookup: Lookup
    now_ms: Callable[[], int]
    rest_ms: int

    def remember(
        self, same: Sequence[Input], written: Sequence[Written], people: People, deadline_ms: int
    ) -> bool:
        """Remember which inputs were the `same` as before, and what was `written`.

        False if that fails, or if it cannot be known of which contact something may have been written.
        """
        for entry in same:
            people.learn(entry.handle, unchanged(people.profile(entry.handle), entry), entry.newest_ms)
        known = {entry.handle for entry in same}
        for address in [each.entry.handle for each in written if _is_called(each, people)]:
            # Whose ids these are is known from the events, whatever becomes of what they ask.
            people.call(address)
            known.add(address)
        groups = by_object(written)
        own, is_certain = self._own_addresses(groups, deadline_ms)
        if not self._recall(groups, own, people):
            return False
        for object_id, address in own.items():
            known |= self._learn(groups[object_id], address, people)
        doubtful = [each for each in written if each.is_doubtful]
        rest_until_ms = self.now_ms() + self.rest_ms
        doubts = dict(_doubts(doubtful, people, rest_until_ms))
        is_kept = self.memory.keep({**people.news(frozenset(known)), **doubts})
        # Their links are remembered later, in the same profiles: the doubt must not be lost by that.
        people.recall(doubts)
        strangers = [each for each in doubtful if each.entry.record_id and not _is_own(each)]
        if strangers or not is_certain:
            is_at_work = any(each.is_at_work for each in strangers)
            self.memory.store.leave_doubt(rest_until_ms if is_at_work else 0)
        return is_kept and is_certain and not strangers

    def _own_addresses(
        self, groups: Mapping[str, Sequence[Written]], deadline_ms: int
    ) -> tuple[Mapping[str, str], bool]:
        """Return the handle of each contact, by HubSpot's id, and whether HubSpot told of all.

        Where it is known by nothing else, it is its own address.
        """
        told = {object_id: _handles(group) for object_id, group in groups.items()}
        known = {object_id: next(iter(each)) for object_id, each in told.items() if len(each) == 1}
        open_ids = {
            groups[object_id][0].entry.handle: object_id for object_id in groups if object_id not in known
        }
        found = self.lookup.find_all(open_ids, deadline_ms)
        looked_up = {
            open_ids[address]: each.email for address, each in found.items() if isinstance(each, FoundContact)
        }
        return {**known, **looked_up}, not any(isinstance(each, Deferred) for each in found.values())

    def _recall(
        self, groups: Mapping[str, Sequence[Written]], own: Mapping[str, str], people: People
    ) -> bool:
        """Recall what is remembered of contacts under addresses that no event has named."""
        met = [
            object_id
            for object_id, address in own.items()
            if people.profile(address).object_id != object_id and not _is_new(groups[object_id])
        ]
        if not self.memory.recall_more(people, map(object_key, met)):
            return False
        named = {email_key(each.entry.handle) for group in groups.values() for each in group}
        keys = {*map(email_key, own.values()), *map(people.holder_key, met)} - {""}
        return self.memory.recall_more(people, keys - named)

    def _learn(self, group: Sequence[Written], own: str, people: People) -> set[str]:
        """Remember a contact under its handle; return all that lead to it."""
        object_id = group[0].confirmed.object_id if group[0].confirmed else ""
        holder = people.holder(object_id)
        if people.profile(holder).object_id not in ("", object_id):
            # Its address went to another contact a moment ago, in the same invocation.
            holder = ""
        own = holder if holder and _rank(holder) < _rank(own) else own
        profile = joined(people.profile(own), people.profile(holder) if holder else Profile())
        at_ms = max(each.entry.newest_ms for each in group)
        for each in group:
            if each.confirmed:
                profile = confirmed(profile, _as_known(each, own), each.confirmed, self.now_ms())
        people.learn(own, profile, at_ms)
        others = {holder, *(each.entry.handle for each in group), *_addresses(group, own)} - {"", own}
        for address in others:
            people.learn_further(address, own, at_ms)
        return {own, *others}


def _rank(handle: str) -> int:
    """Return how well a handle names a contact: by a property, by the record, by the address; 0 is best."""
    return {RECORD: 1, EMAIL: 2}.get(kind_of(handle), 0)


def _handles(group: Sequence[Written]) -> set[str]:
    """Return by what HubSpot's word lets a contact be known: the best handle, or its own addresses."""
    newest_last = sorted(group, key=lambda each: each.entry.newest_ms)
    handles = [handle_of(each.entry.ref) for each in reversed(newest_last)]
    best = min((each for each in handles if not is_address(each)), key=_rank, default="")
    return {best} if best else {_told(each) for each in group} - {""}


def _as_known(written: Written, own: str) -> Input:
    """Return what HubSpot has by an input, as far as it belongs to a contact that is kept under `own`."""
    entry = written.entry
    entry = entry if handle_of(entry.ref) == own else entry.without({entry.ref.id_property})
    return replace(entry, properties={**entry.properties, **written.told})


def _addresses(group: Sequence[Written], own: str) -> set[str]:
    """Return the addresses that HubSpot has taken for a contact that is known by something else."""
    written = {each.entry.properties.get(EMAIL, "") for each in group}
    return set() if is_address(own) else written


def _told(written: Written) -> str:
    """Return the contact's own address as HubSpot has told it, "" if it has not."""
    told = written.confirmed.properties.get("email", "") if written.confirmed else ""
    return told.strip().lower() or written.entry.kept_as or (written.entry.handle if _is_own(written) else "")


def _is_own(written: Written) -> bool:
    return written.entry.is_own


def _is_called(written: Written, people: People) -> bool:
    """Say whether a contact that waits to be written is to be known by its address from now on."""
    is_waiting = isinstance(written.outcome, Deferred) and _is_own(written)
    return is_waiting and not people.former(written.entry.handle)


def _is_new(group: Sequence[Written]) -> bool:
    return any(each.confirmed and each.confirmed.is_new for each in group)


def _doubts(doubtful: Sequence[Written], people: People, rest_until_ms: int) -> Iterator[tuple[str, Profile]]:
    """Yield what is still sure of contacts that may have been written, under their keys."""
    for each in doubtful:
        address = people.former(each.entry.handle) or each.entry.handle
        known = people.stored(address)
        profile = doubted(known, each.entry.properties, rest_until_ms if each.is_at_work else 0)
        if _is_called(each, people):
            profile = replace(profile, email=address)
        if profile != known:
            yield email_key(address), profile
