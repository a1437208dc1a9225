"""The use case of the sender, with fakes for its ports."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from relay.core.backoff import MAX_DELAY_S
from relay.core.budgets import DEFAULT_BUDGET, Budget, Load
from relay.core.envelopes import Envelope, Message, PastRejection, pack, unpack
from relay.core.events import Event
from relay.core.expiry import EXPIRES_AFTER_MS, MAX_RECEIVES
from relay.core.grants import Grant
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.core.parking import Parked, Parking, parking_in
from relay.core.troubles import Trouble
from relay.delivery import AT_LAST_MS, Delivery
from relay.fates import Fate, Record
from relay.outbox import LAST_TRY_MS, NOT_STORED, Outbox
from relay.portions import TOO_LARGE
from relay.reports import Report
from relay.troubles import Noted

NOW_MS, DEADLINE_MS = 2_000, 60_000
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
class FakeQueue:
    """Takes messages, `takes` says which of them: all, where it says nothing."""

    takes: Callable[[Message], bool] = lambda _: True
    tried: list[Message] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    hidden: dict[str, int] = field(default_factory=dict)
    until_ms: set[int] = field(default_factory=set)
    calls: int = 0

    def send_all(self, messages: Sequence[Message], until_ms: int) -> Sequence[bool]:
        self.calls += -(-len(messages) // 10)
        self.until_ms.add(until_ms)
        self.tried += messages
        self.sent += filter(self.takes, messages)
        return [self.takes(message) for message in messages]

    def hide(self, timeouts_s: Mapping[str, int], until_ms: int) -> None:
        self.until_ms.add(until_ms)
        self.hidden |= timeouts_s

    @property
    def envelopes(self) -> list[Envelope]:
        return [each for message in self.sent if isinstance(each := unpack(message.body), Envelope)]

    @property
    def message_ids(self) -> list[list[object]]:
        return [[event["messageId"] for event in each.events] for each in self.envelopes]

    @property
    def all_ids(self) -> list[str]:
        return [str(name) for names in self.message_ids for name in names]

    @property
    def delays_s(self) -> list[int]:
        return [message.delay_s for message in self.sent]


def out_of_order() -> FakeQueue:
    return FakeQueue(takes=lambda _: False)


@dataclass
class FakeJournal:
    lines: list[tuple[str, Outcome]] = field(default_factory=list)
    dropped: list[Mapping[str, str]] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    unread: list[Parking] = field(default_factory=list)
    again_s: dict[str, int] = field(default_factory=dict)
    rejects: list[int] = field(default_factory=list)
    handed: list[int] = field(default_factory=list)
    waiting_since_ms: list[Sequence[int]] = field(default_factory=list)

    def record(self, fate: Fate) -> None:
        for parcel, report in fate.reported:
            message_id = parcel.event.message_id if isinstance(parcel.event, Event) else "?"
            self.lines.append((message_id, report.outcome))
            if fate.again_s is not None:
                self.again_s[message_id] = fate.again_s
            self.dropped.append(report.dropped)

    def unreadable(self, record: Record, reason: str) -> None:
        self.foreign.append(f"{record.record_id}: {reason}")

    def parked(self, parked: Sequence[Parking]) -> None:
        self.unread += parked

    def stored(self, rejects: int) -> None:
        self.rejects.append(rejects)

    def handed_back(self, records: int) -> None:
        self.handed.append(records)

    def ended(self, waiting_since_ms: Sequence[int]) -> None:
        self.waiting_since_ms.append(waiting_since_ms)


@dataclass
class FakeBook:
    """What is noted of a destination's troubles; `examples` are those of their events that go on trying."""

    noted: Noted | None = field(default_factory=Noted)
    examples: set[str] = field(default_factory=set)
    read: list[str] = field(default_factory=list)

    def standing(self, destination: str) -> Noted | None:
        self.read.append(destination)
        return self.noted

    def retry_at_ms(self, destination: str) -> int:
        assert destination
        return self.noted.retry_at_ms if self.noted else 0

    def is_example(self, destination: str, reason: str, message_id: str) -> bool:
        assert destination
        assert reason
        return message_id in self.examples


