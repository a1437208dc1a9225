"""Calls of one process, whose threads share a sender; its module is imported by processes of their own."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from dynamodb.tables import KEY, connect

from relay.adapters.bucket_table import BucketTable
from relay.core.bucket import WAIT_MS, Family, Limits
from relay.core.purse import Token

THREADS = 8
CALL_S = 0.02
# Each try waits for up to 15 s, and a window is rolled over in less.
TRIES = 8


@dataclass(frozen=True, slots=True)
class Call:
    """When a call was sent and when its answer came."""

    sent_at_ms: int
    answered_at_ms: int


def make_calls(url: str, table: str, limits: Limits, calls: int) -> Sequence[Call]:
    """Make so many calls, as fast as the bucket allows."""
    with closing(connect(url)) as client, ThreadPoolExecutor(THREADS) as threads:
        sender = BucketTable(client, table, KEY, limits=limits)
        made = list(threads.map(lambda _: make_call(sender), range(calls)))
        sender.give_back()
    return made


def make_call(sender: BucketTable) -> Call:
    """Make one call as soon as there is a token."""
    token = wait_for_token(sender)
    sent_at_ms = now_ms()
    time.sleep(CALL_S)
    answered_at_ms = now_ms()
    sender.settle(token, answered_at_ms)
    return Call(sent_at_ms, answered_at_ms)


def wait_for_token(sender: BucketTable) -> Token:
    """Return a token; fail if there is none for a long time."""
    for _ in range(TRIES):
        found = sender.take(Family.BURST, now_ms() + WAIT_MS)
        if isinstance(found, Token):
            return found
    raise TimeoutError("no token for minutes")


def now_ms() -> int:
    """Return the time of this machine."""
    return time.time_ns() // 1_000_000
