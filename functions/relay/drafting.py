"""Occurrences → the events that HubSpot is told: found or made definitions, or why there is none (yet)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from relay.core.event_batches import NO_DEFINITION
from relay.core.event_definitions import MAX_LABEL_CHARS, Definition, EventRules
from relay.core.occurrences import CustomEvent, Occurrence, custom_event, prepare, values_of
from relay.core.outcomes import NO_TIME, Delivered, Outcome, Rejected
from relay.core.second_looks import is_doubtful
from relay.event_creation import EventCreation, Explained
from relay.event_definitions import EventDefinitions

# HubSpot takes one messageId of an event once.
REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of an occurrence, and which of its properties were left out, and why."""

    outcome: Outcome
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """An occurrence and the event that is made of it."""

    occurrence: Occurrence
    event: CustomEvent
    left_out: Mapping[str, str]

    @property
    def source(self) -> int:
        """By what the caller knows the occurrence again."""
        return self.occurrence.source

    def ends(self, outcome: Outcome) -> Sent:
        """Return what became of it, with what was left out; its line says if HubSpot had its messageId."""
        is_repeat = isinstance(outcome, Delivered) and outcome.is_repeat
        return Sent(outcome, {**self.left_out, **({"messageId": REPEATED} if is_repeat else {})})

    def repaired(self, left_out: Mapping[str, str]) -> "Draft":
        """Return it without some of its properties, which are left out for these reasons."""
        event = self.event.without(left_out)
        return replace(self, event=event, left_out={**self.left_out, **left_out})


class Drafting:
    """Makes events by the definitions of one portal."""

    def __init__(
        self,
        definitions: EventDefinitions,
        creation: EventCreation,
        rules: EventRules,
        now_ms: Callable[[], int],
    ) -> None:
        self._definitions = definitions
        self._creation = creation
        self._rules = rules
        self._now_ms = now_ms

    def make(
        self, occurrences: Sequence[Occurrence], deadline_ms: int
    ) -> tuple[list[Draft], dict[int, Sent]]:
        """Make events of occurrences; return them, and what became of those that no event can be made of.

        None is begun after `deadline_ms`.
        """
        missing = [each for each in occurrences if not self._definition(each)]
        too_new = self.too_new(missing, deadline_ms)
        late = {each.source for each in missing if each.source in too_new and not self._definition(each)}
        ready = [each for each in occurrences if each.source not in late]
        explained = self._explained(ready, deadline_ms)
        made = {
            each.source: self._draft(each, explained) if self._now_ms() < deadline_ms else Sent(NO_TIME)
            for each in ready
        }
        drafts = [each for each in made.values() if isinstance(each, Draft)]
        undrafted = {source: each for source, each in made.items() if isinstance(each, Sent)}
        return drafts, {**undrafted, **{source: too_new[source] for source in late}}

    def too_new(self, missing: Sequence[Occurrence], deadline_ms: int) -> dict[int, Sent]:
        """Look once more for what HubSpot seems to lack; return what waits for a list that is newer."""
        if not missing:
            return {}
        read_at_ms = self._definitions.read_at_ms
        why = self._definitions.look(
            max(each.asked_at_ms for each in missing),
            deadline_ms,
            at_once=any(each.is_replayed and each.asked_at_ms > read_at_ms for each in missing),
        )
        newer = (each for each in missing if each.asked_at_ms > self._definitions.read_at_ms)
        return {each.source: Sent(why) for each in newer} if why else {}

    def _explained(self, occurrences: Sequence[Occurrence], deadline_ms: int) -> Explained:
        """Return what may be known by now of what HubSpot lacks; it is made where rules say so."""
        to_make: dict[str, list[Mapping[str, object]]] = {}
        is_doubted = is_lacking = False
        for each in occurrences:
            if self._now_ms() >= deadline_ms:
                break
            definition = self._definition(each)
            prepared = prepare(each, definition) if definition else None
            if prepared is None or prepared.unknown:
                is_lacking = True
                if each.creates:
                    to_make.setdefault(each.name, []).append(
                        prepared.unknown if prepared else values_of(each)
                    )
            elif is_doubtful(prepared.left_out):
                is_doubted = True
        if is_lacking:
            return self._creation.explain(to_make, deadline_ms)
        # Another type or more options may have come since the list was read; what happened is told but once.
        return Explained(self._definitions.refreshed(deadline_ms) if is_doubted else self._definitions.newest)

    def _definition(self, occurrence: Occurrence) -> Definition | None:
        return self._definitions.newest.find(occurrence.name, self._rules)

    def _draft(self, occurrence: Occurrence, explained: Explained) -> Draft | Sent:
        definition = explained.definitions.find(occurrence.name, self._rules)
        if not definition:
            why = explained.undefined.get(occurrence.name) or _undefined(occurrence)
            return Sent(why, explained.left_out(occurrence.name, {}) if occurrence.creates else {})
        prepared = prepare(occurrence, definition)
        left_out = explained.left_out(occurrence.name, prepared.left_out)
        for name in sorted(prepared.unknown):
            waiting = explained.waiting.get((occurrence.name, name))
            if waiting:
                # Sent without what is still to be made, it would be lost.
                return Sent(waiting, left_out)
        return Draft(occurrence, custom_event(occurrence, definition, prepared), left_out)


def _undefined(occurrence: Occurrence) -> Rejected:
    name = occurrence.name[:MAX_LABEL_CHARS].encode("utf-8", "backslashreplace").decode()
    return Rejected(NO_DEFINITION, f'HubSpot has no event definition for "{name}"')