@dataclass
class Sender:
    """A delivery with fakes all round."""

    portals: FakePortals = field(default_factory=FakePortals)
    events_queue: FakeQueue = field(default_factory=FakeQueue)
    rejects_queue: FakeQueue = field(default_factory=FakeQueue)
    journal: FakeJournal = field(default_factory=FakeJournal)
    jitter: Callable[[], float] = lambda: 0.5
    now_ms: int = NOW_MS
    budget: Budget = DEFAULT_BUDGET
    book: FakeBook | None = None

    @property
    def bodies(self) -> list[str]:
        return [message.body for message in self.events_queue.sent]

    def deliver(self, *records: Record) -> list[str]:
        def now_ms() -> int:
            return self.now_ms

        queues = self.events_queue, self.rejects_queue
        outbox = Outbox(*queues, 5.0, self.jitter, now_ms, self.now_ms + DEADLINE_MS - NOW_MS, self.book)
        delivery = Delivery(self.portals, outbox, self.journal, now_ms, self.budget, self.book)
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


@pytest.mark.parametrize("rejections", [(), (Rejected("no_definition"),)])
def test_what_was_rejected_before_has_been_sent_again_by_a_person(rejections: tuple[Rejected, ...]) -> None:
    asked: list[Event] = []

    class Portals(FakePortals):
        def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
            asked.extend(events)
            return super().deliver(destination, events)

    # What an event says of itself does not count.
    (body,) = pack(Envelope("default", 1, ({**identify("m-1"), "isReplayed": True},), rejections))

    Sender(Portals()).deliver(Record("r-1", "h-1", body, 1))

    assert [event.is_replayed for event in asked] == [bool(rejections)]


def test_a_record_whose_events_are_delivered_or_skipped_is_done() -> None:
    sender = Sender(FakePortals({"m-2": Skipped("no_email")}))

    assert sender.deliver(record("r-1", "m-1", "m-2")) == []
    assert sender.journal.lines == [("m-1", Delivered("501")), ("m-2", Skipped("no_email"))]
    # Nothing is asked of SQS where nothing is left.
    assert sender.events_queue == sender.rejects_queue == FakeQueue()


@pytest.mark.parametrize("outcome", [Delivered("501"), Skipped("no_email"), Deferred("status_500"), REFUSED])
def test_what_could_not_be_read_of_an_event_stands_in_its_line(outcome: Outcome) -> None:
    sender = Sender(FakePortals({"m-1": outcome}))
    odd = {**identify("m-1"), "timestamp": "0001-01-01T00:00:00Z", "context": "{broken"}
    (body,) = pack(Envelope("default", 1_000, (odd, identify("m-2"))))

    sender.deliver(Record("r-1", "handle-r-1", body, 1))

    told = sorted(sender.journal.dropped, key=len)
    assert told == [{}, {"timestamp": "empty_time", "context": "not_an_object"}]


def test_what_is_open_of_a_record_goes_back_by_itself_and_the_record_is_done() -> None:
    sender = Sender(FakePortals({"m-2": Deferred("status_500"), "m-5": Deferred("status_500")}))
    records = [record("r-1", "m-1", "m-2", "m-3"), record("r-2", "m-4"), record("r-3", "m-5")]

    assert sender.deliver(*records) == []

    # What waits equally long shares a message.
    assert sender.events_queue.message_ids == [["m-2", "m-5"]]
    assert sender.events_queue.delays_s == [5]
    assert {message.lane for message in sender.events_queue.sent} == {"default"}
    assert sender.events_queue.hidden == {}
    assert sorted(sender.journal.lines) == [
        (f"m-{n}", Deferred("status_500") if n in (2, 5) else Delivered("501")) for n in range(1, 6)
    ]


def test_what_goes_back_keeps_all_that_is_known_of_it_and_counts_its_looks() -> None:
    sender = Sender(FakePortals({"m-2": Deferred("status_500")}))
    grant = Grant("key-1")
    events, past = tuple(identify(f"m-{n}") for n in (1, 2)), PastRejection(Rejected("missing_scope"), 10)
    told = (Rejected("no_definition"),) * 2
    (body,) = pack(Envelope("emea", 1_000, events, told, 20, ((), (past,)), grant=grant, tries=3))

    assert sender.deliver(Record("r-1", "handle-r-1", body, 2, sent_at_ms=1_500)) == []

    (rest,) = sender.events_queue.envelopes
    expected = Envelope("emea", 1_000, events[1:], told[1:], 20, ((past,),), grant=grant, tries=5)
    assert rest == replace(expected, since_ms=(1_500,))
    # 5 s, doubled at each of four looks before this one.
    assert sender.events_queue.delays_s == [80]


def test_an_event_without_an_id_keeps_the_one_that_its_first_record_gave_it() -> None:
    sender = Sender(FakePortals({"r-1-1": Deferred("status_500")}))
    (body,) = pack(Envelope("default", 1_000, (identify("m-1"), {"type": "identify"})))

    sender.deliver(Record("r-1", "handle-r-1", body, 1))

    assert sender.events_queue.message_ids == [["r-1-1"]]


