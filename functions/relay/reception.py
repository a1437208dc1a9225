"""Who each event is about. Deletions come first, so that nothing older brings a deleted person back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from relay.core.events import Event
from relay.core.identity import People, Removal
from relay.core.outcomes import Deferred, Delivered, Outcome, Skipped
from relay.core.profiles import at_rest
from relay.core.rules import Rules, objection
from relay.memory import UNAVAILABLE, Memory
from relay.removals import Removals


@dataclass(frozen=True, slots=True)
class Reception:
    """Meets the people of one invocation. Without `removals`, deletions are ignored."""

    memory: Memory
    rules: Rules
    removals: Removals | None
    now_ms: Callable[[], int]

    def meet(self, events: Sequence[Event], people: People, deadline_ms: int) -> Mapping[int, str | Outcome]:
        """Return for each event, by its place, the address of its person, "" if nobody knows it.

        Or what has become of the event already.
        """
        in_order = sorted(range(len(events)), key=lambda source: events[source].order)
        deleted = [source for source in in_order if events[source].type == "delete"]
        removed = self._removed(events, deleted, people, deadline_ms)
        return {**removed, **self._met(events, [n for n in in_order if n not in removed], people)}

    def _removed(
        self, events: Sequence[Event], sources: Sequence[int], people: People, deadline_ms: int
    ) -> Mapping[int, Outcome]:
        if not self.removals:
            return dict.fromkeys(sources, Skipped("deletes_off"))
        wanted = {source: people.delete(events[source]) for source in sources}
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
        return {source: removed.get(source, Skipped("already_deleted")) for source in sources}

    def _buried(self, removal: Removal, outcome: Outcome, people: People) -> Outcome:
        """Remember that a person is deleted."""
        is_done = isinstance(outcome, Delivered | Skipped)
        if is_done and not self.memory.keep(removal.graves):
            outcome = UNAVAILABLE
        if isinstance(outcome, Deferred):
            people.hold(removal)
        return outcome

    def _met(
        self, events: Sequence[Event], in_order: Sequence[int], people: People
    ) -> Mapping[int, str | Outcome]:
        """Meet everybody in the order of time."""
        who: dict[int, str | Outcome] = {}
        for source in in_order:
            event = events[source]
            reason = objection(event, self.rules)
            meet = people.meet_alias if event.type == "alias" else people.meet
            who[source] = Skipped(reason) if reason else meet(event)
        if self.memory.keep(people.learned()):
            return who
        return {n: UNAVAILABLE if events[n].type == "alias" else each for n, each in who.items()}
