"""Which records of a batch an invocation works on, and which go back."""

import json
from collections.abc import Sequence

import pytest

from relay.core.budgets import Budget, Load
from relay.core.envelopes import Envelope, open_body, pack
from relay.fates import Record
from relay.portions import TOO_LARGE, Portion, portion_of

ROOM = Load(100_000, 1_000, 40)
BUDGET = Budget(ROOM, scanned_bytes=10**9, destinations=10)


def body(events: int = 1, chars: int = 0, values: int = 0, destination: str = "default") -> str:
    """Return a message of events with a text of so many characters, and so many values."""
    event = {"type": "track", "text": "x" * chars, "list": [0] * values}
    (text,) = pack(Envelope(destination, 1, (event,) * events))
    return text


def record(name: str, text: str, group_id: str = "default") -> Record:
    return Record(name, f"handle-{name}", text, 1, group_id)


def alike(count: int, text: str, group_id: str = "default", name: str = "") -> list[Record]:
    return [record(f"{name or group_id}-{n}", text, group_id) for n in range(count)]


def opened(portion: Portion) -> list[str]:
    return [each.record_id for each, _ in portion.opened]


def ids(records: Sequence[Record]) -> list[str]:
    return [each.record_id for each in records]


def exactly(text: str, factor: int) -> Budget:
    """Return a budget that so many of these messages use up to the last byte, value or event."""
    load = open_body(text, ROOM).load
    whole = Load(load.unpacked_bytes * factor, load.values * factor, load.events * factor)
    return Budget(whole, 10**9, 10)


def test_a_batch_within_the_budget_is_worked_on_in_its_own_order() -> None:
    records = [record("a", body(9)), record("b", body(1)), record("c", body(3, 100))]

    portion = portion_of(records, BUDGET)

    assert opened(portion) == ["a", "b", "c"]
    assert (portion.unreadable, portion.left) == ([], [])
    assert portion_of([], BUDGET) == Portion([], [], [])


@pytest.mark.parametrize("text", [body(chars=5_000), body(values=300), body(events=10)])
def test_what_uses_the_budget_up_exactly_goes_and_one_more_is_handed_back(text: str) -> None:
    budget = exactly(text, 4)

    assert ids(portion_of(alike(4, text), budget).left) == []
    portion = portion_of(alike(5, text), budget)

    assert len(portion.opened) == 4
    assert len(portion.left) == 1
    assert portion.unreadable == []


@pytest.mark.parametrize("text", [body(chars=5_000), body(values=300), body(events=10)])
@pytest.mark.parametrize("missing", [Load(2, 0, 0), Load(0, 2, 0), Load(0, 0, 1)])
def test_what_is_half_of_the_budget_goes_and_what_is_more_ends_among_the_rejects(
    text: str, missing: Load
) -> None:
    budget = exactly(text, 2)
    smaller = Budget(budget.whole - missing, budget.scanned_bytes, 10)

    assert opened(portion_of(alike(1, text), budget)) == ["default-0"]
    portion = portion_of(alike(1, text), smaller)

    assert [(each.record_id, reason) for each, reason in portion.unreadable] == [("default-0", TOO_LARGE)]
    assert (portion.opened, portion.left) == ([], [])


def test_a_neighbour_of_bombs_is_delivered_wherever_it_stands() -> None:
    bombs = alike(50, body(chars=49_000))
    for place in (0, 25, 50):
        records = [*bombs[:place], record("kim", body()), *bombs[place:]]
        portion = portion_of(records, BUDGET)
        assert "kim" in opened(portion)
        assert len(portion.opened) + len(portion.left) == 51


def test_the_lightest_of_a_lane_come_first_whatever_their_bodies_look_like() -> None:
    # Packed, the flood's are the smaller ones.
    flood, plain = body(2, 4_000), body(1, 1_000)
    assert len(flood) < len(plain)

    portion = portion_of([*alike(40, flood), record("kim", plain)], BUDGET)

    assert "kim" in opened(portion)
    assert portion.left