def test_an_event_that_waits_goes_back_later_each_time_and_not_before_hubspot_lets_it() -> None:
    sender = Sender(FakePortals({"m-1": Deferred("status_500"), "m-2": Deferred("status_429", 60_000)}))

    sender.deliver(record("r-1", "m-1", receive_count=3), record("r-2", "m-2"))

    assert sender.events_queue.delays_s == [20, 60]
    assert sender.journal.again_s == {"m-1": 20, "m-2": 60}


def test_no_event_waits_for_longer_than_sqs_delays_a_message() -> None:
    sender = Sender(FakePortals({"m-1": Deferred("day_spent", 86_400_000)}))

    sender.deliver(record("r-1", "m-1"))

    assert sender.events_queue.delays_s == [MAX_DELAY_S]


def test_what_waits_for_a_person_is_looked_at_within_a_minute_whatever_waits_beside_it() -> None:
    outcomes: Mapping[str, Outcome] = {
        "m-1": Deferred("status_429", 600_000),
        "m-2": Deferred("missing_scope: crm.objects.contacts.write", 600_000),
    }
    sender = Sender(FakePortals(outcomes))

    assert sender.deliver(record("r-1", "m-1", "m-2", "m-3", receive_count=9)) == []

    assert sender.events_queue.message_ids == [["m-2"], ["m-1"]]
    assert sender.events_queue.delays_s == [40, 900]
    assert sender.journal.again_s == {"m-2": 40, "m-1": 900}


def test_a_record_whose_open_events_sqs_does_not_take_comes_back_whole() -> None:
    portals = FakePortals({"m-1": Deferred("status_500"), "m-2": REFUSED, "m-4": Deferred("status_500")})
    sender = Sender(portals, FakeQueue(takes=lambda each: each.lane == "emea"))

    records = [record("r-1", "m-1", "m-2", "m-3"), record("r-2", "m-4", destination="emea")]
    assert sender.deliver(*records) == ["r-1"]

    assert sender.events_queue.hidden == {"handle-r-1": 5}
    assert sender.events_queue.message_ids == [["m-4"]]
    # Stored with a record that comes back, it would be stored again.
    assert sender.rejects_queue.tried == []
    assert dict(sender.journal.lines) == {
        "m-1": Deferred("status_500"),
        "m-2": Deferred(NOT_STORED),
        "m-3": Delivered("501"),
        "m-4": Deferred("status_500"),
    }


def test_nothing_is_tried_when_the_time_is_up() -> None:
    sender = Sender(FakePortals({"m-1": Deferred("status_500"), "m-2": REFUSED}), out_of_order())

    sender.deliver(record("r-1", "m-1"), record("r-2", "m-2"))

    assert sender.events_queue.until_ms | sender.rejects_queue.until_ms == {DEADLINE_MS - LAST_TRY_MS}


def test_a_sender_that_dies_after_sending_leaves_what_is_open_twice_and_loses_nothing() -> None:
    sender = Sender(FakePortals({"m-2": Deferred("status_500")}))
    given = record("r-1", "m-1", "m-2")
    sender.deliver(given)
    again = record("r-1", "m-1", "m-2", receive_count=2)

    # Nobody heard that it was done.
    sender.deliver(again)
    sender.portals.outcomes = {}
    for n, message in enumerate(list(sender.events_queue.sent)):
        assert sender.deliver(Record(f"r-{n + 2}", "h", message.body, 1)) == []

    assert dict(sender.journal.lines) == {"m-1": Delivered("501"), "m-2": Delivered("501")}
    assert sender.events_queue.message_ids == [["m-2"], ["m-2"]]


def test_rejected_events_go_to_the_rejects_queue_with_hubspots_words() -> None:
    sender = Sender(FakePortals({"m-2": REFUSED}))

    assert sender.deliver(record("r-1", "m-1", "m-2")) == []
    (letter,) = sender.rejects_queue.envelopes
    assert letter == Envelope("default", 1_000, (identify("m-2"),), (REFUSED,), NOW_MS)
    assert [message.lane for message in sender.rejects_queue.sent] == ["default"]


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
    (letter,) = sender.rejects_queue.envelopes
    latest = PastRejection(second, 20)
    assert letter == Envelope(
        "default", 1_000, (events[1], events[3]), (REFUSED,) * 2, NOW_MS, ((past, latest), (latest,))
    )


