"""Use case of the sender: records from the queue → a fate for each of their events, and for each record.

A record is done when every event in it is Delivered, Skipped or safely in the rejects queue. It fails back to
the queue, hidden for a time of its own, when one of its events is Deferred. Repeating a record is harmless.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from relay.core.backoff import visibility_timeout_s
from relay.core.envelopes import Envelope, JsonObject, Unreadable, pack, rejected, unpack
from relay.core.events import Event, Malformed, parse
from relay.core.outcomes import Deferred, Rejected
from relay.reports import Report

# Long enough for a person to see the alarm and to mend what is wrong.
AT_LAST_MS = 86_400_000


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


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the events of one record, in their order; there is one at least.

    `hidden_s` says for how long the record stays hidden because one of them is deferred; None if none is.
    """

    record: Record
    reported: Sequence[tuple[Parcel, Report]]
    hidden_s: int | None

    @property
    def received_at_ms(self) -> int:
        """When the events came in; those of one record came together."""
        return self.reported[0][0].envelope.received_at_ms


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

    def send(self, bodies: Sequence[str], destination: str) -> bool:
        """Store every body, all of one destination; True only if each is stored."""
        ...

    def send_foreign(self, body: str, reason: str) -> bool:
        """Store a body that is no envelope, as it came."""
        ...


class Journal(Protocol):
    """Where it is written down what became of each event. Called from several threads."""

    def record(self, fate: Fate) -> None:
        """Write the one line of each event of a record, as soon as their fate is known."""
        ...

    def unreadable(self, record: Record, reason: str) -> None:
        """Write the one line of a record that is no envelope."""
        ...

    def stored(self, rejects: int) -> None:
        """Note that so many more rejects are safe in the rejects queue."""
        ...

    def ended(self, waiting_since_ms: Sequence[int]) -> None:
        """Note, at the end, since when each record has waited that comes back."""
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
    now_ms: Callable[[], int]

    def deliver(self, records: Sequence[Record]) -> list[str]:
        """Deliver what the records hold; return the ids of those that must come back."""
        hidden_s: dict[Record, int] = {}
        parcels: list[Parcel] = []
        for record in records:
            letter = unpack(record.body)
            if isinstance(letter, Envelope):
                parcels += _parcels(record, letter)
            elif not self._put_aside(record, letter):
                hidden_s[record] = self._hidden_s(record)
        # Rejects stay with a record that is hidden: they are sent once, when nothing of it is open any more.
        waiting = [fate for fate in self._fates(parcels) if fate.hidden_s or not self._stored(fate)]
        hidden_s |= {fate.record: fate.hidden_s or self._hidden_s(fate.record) for fate in waiting}
        if hidden_s:
            self.events_queue.hide({record.handle: seconds for record, seconds in hidden_s.items()})
        self.journal.ended([fate.received_at_ms for fate in waiting])
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
        events = [parcel.event for parcel in parcels if isinstance(parcel.event, Event)]
        reports = iter(self.portals.deliver(destination, events) if events else ())
        by_record: dict[Record, list[tuple[Parcel, Report]]] = {}
        now_ms = self.now_ms()
        for parcel in parcels:
            report = _refused(parcel.event) if isinstance(parcel.event, Malformed) else next(reports)
            if now_ms - parcel.envelope.received_at_ms >= AT_LAST_MS:
                report = report.at_last()
            by_record.setdefault(parcel.record, []).append((parcel, report))
        fates = [self._fate(record, reported) for record, reported in by_record.items()]
        for fate in fates:
            self.journal.record(fate)
        return fates

    def _fate(self, record: Record, reported: Sequence[tuple[Parcel, Report]]) -> Fate:
        waits_ms = [report.outcome.wait_ms for _, report in reported if isinstance(report.outcome, Deferred)]
        return Fate(record, reported, self._hidden_s(record, max(waits_ms)) if waits_ms else None)

    def _stored(self, fate: Fate) -> bool:
        """Say whether all that was rejected of a record is safe in the rejects queue."""
        refused = {
            place: report.outcome
            for place, (_, report) in enumerate(fate.reported)
            if isinstance(report.outcome, Rejected)
        }
        if not refused:
            return True
        letter = rejected(fate.reported[0][0].envelope, refused, self.now_ms())
        is_stored = self.rejects_queue.send(pack(letter), letter.destination)
        if is_stored:
            self.journal.stored(len(refused))
        return is_stored

    def _put_aside(self, record: Record, letter: Unreadable) -> bool:
        self.journal.unreadable(record, letter.reason)
        is_stored = self.rejects_queue.send_foreign(record.body, letter.reason)
        if is_stored:
            self.journal.stored(1)
        return is_stored

    def _hidden_s(self, record: Record, wait_ms: int = 0) -> int:
        return visibility_timeout_s(
            record.receive_count, base_s=self.retry_delay_s, wait_ms=wait_ms, jitter=self.jitter()
        )


def _parcels(record: Record, envelope: Envelope) -> list[Parcel]:
    return [
        Parcel(
            record,
            envelope,
            raw,
            parse(
                raw,
                received_at_ms=envelope.received_at_ms,
                fallback_id=f"{record.record_id}-{n}",
                grant=envelope.grant,
            ),
        )
        for n, raw in enumerate(envelope.events)
    ]


def _refused(event: Malformed) -> Report:
    return Report(Rejected("malformed_event", event.message))