def test_a_lane_takes_no_more_than_another_that_has_as_much() -> None:
    text = body(chars=2_000)
    records = [*alike(100, text, "flood"), *alike(10, text, "kim"), *alike(3, text, "lee")]

    portion = portion_of(records, BUDGET)

    taken = [each.group_id for each, _ in portion.opened]
    assert taken.count("kim") == 10
    assert taken.count("lee") == 3
    assert taken.count("flood") == len(taken) - 13 > 13


def test_heavy_ones_and_usual_ones_each_have_half_where_there_are_both() -> None:
    heavy = body(chars=45_000)
    budget = Budget(Load(1_200_000, 100_000, 1_000), 10**9, 10)
    huge = alike(3, body(chars=590_000), name="huge")

    portion = portion_of([*huge, *alike(60, heavy)], budget)

    taken = opened(portion)
    assert sum(each.startswith("huge") for each in taken) == 1
    assert sum(each.startswith("default") for each in taken) >= 10
    assert len(portion.left) == 63 - len(taken)
    # Without the others each has all of it.
    assert len(portion_of(huge, budget).opened) == 2
    assert len(portion_of(alike(60, heavy), budget).opened) == 26


def test_what_finds_no_room_beside_others_waits_and_is_not_too_large() -> None:
    budget = Budget(Load(1_200_000, 100_000, 1_000), 10**9, 10)
    records = [*alike(60, body(chars=45_000)), record("huge", body(chars=590_000))]

    while records:
        portion = portion_of(records, budget)
        assert portion.unreadable == []
        assert portion.opened
        records = list(portion.left)


def test_each_batch_of_bombs_is_brought_to_an_end() -> None:
    budget = Budget(ROOM, scanned_bytes=200_000, destinations=10)
    records = [*alike(30, body(chars=3_000_000)), *alike(30, "no envelope", "other")]

    for _ in range(60):
        portion = portion_of(records, budget)
        settled = len(portion.opened) + len(portion.unreadable)
        assert settled + len(portion.left) == len(records)
        if records:
            assert settled
        records = list(portion.left)

    assert records == []


def test_no_more_is_scanned_in_a_batch_than_the_budget_says() -> None:
    bombs = alike(100, body(chars=3_000_000))

    portion = portion_of(bombs, Budget(ROOM, scanned_bytes=1_000_000, destinations=10))

    # Each is unpacked up to half of the budget, and to the end of a piece.
    assert 1 <= len(portion.unreadable) <= 4
    assert len(portion.left) == 100 - len(portion.unreadable)


def test_even_without_any_time_one_record_is_worked_on() -> None:
    portion = portion_of(alike(3, body()), Budget(ROOM, scanned_bytes=0, destinations=1))

    assert len(portion.opened) == 1
    assert len(portion.left) == 2


def test_destinations_beyond_the_most_wait_for_another_invocation() -> None:
    records = [record(f"r-{n}", body(destination=f"d-{n % 4}"), f"d-{n % 4}") for n in range(12)]

    portion = portion_of(records, Budget(ROOM, 10**9, destinations=3))

    assert {envelope.destination for _, envelope in portion.opened} == {"d-0", "d-1", "d-2"}
    assert len(portion.opened) == 9
    assert ids(portion.left) == ["r-3", "r-7", "r-11"]


def test_what_cannot_be_read_is_told_with_its_reason() -> None:
    deep = json.dumps({"v": 1, "destination": "default", "received_at_ms": 1, "events": [{}]})
    deep = deep.replace("[{}]", '[{"a":' + "[" * 101 + "]" * 101 + "}]")
    records = [record("a", "no envelope"), record("b", deep), record("c", body())]

    portion = portion_of(records, BUDGET)

    assert [(each.record_id, reason) for each, reason in portion.unreadable] == [
        ("a", "not_json"),
        ("b", "too_deep"),
    ]
    assert opened(portion) == ["c"]


def test_of_too_many_to_be_weighed_a_single_event_is() -> None:
    bombs = alike(40, body(chars=49_000))
    records = [*bombs, record("kim", body()), *alike(40, body(chars=48_000), name="more")]

    portion = portion_of(records, Budget(ROOM, scanned_bytes=100_000, destinations=10))

    assert "kim" in opened(portion)
    assert len(portion.opened) + len(portion.left) == 81