def test_rejects_are_stored_when_they_are_rejected_whatever_waits_beside_them() -> None:
    sender = Sender(FakePortals({"m-1": REFUSED, "m-2": Deferred("status_500")}))

    assert sender.deliver(record("r-1", "m-1", "m-2")) == []
    assert sender.rejects_queue.message_ids == [["m-1"]]
    assert sender.events_queue.message_ids == [["m-2"]]


def test_rejects_that_cannot_be_stored_go_back_by_themselves() -> None:
    sender = Sender(FakePortals({"m-1": REFUSED, "m-3": REFUSED}))
    sender.rejects_queue.takes = lambda each: each.lane == "emea"
    records = [record("r-1", "m-1", "m-2"), record("r-2", "m-3", destination="emea")]

    assert sender.deliver(*records) == []

    assert sender.events_queue.message_ids == [["m-1"]]
    assert sender.events_queue.delays_s == [5]
    assert sender.journal.rejects == [1]
    assert dict(sender.journal.lines) == {
        "m-1": Deferred(NOT_STORED),
        "m-2": Delivered("501"),
        "m-3": REFUSED,
    }


def test_rejects_that_no_queue_takes_keep_their_record() -> None:
    sender = Sender(FakePortals({"m-1": REFUSED}), out_of_order(), out_of_order())

    assert sender.deliver(record("r-1", "m-1", "m-2")) == ["r-1"]
    assert sender.events_queue.hidden == {"handle-r-1": 5}
    assert sender.journal.rejects == []


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
    (letter,) = sender.rejects_queue.envelopes
    assert letter.rejections == (Rejected("malformed_event", "unusable: traits"),)


def test_a_record_of_malformed_events_alone_asks_no_portal() -> None:
    sender = Sender()
    (body,) = pack(Envelope("default", 1_000, ({"type": "identify", "traits": 7},)))

    assert sender.deliver(Record("r-1", "handle-r-1", body, 1)) == []
    assert sender.portals.asked == []


def test_a_record_that_is_no_envelope_is_put_aside_as_it_came() -> None:
    sender = Sender()

    assert sender.deliver(Record("r-1", "handle-r-1", "hello", 1), record("r-2", "m-2")) == []
    assert sender.rejects_queue.sent == [Message("hello", "", reason="not_json")]
    assert sender.journal.foreign == ["r-1: not_json"]
    assert sender.portals.asked == [("default", ["m-2"])]


def test_a_record_that_cannot_be_put_aside_comes_back() -> None:
    sender = Sender(rejects_queue=out_of_order())

    assert sender.deliver(Record("r-1", "handle-r-1", "hello", 2)) == ["r-1"]
    assert sender.events_queue.hidden == {"handle-r-1": 10}


def test_the_events_of_all_records_of_a_destination_are_delivered_together() -> None:
    sender = Sender()

    sender.deliver(record("r-1", "m-1"), record("r-2", "m-2", destination="emea"), record("r-3", "m-3"))

    assert sorted(sender.portals.asked) == [("default", ["m-1", "m-3"]), ("emea", ["m-2"])]


def test_an_event_without_a_message_id_is_known_by_its_record() -> None:
    sender = Sender()
    (body,) = pack(Envelope("default", 1_000, ({"type": "identify"},)))

    sender.deliver(Record("r-1", "handle-r-1", body, 1))

    assert sender.portals.asked == [("default", ["r-1-0"])]


def test_fields_of_an_event_that_do_not_count_are_told_in_its_line() -> None:
    sender = Sender()
    event = {**identify("m-1"), "userId": "u-1", "user_id": "u-2"}
    (body,) = pack(Envelope("default", 1_000, (event,)))

    assert sender.deliver(Record("r-1", "h-1", body, 1)) == []
    assert sender.journal.dropped == [{"user_id": "superseded"}]


def test_no_records_are_no_work() -> None:
    assert Sender().deliver() == []


def test_only_rejects_that_are_stored_are_counted_as_stored() -> None:
    outcomes: Mapping[str, Outcome] = {
        "m-1": REFUSED,
        "m-2": REFUSED,
        "m-3": REFUSED,
        "m-4": Deferred("status_500"),
    }
    records = [record("r-1", "m-1", "m-2"), record("r-2", "m-3", "m-4"), Record("r-3", "h", "hello", 1)]
    sender = Sender(FakePortals(outcomes))
    stuck = Sender(FakePortals(outcomes), rejects_queue=out_of_order())

    sender.deliver(*records)
    stuck.deliver(*records)

    # The one that is no envelope is one reject, whatever it held.
    assert sorted(sender.journal.rejects) == [1, 3]
    assert stuck.journal.rejects == []


