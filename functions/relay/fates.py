"""What the sender has in its hands: records of the queue, their events, and what became of these."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from relay.core.envelopes import Envelope, JsonObject, part
from relay.core.events import Event, Malformed
from relay.core.outcomes import Deferred, Rejected
from relay.core.parking import Parked
from relay.reports import Report


@dataclass(frozen=True, slots=True)
class Record:
    """One SQS record: `handle` names this receipt of it, `receive_count` how often it was received.

    `group_id` is its MessageGroupId, whose backlog it belongs to; "" if it has none. `sent_at_ms` is when it
    was put on the queue; 0 where that is not known.
    """

    record_id: str
    handle: str
    body: str
    receive_count: int
    group_id: str = ""
    sent_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event on its way: as it came, as it was read, and the record that it must answer to.

    `place` is where it stands in its envelope.
    """

    record: Record
    envelope: Envelope
    place: int
    raw: JsonObject
    event: Event | Malformed

    @property
    def looks(self) -> int:
        """How often it was looked at, in this record and in those that it was sent again from."""
        return self.envelope.tries + self.record.receive_count

    @property
    def received_at_ms(self) -> int:
        """When it came in."""
        return self.envelope.received(self.place)

    @property
    def since_ms(self) -> int:
        """Since when it has been on the queue, 0 where that is not known; a replay begins anew."""
        return self.envelope.since_ms[self.place] if self.envelope.since_ms else self.record.sent_at_ms

    def waited_ms(self, now_ms: int) -> int:
        """Return for how long it has been on the queue as far as that is known."""
        return now_ms - self.since_ms if self.since_ms else 0

    @property
    def message_id(self) -> str:
        """Segment's id of the event; "" if it is no event."""
        return self.event.message_id if isinstance(self.event, Event) else ""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of events of one record, in their order; there is one at least.

    `again_s` says in how many seconds those of them that are deferred are looked at again; None if none is.
    They need no such look for longer than that if they are `parked`.
    """

    record: Record
    reported: Sequence[tuple[Parcel, Report]]
    again_s: int | None = None
    parked: Parked | None = None

    @property
    def envelope(self) -> Envelope:
        """What the events came in."""
        return self.reported[0][0].envelope

    @property
    def since_ms(self) -> int:
        """Since when the oldest of the events has been on the queue."""
        return min(parcel.since_ms or parcel.received_at_ms for parcel, _ in self.reported)

    @property
    def looks(self) -> int:
        """How often the events were looked at."""
        return self.reported[0][0].looks

    @property
    def is_open(self) -> bool:
        """Whether some of the events are to be looked at again."""
        return any(isinstance(report.outcome, Deferred) for _, report in self.reported)

    def of(self, *kinds: type) -> "Fate | None":
        """Return the fate of those events alone whose outcome is of these kinds; None if there are none."""
        return self.only(each for each in self.reported if isinstance(each[1].outcome, kinds))

    def only(self, reported: "Iterable[tuple[Parcel, Report]]") -> "Fate | None":
        """Return the fate of some of the events; None if these are none."""
        some = list(reported)
        return replace(self, reported=some) if some else None

    def put_off(self, reason: str) -> "Fate":
        """Return the fate of the same events if they are deferred instead."""
        outcome = Deferred(reason)
        return replace(
            self, reported=[(each, replace(report, outcome=outcome)) for each, report in self.reported]
        )

    def rejections(self) -> dict[int, Rejected]:
        """Return the rejections by their events' places in the envelope."""
        return {
            parcel.place: report.outcome
            for parcel, report in self.reported
            if isinstance(report.outcome, Rejected)
        }

    def rest(self) -> Envelope:
        """Return the events as a message of their own, with all that is known of them.

        An event that came without an id keeps the one that it was given by its record: HubSpot may know it.
        """
        places = [parcel.place for parcel, _ in self.reported]
        events = tuple(_with_id(parcel) for parcel, _ in self.reported)
        since_ms = tuple(parcel.since_ms for parcel, _ in self.reported)
        return replace(
            part(self.envelope, places),
            events=events,
            texts=(),
            tries=self.looks,
            since_ms=since_ms if all(since_ms) else (),
            parked=self.parked,
        )


def _with_id(parcel: Parcel) -> JsonObject:
    event = parcel.event
    if isinstance(event, Malformed) or parcel.raw.get("messageId") == event.message_id:
        return parcel.raw
    return {**parcel.raw, "messageId": event.message_id}
