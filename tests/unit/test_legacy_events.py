"""Tracks as calls of the legacy event URL."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import pytest
from fakes import DEADLINE, FakeSent

from relay.core.answers import Answer, NoReply, Reply
from relay.core.legacy_events import MAX_QUERY_CHARS
from relay.core.occurrences import Occurrence
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.legacy_events import REMEMBERED_AT_ONCE, REPEATED, LegacyEvents
from relay.occurrences import Sent


@dataclass
class FakeTrack:
    """A tracking host with one answer to everything, but those that are `answers` to an event's name."""

    answer: Answer = field(default_factory=lambda: Reply(200))
    queries: list[str] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)

    def trigger(self, query: str, deadline_ms: int) -> Answer:
        assert deadline_ms == DEADLINE
        self.queries.append(query)
        return self.answers.get(dict(parse_qsl(query))["_n"], self.answer)


@dataclass
class Legacy:
    api: FakeTrack
    events: LegacyEvents
    store: FakeSent

    def settle(self, *occurrences: Occurrence) -> list[Sent]:
        settled = self.events.settle(occurrences, DEADLINE)
        return [settled[each.source] for each in occurrences]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.api.queries[-1], strict_parsing=True))


@pytest.fixture
def legacy() -> Iterator[Legacy]:
    with ThreadPoolExecutor(1) as threads:
        api, store = FakeTrack(), FakeSent()
        yield Legacy(api, LegacyEvents(api, threads, 997086, store), store)


def bought(source: int = 0, name: str = "Bought Item", /, *, uuid: str = "", **contact: str) -> Occurrence:
    uuid = uuid or f"m-{source}"
    return Occurrence(source, name, uuid, 0, {}, email="kim@example.org", contact_properties=contact)


def paid(name: str, **properties: Any) -> Occurrence:
    return Occurrence(0, name, "m-0", 0, properties, email="kim@example.org")


def test_a_track_is_one_call_that_names_the_event_and_the_person(legacy: Legacy) -> None:
    assert legacy.settle(bought()) == [Sent(Delivered(""))]

    assert legacy.api.queries == ["_a=997086&_n=Bought%20Item&email=kim@example.org"]


@pytest.mark.parametrize(
    ("occurrence", "parameters"),
    [
        pytest.param(bought(), {"_a": "997086"}, id="S4-hub-id"),
        pytest.param(bought(), {"email": "kim@example.org"}, id="S24-email"),
        pytest.param(bought(), {"_n": "Bought Item"}, id="S25-name"),
        pytest.param(bought(0, "000000001625"), {"_n": "000000001625"}, id="S26-event-id"),
        pytest.param(
            bought(firstname="Kim", id="u-1"), {"firstname": "Kim", "id": "u-1"}, id="S28-contact-properties"
        ),
        pytest.param(paid("Bought Item", revenue="$39.95"), {"_m": "39.95"}, id="S30-revenue"),
        pytest.param(paid("Order Completed", total=20.5), {"_m": "20.5"}, id="S30-total"),
    ],
)
def test_the_call_says_what_classic_said(
    legacy: Legacy, occurrence: Occurrence, parameters: dict[str, str]
) -> None:
    assert legacy.settle(occurrence) == [Sent(Delivered(""))]

    assert legacy.query.items() >= parameters.items()


def test_other_properties_of_the_event_have_no_place(legacy: Legacy) -> None:
    """S30."""
    legacy.settle(paid("Bought Item", value=20.5, item="shoe"))

    assert legacy.query.keys() == {"_a", "_n", "email"}


@pytest.mark.parametrize(
    ("email", "encoded"),
    [
        ("kim+shop@example.org", "kim%2Bshop@example.org"),
        ("a-b_c.d@example.org", "a-b_c.d@example.org"),
        ("a~b!#&'*/=?^`{|}%@x.org", "a%7Eb%21%23%26%27%2A%2F%3D%3F%5E%60%7B%7C%7D%25@x.org"),
    ],
)
def test_in_an_address_all_symbols_but_four_are_encoded(legacy: Legacy, email: str, encoded: str) -> None:
    legacy.settle(Occurrence(0, "Bought Item", "m-1", 0, {}, email=email))

    assert legacy.api.queries[-1].endswith(f"&email={encoded}")


@pytest.mark.parametrize("text", ["ö & ü", "100 %", "a=b;c+d", "\ud800", "x\n"])
def test_any_text_can_be_said(legacy: Legacy, text: str) -> None:
    legacy.settle(bought(0, text, city=text))

    said = text.replace("\ud800", "�")
    assert (legacy.query["_n"], legacy.query["city"]) == (said, said)


def test_contact_properties_take_no_other_ones_place(legacy: Legacy) -> None:
    legacy.settle(bought(email="bo@example.org", _a="1", _n="x", _m="5"))

    assert legacy.query == {"_a": "997086", "_n": "Bought Item", "email": "kim@example.org"}


def test_contact_properties_that_make_the_address_too_long_are_left_out(legacy: Legacy) -> None:
    (sent,) = legacy.settle(bought(about="ö" * 2_000, city="Odense"))

    assert sent == Sent(Delivered(""), {"about": "too_long"})
    assert legacy.query["city"] == "Odense"
    assert len(legacy.api.queries[-1]) < MAX_QUERY_CHARS