def test_the_journal_is_told_at_the_end_since_when_what_is_open_has_waited() -> None:
    outcomes: Mapping[str, Outcome] = {"m-1": Deferred("status_500"), "m-3": REFUSED}
    records = [record(f"r-{n}", f"m-{n}", received_at_ms=n) for n in (1, 2, 3)]
    sender = Sender(FakePortals(outcomes))
    stuck = Sender(FakePortals(outcomes), rejects_queue=out_of_order())

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

    sender = Sender(Failing({"m-3": Deferred("status_500")}))

    with pytest.raises(RuntimeError):
        sender.deliver(record("r-1", "m-1", "m-3"), record("r-2", "m-2", destination="emea"))

    assert sender.journal.lines == [("m-1", Delivered("501"))]
    # All records come back: what is open of one must not be there twice each time.
    assert sender.events_queue.tried == []
    # What waits is not known: no word of it.
    assert sender.journal.waiting_since_ms == []


@pytest.mark.parametrize("age_ms", [AT_LAST_MS - 1, AT_LAST_MS])
def test_what_is_refused_like_everything_else_is_rejected_after_a_day(age_ms: int) -> None:
    words = Rejected("refused", "Contact limit reached")
    sender = Sender(FakePortals({"m-1": Deferred("refused_alike", at_last=words)}), now_ms=1_000 + age_ms)

    sender.deliver(record("r-1", "m-1"))

    is_over = age_ms == AT_LAST_MS
    assert len(sender.events_queue.sent) == (not is_over)
    (line,) = sender.journal.lines
    assert line == ("m-1", words if is_over else Deferred("refused_alike", at_last=words))
    assert len(sender.rejects_queue.sent) == is_over


def test_what_waits_for_another_reason_waits_on_when_it_is_a_day_old() -> None:
    sender = Sender(FakePortals({"m-1": Deferred("status_503")}), now_ms=1_000 + 2 * AT_LAST_MS)

    sender.deliver(record("r-1", "m-1"))

    assert sender.events_queue.message_ids == [["m-1"]]


ONE_EVENT = Budget(Load(10_000, 1_000, 2), scanned_bytes=10**9, destinations=10)


def in_lane(record_id: str, lane: str = "default", receive_count: int = 1) -> Record:
    return replace(record(record_id, f"m-{record_id}", receive_count=receive_count), group_id=lane)


def test_what_is_beyond_the_budget_goes_back_as_it_came_at_once_and_does_not_count() -> None:
    sender = Sender(budget=ONE_EVENT)
    records = [in_lane(f"r-{n}", f"lane-{n}", receive_count=7) for n in range(5)]

    assert sender.deliver(*records) == []

    assert [message_id for message_id, _ in sender.journal.lines] == ["m-r-0", "m-r-1"]
    sent = sender.events_queue.sent
    assert [each.body for each in sent] == [each.body for each in records[2:]]
    assert [each.delay_s for each in sent] == [0, 0, 0]
    assert [each.lane for each in sent] == ["lane-2", "lane-3", "lane-4"]
    assert [each.tries for each in sender.events_queue.envelopes] == [0, 0, 0]
    assert sender.events_queue.hidden == {}
    assert sender.journal.handed == [3]


def test_the_batch_is_worked_off_in_as_many_invocations_as_it_takes() -> None:
    sender = Sender(budget=ONE_EVENT)
    sender.deliver(*[in_lane(f"r-{n}") for n in range(7)])

    for turn in range(3):
        bodies = [each.body for each in sender.events_queue.sent]
        sender.events_queue.sent.clear()
        sender.deliver(*[Record(f"t-{turn}-{n}", "h", body, 1) for n, body in enumerate(bodies)])

    assert sorted(message_id for message_id, _ in sender.journal.lines) == [f"m-r-{n}" for n in range(7)]
    assert sender.journal.handed == [5, 3, 1]


def test_what_sqs_does_not_take_back_comes_back_by_itself_and_is_not_hidden() -> None:
    sender = Sender(events_queue=out_of_order(), budget=ONE_EVENT)

    assert sender.deliver(*[in_lane(f"r-{n}") for n in range(4)]) == ["r-2", "r-3"]

    assert sender.events_queue.hidden == {"handle-r-2": 0, "handle-r-3": 0}
    assert sender.journal.handed == []


