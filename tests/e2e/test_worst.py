"""The worst batches that SQS may hand out, in the sender's own process: memory is a count, time is not."""

import sys
from collections.abc import Iterator

import pytest

from cli.bench.backlog import quiet_relay
from cli.bench.w2 import prepare
from cli.bench.worst import Spent, run
from cli.bench.worst_batches import MAX_PAYLOAD_BYTES, MAX_RECORDS, batch, payload_bytes
from cli.local import LocalRelay
from cli.standin.server import StandIn

MEMORY_MB = 512
# The dearest of each kind; `make bench BENCH=worst` has all of them.
WORST = ("small_bombs", "unknown_traits", "wide_texts", "all_at_once")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is Linux's to tell")


@pytest.fixture(scope="module")
def small() -> Iterator[tuple[LocalRelay, StandIn]]:
    with quiet_relay(SenderMemorySize=str(MEMORY_MB)) as (relay, standin):
        prepare(standin)
        yield relay, standin


@pytest.mark.parametrize("name", WORST)
def test_a_worst_batch_takes_less_than_half_of_the_memory_and_nobody_suffers(
    small: tuple[LocalRelay, StandIn], name: str
) -> None:
    spent: Spent = run(*small, name)

    assert spent.peak_mb < MEMORY_MB / 2
    assert spent.failed == 0
    assert spent.is_neighbour_delivered
    # It was more than one invocation works on.
    assert spent.back_on_the_queue + spent.rejected


@pytest.mark.parametrize("name", WORST)
def test_the_worst_batches_are_as_large_as_they_may_be_and_no_larger(name: str) -> None:
    records = batch(name)

    assert payload_bytes(records) <= MAX_PAYLOAD_BYTES
    assert len(records) == MAX_RECORDS or payload_bytes(records) > 0.9 * MAX_PAYLOAD_BYTES
