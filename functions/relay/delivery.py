"""Use case of the sender: records from the queue → a fate for each of their events, and for each record.

A record is done when every event in it is Delivered, Skipped or safely in the rejects queue. It fails back to
the queue, hidden for a time of its own, when one of its events is Deferred. Repeating a record is harmless.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from relay.core.backoff import visibility_timeout_s
from relay.core.envelopes import Envelope, JsonObject, Unreadable, pack, unpack
from relay.core.events import Event, Malformed, parse
from relay.core.outcomes import Deferred, Rejected
from relay.reports import Report


@dataclass(frozen=True, slots=True)
class Record:
    """One SQS record: `handle` names this receipt of it, `receive_count` how often it was received."""

    record_id: str
    handle: str
    body: str
    receive_count: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event on its way: as it came, as it was read, and the record that it must answer to."""

    record: Record
    envelope: Envelope
    raw: JsonObject
    event: Event | Malformed


class Portals(Protocol):
    """The HubSpot portals, by destination."""

    def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
        """Deliver events to one destination; report on each in their order."""
        ...


class EventsQueue(Protocol):
    """The queue that the records came from."""

    def hide(self, timeouts_s: Mapping[str, int]) -> None:
        """Hide records, by handle, for that many seconds."""
        ...


class RejectsQueue(Protocol):
    """Where rejected events wait for a person."""

    def send(self, bodies: Sequence[str]) -> bool:
        """Store every body; True only if each is stored."""
        ...

    def send_foreign(self, body: str, reason: str) -> bool:
        """Store a body that is no envelope, as it came."""
        ...


class Journal(Protocol):
    """Where it is written down what became of each event."""

    def event(self, parcel: Parcel, report: Report) -> None:
        """Write the one line of an event."""
        ...

    def unreadable(self, record: Record, reason: str) -> None:
        """Write the one line of a record that is no envelope."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """The sender's work, without AWS or HubSpot in it. `jitter` gives random numbers in [0, 1)."""

    portals: Portals
    events_queue: EventsQueue
    rejects_queue: RejectsQueue
    journal: Journal
    retry_delay_s: float
    jitter: Callable[[], float]

    def deliver(self, records: Sequence[Record]) -> list[str]:
        """Deliver what the records hold; return the ids of those that must come back."""
        waits: dict[Record, Deferred] = {}
        parcels: list[Parcel] = []
        for record in records:
            letter = unpack(record.body)
            if isinstance(letter, Envelope):
                parcels += _parcels(record, letter)
            elif deferred := self._put_aside(record, letter):
                waits[record] = deferred
        for record, reported in self._reported(parcels).items():
            if deferred := self._settle(reported):
                waits[record] = deferred
        if waits:
            self.events_queue.hide(
                {record.handle: self._timeout_s(record, waits[record]) for record in waits}
            )
        return [record.record_id for record in waits]

    def _reported(self, parcels: Sequence[Parcel]) -> Mapping[Record, list[tuple[Parcel, Report]]]:
        by_destination: dict[str, list[Parcel]] = {}
        for parcel in parcels:
            by_destination.setdefault(parcel.envelope.destination, []).append(parcel)
        by_record: dict[Record, list[tuple[Parcel, Report]]] = {}
        # Side by side: a portal whose sender has to wait must not keep the others waiting.
        with ThreadPoolExecutor(max_workers=len(by_destination) or 1) as threads:
            for group in threads.map(self._deliver_to, by_destination, by_destination.values()):
                for parcel, report in group:
                    self.journal.event(parcel, report)
                    by_record.setdefault(parcel.record, []).append((parcel, report))
        return by_record

    def _deliver_to(self, destination: str, parcels: Sequence[Parcel]) -> list[tuple[Parcel, Report]]:
        events = [parcel.event for parcel in parcels if isinstance(parcel.event, Event)]
        reports = iter(self.portals.deliver(destination, events) if events else ())
        return [
            (parcel, Report(Rejected("malformed_event", parcel.event.message)))
            if isinstance(parcel.event, Malformed)
            else (parcel, next(reports))
            for parcel in parcels
        ]

    def _settle(self, reported: Sequence[tuple[Parcel, Report]]) -> Deferred | None:
        """Send a record's rejects on their way; return why the record must come back, if it must."""
        deferred = [report.outcome for _, report in reported if isinstance(report.outcome, Deferred)]
        if deferred:
            # Its rejects stay with it: they are sent once, when nothing of the record is open any more.
            return max(deferred, key=lambda outcome: outcome.wait_ms)
        rejected = [
            (parcel, report.outcome) for parcel, report in reported if isinstance(report.outcome, Rejected)
        ]
        if not rejected or self.rejects_queue.send(_reject_bodies(rejected)):
            return None
        return Deferred("rejects_queue_unavailable")

    def _put_aside(self, record: Record, letter: Unreadable) -> Deferred | None:
        self.journal.unreadable(record, letter.reason)
        stored = self.rejects_queue.send_foreign(record.body, letter.reason)
        return None if stored else Deferred("rejects_queue_unavailable")

    def _timeout_s(self, record: Record, deferred: Deferred) -> int:
        return visibility_timeout_s(
            record.receive_count, base_s=self.retry_delay_s, wait_ms=deferred.wait_ms, jitter=self.jitter()
        )


def _parcels(record: Record, envelope: Envelope) -> list[Parcel]:
    return [
        Parcel(
            record,
            envelope,
            raw,
            parse(raw, received_at_ms=envelope.received_at_ms, fallback_id=f"{record.record_id}-{n}"),
        )
        for n, raw in enumerate(envelope.events)
    ]


def _reject_bodies(rejected: Sequence[tuple[Parcel, Rejected]]) -> list[str]:
    origin = rejected[0][0].envelope
    events = tuple(parcel.raw for parcel, _ in rejected)
    rejections = tuple(outcome for _, outcome in rejected)
    return pack(Envelope(origin.destination, origin.received_at_ms, events, rejections))
