"""What one execution environment takes in by default: at once, in the long run, and of how many."""

import pytest

from relay.core.pace import BURST_MS, MAX_NAMES, OwnPace

LIMIT = 100
BURST = BURST_MS * LIMIT // 1000


def passed(pace: OwnPace, now_ms: int, asked: int, events: int = 1, name: str = "a") -> int:
    """Ask for events so many times; return how often they were taken."""
    taken = 0
    for _ in range(asked):
        if not pace.wait_ms(name, now_ms):
            pace.take(name, events, LIMIT, now_ms)
            taken += 1
    return taken


def test_a_burst_may_come_at_once_and_then_as_many_as_the_limit_says() -> None:
    pace = OwnPace()

    # The one that begins at the very end of the burst is taken too.
    assert passed(pace, 5, 2 * BURST) == BURST + 1
    assert passed(pace, 505, BURST) == LIMIT // 2
    # Whoever has been quiet has no more than a burst.
    assert passed(pace, 10_000_000, 2 * BURST) == BURST + 1


def test_a_batch_is_taken_whole_and_those_after_it_wait_until_it_is_paid_for() -> None:
    pace = OwnPace()
    pace.take("a", 4_000, LIMIT, 0)

    assert pace.wait_ms("a", 0) == 40_000 - BURST_MS
    assert [pace.wait_ms("a", at_ms) for at_ms in (29_999, 30_000)] == [1, 0]


@pytest.mark.parametrize("limit", [1, 3, 999, 5_000, 250_000])
def test_the_average_holds_whatever_the_limit_and_the_size(limit: int) -> None:
    pace, taken, seconds = OwnPace(), 0, 60
    for now_ms in range(0, seconds * 1000, 10):
        for events in (1, 7):
            if not pace.wait_ms("a", now_ms):
                pace.take("a", events, limit, now_ms)
                taken += events

    most = limit * (seconds + BURST_MS / 1000)
    asked = 8 * 100 * seconds
    assert min(asked, most) - 8 <= taken <= most + 8


def test_names_do_not_pay_for_each_other() -> None:
    pace = OwnPace()
    pace.take("a", 1_000_000, LIMIT, 0)

    assert (pace.wait_ms("b", 0), passed(pace, 0, 1, name="b")) == (0, 1)


def test_names_beyond_the_bound_push_out_what_owes_nothing_first() -> None:
    pace = OwnPace()
    pace.take("flood", 1_000_000, LIMIT, 0)
    for n in range(3 * MAX_NAMES):
        # Each of the others owes its event for 10 ms.
        pace.take(f"n-{n}", 1, LIMIT, n * 20)

    assert pace.wait_ms("flood", 3 * MAX_NAMES * 20) > 0


def test_where_all_owe_those_that_were_asked_for_longest_ago_are_forgotten() -> None:
    pace = OwnPace()
    for n in range(MAX_NAMES + 1):
        pace.take(f"n-{n}", 1_000_000, LIMIT, 0)

    waits = [pace.wait_ms(f"n-{n}", 0) > 0 for n in range(MAX_NAMES + 1)]
    assert waits == [False] + [True] * MAX_NAMES
