"""Writes that DynamoDB applied, while their answers were lost on the way."""

from collections.abc import Callable, Collection
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.httpsession import URLLib3Session
from dynamodb.tables import KEY, TRIES, Table, take_all
from fakes import Clock

from relay.adapters.bucket_table import BucketTable
from relay.adapters.lease_table import Lease, LeaseTable
from relay.core.bucket import Family, Limits
from relay.core.doubts import Doubt
from relay.core.purse import NoToken, Token

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from mypy_boto3_dynamodb import DynamoDBClient

LIMITS = Limits(burst=30)
REST_MS = 100_000
APPLIED, REFUSED = 200, 400


@pytest.mark.parametrize("nth", [1, 2], ids=["of the first write", "of a later write"])
def test_a_lost_answer_costs_no_token_and_lends_none_twice(table: Table, nth: int) -> None:
    client = table.client()
    lost = lose_answers(client, {nth})

    assert take_all(table.sender(LIMITS, client), Family.BURST, table.clock) == LIMITS.burst
    assert lost == [APPLIED]
    # The write that was sent twice is in it once.
    assert table.bucket().version == LIMITS.burst // 10
    assert table.lent(Family.BURST) == table.bucket().used_today == LIMITS.burst


def test_what_a_write_with_a_lost_answer_has_settled_is_settled_once(table: Table) -> None:
    client = table.client()
    sender = table.sender(LIMITS, client)
    take_and_return_ten(sender, table.clock)
    lost = lose_answers(client, {1})

    assert take_all(sender, Family.BURST, table.clock) == LIMITS.burst
    assert lost == [APPLIED]
    assert table.lent(Family.BURST) == table.bucket().used_today == LIMITS.burst


def test_a_write_that_another_has_overwritten_is_not_believed(table: Table) -> None:
    """Whether it was applied cannot be known: what it lent lapses, what it settled is forgotten."""
    client = table.client()
    sender, other = table.sender(LIMITS, client), table.sender(LIMITS)
    take_and_return_ten(sender, table.clock)
    overtaken = []
    lost = lose_answers(client, {1}, lambda: overtaken.append(other.take(Family.BURST, table.clock.now)))

    assert take_all(sender, Family.BURST, table.clock) == 10
    assert lost == [APPLIED]
    assert isinstance(overtaken[0], Token)
    assert take_all(other, Family.BURST, table.clock) == 9
    assert table.lent(Family.BURST) == table.bucket().used_today == LIMITS.burst


def test_when_all_answers_are_lost_there_is_no_token_until_the_next_take(table: Table) -> None:
    client = table.client()
    sender = table.sender(LIMITS, client)
    take_and_return_ten(sender, table.clock)
    lost = lose_answers(client, range(1, 1 + TRIES))

    found = sender.take(Family.BURST, table.clock.now)

    assert isinstance(found, NoToken)
    assert found.reason == "bucket_unavailable: ReadTimeoutError"
    # The repetitions met what the first had written.
    assert lost == [APPLIED, *[REFUSED] * (TRIES - 1)]
    assert take_all(sender, Family.BURST, table.clock) == LIMITS.burst - 10
    assert table.lent(Family.BURST) == table.bucket().used_today == LIMITS.burst


def test_a_bucket_that_has_gone_is_begun_anew(table: Table) -> None:
    """DynamoDB removes what has expired; a refused write then comes back without an item."""
    client = table.client()
    sender = table.sender(LIMITS, client)
    assert take_all(sender, Family.BURST, table.clock) == LIMITS.burst
    client.delete_item(TableName=table.name, Key={"pk": {"S": KEY}})
    # Until all that was lent has lapsed.
    table.clock.now += 60_000

    assert take_all(sender, Family.BURST, table.clock) == LIMITS.burst
    assert table.bucket().version == LIMITS.burst // 10


@pytest.mark.parametrize(("has_run_out", "nth"), [(False, 1), (True, 2)], ids=["free", "run out"])
def test_a_lease_is_held_although_the_answer_was_lost(table: Table, *, has_run_out: bool, nth: int) -> None:
    client, now_ms = table.client(), table.clock.now
    doubt = Doubt(now_ms + 60_000, now_ms + 1_000 + REST_MS) if has_run_out else Doubt()
    if has_run_out:
        LeaseTable(client, table.name, REST_MS, table.clock.now_ms).acquire(
            "default", "h-1", until_ms=now_ms + 1_000, wait_until_ms=now_ms
        )
        table.clock.now = doubt.until_ms
    lost = lose_answers(client, {nth})
    leases = LeaseTable(client, table.name, REST_MS, table.clock.now_ms)

    found = leases.acquire("default", "h-2", until_ms=table.clock.now + 60_000, wait_until_ms=0)

    assert (found, lost) == (Lease(doubt), [APPLIED])


def test_a_lease_that_was_let_go_with_doubts_keeps_them_although_the_answer_was_lost(table: Table) -> None:
    client, until_ms = table.client(), table.clock.now + 60_000
    leases = LeaseTable(client, table.name, REST_MS, table.clock.now_ms)
    leases.acquire("default", "h-1", until_ms=until_ms, wait_until_ms=0)
    lost = lose_answers(client, {1})
    doubt = Doubt(until_ms, until_ms + REST_MS)

    leases.release("default", "h-1", doubt)

    assert lost == [APPLIED]
    found = leases.acquire("default", "h-2", until_ms=until_ms, wait_until_ms=0)
    assert found == Lease(doubt)


def take_and_return_ten(sender: BucketTable, clock: Clock) -> None:
    """Take the tokens of one write and settle them unused, which the next write will tell the bucket.

    All tokens look alike while the clock stands still: settled twice, they would free somebody else's.
    """
    for token in [sender.take(Family.BURST, clock.now) for _ in range(10)]:
        assert isinstance(token, Token)
        sender.settle(token, None)


def lose_answers(
    client: "DynamoDBClient", which: Collection[int], meanwhile: Callable[[], object] = lambda: None
) -> list[int]:
    """Lose the answers to some of the writes that `client` sends, counted from 1 and with repetitions.

    DynamoDB has answered, and `meanwhile` has happened, when the client believes that it waited in vain.
    Returns the status codes of the answers that are lost, as they come.
    """
    sent, lost = count(1), []

    def send(request: "AWSPreparedRequest", **_: object) -> None:
        if next(sent) not in which:
            return
        with closing(URLLib3Session()) as http:
            lost.append(http.send(request).status_code)
        meanwhile()
        raise ReadTimeoutError(endpoint_url=request.url)

    client.meta.events.register("before-send.dynamodb.UpdateItem", send)
    return lost
