"""The use case of the sender, with fakes for its ports."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from relay.core.envelopes import Envelope, PastRejection, pack, unpack
from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.delivery import AT_LAST_MS, Delivery, Fate, Record
from relay.reports import Report

NOW_MS = 2_000
REFUSED = Rejected("refused", "Property values were not valid", "VALIDATION_ERROR", "c-1")


@dataclass
class FakePortals:
    """Gives each event the outcome that stands for its message id; Delivered where none does."""

    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    asked: list[tuple[str, list[str]]] = field(default_factory=list)

    def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
        self.asked.append((destination, [event.message_id for event in events]))
        return [Report(self.outcomes.get(event.message_id, Delivered("501"))) for event in events]


@dataclass
class FakeEventsQueue:
    hidden: dict[str, int] = field(default_factory=dict)

    def hide(self, timeouts_s: Mapping[str, int]) -> None:
        self.hidden |= timeouts_s


@dataclass
class FakeRejectsQueue:
    stores: bool = True
    bodies: list[str] = field(default_factory=list)
    destinations: list[str] = field(default_factory=list)
    foreign: list[tuple[str, str]] = field(default_factory=list)

    def send(self, bodies: Sequence[str], destination: str) -> bool:
        self.bodies += bodies
        self.destinations.append(destination)
        return self.stores

    def send_foreign(self, body: str, reason: str) -> bool:
        self.foreign.append((body, reason))
        return self.stores


@dataclass
class FakeJournal:
    lines: list[tuple[str, Outcome]] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    hidden_s: dict[str, int | None] = field(default_factory=dict)
    rejects: list[int] = field(default_factory=list)
    waiting_since_ms: list[Sequence[int]] = field(default_factory=list)

    def record(self, fate: Fate) -> None:
        for parcel, report in fate.reported:
            message_id = parcel.event.message_id if isinstance(parcel.event, Event) else "?"
            self.lines.append((message_id, report.outcome))
        self.hidden_s[fate.record.record_id] = fate.hidden_s

    def unreadable(self, record: Record, reason: str) -> None:
        self.foreign.append(f"{record.record_id}: {reason}")

    def stored(self, rejects: int) -> None:
        self.rejects.append(rejects)

    def ended(self, waiting_since_ms: Sequence[int]) -> None:
        self.waiting_since_ms.append(waiting_since_ms)


@dataclass
class Sender:
    """A delivery with fakes all round."""

    portals: FakePortals = field(default_factory=FakePortals)
    events_queue: FakeEventsQueue = field(default_factory=FakeEventsQueue)
    rejects_queue: FakeRejectsQueue = field(default_factory=FakeRejectsQueue)
    journal: FakeJournal = field(default_factory=FakeJournal)
    jitter: Callable[[], float] = lambda: 0.5
    now_ms: int = NOW_MS

    def deliver(self, *records: Record) -> list[str]:
        delivery = Delivery(
            self.portals,
            self.events_queue,
            self.rejects_queue,
            self.journal,
            5.0,
            self.jitter,
            lambda: self.now_ms,
        )
        return delivery.deliver(records)


def identify(message_id: str) -> Mapping[str, object]:
    return {"type": "identify", "messageId": message_id}


def record(
    record_id: str,
    *message_ids: str,
    destination: str = "default",
    receive_count: int = 1,
    received_at_ms: int = 1_000,
) -> Record:
    events = tuple(identify(message_id) for message_id in message_ids)
    (body,) = pack(Envelope(destination, received_at_ms, events))
    return Record(record_id, f"handle-{record_id}", body, receive_count)


def test_a_record_whose_events_are_delivered_or_skipped_is_done() -> None:
    sender = Sender(FakePortals({"m-2": Skipped("no_email")}))

    assert sender.deliver(record("r-1", "m-1", "m-2")) == []
    assert sender.events_queue.hidden == {}
    assert sender.journal.lines == [("m-1", Delivered("501")), ("m-2", Skipped("no_email"))]


def test_only_the_record_with_a_deferred_event_comes_back() -> None:
    sender = Sender(FakePortals({"m-2": Deferred("status_500")}))

    assert sender.deliver(record("r-1", "m-1"), record("r-2", "m-2"), record("r-3", "m-3")) == ["r-2"]
    assert sender.events_queue.hidden == {"handle-r-2": 5}


def test_a_record_is_hidden_for_longer_each_time_and_at_least_as_long_as_hubspot_asks() -> None:
    sender = Sender(FakePortals({"m-1": Deferred("status_500"), "m-2": Deferred("status_429", 60_000)}))

    sender.deliver(record("r-1", "m-1", receive_count=3), record("r-2", "m-2"))

    assert sender.events_queue.hidden == {"handle-r-1": 20, "handle-r-2": 60}


def test_the_longest_wait_in_a_record_counts() -> None:
    sender = Sender(FakePortals({"m-1": Deferred("status_429", 30_000), "m-2": Deferred("status_500")}))

    sender.deliver(record("r-1", "m-1", "m-2"))

    assert sender.events_queue.hidden == {"handle-r-1": 30}


def test_rejected_events_go_to_the_rejects_queue_with_hubspots_words() -> None:
    sender = Sender(FakePortals({"m-2": REFUSED}))

    assert sender.deliver(record("r-1", "m-1", "m-2")) == []
    (letter,) = [unpack(body) for body in sender.rejects_queue.bodies]
    assert letter == Envelope("default", 1_000, (identify("m-2"),), (REFUSED,), NOW_MS)
    assert sender.rejects_queue.destinations == ["default"]


def test_an_event_that_is_rejected_again_keeps_its_history_and_when_it_was_received() -> None:
    sender = Sender(FakePortals({"m-2": REFUSED, "m-4": REFUSED}))
    first, second = Rejected("missing_scope"), Rejected("no_definition")
    events = tuple(identify(f"m-{n}") for n in range(1, 5))
    past = PastRejection(first, 10)
    (body,) = pack(
        Envelope("default", 1_000, events, (second,) * 4, 20, ((), (past,), (past, past), ())),
    )

    assert sender.deliver(Record("r-1", "handle-r-1", body, 1)) == []

    assert sender.portals.asked == [("default", ["m-1", "m-2", "m-3", "m-4"])]
    (letter,) = [unpack(body) for body in sender.rejects_queue.bodies]
    latest = PastRejection(second, 20)
    assert letter == Envelope(
        "default", 1_000, (events[1], events[3]), (REFUSED,) * 2, NOW_MS, ((past, latest), (latest,))
    )


def test_rejects_wait_until_nothing_of_their_record_is_deferred() -> None:
    sender = Sender(FakePortals({"m-1": REFUSED, "m-2": Deferred("status_500")}))

    assert sender.deliver(record("r-1", "m-1", "m-2")) == ["r-1"]
    assert sender.rejects_queue.bodies == []


def test_a_reject_that_cannot_be_stored_keeps_its_record() -> None:
    sender = Sender(FakePortals({"m-1": REFUSED}), rejects_queue=FakeRejectsQueue(stores=False))

    assert sender.deliver(record("r-1", "m-1")) == ["r-1"]


def test_a_malformed_event_is_rejected_and_its_neighbours_are_delivered() -> None:
    sender = Sender()
    body = json.dumps(
        {
            "v": 1,
            "destination": "default",
            "received_at_ms": 1_000,
            "events": [{"type": "identify", "messageId": "m-1"}, {"type": "identify", "traits": 7}],
        }
    )

    assert sender.deliver(Record("r-1", "handle-r-1", body, 1)) == []
    assert sender.portals.asked == [("default", ["m-1"])]
    (letter,) = [unpack(body) for body in sender.rejects_queue.bodies]
    assert isinstance(letter, Envelope)
    assert letter.rejections == (Rejected("malformed_event", "unusable: traits"),)


def test_a_record_of_malformed_events_alone_asks_no_portal() -> None:
    sender = Sender()
    (body,) = pack(Envelope("default", 1_000, ({"type": "identify", "traits": 7},)))

    assert sender.deliver(Record("r-1", "handle-r-1", body, 1)) == []
    assert sender.portals.asked == []


def test_a_record_that_is_no_envelope_is_put_aside_as_it_came() -> None:
    sender = Sender()

    assert sender.deliver(Record("r-1", "handle-r-1", "hello", 1), record("r-2", "m-2")) == []
    assert sender.rejects_queue.foreign == [("hello", "not_json")]
    assert sender.journal.foreign == ["r-1: not_json"]
    assert sender.portals.asked == [("default", ["m-2"])]


def test_a_record_that_cannot_be_put_aside_comes_back() -> None:
    sender = Sender(rejects_queue=FakeRejectsQueue(stores=False))

    assert sender.deliver(Record("r-1", "handle-r-1", "hello", 1)) == ["r-1"]


def test_the_events_of_all_records_of_a_destination_are_delivered_together() -> None:
    sender = Sender()

    sender.deliver(record("r-1", "m-1"), record("r-2", "m-2", destination="emea"), record("r-3", "m-3"))

    assert sorted(sender.portals.asked) == [("default", ["m-1", "m-3"]), ("emea", ["m-2"])]


def test_an_event_without_a_message_id_is_known_by_its_record() -> None:
    sender = Sender()
    (body,) = pack(Envelope("default", 1_000, ({"type": "identify"},)))

    sender.deliver(Record("r-1", "handle-r-1", body, 1))

    assert sender.portals.asked == [("default", ["r-1-0"])]


def test_no_records_are_no_work() -> None:
    assert Sender().deliver() == []


def test_the_journal_is_told_how_long_a_deferred_events_record_stays_hidden() -> None:
    sender = Sender(FakePortals({"m-1": Deferred("status_429", 30_000)}))

    sender.deliver(record("r-1", "m-1"), record("r-2", "m-2"))

    assert sender.journal.hidden_s == {"r-1": 30, "r-2": None}
    assert sender.events_queue.hidden == {"handle-r-1": 30}


def test_only_rejects_that_are_stored_are_counted_as_stored() -> None:
    outcomes: Mapping[str, Outcome] = {
        "m-1": REFUSED,
        "m-2": REFUSED,
        "m-3": REFUSED,
        "m-4": Deferred("status_500"),
    }
    records = [record("r-1", "m-1", "m-2"), record("r-2", "m-3", "m-4"), Record("r-3", "h", "hello", 1)]
    sender = Sender(FakePortals(outcomes))
    stuck = Sender(FakePortals(outcomes), rejects_queue=FakeRejectsQueue(stores=False))

    sender.deliver(*records)
    stuck.deliver(*records)

    # The one that is no envelope is one reject, whatever it held.
    assert sorted(sender.journal.rejects) == [1, 2]
    assert stuck.journal.rejects == []


def test_the_journal_is_told_at_the_end_since_when_each_record_waits_that_comes_back() -> None:
    outcomes: Mapping[str, Outcome] = {"m-1": Deferred("status_500"), "m-3": REFUSED}
    records = [record(f"r-{n}", f"m-{n}", received_at_ms=n) for n in (1, 2, 3)]
    sender = Sender(FakePortals(outcomes))
    stuck = Sender(FakePortals(outcomes), rejects_queue=FakeRejectsQueue(stores=False))

    sender.deliver(*records)
    stuck.deliver(*records)

    assert sender.journal.waiting_since_ms == [[1]]
    assert stuck.journal.waiting_since_ms == [[1, 3]]


def test_a_portal_that_fails_takes_nothing_from_the_journal_of_the_others_and_adds_nothing() -> None:
    class Failing(FakePortals):
        def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
            if destination == "emea":
                raise RuntimeError("a surprise")
            return super().deliver(destination, events)

    sender = Sender(Failing())

    with pytest.raises(RuntimeError):
        sender.deliver(record("r-1", "m-1"), record("r-2", "m-2", destination="emea"))

    assert sender.journal.lines == [("m-1", Delivered("501"))]
    # What waits is not known: no word of it.
    assert sender.journal.waiting_since_ms == []


@pytest.mark.parametrize("age_ms", [AT_LAST_MS - 1, AT_LAST_MS])
def test_what_is_refused_like_everything_else_is_rejected_after_a_day(age_ms: int) -> None:
    words = Rejected("refused", "Contact limit reached")
    sender = Sender(FakePortals({"m-1": Deferred("refused_alike", at_last=words)}), now_ms=1_000 + age_ms)

    waiting = sender.deliver(record("r-1", "m-1"))

    is_over = age_ms == AT_LAST_MS
    assert waiting == ([] if is_over else ["r-1"])
    (line,) = sender.journal.lines
    assert line == ("m-1", words if is_over else Deferred("refused_alike", at_last=words))
    assert len(sender.rejects_queue.bodies) == is_over


def test_what_waits_for_another_reason_waits_on_when_it_is_a_day_old() -> None:
    sender = Sender(FakePortals({"m-1": Deferred("status_503")}), now_ms=1_000 + 2 * AT_LAST_MS)

    assert sender.deliver(record("r-1", "m-1")) == ["r-1"]
