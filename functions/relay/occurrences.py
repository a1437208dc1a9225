"""Sends custom events until each has an outcome; makes their definitions first where rules say so."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Protocol

from relay.core.answers import MISSING_SCOPE, Answer, NoReply, Split
from relay.core.event_batches import (
    MISSING_TIER,
    NO_DEFINITION,
    Repair,
    Verdict,
    batches_for,
    read_events,
)
from relay.core.event_definitions import MAX_LABEL_CHARS, Definitions, EventRules
from relay.core.occurrences import CustomEvent, Key, Occurrence, custom_event, prepare, values_of
from relay.core.outcomes import Deferred, Outcome, Rejected, Skipped
from relay.event_creation import DefinitionApi, EventCreation, Explained
from relay.event_definitions import DefinitionStore, EventDefinitions

# A bad event in five hundred costs about 18 calls to find by halving; many bad ones must not cost hundreds.
MAX_EXTRA_CALLS = 32
# Without the scope or the plan, HubSpot is not asked again for this long.
CLOSED_FOR_MS = 600_000
_CLOSING = frozenset({MISSING_SCOPE, MISSING_TIER})


class EventApi(DefinitionApi, Protocol):
    """HubSpot's calls for custom events."""

    def send_batch(self, events: Sequence[CustomEvent], deadline_ms: int) -> Answer:
        """Send up to 500 events."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of an occurrence, and which of its properties were left out, and why."""

    outcome: Outcome
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Draft:
    """An occurrence and the event that is made of it."""

    occurrence: Occurrence
    event: CustomEvent
    left_out: Mapping[str, str]

    def ends(self, outcome: Outcome) -> Sent:
        return Sent(outcome, self.left_out)

    def repaired(self, left_out: Mapping[str, str]) -> "_Draft":
        event = self.event.without(left_out)
        return replace(self, event=event, left_out={**self.left_out, **left_out})


