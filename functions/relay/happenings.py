"""Tracks, and pages that count as such: what a contact did, beside what is known of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from relay.core.addresses import is_email, named_in, texts_in
from relay.core.emails import normalised
from relay.core.events import Event
from relay.core.handles import handle_of, is_address
from relay.core.identity import People
from relay.core.mapping import Mapped
from relay.core.matching import without_record_id
from relay.core.occurrences import Occurrence
from relay.core.outcomes import Deferred, Delivered, Outcome, Skipped
from relay.core.rules import Rules
from relay.core.succession import record_of
from relay.core.tracks import VIEWS, VISITOR, name_of, visitor_of
from relay.legacy_events import REPEATED
from relay.occurrences import OFF, Sent
from relay.persons import Draft, Persons
from relay.reports import Report

NO_PERSON = Skipped("no_person")
ADDRESS_USED = ("email", "reserved_property")


class Sender(Protocol):
    """How HubSpot is told of events."""

    def is_off(self, deadline_ms: int) -> bool:
        """Return whether there is no HubSpot that could be told."""
        ...

    def settle(self, occurrences: Sequence[Occurrence], deadline_ms: int) -> Mapping[int, Sent]:
        """Send events; return what became of each, by its source."""
        ...


@dataclass(frozen=True, slots=True)
class Happenings:
    """Sends what is a track. Without a `sender` none are sent; `carries_traits` if its calls set properties.

    A track of whom nobody knows is kept waiting until it is `pending_ms` old.
    """

    rules: Rules
    now_ms: Callable[[], int]
    sender: Sender | None
    carries_traits: bool = False
    pending_ms: int = 0
    persons: Persons | None = None

    def is_one(self, event: Event) -> bool:
        """Whether an event is a track, or counts as one."""
        return event.type == "track" or (event.type in VIEWS and event.type in self.rules.views)

    def takes_visitor(self, event: Event) -> bool:
        """Whether an event of whom nobody knows can be that of a visitor."""
        return bool(self.sender and not self.carries_traits and visitor_of(event))

    def nobody(self, event: Event) -> Outcome:
        """Return what becomes of a track of whom nobody knows."""
        left_ms = event.received_at_ms + self.pending_ms - self.now_ms()
        is_awaited = self.pending_ms and left_ms > 0 and (event.user_id or event.anonymous_id)
        # Looked at again soon: the person's identify may come any moment.
        return Deferred("person_pending") if is_awaited else NO_PERSON

    def add(
        self,
        events: Sequence[Event],
        found: Sequence[Mapped | Outcome],
        reports: Sequence[Report],
        people: People,
        deadline_ms: int,
    ) -> list[Report]:
        """Send the tracks among `events`, once what they ask of their contacts is not open any more."""
        wanted = [
            source
            for source, (event, each, report) in enumerate(zip(events, found, reports, strict=True))
            if self.is_one(event) and isinstance(each, Mapped) and not isinstance(report.outcome, Deferred)
        ]
        if not self.sender or (wanted and self.sender.is_off(deadline_ms)):
            return [_off(report) if n in set(wanted) else report for n, report in enumerate(reports)]
        drafts = {n: self._draft(n, events[n], found[n], people) for n in wanted}
        whose = self.persons.find(list(drafts.values()), people, deadline_ms) if self.persons else {}
        occurrences = [each for each in whose.values() if isinstance(each, Occurrence)]
        sent = dict(self.sender.settle(occurrences, deadline_ms) if occurrences else {})
        for n, each in whose.items():
            if not isinstance(each, Occurrence):
                sent[n] = Sent(each or self.nobody(events[n]))
        return [_both(report, sent.get(n), events[n]) for n, report in enumerate(reports)]

    def wait_for(
        self,
        found: Sequence[Mapped | Outcome],
        reports: Sequence[Report],
        people: People,
        waiting: Mapping[str, Deferred],
    ) -> list[Report]:
        """Let tracks wait whose contact waits to be written and may be made by that, by its handle."""
        why = {n: waiting.get(_handle(each, people)) for n, each in enumerate(found)}
        return [
            replace(report, outcome=outcome) if (outcome := why[n]) else report
            for n, report in enumerate(reports)
        ]

    def _draft(self, source: int, event: Event, found: Mapped | Outcome, people: People) -> Draft:
        assert isinstance(found, Mapped)  # noqa: S101 - only such are wanted
        name, handle = name_of(event, self.rules), _handle(found, people)
        own = {k: v for k, v in found.intent.properties.items() if k != found.intent.ref.id_property}
        occurrence = Occurrence(
            source,
            name if isinstance(name, str) else "",
            event.message_id,
            event.occurred_at_ms,
            # The token and the record say whose event it is, as an address would.
            {k: v for k, v in without_record_id(event.properties).items() if k != VISITOR},
            email=handle if is_address(handle) else "",
            object_id=record_of(people, handle),
            utk=visitor_of(event),
            contact_properties=own if self.carries_traits else {},
            creates=event.grant is None,
            asked_at_ms=self.now_ms() if event.is_replayed else event.received_at_ms,
            is_replayed=event.is_replayed,
        )
        return Draft(event, occurrence, handle)


def _handle(found: Mapped | Outcome, people: People) -> str:
    return people.canonical(handle_of(found.intent.ref)) if isinstance(found, Mapped) else ""


def _off(report: Report) -> Report:
    return Report(OFF, report.dropped) if isinstance(report.outcome, Delivered | Skipped) else report


def _both(report: Report, sent: Sent | None, event: Event) -> Report:
    """Return what became of an event and of its contact; the event counts for more."""
    if sent is None:
        return report
    if sent.outcome == OFF:
        return _off(report)
    is_nothing = isinstance(report.outcome, Skipped) and isinstance(sent.outcome, Skipped)
    report = replace(report, outcome=sent.outcome) if is_nothing else report
    report = report.and_also(sent.outcome, _notes(sent, event))
    is_untold = sent.outcome == REPEATED and report.outcome != REPEATED
    return report.with_notes({"messageId": REPEATED.reason}) if is_untold else report


def _notes(sent: Sent, event: Event) -> Mapping[str, str]:
    named = named_in(event)
    texts = (text for key, value in event.properties.items() if is_email(key) for text in texts_in(value))
    if named is None or named.address not in map(normalised, texts):
        return sent.left_out
    # The address was not left out: it says whose event it is.
    return {name: why for name, why in sent.left_out.items() if (name, why) != ADDRESS_USED}
