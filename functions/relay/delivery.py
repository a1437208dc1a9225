"""Use case of the sender: records from the queue → a fate for each of their events, and for each record.

What is settled is settled: an event that is Delivered or Skipped, or safe in the rejects queue, ends there,
whatever becomes of its neighbours. Those that are Deferred go back to the queue as a message of their own,
and their record is done. Only a record whose open events SQS does not take comes back whole. Repeating one
is harmless.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from relay.core.budgets import DEFAULT_BUDGET, Budget
from relay.core.envelopes import Envelope
from relay.core.events import Event, Malformed, parse
from relay.core.outcomes import Delivered, Rejected, Skipped
from relay.fates import Fate, Parcel, Record
from relay.outbox import Outbox
from relay.portions import portion_of
from relay.reports import Report

# Long enough for a person to see the alarm and to mend what is wrong.
AT_LAST_MS = 86_400_000
# What cannot be read is put aside with so many calls at a time: a batch may hold nothing else.
PUT_ASIDE_AT_ONCE = 10


class Portals(Protocol):
    """The HubSpot portals, by destination."""

    def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
        """Deliver events to one destination; report on each in their order."""
        ...


class Journal(Protocol):
    """Where it is written down what became of each event. Called from several threads."""

    def record(self, fate: Fate) -> None:
        """Write the one line of each event of a fate: once it is settled, or put off."""
        ...

    def unreadable(self, record: Record, reason: str) -> None:
        """Write the one line of a record that is no envelope."""
        ...

    def stored(self, rejects: int) -> None:
        """Note that so many more rejects are safe in the rejects queue."""
        ...

    def handed_back(self, records: int) -> None:
        """Note that so many records were too many for one invocation, and are back on the queue."""
        ...

    def ended(self, waiting_since_ms: Sequence[int]) -> None:
        """Note, at the end, since when the events of each record have waited that are still open."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """The sender's work, without AWS or HubSpot in it; of a batch it does what is within the `budget`."""

    portals: Portals
    outbox: Outbox
    journal: Journal
    now_ms: Callable[[], int]
    budget: Budget = DEFAULT_BUDGET

    def deliver(self, records: Sequence[Record]) -> list[str]:
        """Deliver what the records hold; return the ids of those that must come back."""
        portion = portion_of(records, self.budget)
        hidden_s = self._put_aside(portion.unreadable)
        parcels = [each for record, envelope in portion.opened for each in _parcels(record, envelope)]
        settled = self.outbox.settle(self._fates(parcels))
        # Last of all: an invocation that ends before has made no copies of what it did not come to.
        hidden_s |= {**settled.failed, **self._hand_back(portion.left)}
        self.outbox.hide(hidden_s)
        for fate in settled.fates:
            self.journal.record(fate)
        if settled.stored:
            self.journal.stored(settled.stored)
        self.journal.ended([fate.received_at_ms for fate in settled.fates if fate.is_open])
        return [record.record_id for record in hidden_s]

    def _fates(self, parcels: Sequence[Parcel]) -> list[Fate]:
        by_destination: dict[str, list[Parcel]] = {}
        for parcel in parcels:
            by_destination.setdefault(parcel.envelope.destination, []).append(parcel)
        # Side by side: a portal whose sender has to wait must not keep the others waiting. The budget bounds
        # how many there are.
        with ThreadPoolExecutor(max_workers=len(by_destination) or 1) as threads:
            groups = threads.map(self._deliver_to, by_destination, by_destination.values())
            return [fate for fates in groups for fate in fates]

    def _deliver_to(self, destination: str, parcels: Sequence[Parcel]) -> list[Fate]:
        """Deliver to one destination, and write down what has ended; the rest waits for SQS's word."""
        events = [parcel.event for parcel in parcels if isinstance(parcel.event, Event)]
        reports = iter(self.portals.deliver(destination, events) if events else ())
        by_record: dict[Record, list[tuple[Parcel, Report]]] = {}
        now_ms = self.now_ms()
        for parcel in parcels:
            event = parcel.event
            report = (
                _refused(event) if isinstance(event, Malformed) else next(reports).with_notes(event.notes)
            )
            if now_ms - parcel.envelope.received_at_ms >= AT_LAST_MS:
                report = report.at_last()
            by_record.setdefault(parcel.record, []).append((parcel, report))
        fates = [Fate(record, reported) for record, reported in by_record.items()]
        for fate in fates:
            if ended := fate.of(Delivered, Skipped):
                self.journal.record(ended)
        return fates

    def _put_aside(self, unreadable: Sequence[tuple[Record, str]]) -> dict[Record, int]:
        """Store what cannot be read among the rejects; return for how long the others are to stay hidden."""
        if not unreadable:
            return {}
        for record, reason in unreadable:
            self.journal.unreadable(record, reason)
        with ThreadPoolExecutor(PUT_ASIDE_AT_ONCE) as threads:
            stored = list(threads.map(lambda each: self.outbox.put_aside(*each), unreadable))
        if any(stored):
            self.journal.stored(sum(stored))
        return {
            record: self.outbox.hidden_s(record.receive_count)
            for (record, _), is_stored in zip(unreadable, stored, strict=True)
            if not is_stored
        }

    def _hand_back(self, records: Sequence[Record]) -> Mapping[Record, int]:
        """Send records back as they came; those that SQS does not take come back by themselves, at once."""
        if not records:
            return {}
        unsent = self.outbox.hand_back(records)
        if len(unsent) < len(records):
            self.journal.handed_back(len(records) - len(unsent))
        return dict.fromkeys(unsent, 0)


def _parcels(record: Record, envelope: Envelope) -> list[Parcel]:
    return [
        Parcel(
            record,
            envelope,
            n,
            raw,
            parse(
                raw,
                received_at_ms=envelope.received_at_ms,
                fallback_id=f"{record.record_id}-{n}",
                grant=envelope.grant,
                is_replayed=bool(envelope.rejections),
            ),
        )
        for n, raw in enumerate(envelope.events)
    ]


def _refused(event: Malformed) -> Report:
    return Report(Rejected("malformed_event", event.message))