class Occurrences:
    """The custom events of one portal. Use it from one invocation at a time."""

    def __init__(
        self,
        api: EventApi,
        store: DefinitionStore,
        threads: Executor,
        now_ms: Callable[[], int],
        rules: EventRules,
    ) -> None:
        self._api = api
        self._threads = threads
        self._now_ms = now_ms
        self._rules = rules
        self._definitions = EventDefinitions(api, store, now_ms)
        self._creation = EventCreation(api, self._definitions, now_ms, rules)
        self._closed: Rejected | None = None
        self._open_again_at_ms = 0

    def settle(self, occurrences: Sequence[Occurrence], deadline_ms: int) -> Mapping[int, Sent]:
        """Return for each `source` what became of the occurrence. Starts no call after `deadline_ms`."""
        ends = {each.source: Sent(Skipped("no_email")) for each in occurrences if not each.person}
        wanted = [each for each in occurrences if each.source not in ends]
        if not wanted:
            return ends
        known = self._refusal() or self._definitions.current(deadline_ms)
        if not isinstance(known, Definitions):
            self._heed([known])
            return ends | {each.source: Sent(known) for each in wanted}
        drafts, undrafted = self._drafted(wanted, known, deadline_ms)
        return {**ends, **undrafted, **self._send_twice(drafts, deadline_ms)}

    def _drafted(
        self, occurrences: Sequence[Occurrence], known: Definitions, deadline_ms: int
    ) -> tuple[list[_Draft], Mapping[int, Sent]]:
        """Make events of occurrences; return them, and what became of those that no event can be made of."""
        unknown = [
            (each, values) for each in occurrences if (values := self._unknown(each, known)) is not None
        ]
        to_make: dict[str, list[Mapping[str, object]]] = {}
        for each, values in unknown:
            if each.creates:
                to_make.setdefault(each.name, []).append(values)
        explained = self._creation.explain(to_make, deadline_ms) if unknown else Explained(known)
        made = {each.source: self._draft(each, explained) for each in occurrences}
        drafts = [each for each in made.values() if isinstance(each, _Draft)]
        return drafts, {source: each for source, each in made.items() if isinstance(each, Sent)}

    def _unknown(self, occurrence: Occurrence, known: Definitions) -> Mapping[str, object] | None:
        """Return the values for properties that HubSpot does not have, None if it lacks nothing."""
        definition = known.find(occurrence.name, self._rules)
        return prepare(occurrence, definition).unknown or None if definition else values_of(occurrence)

    def _draft(self, occurrence: Occurrence, explained: Explained) -> _Draft | Sent:
        definition = explained.definitions.find(occurrence.name, self._rules)
        if not definition:
            return Sent(explained.undefined.get(occurrence.name) or _undefined(occurrence))
        prepared = prepare(occurrence, definition)
        for name in sorted(prepared.unknown):
            waiting = explained.waiting.get((occurrence.name, name))
            if waiting:
                # Sent without what is still to be made, it would be lost.
                return Sent(waiting, prepared.left_out)
        return _Draft(occurrence, custom_event(occurrence, definition, prepared), prepared.left_out)

    def _send_twice(self, drafts: Sequence[_Draft], deadline_ms: int) -> Mapping[int, Sent]:
        """Send events, and once more those that HubSpot's answer says how to mend."""
        if not drafts:
            return {}
        ends, undefined, again = self._judged(drafts, deadline_ms)
        if undefined:
            newest = self._definitions.refreshed(deadline_ms)
            occurrences = [each.occurrence for each, _ in undefined]
            redrafted, undrafted = self._drafted(occurrences, newest, deadline_ms)
            words = {each.occurrence.source: repair.otherwise for each, repair in undefined}
            ends |= {source: _in_words(each, words[source]) for source, each in undrafted.items()}
            again += redrafted
        verdicts = self._send([each.event for each in again], deadline_ms)
        for each in again:
            verdict = self._unless_too_early(each, verdicts[each.event.key])
            outcome = verdict.otherwise if isinstance(verdict, Repair) else verdict
            ends[each.occurrence.source] = each.ends(outcome)
        return ends

    def _judged(
        self, drafts: Sequence[_Draft], deadline_ms: int
    ) -> tuple[dict[int, Sent], list[tuple[_Draft, Repair]], list[_Draft]]:
        """Send events; return what became of them, those that HubSpot does not know, and those it names."""
        ends: dict[int, Sent] = {}
        undefined: list[tuple[_Draft, Repair]] = []
        again: list[_Draft] = []
        verdicts = self._send([each.event for each in drafts], deadline_ms)
        for each in drafts:
            verdict = self._unless_too_early(each, verdicts[each.event.key])
            if not isinstance(verdict, Repair):
                ends[each.occurrence.source] = each.ends(verdict)
            elif verdict.is_undefined:
                undefined.append((each, verdict))
            else:
                again.append(each.repaired(verdict.left_out))
        return ends, undefined, again

    def _unless_too_early(self, draft: _Draft, verdict: Verdict) -> Verdict:
        """Let an event come back if HubSpot does not know yet what was made for it."""
        name = draft.event.event_name
        if not isinstance(verdict, Repair):
            return verdict
        if verdict.is_undefined and self._definitions.is_new(name):
            return Deferred("definition_not_ready")
        is_early = self._definitions.new_properties(name) & verdict.left_out.keys()
        return Deferred("property_not_ready") if is_early else verdict

    def _send(self, events: Iterable[CustomEvent], deadline_ms: int) -> Mapping[Key, Verdict]:
        verdicts: dict[Key, Verdict] = {}
        for answered in self._threads.map(
            lambda batch: self._send_batch(batch, deadline_ms), batches_for(events)
        ):
            verdicts |= answered
        return verdicts

    def _send_batch(self, batch: Sequence[CustomEvent], deadline_ms: int) -> Mapping[Key, Verdict]:
        """Send a batch; halve what HubSpot refuses as a whole until the event at fault stands alone."""
        verdicts: dict[Key, Verdict] = {}
        calls_left = 1 + MAX_EXTRA_CALLS
        todo = [batch]
        while todo:
            part = todo.pop()
            read = self._read(part, deadline_ms, is_allowed=calls_left > 0)
            calls_left -= 1
            if isinstance(read, Split):
                middle = len(part) // 2
                todo += [part[:middle], part[middle:]]
                continue
            self._heed(read.values())
            verdicts |= read
            rest = [event for event in part if event.key not in read]
            todo += [rest] if rest else []
        return verdicts

    def _read(
        self, part: Sequence[CustomEvent], deadline_ms: int, *, is_allowed: bool
    ) -> Mapping[Key, Verdict] | Split:
        refusal = self._refusal()
        if refusal:
            return {event.key: refusal for event in part}
        answer = self._api.send_batch(part, deadline_ms) if is_allowed else NoReply("too_many_refusals")
        return read_events(part, answer)

    def _refusal(self) -> Rejected | None:
        """Return why HubSpot takes no events at all, None if it may."""
        return self._closed if self._now_ms() < self._open_again_at_ms else None

    def _heed(self, verdicts: Iterable[object]) -> None:
        """Remember what closes the whole family of calls."""
        closing = (each for each in verdicts if isinstance(each, Rejected) and each.reason in _CLOSING)
        refusal = next(closing, None)
        if refusal and not self._refusal():
            self._closed, self._open_again_at_ms = refusal, self._now_ms() + CLOSED_FOR_MS


def _undefined(occurrence: Occurrence) -> Rejected:
    name = occurrence.name[:MAX_LABEL_CHARS].encode("utf-8", "backslashreplace").decode()
    return Rejected(NO_DEFINITION, f'HubSpot has no event definition for "{name}"')


def _in_words(end: Sent, words: Rejected) -> Sent:
    """Return an end in HubSpot's own words, where it said that it does not know an event."""
    return Sent(words, end.left_out) if isinstance(end.outcome, Rejected) else end
