"""The bucket's promise: whatever happens, HubSpot never counts more calls than it allows."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from effort import EFFORT
from hypothesis import given, settings
from hypothesis import strategies as st
from simulation.schedules import DAY_MS, JUMPS_MS, check, schedule

from cli.bench.simulation import simulate
from cli.bench.virtual import Schedule
from relay.core import bucket

SCHEDULES, PORTION = 1_000 * EFFORT, 100
ROUND_TRIP_S, CLOCK_ERROR_S = 0.25, 0.025
# A sender that asks DynamoDB a few times a second knows the time to within this, on average.
UNSURE_S = 0.09
# Of 10 s, a token is out for the length of its call, twice the clock error, and what its sender is unsure of.
BOUND = 10 / (10 + ROUND_TRIP_S + 2 * CLOCK_ERROR_S + UNSURE_S)


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, SCHEDULES, PORTION))
def test_neither_limit_is_exceeded_in_any_of_many_schedules(first: int) -> None:
    calls = [len(check(schedule(seed)).counted_ms) for seed in range(first, first + PORTION)]

    assert sum(calls) > 100 * PORTION


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    limit = draw(st.integers(1, 60))
    idle_from_ms = draw(st.integers(0, 20_000))
    has_days = draw(st.booleans())
    changed = st.tuples(st.integers(5_000, 15_000), st.integers(1, 60))
    rates = st.sampled_from((0.0, 0.05, 0.3))
    return Schedule(
        seed=draw(st.integers(0, 2**32)),
        limit=limit,
        workers=draw(st.integers(1, 6)),
        destinations=draw(st.integers(1, 2)),
        threads=draw(st.integers(1, 12)),
        duration_ms=35_000,
        round_trip_ms=draw(st.sampled_from((50, 250, 2_000))),
        surges=draw(rates),
        lost_answers=draw(rates),
        unknown_writes=draw(rates),
        crashes=draw(rates),
        skew_ms=100,
        clock_error_ms=100,
        idle_from_ms=idle_from_ms,
        idle_until_ms=idle_from_ms + draw(st.integers(0, 14_000)),
        day=draw(st.integers(1, 150)) if has_days else 1_000_000,
        day_ms=DAY_MS if has_days else 86_400_000,
        change=draw(st.none() | changed),
        wall_ms=draw(st.sampled_from((0, 5_000, 600_000))),
        jump=draw(rates),
        jumps_ms=JUMPS_MS,
        together=draw(st.booleans()),
        drift_ppm=draw(st.sampled_from((0, 500))),
    )


@pytest.mark.long
@settings(max_examples=150 * EFFORT, deadline=None)
@given(schedules())
def test_a_schedule_that_breaks_the_promise_would_be_shrunk(plan: Schedule) -> None:
    check(plan)


@pytest.mark.parametrize(
    ("name", "value"),
    [("HELD_MS", 1_000), ("WINDOW_MS", dict.fromkeys(bucket.Family, 9_500))],
    ids=["lent-too-short", "window-too-short"],
)
def test_the_simulation_would_notice_a_bucket_that_lends_too_early(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    monkeypatch.setattr(bucket, name, value)

    with pytest.raises(AssertionError):
        play(map(schedule, range(100)))


def test_the_simulation_would_notice_clocks_that_are_worse_than_allowed_for() -> None:
    with pytest.raises(AssertionError):
        play(replace(schedule(seed), clock_error_ms=0) for seed in range(100))


@pytest.mark.parametrize(
    "wrong",
    [{"wall_ms": 5_000, "jump": 0.0}, {"wall_ms": 0, "jump": 0.1, "jumps_ms": (-1_000, 1_000)}],
    ids=["wrong-from-the-start", "set-by-a-second"],
)
def test_the_simulation_would_notice_senders_that_believe_their_wall_clocks(wrong: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        play(replace(schedule(seed), believes_walls=True, **wrong) for seed in range(100))


@pytest.mark.parametrize("jump_ms", [-600_000, -60_000, 60_000, 600_000])
@pytest.mark.parametrize("together", [False, True])
def test_clocks_that_jump_by_minutes_keep_nobody_from_sending(jump_ms: int, *, together: bool) -> None:
    """A clock jumps every five seconds, or all of them do, and never back.

    What it takes away is a look at DynamoDB's time, and up to twenty tokens until they lapse.
    """
    jumping: dict[str, Any] = {"wall_ms": 600_000, "jump": 0.05, "jumps_ms": (jump_ms,), "together": together}
    outcome = simulate(replace(STANDING, duration_ms=200_000, **jumping))

    assert outcome.most_in_window() == STANDING.limit
    assert outcome.utilisation(STANDING.limit, 15_000, 200_000) > 0.8
    # Not once a call, but once after each jump and for each process, and when it begins.
    assert outcome.jumps > 40
    assert outcome.looks <= outcome.jumps + STANDING.workers


def play(plans: Iterable[Schedule]) -> None:
    for plan in plans:
        check(plan)


# Long runs: tokens come back in bursts, so that a short one may end just before one.
STANDING = Schedule(duration_ms=1_000_000)


@pytest.mark.long
@pytest.mark.parametrize("limit", [100, 190, 250])
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_standing_load_uses_what_is_possible_for_few_writes(limit: int, workers: int) -> None:
    outcome = simulate(replace(STANDING, limit=limit, workers=workers))
    used = outcome.utilisation(limit, 15_000, STANDING.duration_ms)

    assert outcome.most_in_window() == limit
    assert used >= 0.98 * BOUND
    assert outcome.writes / len(outcome.counted_ms) <= 0.55
    if workers == 4:
        assert used >= 0.95


def test_two_destinations_with_one_access_token_share_its_limit() -> None:
    outcome = simulate(replace(STANDING, duration_ms=300_000, workers=2, destinations=2, threads=4))

    assert outcome.most_in_window() == STANDING.limit
    assert outcome.utilisation(STANDING.limit, 15_000, 300_000) > 0.9
