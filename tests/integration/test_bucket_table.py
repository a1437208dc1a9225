"""The token bucket's one conditional write, against moto."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from fakes import Clock, create_table
from mypy_boto3_dynamodb import DynamoDBClient

from relay.adapters.bucket_table import TOKENS_PER_TAKE, BucketTable, Token
from relay.core.bucket import CLOCK_ERROR_MS, HELD_MS, WINDOW_MS

KEY = {"pk": {"S": "bucket#1"}}


@pytest.fixture
def client() -> DynamoDBClient:
    client = boto3.client("dynamodb")
    create_table(client, "buckets")
    return client


@pytest.fixture
def clock() -> Clock:
    return Clock()


def table(client: DynamoDBClient, clock: Clock, limit: int = 20) -> BucketTable:
    return BucketTable(client, "buckets", "bucket#1", limit=limit, now_ms=clock.now_ms)


def take(bucket: BucketTable, clock: Clock) -> Token | None:
    """Take without waiting."""
    return bucket.take(clock.now)


def version(client: DynamoDBClient) -> int:
    return int(client.get_item(TableName="buckets", Key=KEY)["Item"]["version"]["N"])


def test_ten_calls_cost_one_write(client: DynamoDBClient, clock: Clock) -> None:
    bucket = table(client, clock)

    assert all(take(bucket, clock) for _ in range(TOKENS_PER_TAKE))
    assert version(client) == 1


def test_two_senders_never_lend_more_than_the_limit(client: DynamoDBClient, clock: Clock) -> None:
    first, second = table(client, clock), table(client, clock)

    taken = [take(sender, clock) for _ in range(20) for sender in (first, second)]

    assert sum(token is not None for token in taken) == 20


def test_a_token_comes_back_a_window_after_the_answer(client: DynamoDBClient, clock: Clock) -> None:
    bucket = table(client, clock, limit=1)
    token = take(bucket, clock)
    assert token
    clock.now += 300
    bucket.settle(token, was_used=True)

    clock.now += WINDOW_MS + 2 * CLOCK_ERROR_MS - 1
    assert take(bucket, clock) is None
    clock.now += 1
    assert take(bucket, clock)


def test_unused_tokens_are_given_back_at_the_end(client: DynamoDBClient, clock: Clock) -> None:
    first, second = table(client, clock, limit=10), table(client, clock, limit=10)
    used = take(first, clock)
    assert used
    first.settle(used, was_used=True)
    first.give_back()

    assert sum(take(second, clock) is not None for _ in range(10)) == 9


def test_the_tokens_of_a_crashed_sender_lapse_by_themselves(client: DynamoDBClient, clock: Clock) -> None:
    crashed, other = table(client, clock, limit=10), table(client, clock, limit=10)
    assert take(crashed, clock)

    clock.now += HELD_MS + WINDOW_MS
    assert take(other, clock) is None
    clock.now += 2 * CLOCK_ERROR_MS
    assert take(other, clock)


def test_a_token_that_was_not_used_in_time_is_not_used_at_all(client: DynamoDBClient, clock: Clock) -> None:
    bucket = table(client, clock, limit=10)
    assert take(bucket, clock)
    clock.now += 2_000

    token = take(bucket, clock)

    assert token
    assert token.use_by_ms == clock.now + 2_000


def test_the_item_of_the_largest_limit_stays_under_one_write_unit(
    client: DynamoDBClient, clock: Clock
) -> None:
    bucket = table(client, clock, limit=250)
    for _ in range(250):
        assert take(bucket, clock)

    item = client.get_item(TableName="buckets", Key=KEY)["Item"]
    size = sum(len(name) for name in item) + len(item["offsets"]["B"]) + len(item["nonce"]["S"]) + 4 * 21
    assert size < 1024


def test_a_write_whose_answer_was_lost_is_recognised_by_its_nonce(
    client: DynamoDBClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = table(client, clock)
    write = client.update_item

    def twice(**arguments: Any) -> object:
        write(**arguments)
        return write(**arguments)

    monkeypatch.setattr(client, "update_item", twice)
    assert sum(take(bucket, clock) is not None for _ in range(30)) == 20


def test_without_dynamodb_there_is_no_token_and_nothing_is_settled_twice(
    client: DynamoDBClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = table(client, clock, limit=10)
    for _ in range(10):
        token = take(bucket, clock)
        assert token
        bucket.settle(token, was_used=False)

    def applied_but_unanswered(**_: Any) -> object:
        client.get_item(TableName="buckets", Key=KEY)
        raise ConnectTimeoutError(endpoint_url="dynamodb")

    with monkeypatch.context() as patched:
        patched.setattr(client, "update_item", applied_but_unanswered)
        assert take(bucket, clock) is None

    # The settlements of the unknown write are forgotten: their tokens lapse, none is freed twice.
    assert take(bucket, clock) is None
    clock.now += HELD_MS + WINDOW_MS + 2 * CLOCK_ERROR_MS
    assert take(bucket, clock)


def test_whoever_waits_gets_a_token_that_another_brings_back(client: DynamoDBClient) -> None:
    first = BucketTable(client, "buckets", "bucket#1", limit=1)
    second = BucketTable(client, "buckets", "bucket#1", limit=1)
    far = 2**53
    token = first.take(far)
    assert token
    first.settle(token, was_used=False)
    first.give_back()

    assert second.take(far)
