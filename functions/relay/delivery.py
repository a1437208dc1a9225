"""Use case of the sender: records from the queue → a fate for each of their events, and for each record.

What is settled is settled: an event that is Delivered or Skipped, or safe in the rejects queue, ends there,
whatever becomes of its neighbours. Those that are Deferred go back to the queue as messages of their own,
and their record is done. Only a record whose open events SQS does not take comes back whole. Repeating one
is harmless.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from relay.core.budgets import DEFAULT_BUDGET, Budget
from relay.core.envelopes import Envelope
from relay.core.events import Event, Malformed, parse
from relay.core.expiry import MAX_RECEIVES, RECEIVED_TOO_OFTEN
from relay.core.outcomes import Delivered, Rejected, Skipped
from relay.core.parking import Parking, may_stay, parking_in
from relay.fates import Fate, Parcel, Record
from relay.outbox import Outbox
from relay.portions import portion_of
from relay.reports import Report
from relay.troubles import Noted

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

    def parked(self, parked: Sequence[Parking]) -> None:
        """Write that messages are put back unread, as nothing has changed."""
        ...

    def stored(self, rejects: int) -> None:
        """Note that so many more rejects are safe in the rejects queue."""
        ...

    def handed_back(self, records: int) -> None:
        """Note that so many records were too many for one invocation, and are back on the queue."""
        ...

    def ended(self, waiting_since_ms: Sequence[int]) -> None:
        """Note, at the end, since when events have been on the queue that are still open."""
        ...


class Book(Protocol):
    """What is noted of the troubles that events wait for."""

    def standing(self, destination: str) -> Noted | None:
        """Read what is noted, and return it; None if it cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """The sender's work, without AWS or HubSpot in it; of a batch it does what is within the `budget`.

    Without a `book` no message is put back unread.
    """

    portals: Portals
    outbox: Outbox
    journal: Journal
    now_ms: Callable[[], int]
    budget: Budget = DEFAULT_BUDGET
    book: Book | None = None

    def deliver(self, records: Sequence[Record]) -> list[str]:
        """Deliver what the records hold; return the ids of those that must come back."""
        began_ms, parked = self.now_ms(), self._parked(records)
        portion = portion_of([each for each in records if each not in parked], self.budget)
        parcels = [each for record, envelope in portion.opened for each in _parcels(record, envelope)]
        settled = self.outbox.settle(self._fates(parcels))
        hidden_s = {**self._put_aside(portion.unreadable), **settled.failed}
        # Last of all: an invocation that ends before has made no copies of what it did not come to.
        hidden_s |= {**self._put_back(parked, began_ms), **self._hand_back(portion.left)}
        self.outbox.hide(hidden_s)
        for fate in settled.fates:
            self.journal.record(fate)
        if settled.stored:
            self.journal.stored(settled.stored)
        since_ms = [fate.since_ms for fate in settled.fates if fate.is_open]
        self.journal.ended([*since_ms, *(each.since_ms for each in parked.values())])
        return [record.record_id for record in hidden_s]

    def _parked(self, records: Sequence[Record]) -> dict[Record, Parking]:
        """Return the records that may be put back unread."""
        if self.book is None:
            return {}
        told = {record: each for record in records if (each := parking_in(record.body))}
        noted = {name: self.book.standing(name) for name in {each.destination for each in told.values()}}
        now_ms = self.now_ms()
        return {
            record: each
            for record, each in told.items()
            if record.receive_count < MAX_RECEIVES and _may_stay(each, noted[each.destination], now_ms)
        }

    def _put_back(self, parked: Mapping[Record, Parking], looked_at_ms: int) -> Mapping[Record, int]:
        if not parked:
            return {}
        self.journal.parked(list(parked.values()))
        return self.outbox.put_back(parked, looked_at_ms)

    def _fates(self, parcels: Sequence[Parcel]) -> list[Fate]:
        by_destination: dict[str, list[Parcel]] = {}
        worn = [parcel for parcel in parcels if parcel.record.receive_count >= MAX_RECEIVES]
        for parcel in (each for each in parcels if each.record.receive_count < MAX_RECEIVES):
            by_destination.setdefault(parcel.envelope.destination, []).append(parcel)
        # Side by side: a portal whose sender has to wait must not keep the others waiting. The budget bounds
        # how many there are.
        with ThreadPoolExecutor(max_workers=len(by_destination) or 1) as threads:
            groups = threads.map(self._deliver_to, by_destination, by_destination.values())
            found = [fate for fates in groups for fate in fates]
        return [*found, *_by_record((each, Report(RECEIVED_TOO_OFTEN)) for each in worn)]

    def _deliver_to(self, destination: str, parcels: Sequence[Parcel]) -> list[Fate]:
        """Deliver to one destination, and write down what has ended; the rest waits for SQS's word."""
        events = [parcel.event for parcel in parcels if isinstance(parcel.event, Event)]
        reports = iter(self.portals.deliver(destination, events) if events else ())
        reported: list[tuple[Parcel, Report]] = []
        now_ms = self.now_ms()
        for parcel in parcels:
            event = parcel.event
            report = (
                _refused(event) if isinstance(event, Malformed) else next(reports).with_notes(event.notes)
            )
            if now_ms - parcel.received_at_ms >= AT_LAST_MS:
                report = report.at_last()
            reported.append((parcel, report.expired(parcel.waited_ms(now_ms))))
        fates = _by_record(reported)
        for fate in fates:
            if ended := fate.of(Delivered, Skipped):
                self.journal.record(ended)
        return fates

    def _put_aside(self, foreign: Sequence[tuple[Record, str]]) -> dict[Record, int]:
        """Store what cannot be read among the rejects; return for how long the others are to stay hidden."""
        for record, reason in foreign:
            self.journal.unreadable(record, reason)
        unstored = self.outbox.put_aside(foreign)
        if len(unstored) < len(foreign):
            self.journal.stored(len(foreign) - len(unstored))
        return {record: self.outbox.hidden_s(record.receive_count) for record in unstored}

    def _hand_back(self, records: Sequence[Record]) -> Mapping[Record, int]:
        """Send records back as they came; those that SQS does not take come back by themselves, at once."""
        if not records:
            return {}
        unsent = self.outbox.hand_back(records)
        if len(unsent) < len(records):
            self.journal.handed_back(len(records) - len(unsent))
        return dict.fromkeys(unsent, 0)


def _may_stay(parking: Parking, noted: Noted | None, now_ms: int) -> bool:
    reasons, mark_ms = (noted.troubles, noted.retry_at_ms) if noted else (None, 0)
    return may_stay(parking.parked, reasons=reasons, mark_ms=mark_ms, now_ms=now_ms)


def _by_record(reported: Iterable[tuple[Parcel, Report]]) -> list[Fate]:
    fates: dict[Record, list[tuple[Parcel, Report]]] = {}
    for parcel, report in reported:
        fates.setdefault(parcel.record, []).append((parcel, report))
    return [Fate(record, some) for record, some in fates.items()]


def _parcels(record: Record, envelope: Envelope) -> list[Parcel]:
    return [
        Parcel(
            record,
            envelope,
            n,
            raw,
            parse(
                raw,
                received_at_ms=envelope.received(n),
                fallback_id=f"{record.record_id}-{n}",
                grant=envelope.grant,
                is_replayed=bool(envelope.rejections),
            ),
        )
        for n, raw in enumerate(envelope.events)
    ]


def _refused(event: Malformed) -> Report:
    return Report(Rejected("malformed_event", event.message))