def test_nothing_is_handed_back_before_all_portals_are_done() -> None:
    class Dying(FakePortals):
        def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
            raise RuntimeError(destination, events)

    sender = Sender(Dying(), budget=ONE_EVENT)

    with pytest.raises(RuntimeError):
        sender.deliver(*[in_lane(f"r-{n}") for n in range(4)])

    # Who dies must not leave copies behind of what comes back anyway.
    assert sender.events_queue.tried == []


def test_what_no_invocation_has_room_for_is_put_aside_as_it_came_beside_its_neighbours() -> None:
    sender = Sender(budget=ONE_EVENT)
    large = record("large", "m-1", "m-2", "m-3")

    assert sender.deliver(large, in_lane("r-1")) == []

    assert sender.rejects_queue.sent == [Message(large.body, "", reason=TOO_LARGE)]
    assert sender.journal.foreign == [f"large: {TOO_LARGE}"]
    assert sender.journal.lines == [("m-r-1", Delivered("501"))]
    assert sender.journal.rejects == [1]


def test_many_that_cannot_be_read_are_all_put_aside_or_hidden() -> None:
    queue = FakeQueue(takes=lambda message: message.body != "no envelope 7")
    sender = Sender(rejects_queue=queue)
    records = [Record(f"r-{n}", f"h-{n}", f"no envelope {n}", 1) for n in range(30)]

    assert sender.deliver(*records) == ["r-7"]

    assert sender.events_queue.hidden == {"h-7": 5}
    assert sorted(each.body for each in queue.tried) == sorted(each.body for each in records)
    assert sum(sender.journal.rejects) == 29


def test_ten_thousand_rejects_are_four_calls() -> None:
    sender = Sender(FakePortals({f"m-{n}": REFUSED for n in range(10_000)}))
    records = [record(f"r-{n}", f"m-{n}", received_at_ms=n) for n in range(10_000)]

    assert sender.deliver(*records) == []

    assert sender.rejects_queue.calls == 4
    assert sorted(sender.rejects_queue.all_ids) == sorted(f"m-{n}" for n in range(10_000))
    assert sender.journal.rejects == [10_000]


def test_ten_thousand_that_wait_are_four_calls_and_each_keeps_its_age() -> None:
    waits = Deferred("status_503")
    sender = Sender(FakePortals({f"m-{n}": waits for n in range(10_000)}))
    sent = {f"m-{n}": 10_000 + n for n in range(10_000)}
    records = [replace(record(f"r-{n}", f"m-{n}"), sent_at_ms=10_000 + n) for n in range(10_000)]

    assert sender.deliver(*records) == []

    assert sender.events_queue.calls == 4
    assert sent == {
        event["messageId"]: since_ms
        for each in sender.events_queue.envelopes
        for event, since_ms in zip(each.events, each.since_ms, strict=True)
    }


def test_only_records_come_back_whose_events_are_in_a_message_that_sqs_does_not_take() -> None:
    sender = Sender(FakePortals({f"m-{n}": Deferred("status_503") for n in range(1_000)}))
    sender.events_queue.takes = lambda message: "'m-300'" not in str(unpack(message.body))
    lost = [f"r-{n}" for n in range(1_000)]

    failed = sender.deliver(*[record(f"r-{n}", f"m-{n}") for n in range(1_000)])

    took = sender.events_queue.all_ids
    assert 0 < len(failed) <= 250
    assert "r-300" in failed
    # Each is in one place: nothing is lost, and nothing is there twice.
    assert sorted(failed) == sorted(each for each in lost if each.replace("r", "m") not in took)
    assert len(sender.events_queue.hidden) == len(failed)


def test_rejects_that_sqs_does_not_take_together_go_back_together() -> None:
    sender = Sender(FakePortals({f"m-{n}": REFUSED for n in range(1_000)}), rejects_queue=out_of_order())

    assert sender.deliver(*[record(f"r-{n}", f"m-{n}") for n in range(1_000)]) == []

    assert sender.events_queue.calls == 1
    assert len(sender.events_queue.all_ids) == 1_000
    assert {outcome for _, outcome in sender.journal.lines} == {Deferred(NOT_STORED)}


def test_a_thousand_records_that_are_no_envelopes_are_put_aside_together() -> None:
    sender = Sender()

    assert sender.deliver(*[Record(f"r-{n}", f"h-{n}", f"hello {n}", 1) for n in range(1_000)]) == []

    assert sender.rejects_queue.calls == 100
    assert sender.journal.rejects == [1_000]


