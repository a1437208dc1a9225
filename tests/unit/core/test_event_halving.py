"""In which parts events are sent again, after a batch of them was refused."""

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

import pytest
from builders import reply

from relay.core.answers import NoReply, Reply
from relay.core.event_batches import Repair, Verdict
from relay.core.event_halving import (
    AT_ONCE,
    MAX_REFUSED_ALIKE,
    EventHalving,
    Words,
    part_size,
    parts_of,
    shuffled,
)
from relay.core.occurrences import CustomEvent
from relay.core.outcomes import Deferred, Delivered, Rejected

NO = Rejected("refused", "no")
ALIKE = Deferred("refused_alike")
Parts = list[list[str]]


def events(count: int, name: str = "pe7_seen") -> list[CustomEvent]:
    return [CustomEvent(name, f"m-{n}", "", {}, {}) for n in range(count)]


def searched(
    halving: EventHalving, is_bad: Callable[[CustomEvent], bool], message: str = "no"
) -> tuple[list[Parts], dict[str, Verdict]]:
    """Play a HubSpot that refuses each part with a bad event; return the rounds, and verdicts by uuid."""
    rounds: list[Parts] = []
    while parts := halving.next():
        rounds.append([[event.uuid for event in part] for part in parts])
        for part in parts:
            halving.read(part, reply(400, message=message) if any(map(is_bad, part)) else Reply(204))
    return rounds, {key.uuid: verdict for key, verdict in halving.verdicts().items()}


def called(*uuids: str) -> Callable[[CustomEvent], bool]:
    return lambda event: event.uuid in uuids


def test_what_is_accepted_is_sent_once_in_its_order() -> None:
    rounds, verdicts = searched(EventHalving([events(3), events(1, "pe7_a")], seed=1), called())

    assert rounds == [[["m-0", "m-1", "m-2"], ["m-0"]]]
    assert set(verdicts.values()) == {Delivered("")}


def test_a_bad_event_is_found_and_the_others_are_accepted() -> None:
    rounds, verdicts = searched(EventHalving([events(500)], seed=1), called("m-77"))

    assert {uuid for uuid, verdict in verdicts.items() if verdict == NO} == {"m-77"}
    assert len(verdicts) == 500
    assert sum(map(len, rounds)) < 25


def test_the_largest_parts_are_sent_first_and_only_some_at_a_time() -> None:
    rounds, _ = searched(EventHalving([events(250)], seed=1), lambda event: event.uuid.endswith(("3", "7")))

    lengths = [[len(part) for part in parts] for parts in rounds]
    assert max(map(len, lengths)) == AT_ONCE
    assert all(each == sorted(each, reverse=True) for each in lengths)


def test_it_ends_when_no_call_is_left() -> None:
    halving = EventHalving([events(40), events(40, "pe7_a")], seed=1, calls_left=3)
    rounds, verdicts = searched(halving, called("m-7"))

    assert [len(parts) for parts in rounds] == [2, 3]
    assert Deferred("too_many_refusals") in verdicts.values()
    assert halving.calls_left == 0


@pytest.mark.parametrize("count", [5, MAX_REFUSED_ALIKE, 200])
def test_where_nothing_is_accepted_and_all_is_refused_alike_all_wait(count: int) -> None:
    halving = EventHalving([events(count)], seed=1)
    rounds, verdicts = searched(halving, lambda _: True)

    at_last = {each.at_last for each in verdicts.values() if isinstance(each, Deferred)}
    assert {each.reason for each in verdicts.values() if isinstance(each, Deferred)} == {ALIKE.reason}
    assert len(verdicts) == count
    assert at_last == ({NO} if count <= MAX_REFUSED_ALIKE else {NO, None})
    assert sum(map(len, rounds)) < 2 * MAX_REFUSED_ALIKE + 40
    assert halving.own_words() == set()


@pytest.mark.parametrize(("count", "own"), [(4, ()), (40, [Words("", "no")])], ids=["few", "known words"])
def test_what_is_the_events_own_fault_is_refused(count: int, own: Collection[Words]) -> None:
    _, verdicts = searched(EventHalving([events(count)], seed=1, own=own), lambda _: True)

    assert set(verdicts.values()) == {NO}


def test_what_was_refused_while_others_were_accepted_is_said_of_the_events() -> None:
    halving = EventHalving([events(9)], seed=1)
    _, verdicts = searched(halving, called(*(f"m-{n}" for n in range(8))), "bad")

    assert list(verdicts.values()).count(Rejected("refused", "bad")) == 8
    assert halving.own_words() == {Words("", "bad")}


def test_what_was_not_sent_is_settled_without_a_call() -> None:
    halving = EventHalving([events(2)], seed=1)
    (part,) = halving.next()
    halving.settle(part, {event.key: Rejected("missing_tier") for event in part})

    assert halving.next() == []
    assert set(halving.verdicts().values()) == {Rejected("missing_tier")}


def test_what_an_answer_does_not_settle_waits_and_what_it_does_not_name_is_sent_again() -> None:
    halving = EventHalving([[*events(1), *events(1, "pe7_b")]], seed=1)
    (part,) = halving.next()
    halving.read(part, reply(400, message="Event pe7_b does not exist"))
    (rest,) = halving.next()
    halving.read(rest, NoReply("no_time"))

    verdicts = halving.verdicts()
    assert [event.event_name for event in rest] == ["pe7_seen"]
    assert verdicts[rest[0].key] == Deferred("no_time")
    assert isinstance(verdicts[part[1].key], Repair)


def test_the_order_is_the_seeds_and_kinds_stay_together() -> None:
    mixed = [*events(50), *events(50, "pe7_a")]

    orders = [[event.key for event in shuffled(mixed, seed)] for seed in (1, 1, 2)]

    assert orders[0] == orders[1] != orders[2]
    assert [key.event_name for key in orders[2]] == ["pe7_a"] * 50 + ["pe7_seen"] * 50


@pytest.mark.parametrize("uuids", [[f"{n:036x}" for n in range(250)], [f"m-{n}" for n in range(250)]])
@pytest.mark.parametrize("seed", [1_780_000_060_000, 1_780_000_937_123])
def test_whoever_stood_beside_an_event_stands_elsewhere_at_the_next_look(uuids: list[str], seed: int) -> None:
    many = [CustomEvent("pe7_seen", uuid, "", {}, {}) for uuid in uuids]

    orders = [[event.uuid for event in shuffled(many, each)] for each in (1_780_000_000_000, seed)]

    before, after = ({frozenset(pair) for pair in pairwise(order)} for order in orders)
    assert len(before & after) < 15


@pytest.mark.parametrize(
    ("refused", "sent", "at_least", "at_most"),
    [
        (1, [250], 100, 250),
        (2, [125, 125], 30, 60),
        (1, [125, 125], 100, 130),
        (10, [4] * 10, 1, 1),
        (0, [4], 1, 1),
    ],
)
def test_the_more_parts_are_refused_the_smaller_are_the_next(
    refused: int, sent: Sequence[int], at_least: int, at_most: int
) -> None:
    assert at_least <= part_size(refused, sent) <= at_most


@pytest.mark.parametrize(
    ("count", "size", "lengths"),
    [(10, 5, [5, 5]), (10, 9, [5, 5]), (10, 4, [3, 3, 4]), (3, 1, [1, 1, 1]), (2, 50, [1, 1])],
)
def test_parts_are_about_alike(count: int, size: int, lengths: list[int]) -> None:
    whole = events(count)

    parts = parts_of(whole, size)

    assert [len(part) for part in parts] == lengths
    assert [event for part in parts for event in part] == whole
