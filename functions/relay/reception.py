"""Who each event is about. Deletions come first, so that nothing older brings a deleted person back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from relay.core.addresses import stated_address_of
from relay.core.aliases import resolve_alias
from relay.core.contact_keys import foresee
from relay.core.deletions import Removal, resolve_deletion
from relay.core.events import Event
from relay.core.identity import People
from relay.core.known import FoundContact
from relay.core.new_addresses import unknown_addresses
from relay.core.outcomes import NO_TIME, Deferred, Delivered, Outcome, Skipped
from relay.core.profiles import at_rest
from relay.core.resolution import Resolved, resolve
from relay.core.rules import Rules, objection
from relay.lookup import Lookup
from relay.memory import UNAVAILABLE, Memory
from relay.removals import Removals

# For each event, by its place: whom it is about, or what has become of it already.
Who: TypeAlias = Mapping[int, Resolved | Outcome]


@dataclass(frozen=True, slots=True)
class Reception:
    """Resolves the people of one invocation. Without `removals`, deletions are ignored."""

    memory: Memory
    rules: Rules
    lookup: Lookup
    removals: Removals | None
    now_ms: Callable[[], int]

    def resolve(self, events: Sequence[Event], people: People, deadline_ms: int) -> Who:
        """Return for each event whom it is about, or what has become of it already."""
        in_order = sorted(range(len(events)), key=lambda source: events[source].order)
        foresee((events[source] for source in in_order), people)
        deleted = [source for source in in_order if events[source].type == "delete"]
        removed = self._removed(events, deleted, people, deadline_ms)
        open_addresses = self._ask(events, people, deadline_ms)
        waiting = {
            source: why
            for source in in_order
            if open_addresses and (why := open_addresses.get(stated_address_of(events[source]) or ""))
        }
        met = [source for source in in_order if source not in removed and source not in waiting]
        return {**waiting, **removed, **self._met(events, met, people, deadline_ms)}

    def _ask(self, events: Sequence[Event], people: People, deadline_ms: int) -> Mapping[str, Deferred]:
        """Find out whether people whom HubSpot has have their new addresses there already.

        Return the addresses of which that is still open, and why.
        """
        asked = unknown_addresses(events, people)
        found = self.lookup.find(asked, deadline_ms) if asked else {}
        contacts = {address: each for address, each in found.items() if isinstance(each, FoundContact)}
        if not self.memory.recall_records(people, [each.object_id for each in contacts.values()]):
            return dict.fromkeys(asked, UNAVAILABLE)
        for address, contact in contacts.items():
            people.found(address, contact)
        return {address: each for address, each in found.items() if isinstance(each, Deferred)}

    def _removed(
        self, events: Sequence[Event], sources: Sequence[int], people: People, deadline_ms: int
    ) -> Mapping[int, Outcome]:
        if not self.removals:
            return dict.fromkeys(sources, Skipped("deletes_off"))
        wanted = {source: resolve_deletion(events[source], people) for source in sources}
        removals = {source: each for source, each in wanted.items() if isinstance(each, Removal)}
        now_ms = self.now_ms()
        outcomes: dict[int, Outcome] = {
            source: why
            for source, removal in removals.items()
            if (why := at_rest(removal.resting_until_ms, now_ms))
        }
        awake = [source for source in removals if source not in outcomes]
        told = self.removals.remove([removals[source] for source in awake], deadline_ms)
        outcomes |= zip(awake, told, strict=True)
        removed = {
            source: self._buried(removal, outcomes[source], people) for source, removal in removals.items()
        }
        skipped = {source: each for source, each in wanted.items() if isinstance(each, Skipped)}
        return {**skipped, **removed}

    def _buried(self, removal: Removal, outcome: Outcome, people: People) -> Outcome:
        """Remember that a person is deleted."""
        is_done = isinstance(outcome, Delivered | Skipped)
        if is_done and not self.memory.keep(removal.tombstones):
            outcome = UNAVAILABLE
        if isinstance(outcome, Deferred):
            people.hold(removal.tombstones)
        return outcome

    def _met(self, events: Sequence[Event], in_order: Sequence[int], people: People, deadline_ms: int) -> Who:
        """Resolve everybody in the order of time, as far as there is time: what is left is the newest."""
        who: dict[int, Resolved | Outcome] = dict.fromkeys(in_order, NO_TIME)
        for source in in_order:
            if self.now_ms() >= deadline_ms:
                break
            event = events[source]
            reason = objection(event, self.rules)
            find = resolve_alias if event.type == "alias" else resolve
            who[source] = Skipped(reason) if reason else find(event, people)
        if self.memory.keep(people.learned()):
            return who
        return {n: UNAVAILABLE if events[n].type == "alias" else each for n, each in who.items()}
