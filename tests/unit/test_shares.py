"""Whose share events use: a key's and a lane's, by default or as somebody has set it; and at what cost."""

import time
from dataclasses import dataclass, field

import pytest

from relay.core.grants import Grant
from relay.core.pace import BURST_MS
from relay.core.write_keys import PUBLIC_EVENTS_A_SECOND, SERVER_EVENTS_A_SECOND, Source
from relay.shares import LANE_EVENTS_A_SECOND, Shares, Wait, passed_ms

SERVER = Source("default", "5e")
PUBLIC = Source("default", "9b", grant=Grant("9b"))
LANE, ITS_LANE = "default", "default#9b"
BURST_S = BURST_MS // 1000


@dataclass
class Exact:
    """Counts what it is asked for; `waits_ms` are those of names that are used up, `seen_ms` known to be."""

    waits_ms: dict[str, int] = field(default_factory=dict)
    seen_ms: dict[str, int] = field(default_factory=dict)
    asked: list[tuple[str, int, int]] = field(default_factory=list)
    given_back: list[tuple[str, int, int]] = field(default_factory=list)

    def wait_ms(self, name: str, events: int, limit: int) -> int:
        self.asked.append((name, events, limit))
        return self.waits_ms.get(name, 0)

    def give_back(self, name: str, events: int, limit: int) -> None:
        self.given_back.append((name, events, limit))

    def seen_wait_ms(self, name: str, limit: int) -> int:
        assert limit > 0
        return self.seen_ms.get(name, 0)


@dataclass
class Clock:
    ms: int = 0

    def now_ms(self) -> int:
        return self.ms


def shares(exact: Exact | None = None, clock: Clock | None = None) -> Shares:
    return Shares(exact or Exact(), (clock or Clock()).now_ms)


def told(waiting: Wait | None) -> tuple[str, int, int]:
    """Return whose share is used up, its limit and the milliseconds to wait."""
    return (waiting.share.whose, waiting.share.limit, waiting.wait_ms) if waiting else ("", 0, 0)