@pytest.mark.parametrize("is_over", [False, True])
def test_an_event_that_is_open_after_13_days_is_rejected_as_a_fresh_message(is_over: bool) -> None:  # noqa: FBT001
    sender = Sender(FakePortals({"m-1": Deferred("missing_scope: x")}), now_ms=2 * EXPIRES_AFTER_MS)
    since_ms = sender.now_ms - EXPIRES_AFTER_MS + (not is_over)
    # Both: one that was never taken, and one that has waited in messages before.
    never = replace(record("r-1", "m-1"), sent_at_ms=since_ms)
    (body,) = pack(Envelope("default", 1, (identify("m-1"),), tries=9, since_ms=(since_ms,)))
    waited = Record("r-2", "h", body, 1, sent_at_ms=sender.now_ms - 1)

    assert sender.deliver(never, waited) == []

    assert len(sender.rejects_queue.all_ids) == 2 * is_over
    assert len(sender.events_queue.all_ids) == 2 * (not is_over)
    rejections = [each for envelope in sender.rejects_queue.envelopes for each in envelope.rejections]
    assert {each.reason for each in rejections} == ({"expired: 13_days"} if is_over else set())
    assert all("missing_scope: x" in each.message for each in rejections)
    # Replayed, they begin anew.
    assert {each.since_ms for each in sender.rejects_queue.envelopes} <= {()}


def test_an_event_is_delivered_however_long_it_has_waited() -> None:
    sender = Sender(now_ms=2 * EXPIRES_AFTER_MS)

    assert sender.deliver(replace(record("r-1", "m-1"), sent_at_ms=1)) == []

    assert sender.journal.lines == [("m-1", Delivered("501"))]


def test_what_was_replayed_does_not_end_for_the_time_that_it_waited_before() -> None:
    sender = Sender(FakePortals({"m-1": Deferred("status_503")}), now_ms=2 * EXPIRES_AFTER_MS)
    (body,) = pack(Envelope("default", 1, (identify("m-1"),), (Rejected("expired: 13_days"),), 2))

    sender.deliver(Record("r-1", "h", body, 1, sent_at_ms=sender.now_ms - 60_000))

    assert sender.journal.lines == [("m-1", Deferred("status_503"))]
    assert sender.journal.waiting_since_ms == [[sender.now_ms - 60_000]]


@pytest.mark.parametrize("receives", [MAX_RECEIVES - 1, MAX_RECEIVES])
def test_a_message_that_no_sender_came_to_an_end_with_is_rejected_unseen(receives: int) -> None:
    sender = Sender()

    assert sender.deliver(record("r-1", "m-1", "m-2", receive_count=receives), record("r-2", "m-3")) == []

    is_over = receives == MAX_RECEIVES
    assert sender.portals.asked == [("default", ["m-3"] if is_over else ["m-1", "m-2", "m-3"])]
    rejections = [each.reason for letter in sender.rejects_queue.envelopes for each in letter.rejections]
    assert rejections == ["expired: 900_receives"] * 2 * is_over


def test_one_that_cannot_be_stored_then_goes_back_as_a_fresh_message() -> None:
    sender = Sender(rejects_queue=out_of_order())

    assert sender.deliver(record("r-1", "m-1", receive_count=MAX_RECEIVES)) == []
    assert sender.events_queue.message_ids == [["m-1"]]


SCOPE = "missing_scope: crm.x"
TROUBLE = Trouble(SCOPE, "", 1, 1, 1, "m-0")


def parked(until_ms: int = NOW_MS + 600_000, mark_ms: int = 7, reason: str = SCOPE, **more: Any) -> Record:
    events = identify("m-1"), identify("m-2")
    envelope = Envelope("default", 1_000, events, tries=8, since_ms=(100, 200))
    (body,) = pack(replace(envelope, parked=Parked(reason, until_ms, mark_ms)))
    return replace(Record("r-1", "handle-r-1", body, 1, "lane"), **more)


def waiting_sender(**more: Any) -> Sender:
    outcomes = {f"m-{n}": Deferred(SCOPE) for n in range(3)}
    book = FakeBook(Noted({SCOPE: TROUBLE}, 7), {"m-0"})
    return Sender(FakePortals(outcomes), book=book, **more)


def test_what_waits_for_a_person_is_parked_but_for_the_example_that_goes_on_trying() -> None:
    sender = waiting_sender()
    records = [record(f"r-{n}", f"m-{n}", receive_count=9) for n in range(3)]

    assert sender.deliver(*records) == []

    assert sorted(sender.events_queue.message_ids) == [["m-0"], ["m-1", "m-2"]]
    assert sender.events_queue.delays_s == [40, 40]
    told = {(each and each.events): each and each.parked for each in map(parking_in, sender.bodies)}
    assert told == {None: None, 2: Parked(SCOPE, NOW_MS + 900_000, 7)}