def test_an_event_without_an_address_cannot_be_sent(legacy: Legacy) -> None:
    nobody = Occurrence(1, "Bought Item", "m-1", 0, {}, object_id="501", utk="t")

    assert legacy.settle(bought(), nobody) == [Sent(Delivered("")), Sent(Skipped("no_email"))]
    assert len(legacy.api.queries) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Reply(204), Delivered("")),
        (Reply(302), Deferred("not_hubspot: status_302")),
        (Reply(429, headers={"retry-after": "7"}), Deferred("status_429", 7_000)),
        (Reply(408), Deferred("status_408")),
        (Reply(503), Deferred("status_503")),
        (NoReply("no_answer: ReadTimeout"), Deferred("no_answer: ReadTimeout")),
        (Reply(400), Rejected("refused", "HubSpot's event URL answered with status 400")),
        (Reply(404), Rejected("refused", "HubSpot's event URL answered with status 404")),
    ],
)
def test_what_is_not_taken_comes_back_unless_it_is_the_events_fault(
    legacy: Legacy, answer: Answer, outcome: Outcome
) -> None:
    legacy.api.answer = answer

    assert legacy.settle(bought(), bought(1)) == [Sent(outcome)] * 2


def test_what_was_delivered_is_not_sent_again_and_told_as_a_repeat(legacy: Legacy) -> None:
    assert legacy.settle(bought()) == [Sent(Delivered(""))]

    assert legacy.settle(bought(), bought(1)) == [Sent(REPEATED), Sent(Delivered(""))]
    assert legacy.settle(bought(), bought(1)) == [Sent(REPEATED)] * 2
    assert len(legacy.api.queries) == 2


@pytest.mark.parametrize("answer", [Reply(503), Reply(400), NoReply("no_answer: ReadTimeout")])
def test_what_was_not_delivered_is_sent_again_if_somebody_asks_for_it(legacy: Legacy, answer: Answer) -> None:
    legacy.api.answer = answer
    legacy.settle(bought())
    legacy.api.answer = Reply(200)

    assert legacy.settle(bought()) == [Sent(Delivered(""))]
    assert len(legacy.api.queries) == 2


def test_a_neighbour_that_fails_leaves_each_other_event_counted_once(legacy: Legacy) -> None:
    legacy.api.answers = {"broken": Reply(503)}
    events = [bought(n, "broken" if n % 100 == 50 else "fine") for n in range(250)]

    for _ in range(3):
        legacy.settle(*events)

    sent = [dict(parse_qsl(query))["_n"] for query in legacy.api.queries]
    assert (sent.count("fine"), sent.count("broken")) == (248, 6)


def test_of_two_events_with_one_message_id_at_once_the_second_is_a_repeat(legacy: Legacy) -> None:
    twice = [bought(0, uuid="m-1", city="Odense"), bought(1, uuid="m-1")]

    assert legacy.settle(*twice) == [Sent(Delivered("")), Sent(REPEATED)]
    assert len(legacy.api.queries) == 1


def test_a_repeat_waits_as_long_as_the_event_that_it_repeats(legacy: Legacy) -> None:
    legacy.api.answer = Reply(503)
    twice = [bought(0, uuid="m-1"), bought(1, uuid="m-1")]

    assert legacy.settle(*twice) == [Sent(Deferred("status_503"))] * 2
    legacy.api.answer = Reply(200)
    assert legacy.settle(*twice) == [Sent(Delivered("")), Sent(REPEATED)]


@pytest.mark.parametrize(
    "other",
    [
        bought(1, "Bought Item", uuid="m-2"),
        bought(1, "Sold Item", uuid="m-1"),
        bought(1, "\ud800", uuid="m-1"),
    ],
)
def test_another_name_or_message_id_is_another_event(legacy: Legacy, other: Occurrence) -> None:
    assert legacy.settle(bought(0, uuid="m-1"), other) == [Sent(Delivered(""))] * 2


def test_no_name_and_message_id_together_read_like_another_pair(legacy: Legacy) -> None:
    assert legacy.settle(bought(0, "a b", uuid="c"), bought(1, "a", uuid="b c")) == [Sent(Delivered(""))] * 2


def test_while_nobody_knows_what_was_delivered_nothing_is_sent(legacy: Legacy) -> None:
    legacy.store.is_down = True

    assert legacy.settle(bought(), bought(1)) == [Sent(Deferred("memory_unavailable"))] * 2
    assert legacy.api.queries == []


def test_what_cannot_be_remembered_was_delivered_all_the_same(legacy: Legacy) -> None:
    legacy.store.is_read_only = True

    assert legacy.settle(bought()) == [Sent(Delivered(""))]


def test_events_are_remembered_while_others_are_on_their_way() -> None:
    """So that a sender that dies has few of them to send again."""
    remembered = threading.Event()

    class Waiting(FakeTrack):
        def trigger(self, query: str, deadline_ms: int) -> Answer:
            if len(self.queries) == REMEMBERED_AT_ONCE:
                assert remembered.wait(30)
            return super().trigger(query, deadline_ms)

    store = FakeSent(on_write=remembered.set)
    with ThreadPoolExecutor(1) as threads:
        ends = LegacyEvents(Waiting(), threads, 1, store).settle([bought(n) for n in range(60)], DEADLINE)

    assert list(ends.values()) == [Sent(Delivered(""))] * 60
    assert len(store.keys) == 60


def test_an_event_of_nobody_asks_nothing_of_the_memory(legacy: Legacy) -> None:
    legacy.store.is_down = True

    assert legacy.settle(Occurrence(0, "Bought Item", "m-0", 0, {})) == [Sent(Skipped("no_email"))]
