"""Use case of the sender: records from the queue → a fate for each of their events, and for each record.

What is settled is settled: an event that is Delivered or Skipped, or safe in the rejects queue, ends there,
whatever becomes of its neighbours. Those that are Deferred go back to the queue as a message of their own,
and their record is done. Only a record whose open events SQS does not take comes back whole. Repeating one
is harmless.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from relay.core.envelopes import Envelope, unpack
from relay.core.events import Event, Malformed, parse
from relay.core.outcomes import Delivered, Rejected, Skipped
from relay.fates import Fate, Parcel, Record
from relay.outbox import Outbox
from relay.reports import Report

# Long enough for a person to see the alarm and to mend what is wrong.
AT_LAST_MS = 86_400_000


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

    def ended(self, waiting_since_ms: Sequence[int]) -> None:
        """Note, at the end, since when the events of each record have waited that are still open."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """The sender's work, without AWS or HubSpot in it."""

    portals: Portals
    outbox: Outbox
    journal: Journal
    now_ms: Callable[[], int]

    def deliver(self, records: Sequence[Record]) -> list[str]:
        """Deliver what the records hold; return the ids of those that must come back."""
        hidden_s: dict[Record, int] = {}
        parcels: list[Parcel] = []
        for record in records:
            envelope = unpack(record.body)
            if isinstance(envelope, Envelope):
                parcels += _parcels(record, envelope)
            elif not self._put_aside(record, envelope.reason):
                hidden_s[record] = self.outbox.hidden_s(record.receive_count)
        settled = self.outbox.settle(self._fates(parcels))
        hidden_s |= settled.failed
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
        # Side by side: a portal whose sender has to wait must not keep the others waiting.
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

    def _put_aside(self, record: Record, reason: str) -> bool:
        self.journal.unreadable(record, reason)
        is_stored = self.outbox.put_aside(record, reason)
        if is_stored:
            self.journal.stored(1)
        return is_stored


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