def test_nothing_is_parked_whose_next_look_is_due_as_soon() -> None:
    sender = waiting_sender()

    sender.deliver(record("r-1", "m-1", receive_count=2))

    assert sender.events_queue.delays_s == [10]
    assert list(map(parking_in, sender.bodies)) == [None]


def test_what_each_look_costs_much_for_is_parked_whole() -> None:
    book = FakeBook(examples={"m-1"})
    sender = Sender(FakePortals({"m-1": Deferred("refused_alike")}), book=book)

    sender.deliver(record("r-1", "m-1", receive_count=9))

    assert sender.events_queue.delays_s == [40]
    assert [each and each.parked.reason for each in map(parking_in, sender.bodies)] == ["refused_alike"]


@pytest.mark.parametrize("reason", ["status_503", "day_spent"])
def test_what_passes_by_itself_is_not_parked(reason: str) -> None:
    sender = Sender(FakePortals({"m-1": Deferred(reason)}), book=FakeBook())

    sender.deliver(record("r-1", "m-1", receive_count=9))

    assert sender.events_queue.delays_s == [900]
    assert list(map(parking_in, sender.bodies)) == [None]


def test_what_is_parked_is_put_back_as_it_came_and_unread() -> None:
    sender, given = waiting_sender(), parked()

    assert sender.deliver(given) == []

    assert sender.portals.asked == []
    assert sender.events_queue.sent == [Message(given.body, "lane", 40)]
    assert (sender.journal.lines, sender.journal.waiting_since_ms) == ([], [[100]])
    assert [(each.destination, each.parked.reason, each.events) for each in sender.journal.unread] == [
        ("default", SCOPE, 2)
    ]


def test_it_is_taken_again_when_its_next_look_is_due() -> None:
    sender, given = waiting_sender(), parked(until_ms=NOW_MS + 12_001)

    sender.deliver(given)

    assert sender.events_queue.delays_s == [13]


def test_a_long_invocation_does_not_put_off_the_next_look_at_what_is_parked() -> None:
    class Slow(FakePortals):
        def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
            sender.now_ms += 25_000
            return super().deliver(destination, events)

    sender = waiting_sender()
    sender.portals = Slow()

    sender.deliver(parked(), record("r-2", "m-9"))

    assert sender.events_queue.delays_s == [15]


def noted(*reasons: str, mark_ms: int = 7) -> Noted:
    return Noted({each: replace(TROUBLE, reason=each) for each in reasons}, mark_ms)


@pytest.mark.parametrize(
    ("given", "known"),
    [
        (parked(), noted(SCOPE, mark_ms=8)),
        (parked(), noted("forbidden")),
        (parked(until_ms=NOW_MS), noted(SCOPE)),
        (parked(until_ms=NOW_MS), None),
        (parked(receive_count=MAX_RECEIVES), noted(SCOPE)),
    ],
    ids=["retry", "it is over", "it is time", "it is time, unknown", "received too often"],
)
def test_it_is_looked_at_once_something_has_changed(given: Record, known: Noted | None) -> None:
    sender = waiting_sender()
    assert sender.book
    sender.book.noted = known

    assert sender.deliver(given) == []

    assert [name for name, _ in sender.journal.lines] == ["m-1", "m-2"]
    assert sender.journal.unread == []


def test_what_is_noted_is_read_once_for_all_that_is_parked() -> None:
    sender = waiting_sender()
    assert sender.book

    sender.deliver(*[parked(), replace(parked(), record_id="r-2", handle="h-2")])

    assert sender.book.read == ["default"]


def test_what_is_parked_and_not_taken_back_comes_back_by_itself() -> None:
    sender = waiting_sender(events_queue=out_of_order())

    assert sender.deliver(parked()) == ["r-1"]
    assert sender.events_queue.hidden == {"handle-r-1": 40}


def test_a_portal_that_fails_makes_no_copies_of_what_is_parked() -> None:
    class Failing(FakePortals):
        def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
            raise RuntimeError(f"a surprise of {destination} with {events}")

    sender = waiting_sender()
    sender.portals = Failing()

    with pytest.raises(RuntimeError):
        sender.deliver(parked(), record("r-2", "m-9"))

    assert sender.events_queue.tried == []
