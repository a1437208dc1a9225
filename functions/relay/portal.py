"""What one sender does for one portal: who is it, map, merge, settle, and say what became of each event."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from relay.contacts import Contacts, Settled
from relay.core.addresses import passed_over
from relay.core.doubts import Doubt
from relay.core.events import Event
from relay.core.handles import contact_intent, handle_of, is_address, ref_of
from relay.core.identity import People
from relay.core.mapping import Mapped, intents_for, without_value
from relay.core.matching import Matching, matching_for
from relay.core.outcomes import NO_TIME, Deferred, Delivered, Outcome, Skipped
from relay.core.owned_ids import PLACEHOLDER, all_placeholders, outcome_without, without
from relay.core.planning import Change, Input, merge
from relay.core.policy import Policy
from relay.core.resolution import Resolved
from relay.core.schema import Schema
from relay.core.second_looks import NO_PROPERTY
from relay.core.tracks import contact_part, name_of
from relay.looks import Ended, Mapper
from relay.lookup import Lookup
from relay.memory import UNAVAILABLE, Memory
from relay.parts import Apis, Stores, parts_for
from relay.reception import Reception, Who
from relay.removals import Removals
from relay.reports import Report

NOTHING_TO_SET = Skipped("nothing_to_set")
UNCONFIRMED = Skipped("unconfirmed")
_NOT_OF_CONTACTS = frozenset({"alias", "group"})


class Portal:
    """One HubSpot portal. Keeps its schema between invocations; use it from one invocation at a time."""

    def __init__(
        self, apis: Apis, stores: Stores, threads: Executor, now_ms: Callable[[], int], policy: Policy
    ) -> None:
        crm = apis.crm
        self._now_ms = now_ms
        self._policy = policy
        parts = parts_for(apis, stores, threads, now_ms, policy)
        self._happenings, self._affiliations = parts.happenings, parts.affiliations
        self._properties, self._looks = parts.properties, parts.looks
        self._profiles = stores.profiles
        self._memory = Memory(stores.profiles)
        self._contacts = Contacts(crm, self._memory, threads, now_ms, policy)
        lookup = Lookup(crm, threads, policy.match_property)
        removals = Removals(crm, lookup, threads, for_good=policy.deletes == "gdpr")
        self._reception = Reception(
            self._memory, policy.rules, lookup, removals if policy.deletes != "ignore" else None, now_ms
        )

    def deliver(
        self, events: Sequence[Event], deadline_ms: int, *, doubted_until_ms: int = 0
    ) -> list[Report]:
        """Deliver `events` and report on each, in their order. Starts no call after `deadline_ms`.

        What HubSpot confirmed before `doubted_until_ms` is sent again: somebody else may have written since.
        `doubt` says afterwards what of this must not be believed in turn. Ids that name nobody are left out
        of the events before anything is read or written.
        """
        groups = self._policy.groups
        lost = all_placeholders(events, self._policy.ids, reads_context=groups.links_context)
        owned = [without(each, lost[n]) if n in lost else each for n, each in enumerate(events)]
        reports = self._deliver(owned, deadline_ms, doubted_until_ms)
        return [
            _without_ids(report, owned[n], lost[n]) if n in lost else report
            for n, report in enumerate(reports)
        ]

    def _deliver(self, events: Sequence[Event], deadline_ms: int, doubted_until_ms: int) -> list[Report]:
        self._profiles.doubt = Doubt()
        known = self._known(events, deadline_ms)
        if isinstance(known, Deferred):
            return [Report(known) for _ in events]
        schema, people = known
        who = self._reception.resolve(events, people, deadline_ms)
        mapper = Mapper(
            # An event takes long enough to be mapped that the time is looked at each time.
            lambda n, schema: (
                self._map(events[n], who[n], schema) if self._now_ms() < deadline_ms else NO_TIME
            ),
            lambda asked: people.canonical(handle_of(asked.intent.ref)),
            # What anybody could have sent makes no property.
            lambda n: events[n].grant is None,
        )

        def send(found: Mapping[int, Mapped | Outcome]) -> tuple[list[Input], Mapping[str, Settled]]:
            inputs = merge(self._changes(events, found, people))
            return inputs, self._contacts.settle(
                inputs, people, deadline_ms, doubted_until_ms=doubted_until_ms
            )

        def once_more(fresh: Mapping[int, Mapped]) -> tuple[list[Ended], Mapping[int, Report]]:
            sent = send(fresh)
            return _ended(*sent), _reports(fresh, *sent)

        look = self._looks.at(range(len(events)), mapper, schema, deadline_ms)
        inputs, settled = send(look.found)
        reports = list(map(self._unless_too_early, _reports(look.found, inputs, settled).values()))
        reports = self._looks.after(look, _ended(inputs, settled), reports, once_more, deadline_ms)
        found = list(look.found.values())
        reports = self._happenings.wait_for(found, reports, people, _waiting(inputs, settled, people))
        reports = self._happenings.add(events, found, reports, people, deadline_ms)
        untold = self._call(who, inputs, people)
        people.take_back_moves()
        self._affiliations.note_new_contacts(each.made for each in settled.values() if each.made)
        until_ms = (deadline_ms, doubted_until_ms)
        reports = self._affiliations.add(events, who, reports, people, until_ms)
        return [Report(UNAVAILABLE, each.dropped) if n in untold else each for n, each in enumerate(reports)]

    def _known(self, events: Sequence[Event], deadline_ms: int) -> tuple[Schema, People] | Deferred:
        """Return what HubSpot has, and what is remembered of whom events name; or why that is unknown."""
        schema = self._properties.current(deadline_ms)
        if isinstance(schema, Deferred):
            return schema
        matching = self._matching(schema, deadline_ms)
        if isinstance(matching, Deferred):
            return matching
        profiles = self._memory.recall(events, matching)
        if isinstance(profiles, Deferred):
            return profiles
        follows = self._policy.email_change == "update"
        return schema, People(profiles, follows_changes=follows, matching=matching)

    def _matching(self, schema: Schema, deadline_ms: int) -> Matching | Deferred:
        """Return by which property contacts are known; all wait where HubSpot has none of that name."""
        name = self._policy.match_property
        if name and not schema.is_writable(name):
            self._properties.fresher(deadline_ms)
            newer = self._properties.current(deadline_ms)
            schema = newer if isinstance(newer, Schema) else schema
        if name and not schema.is_writable(name):
            return Deferred(f"match_property_missing: {name}")
        return matching_for(name, schema, self._policy.rules, self._policy.ids)

    @property
    def doubt(self) -> Doubt:
        """What HubSpot may have since the last delivery and nobody remembers."""
        return self._profiles.doubt

    def _call(self, who: Who, inputs: Sequence[Input], people: People) -> Collection[int]:
        """Remember whose ids they are that events have told with an address, and asked nothing else.

        Return the events for which that has failed.
        """
        asked = {entry.handle for entry in inputs}
        named = {
            n: people.canonical(each.owner)
            for n, each in who.items()
            if isinstance(each, Resolved) and each.owner
        }
        quiet = {n: each for n, each in named.items() if each not in asked and not people.former(each)}
        for address in quiet.values():
            people.call(address)
        return () if self._memory.keep(people.news(frozenset(quiet.values()))) else quiet.keys()

    def _map(self, event: Event, who: Resolved | Outcome, schema: Schema) -> Mapped | Outcome:
        """Return what an event asks of its contact."""
        if not isinstance(who, Resolved):
            return who
        if self._happenings.is_one(event):
            return self._map_track(event, who, schema)
        if event.type in _NOT_OF_CONTACTS:
            # A group is about a company. An alias that gives a contact another address asks for nothing else.
            return Mapped(contact_intent(who.address, {})) if event.type == "alias" else NOTHING_TO_SET
        by_address = not who.address or is_address(who.address)
        known_by = None if by_address else ref_of(who.address)
        known = who.address if by_address else who.email
        found = intents_for(event, schema, self._policy.rules, known, known_by)
        if isinstance(found, Skipped):
            return found
        if not who.may_write:
            return UNCONFIRMED
        intent = contact_intent(who.address, found.intent.properties)
        found = replace(found, intent=intent, dropped={**found.dropped, **_unused_addresses(event, who)})
        return self._without_value(event, found)

    def _without_value(self, event: Event, found: Mapped) -> Mapped:
        """Leave out a value of the property by which contacts are known that is nobody's, or anybody's."""
        name = self._policy.match_property
        is_nobodys = name in found.intent.properties and self._policy.ids.is_placeholder(
            found.intent.properties[name]
        )
        if not event.grant and not is_nobodys:
            return found
        return without_value(found, name, "unconfirmed" if event.grant else PLACEHOLDER)

    def _map_track(self, event: Event, who: Resolved, schema: Schema) -> Mapped | Outcome:
        rules = self._policy.rules
        name = name_of(event, rules)
        if isinstance(name, Skipped):
            return name
        if not who.address and not self._happenings.takes_visitor(event):
            return self._happenings.nobody(event)
        found = contact_part(event, name, who, schema, rules)
        found = self._without_value(event, found)
        return replace(found, dropped={**found.dropped, **_unused_addresses(event, who)})

    def _changes(
        self, events: Sequence[Event], found: Mapping[int, Mapped | Outcome], people: People
    ) -> Iterator[Change]:
        """Yield what each event asks of which contact, now that all of its addresses are known."""
        for source, each in found.items():
            event = events[source]
            if isinstance(each, Mapped) and self._asks(event, each):
                handle = people.canonical(handle_of(each.intent.ref))
                others = self._set_by_contact_call(event, each)
                if handle != handle_of(each.intent.ref):
                    others = {k: v for k, v in others.items() if k != each.intent.ref.id_property}
                intent, may_create = contact_intent(handle, others), self._policy.may_create(event)
                yield Change(source, event.order, intent, may_create, each.fills)

    def _asks(self, event: Event, mapped: Mapped) -> bool:
        """Say whether a call for the contact is wanted: a track without traits wants none."""
        if not self._happenings.is_one(event):
            return True
        sets = self._set_by_contact_call(event, mapped).keys() - {mapped.intent.ref.id_property}
        return bool(mapped.fills or sets)

    def _set_by_contact_call(self, event: Event, mapped: Mapped) -> Mapping[str, str]:
        """Return what the call for the contact sets: nothing that the call for the event does."""
        is_carried = self._happenings.carries_traits and self._happenings.is_one(event)
        return {} if is_carried else mapped.intent.properties

    def _unless_too_early(self, report: Report) -> Report:
        """Let an event come back if HubSpot does not know yet what was created for it."""
        if not isinstance(report.outcome, Delivered):
            return report
        new = (self._properties.is_new(n) for n, why in report.dropped.items() if why == NO_PROPERTY)
        return replace(report, outcome=Deferred("property_not_ready")) if any(new) else report


def _unused_addresses(event: Event, who: Resolved) -> Mapping[str, str]:
    """Return the ids and addresses in an event that name nobody although they could, and why."""
    return {**passed_over(event), **who.dropped}


def _without_ids(report: Report, event: Event, names: Sequence[str]) -> Report:
    """Return the report of an event that has lost the ids in these fields."""
    outcome = outcome_without(event, names, report.outcome)
    return Report(outcome, {**report.dropped, **dict.fromkeys(names, PLACEHOLDER)})


def _waiting(
    inputs: Sequence[Input], settled: Mapping[str, Settled], people: People
) -> Mapping[str, Deferred]:
    """Return by handle why contacts wait that no event can be sent to meanwhile."""
    outcomes = {entry.handle: settled[entry.trace_id].outcome for entry in inputs}
    return {
        handle: why
        for handle, why in outcomes.items()
        if isinstance(why, Deferred) and not is_address(handle) and not people.profile(handle).object_id
    }


def _ended(inputs: Sequence[Input], settled: Mapping[str, Settled]) -> list[Ended]:
    ends = ((entry, settled[entry.trace_id]) for entry in inputs)
    return [Ended(entry, end.left_out, end.outcome) for entry, end in ends]


def _reports(
    found: Mapping[int, Mapped | Outcome], inputs: Sequence[Input], settled: Mapping[str, Settled]
) -> Mapping[int, Report]:
    by_source = {source: entry for entry in inputs for source in entry.sources}
    return {n: _report(n, each, by_source.get(n), settled) for n, each in found.items()}


def _report(
    source: int, found: Mapped | Outcome, entry: Input | None, settled: Mapping[str, Settled]
) -> Report:
    if not isinstance(found, Mapped):
        return Report(found)
    if entry is None:
        return Report(NOTHING_TO_SET, found.dropped)
    return settled[entry.trace_id].report(found, is_newest=source == entry.sources[-1])
