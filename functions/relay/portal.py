"""What one sender does for one portal: who is it, map, merge, settle, and say what became of each event."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Protocol

from relay.contacts import ContactApi, Contacts, Settled
from relay.core.events import Event
from relay.core.identity import People, Removal
from relay.core.mapping import CONTACTS, Mapped, ObjectRef, UpsertObject, intents_for
from relay.core.outcomes import Deferred, Delivered, Outcome, Skipped
from relay.core.planning import Change, Input, merge
from relay.core.policy import Policy
from relay.core.rules import Rules, objection
from relay.core.schema import Schema
from relay.lookup import Lookup
from relay.memory import UNAVAILABLE, Memory, ProfileStore
from relay.properties import Explained, Properties, PropertyApi
from relay.removals import DeleteApi, Removals
from relay.schemas import SchemaStore

# An account whose time zone stays unknown is asked for it again after this long.
ASK_AGAIN_MS = 3_600_000
NO_PROPERTY = "refused_property_doesnt_exist"


class Crm(ContactApi, DeleteApi, PropertyApi, Protocol):
    """HubSpot, as far as contacts are concerned."""

    def learn_time_zone(self, deadline_ms: int) -> None:
        """Find out when the account's day ends, unless that is known."""
        ...


@dataclass(frozen=True, slots=True)
class Stores:
    """Where what is shared between senders lies."""

    schemas: SchemaStore
    profiles: ProfileStore


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one event, and which of its traits were left out, and why."""

    outcome: Outcome
    dropped: Mapping[str, str] = field(default_factory=dict)


class Portal:
    """One HubSpot portal. Keeps its schema between invocations; use it from one invocation at a time."""

    def __init__(
        self,
        crm: Crm,
        stores: Stores,
        threads: Executor,
        now_ms: Callable[[], int],
        policy: Policy,
    ) -> None:
        self._crm = crm
        self._now_ms = now_ms
        self._policy = policy
        self._ask_again_at_ms = 0
        self._properties = Properties(crm, stores.schemas, now_ms, creates=policy.creates_properties)
        self._memory = Memory(stores.profiles)
        self._contacts = Contacts(crm, self._memory, threads, now_ms, policy)
        self._removals = Removals(crm, Lookup(crm, threads), threads, for_good=policy.deletes == "gdpr")

    def deliver(
        self, events: Sequence[Event], deadline_ms: int, *, doubted_until_ms: int = 0
    ) -> list[Report]:
        """Deliver `events` and report on each, in their order. Starts no call after `deadline_ms`.

        What HubSpot confirmed before `doubted_until_ms` is sent again: somebody else may have written since.
        """
        schema = self._properties.current(deadline_ms)
        if isinstance(schema, Deferred):
            return [Report(schema) for _ in events]
        profiles = self._memory.recall(events)
        if isinstance(profiles, Deferred):
            return [Report(profiles) for _ in events]
        people = People(profiles, follows_changes=self._policy.email_change == "update")
        removed = self._removed(events, people, deadline_ms)
        who = {**removed, **self._met(events, people)}
        found, created = self._mapped(events, who, schema, deadline_ms)
        inputs = merge(_changes(events, found, people))
        settled = self._contacts.settle(inputs, people, deadline_ms, doubted_until_ms=doubted_until_ms)
        gone = {
            name for each in settled.values() for name, why in each.left_out.items() if why == NO_PROPERTY
        }
        if gone - created:
            self._properties.doubt(deadline_ms)
        self._learn_time_zone(deadline_ms)
        return [_unless_too_early(report, gone & created) for report in _reports(found, inputs, settled)]

    def _learn_time_zone(self, deadline_ms: int) -> None:
        # A portal that keeps it to itself is not asked for each invocation.
        if self._now_ms() >= self._ask_again_at_ms:
            self._ask_again_at_ms = self._now_ms() + ASK_AGAIN_MS
            self._crm.learn_time_zone(deadline_ms)

    def _removed(self, events: Sequence[Event], people: People, deadline_ms: int) -> Mapping[int, Outcome]:
        """Delete whom Segment says to delete, before anything else: what is older is not sent any more."""
        sources = [source for source in _in_order(events) if events[source].type == "delete"]
        if self._policy.deletes == "ignore":
            return dict.fromkeys(sources, Skipped("deletes_off"))
        wanted = {source: people.delete(events[source]) for source in sources}
        removals = {source: each for source, each in wanted.items() if isinstance(each, Removal)}
        outcomes = self._removals.remove(list(removals.values()), deadline_ms)
        removed = {
            source: self._buried(removal, outcome, people)
            for (source, removal), outcome in zip(removals.items(), outcomes, strict=True)
        }
        return {source: removed.get(source, Skipped("already_deleted")) for source in sources}

    def _buried(self, removal: Removal, outcome: Outcome, people: People) -> Outcome:
        """Remember that a person is deleted, so that nothing older brings the contact back."""
        is_done = isinstance(outcome, Delivered | Skipped)
        if is_done and not self._memory.keep(removal.graves):
            outcome = UNAVAILABLE
        if isinstance(outcome, Deferred):
            people.hold(removal)
        return outcome

    def _met(self, events: Sequence[Event], people: People) -> Mapping[int, str | Outcome]:
        """Find out in the order of time who each identify and alias is about."""
        who: dict[int, str | Outcome] = {}
        for source in _in_order(events):
            event = events[source]
            if event.type not in _MEETS:
                continue
            reason = objection(event, self._policy.rules)
            who[source] = Skipped(reason) if reason else _MEETS[event.type](people, event)
        if not self._memory.keep(people.learned()):
            return {
                source: UNAVAILABLE if events[source].type == "alias" else each
                for source, each in who.items()
            }
        return who

    def _mapped(
        self, events: Sequence[Event], who: Mapping[int, str | Outcome], schema: Schema, deadline_ms: int
    ) -> tuple[list[Mapped | Outcome], frozenset[str]]:
        """Map all events; once more if a newer schema may know what this one does not.

        Return what each asks for, and the names of properties that were created for it.
        """

        def mapped(schema: Schema) -> list[Mapped | Outcome]:
            rules = self._policy.rules
            return [_map(event, who.get(n, ""), schema, rules) for n, event in enumerate(events)]

        found = mapped(schema)
        unknown = [each.unknown for each in found if isinstance(each, Mapped) and each.unknown]
        explained = self._properties.explain(unknown, deadline_ms) if unknown else Explained()
        newest = mapped(explained.schema) if explained.schema else found
        return [_unless_waiting(each, explained.waiting) for each in newest], explained.created


def _unless_waiting(found: Mapped | Outcome, waiting: Mapping[str, Deferred]) -> Mapped | Outcome:
    """Let an event wait for properties that are to be created: sent without them, they would be lost."""
    names = found.unknown.keys() & waiting.keys() if isinstance(found, Mapped) else ()
    return next((waiting[name] for name in sorted(names)), found)


def _unless_too_early(report: Report, names: set[str]) -> Report:
    """Let an event come back if HubSpot does not know yet what it has created for it."""
    is_early = any(report.dropped.get(name) == NO_PROPERTY for name in names)
    is_done = isinstance(report.outcome, Delivered)
    return replace(report, outcome=Deferred("property_not_ready")) if is_early and is_done else report


def _in_order(events: Sequence[Event]) -> list[int]:
    return sorted(range(len(events)), key=lambda source: events[source].order)


def _map(event: Event, who: str | Outcome, schema: Schema, rules: Rules) -> Mapped | Outcome:
    if not isinstance(who, str):
        return who
    if event.type == "alias":
        # One that gives a contact another address asks for nothing else.
        return Mapped(_contact(who, {}))
    found = intents_for(event, schema, rules, who)
    if isinstance(found, Skipped):
        return found
    return replace(found, intent=_contact(who, found.intent.properties))


def _contact(address: str, properties: Mapping[str, str]) -> UpsertObject:
    return UpsertObject(ObjectRef(CONTACTS, "email", address), {**properties, "email": address})


def _changes(events: Sequence[Event], found: Sequence[Mapped | Outcome], people: People) -> Iterator[Change]:
    """Yield what each event asks of which contact, now that all of its addresses are known."""
    for source, (event, each) in enumerate(zip(events, found, strict=True)):
        if isinstance(each, Mapped):
            address = people.canonical(each.intent.ref.id)
            yield Change(source, event.order, _contact(address, each.intent.properties))


_MEETS: Mapping[str, Callable[[People, Event], str | Outcome]] = {
    "identify": People.meet,
    "alias": People.meet_alias,
}


def _reports(
    found: Sequence[Mapped | Outcome], inputs: Sequence[Input], settled: Mapping[str, Settled]
) -> list[Report]:
    ends = {source: settled[entry.trace_id] for entry in inputs for source in entry.sources}
    return [
        Report(ends[source].outcome, {**each.dropped, **ends[source].left_out})
        if isinstance(each, Mapped)
        else Report(each)
        for source, each in enumerate(found)
    ]
