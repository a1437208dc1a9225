"""The time that DynamoDB's answers tell, and clocks that are wrong."""

import random

import pytest

from relay.core.clocks import CLOCK_ERROR_MS, PARTED_MS, TICK_MS, WRONG_MS, Reading, SharedTime, Skew

# DynamoDB's time when the machine has been up for `UP_MS`.
TRUE_MS, UP_MS = 1_700_000_000_400, 50_000
TRIP_MS = 6


class Host:
    """A machine: what its clocks show, and answers of DynamoDB to it."""

    def __init__(self, wall_off_ms: int = 0) -> None:
        self.true_ms, self.up_ms, self.wall_off_ms = TRUE_MS, UP_MS, wall_off_ms
        self.time = SharedTime.at(self.read())

    def read(self) -> Reading:
        return Reading(self.up_ms, self.true_ms + self.wall_off_ms)

    def wait(self, ms: int, *, counted_ms: int | None = None) -> None:
        """Let time pass; the steady clock may count something else."""
        self.true_ms += ms
        self.up_ms += ms if counted_ms is None else counted_ms

    def ask(self, error_ms: int = 0) -> None:
        sent = self.read()
        self.wait(TRIP_MS // 2)
        date_ms = (self.true_ms + error_ms) // TICK_MS * TICK_MS
        self.wait(TRIP_MS // 2)
        self.time.hear(sent, self.read(), date_ms)

    def bounds(self) -> tuple[int, int]:
        """Return how far the earliest and the latest time that it may be are from the true time."""
        skew = self.time.skew(self.read())
        assert skew
        off_ms = self.time.now_ms(self.up_ms) - self.true_ms
        return off_ms + skew.least_ms, off_ms + skew.most_ms

    def off_ms(self) -> int:
        return self.time.now_ms(self.up_ms) - self.true_ms


def test_until_dynamodb_has_told_the_time_is_not_known_and_the_wall_clock_serves() -> None:
    host = Host(wall_off_ms=3_000)

    assert host.time.skew(host.read()) is None
    assert host.off_ms() == 3_000


@pytest.mark.parametrize("wall_off_ms", [0, 900, -900, 60_000, -60_000, 10**9])
def test_one_answer_tells_the_time_to_a_second_whatever_the_wall_clock_shows(wall_off_ms: int) -> None:
    host = Host(wall_off_ms)
    host.ask()

    least_ms, most_ms = host.bounds()

    assert least_ms <= 0 <= most_ms
    assert most_ms - least_ms == TICK_MS + TRIP_MS
    assert abs(host.off_ms()) <= TICK_MS + TRIP_MS


def test_a_wall_clock_that_is_right_is_left_as_it_is() -> None:
    host = Host(wall_off_ms=20)
    for _ in range(20):
        host.wait(137)
        host.ask()

    assert host.off_ms() == 20
    assert host.time.sets == 0


def test_further_answers_tell_it_closer_and_a_pause_less_close() -> None:
    host = Host(wall_off_ms=60_000)
    for _ in range(100):
        host.wait(167)
        host.ask()
    least_ms, most_ms = host.bounds()
    assert least_ms <= 0 <= most_ms
    assert most_ms - least_ms < 60

    host.wait(100_000)

    assert host.bounds() == (least_ms - 100, most_ms + 100)


@pytest.mark.parametrize("jump_ms", [PARTED_MS + 1, -PARTED_MS - 1, 600_000, -600_000])
def test_when_the_wall_clock_is_set_dynamodb_must_tell_anew(jump_ms: int) -> None:
    host = Host()
    host.ask()
    before_ms = host.off_ms()

    host.wall_off_ms += jump_ms
    assert host.time.skew(host.read()) is None
    assert host.off_ms() == before_ms

    host.wait(300)
    host.ask()
    least_ms, most_ms = host.bounds()
    assert least_ms <= 0 <= most_ms
    assert host.time.sets == 0


def test_a_steady_clock_that_has_stood_still_is_found_out_and_the_time_is_set() -> None:
    """A virtual machine that was stopped, and whose clocks were not told so."""
    host = Host()
    host.ask()
    host.wait(90_000, counted_ms=0)
    host.wall_off_ms -= 90_000
    assert host.off_ms() == -90_000

    host.ask()

    least_ms, most_ms = host.bounds()
    assert least_ms <= 0 <= most_ms
    assert host.time.sets == 1
    assert abs(host.off_ms()) <= TICK_MS + TRIP_MS


def test_clocks_of_dynamodb_that_differ_a_little_are_no_reason_to_set_the_time() -> None:
    host, dice = Host(), random.Random(1)
    for _ in range(300):
        host.wait(dice.randint(1, 700))
        host.ask(dice.choice((-CLOCK_ERROR_MS, CLOCK_ERROR_MS)))

    least_ms, most_ms = host.bounds()
    assert -TICK_MS < least_ms <= CLOCK_ERROR_MS
    assert -CLOCK_ERROR_MS <= most_ms < TICK_MS
    assert host.time.sets == 0


def test_an_answer_without_a_date_makes_do_with_the_wall_clock() -> None:
    host = Host(wall_off_ms=7)
    host.time.hear(host.read(), host.read(), None)

    assert host.time.skew(host.read()) == Skew()
    assert host.off_ms() == 7


def test_a_clock_that_is_only_a_little_wrong_is_not_set() -> None:
    host = Host()
    host.time.ahead_ms += WRONG_MS
    host.time.hear(host.read(), host.read(), None)

    assert host.time.sets == 0
    host.time.ahead_ms += 1
    host.time.hear(host.read(), host.read(), None)
    assert host.time.sets == 1


def test_an_answer_that_took_long_tells_less() -> None:
    host = Host()
    sent = host.read()
    host.wait(5_000)
    host.time.hear(sent, host.read(), host.true_ms // TICK_MS * TICK_MS)

    least_ms, most_ms = host.bounds()
    # A steady clock may have lost 5 ms meanwhile.
    assert most_ms - least_ms == TICK_MS + 5_000 + 5


def test_an_answer_that_was_given_at_once_and_read_late_is_right_by_a_slow_steady_clock() -> None:
    """A process that was stopped before it read what had come."""
    host = Host()
    host.true_ms += TICK_MS - host.true_ms % TICK_MS - 1
    sent, date_ms = host.read(), host.true_ms // TICK_MS * TICK_MS
    host.wait(100_100, counted_ms=100_000)
    host.time.hear(sent, host.read(), date_ms)

    least_ms, most_ms = host.bounds()
    assert least_ms <= 0 <= most_ms


@pytest.mark.parametrize("wall_off_ms", [0, 700, 240_000, -240_000])
def test_an_answer_without_a_date_tells_nothing_once_there_was_one(wall_off_ms: int) -> None:
    host = Host(wall_off_ms)
    host.ask()
    known = host.bounds(), host.off_ms(), host.time.sets

    host.time.hear(host.read(), host.read(), None)

    assert (host.bounds(), host.off_ms(), host.time.sets) == known
    host.wall_off_ms += 600_000
    host.time.hear(host.read(), host.read(), None)
    assert host.time.skew(host.read()) is None


@pytest.mark.parametrize("wall_off_ms", [300, -300, 240_000])
def test_what_the_wall_clock_has_shown_before_the_first_date_makes_nothing_narrower(wall_off_ms: int) -> None:
    host = Host(wall_off_ms)
    host.time.hear(host.read(), host.read(), None)
    host.ask()

    least_ms, most_ms = host.bounds()

    assert least_ms <= 0 <= most_ms
    assert most_ms - least_ms == TICK_MS + TRIP_MS


@pytest.mark.parametrize("jump_ms", [0, 600_000, -600_000])
def test_a_wall_clock_that_is_set_makes_nobody_surer_of_the_time(jump_ms: int) -> None:
    """A lease is over by the latest that it may be, whoever sets a clock meanwhile."""
    host = Host()
    assert host.time.within_ms(host.up_ms) == (TRUE_MS, TRUE_MS)
    host.ask()
    host.wall_off_ms += jump_ms
    host.wait(10_000)

    earliest_ms, latest_ms = host.time.within_ms(host.up_ms)

    assert earliest_ms <= host.true_ms <= latest_ms
    assert latest_ms - earliest_ms == TICK_MS + TRIP_MS + 2 * 10
