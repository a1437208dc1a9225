"""What is made is counted for all senders before it is made."""

import pytest
from fakes import Clock, FakeMade

from relay.core.outcomes import Deferred
from relay.core.quotas import MakingLimits
from relay.making import AGAIN_AFTER_MS, EVENTS, Making

LIMIT = "not_made: max_new_names_an_hour"


def making(store: FakeMade, clock: Clock, an_hour: int = 1) -> Making:
    return Making(store, MakingLimits(an_hour=an_hour), clock.now_ms)


def test_senders_share_a_count_and_each_kind_has_its_own() -> None:
    store, clock = FakeMade(), Clock()

    assert making(store, clock).reserve(EVENTS, ["a"]).names == {"a"}
    assert making(store, clock).reserve(EVENTS, ["b"]).refused == {"b": LIMIT}
    assert making(store, clock).reserve("contacts", ["b"]).names == {"b"}


def test_what_was_refused_is_not_asked_for_again_at_once() -> None:
    store, clock = FakeMade(), Clock()
    maker = making(store, clock)
    maker.reserve(EVENTS, ["a", "b"])
    loads = store.loads

    assert maker.reserve(EVENTS, ["b"]).refused == {"b": LIMIT}
    assert store.loads == loads
    clock.now += AGAIN_AFTER_MS
    maker.reserve(EVENTS, ["b"])
    assert store.loads == loads + 1


def test_what_another_sender_was_quicker_with_is_counted_anew() -> None:
    store = FakeMade(rivals=2)

    assert making(store, Clock()).reserve(EVENTS, ["a"]).names == {"a"}
    assert store.loads == 3


@pytest.mark.parametrize("store", [FakeMade(is_down=True), FakeMade(rivals=3)])
def test_what_cannot_be_counted_is_not_made_and_waits(store: FakeMade) -> None:
    found = making(store, Clock()).reserve(EVENTS, ["a"])

    assert (found.names, found.refused) == (frozenset(), {})
    assert found.waits == Deferred("memory_unavailable")


def test_nothing_that_is_asked_for_costs_nothing() -> None:
    store = FakeMade(is_down=True)

    assert making(store, Clock()).reserve(EVENTS, []).waits is None
    making(store, Clock()).give_back(EVENTS, [])
    assert store.loads == 0


def test_what_hubspot_has_not_made_makes_room_again() -> None:
    store, clock = FakeMade(), Clock()
    maker = making(store, clock)
    maker.reserve(EVENTS, ["a"])
    maker.give_back(EVENTS, ["a"])

    assert maker.reserve(EVENTS, ["b"]).names == {"b"}


def test_a_count_that_is_out_of_reach_is_given_nothing_back() -> None:
    making(FakeMade(is_down=True), Clock()).give_back(EVENTS, ["a"])


def test_names_that_somebody_makes_up_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.making.MOST_REFUSED", 1)
    store = FakeMade()
    maker = making(store, Clock(), an_hour=0)
    for name in ("a", "b", "c"):
        maker.reserve(EVENTS, [name])
    loads = store.loads

    maker.reserve(EVENTS, ["a"])

    assert store.loads == loads + 1
