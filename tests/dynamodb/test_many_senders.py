"""Many senders at once, at the limit: what is lent is never more, and all of it."""

import multiprocessing
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from dynamodb.calls import Call, make_calls
from dynamodb.tables import Table, take_all

from relay.adapters.bucket_table import BucketTable
from relay.core.bucket import Family, Limits

# HubSpot's, whatever the bucket believes.
WINDOW_MS = 10_000
LIMIT = 100
THREADS = 50
PROCESSES = 4
CALLS_A_PROCESS = 20
LIMIT_OF_PROCESSES = 40


def test_threads_that_share_a_sender_are_lent_exactly_the_limit(table: Table) -> None:
    sender = table.sender(Limits(burst=LIMIT))

    assert take_all_at_once(table, [sender] * THREADS) == LIMIT
    assert table.lent(Family.BURST) == LIMIT


def test_separate_senders_are_lent_exactly_the_limit(table: Table) -> None:
    """Exactly, because the clock stands still and the limit is a multiple of the ten that a write lends.

    So no write meets the few last tokens that a nearly full window keeps to itself, no token comes back, and
    every sender uses up what it was lent.
    """
    senders = [table.sender(Limits(burst=LIMIT)) for _ in range(THREADS)]

    assert take_all_at_once(table, senders) == LIMIT
    assert table.lent(Family.BURST) == LIMIT
    # A write that came too late was not applied.
    assert table.bucket().version == LIMIT // 10


@pytest.mark.parametrize("dynamodb", ["dynamodb_local"], indirect=True)
def test_no_rolling_window_holds_more_calls_than_the_limit(table: Table) -> None:
    """Separate processes, the real clock, and twice as many calls as fit into one window.

    So the window has to roll over, however fast the machine: the calls say themselves when they are done.
    """
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        limits = Limits(burst=LIMIT_OF_PROCESSES)
        made = [
            pool.submit(make_calls, table.url, table.name, limits, CALLS_A_PROCESS) for _ in range(PROCESSES)
        ]
        calls = [call for future in made for call in future.result()]

    assert len(calls) == PROCESSES * CALLS_A_PROCESS == 2 * LIMIT_OF_PROCESSES
    assert most_in_window(calls) <= LIMIT_OF_PROCESSES


def take_all_at_once(table: Table, senders: Sequence[BucketTable]) -> int:
    """Take all tokens with a thread for each of `senders`, all of which start together."""
    start = threading.Barrier(len(senders))

    def take(sender: BucketTable) -> int:
        start.wait()
        return take_all(sender, Family.BURST, table.clock)

    with ThreadPoolExecutor(len(senders)) as threads:
        return sum(threads.map(take, senders))


def most_in_window(calls: Sequence[Call]) -> int:
    """Return how many calls HubSpot might have counted in one window at most.

    It counts a call at some moment between its sending and its answer, so one that was on its way at any time
    in a window may be in it. No other choice of moments gives more. The fullest window begins with an answer.
    """
    begins = [call.answered_at_ms for call in calls]
    return max(
        sum(call.answered_at_ms >= begin and call.sent_at_ms <= begin + WINDOW_MS for call in calls)
        for begin in begins
    )
