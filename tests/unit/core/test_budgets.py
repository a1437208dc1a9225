"""How much one invocation of the sender works on, by its memory and the time that is left."""

import pytest

from relay.core.budgets import (
    BASE_MB,
    BYTE_COST,
    DEFAULT_BUDGET,
    EVENT_COST,
    MAX_DESTINATIONS,
    ORDINARY,
    VALUE_COST,
    Budget,
    Load,
    budget_for,
)

MB = 1024 * 1024
TIMEOUT_MS = 120_000
# What was measured of one vCPU: the dearest event, the dearest value, a megabyte that is unpacked.
EVENT_MS, VALUE_MS, MEGABYTE_MS = 0.7, 0.02, 4
VALUES_OF_AN_EVENT, BYTES_OF_AN_EVENT = 60, 2_000


def peak_mb(budget: Budget) -> float:
    whole = budget.whole
    unpacked = whole.unpacked_bytes * BYTE_COST + whole.values * VALUE_COST + whole.events * EVENT_COST
    return BASE_MB + unpacked / MB


def cpu_ms(budget: Budget, memory_mb: int) -> float:
    work = budget.whole.events * EVENT_MS + budget.whole.values * VALUE_MS
    # Weighed, and in vain.
    scans = 2 * budget.scanned_bytes / 1_000_000 * MEGABYTE_MS
    return (work + scans) / min(1, memory_mb / 1_769)


@pytest.mark.parametrize("memory_mb", [512, 600, 1_024, 1_769, 3_008, 10_240])
def test_the_dearest_batch_takes_less_than_half_of_the_memory_and_of_the_time(memory_mb: int) -> None:
    budget = budget_for(memory_mb, TIMEOUT_MS)

    assert peak_mb(budget) <= memory_mb / 2
    assert cpu_ms(budget, memory_mb) < TIMEOUT_MS / 2


def test_256_mb_hold_two_messages_of_the_usual_size_and_what_they_take() -> None:
    budget = budget_for(256, TIMEOUT_MS)

    assert ORDINARY.fits(budget.half)
    assert peak_mb(budget) < 256 * 0.7
    assert cpu_ms(budget, 256) < TIMEOUT_MS / 2


def test_the_default_admits_ten_thousand_ordinary_events() -> None:
    ordinary = Load(10_000 * BYTES_OF_AN_EVENT, 10_000 * VALUES_OF_AN_EVENT, 10_000)

    assert budget_for(1_769, TIMEOUT_MS) == DEFAULT_BUDGET
    assert ordinary.fits(DEFAULT_BUDGET.whole)


def test_less_time_is_less_work_but_never_less_than_a_usual_message() -> None:
    assert budget_for(1_769, 20_000).whole.events == 5_000
    assert budget_for(1_769, 20_000).whole.values == 200_000
    for left_ms in (1, 0, -5_000):
        budget = budget_for(1_769, left_ms)
        assert ORDINARY.fits(budget.half)
        assert budget.scanned_bytes >= 0


@pytest.mark.parametrize(("memory_mb", "destinations"), [(256, 16), (512, 32), (10_240, MAX_DESTINATIONS)])
def test_destinations_are_bounded(memory_mb: int, destinations: int) -> None:
    assert budget_for(memory_mb, TIMEOUT_MS).destinations == destinations


@pytest.mark.parametrize("more", [Load(1, 0, 0), Load(0, 1, 0), Load(0, 0, 1)])
def test_what_is_exactly_as_large_as_the_room_fits_and_one_more_does_not(more: Load) -> None:
    room = Load(10, 20, 30)

    assert room.fits(room)
    assert not (room + more).fits(room)
    assert (room + more).within(room) == room
    assert (room + more) - room == more


def test_the_share_is_of_what_there_is_most_taken() -> None:
    assert Load(1, 1, 9).share_of(Load(10, 10, 10)) == 0.9
    assert Load(5, 1, 1).share_of(Load(10, 10, 10)) == 0.5
    assert Load(1, 7, 1).share_of(Load(10, 10, 10)) == 0.7