@pytest.mark.parametrize(
    ("source", "lane", "whose", "limit"),
    [
        (PUBLIC, ITS_LANE, "write key", PUBLIC_EVENTS_A_SECOND),
        (SERVER, LANE, "write key", SERVER_EVENTS_A_SECOND),
        (None, LANE, "destination", LANE_EVENTS_A_SECOND),
        (Source("default", "9b", events_a_second=0), LANE, "destination", LANE_EVENTS_A_SECOND),
    ],
)
def test_where_nobody_has_set_a_limit_a_default_holds_that_costs_no_call(
    source: Source | None, lane: str, whose: str, limit: int
) -> None:
    exact = Exact()
    counted = shares(exact)

    taken = 0
    while not (waiting := counted.take(1, lane, None, source)):
        taken += 1

    assert told(waiting) == (whose, limit, max(1, 1_000 // limit))
    assert waiting.share.is_set is False
    assert taken == limit * BURST_S + 1
    assert exact.asked == []


def test_a_batch_passes_whole_by_any_default_and_what_follows_waits() -> None:
    clock = Clock()
    counted = shares(clock=clock)

    assert counted.take(4_000, ITS_LANE, None, PUBLIC) is None
    assert told(counted.take(1, ITS_LANE, None, PUBLIC)) == ("write key", 100, 30_000)
    assert told(counted.of_key(PUBLIC)) == ("write key", 100, 30_000)
    clock.ms = 30_000
    assert counted.of_key(PUBLIC) is None
    assert counted.take(1, ITS_LANE, None, PUBLIC) is None


def test_what_somebody_has_set_is_counted_exactly_and_by_lane() -> None:
    exact = Exact()
    counted = shares(exact)

    assert counted.take(4_000, ITS_LANE, 50, Source("default", "9b", events_a_second=7)) is None
    assert counted.take(9, LANE, 50, None) is None

    assert exact.asked == [("key#9b", 4_000, 7), (ITS_LANE, 4_000, 50), (LANE, 9, 50)]


def test_zero_is_no_limit_at_all() -> None:
    exact = Exact()
    counted = shares(exact)
    free = Source("default", "9b", events_a_second=0, grant=Grant("9b"))

    assert [counted.take(10**9, ITS_LANE, 0, free) for _ in range(3)] == [None] * 3
    assert exact.asked == []


def test_what_a_keys_set_limit_refuses_is_not_taken_from_its_lane() -> None:
    exact = Exact(waits_ms={"key#9b": 1_500})

    refused = shares(exact).take(3, ITS_LANE, 50, Source("default", "9b", events_a_second=7))

    assert told(refused) == ("write key", 7, 1_500)
    assert [name for name, _, _ in exact.asked] == ["key#9b"]


def test_what_its_lane_refuses_is_not_taken_from_a_key() -> None:
    exact = Exact(waits_ms={ITS_LANE: 900})
    source = Source("default", "9b", events_a_second=1)

    assert told(shares(exact).take(4_000, ITS_LANE, 50, source)) == ("destination", 50, 900)
    assert exact.given_back == [("key#9b", 4_000, 1)]

    exact.waits_ms = {"key#9b": 900}
    shares(exact).take(4_000, ITS_LANE, 50, source)
    exact.waits_ms = {}
    shares(exact).take(4_000, ITS_LANE, 50, source)
    assert len(exact.given_back) == 1


def test_what_a_default_refuses_is_not_counted_in_the_table() -> None:
    exact = Exact()
    counted = shares(exact)
    counted.take(4_000, ITS_LANE, 50, PUBLIC)

    assert told(counted.take(1, ITS_LANE, 50, PUBLIC))[0] == "write key"
    assert exact.asked == [(ITS_LANE, 4_000, 50)]


def test_what_the_table_refuses_is_not_counted_against_a_default() -> None:
    exact = Exact(waits_ms={ITS_LANE: 900})
    counted = shares(exact)

    for _ in range(3):
        assert told(counted.take(4_000, ITS_LANE, 50, PUBLIC)) == ("destination", 50, 900)
    exact.waits_ms.clear()
    assert counted.take(1, ITS_LANE, 50, PUBLIC) is None


def test_a_flood_through_one_public_key_leaves_the_shares_of_all_others() -> None:
    counted = shares()
    for _ in range(100):
        counted.take(4_000, ITS_LANE, None, PUBLIC)

    assert counted.take(4_000, "default#aa", None, Source("default", "aa", grant=Grant("aa"))) is None
    assert counted.take(4_000, LANE, None, SERVER) is None
    assert counted.take(4_000, "emea", None, None) is None


def test_what_the_table_has_said_is_known_before_a_request_is_read() -> None:
    exact = Exact(seen_ms={"key#9b": 700})
    counted = shares(exact)

    assert told(counted.of_key(Source("default", "9b", events_a_second=7))) == ("write key", 7, 700)
    assert counted.of_key(Source("default", "9b", events_a_second=0)) is None
    assert exact.asked == []


@pytest.mark.parametrize(
    ("jumps", "passed"),
    [
        ([(1_000, 1_000)], 1_000),
        # A clock that is set back takes nothing away.
        ([(1_000, -3_600_000)], 1_000),
        # A frozen environment, whose monotonic clock may have stood still.
        ([(0, 60_000)], 60_000),
        ([(500, -60_000), (500, 60_500)], 61_000),
    ],
)
def test_the_clock_never_goes_back(
    monkeypatch: pytest.MonkeyPatch, jumps: list[tuple[int, int]], passed: int
) -> None:
    monotonic, wall = 50, 1_793_527_200_000
    monkeypatch.setattr(time, "monotonic_ns", lambda: monotonic * 1_000_000)
    monkeypatch.setattr(time, "time_ns", lambda: wall * 1_000_000)
    now_ms = passed_ms()
    begin_ms = now_ms()

    for by_monotonic, by_wall in jumps:
        monotonic, wall, before_ms = monotonic + by_monotonic, wall + by_wall, now_ms()
        assert now_ms() >= before_ms

    assert now_ms() - begin_ms == passed
