"""What legacy events were delivered, in DynamoDB (moto)."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from fakes import Clock, create_table
from mypy_boto3_dynamodb import DynamoDBClient

from relay.adapters.sent_table import EXPIRE_AFTER_S, SentTable


@pytest.fixture
def client() -> DynamoDBClient:
    client = boto3.client("dynamodb")
    create_table(client, "profiles")
    return client


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture
def sent(client: DynamoDBClient, threads: ThreadPoolExecutor) -> SentTable:
    return SentTable(client, "profiles", "@7654321", threads, Clock().now_ms)


def test_what_was_delivered_is_known_to_every_sender_of_the_account(
    client: DynamoDBClient, threads: ThreadPoolExecutor, sent: SentTable
) -> None:
    keys = [f"key-{n}" for n in range(130)]
    assert sent.known(keys) == set()

    assert sent.remember([*keys[:60], "key-0"])

    another = SentTable(client, "profiles", "@7654321", threads, Clock().now_ms)
    assert another.known([*keys, "key-0"]) == set(keys[:60])
    assert SentTable(client, "profiles", "@1", threads, Clock().now_ms).known(keys) == set()


def test_an_item_is_small_and_goes_by_itself(client: DynamoDBClient, sent: SentTable) -> None:
    sent.remember(["key-1"])

    (item,) = client.scan(TableName="profiles")["Items"]
    expires_at = Clock().now_ms() // 1000 + EXPIRE_AFTER_S
    assert item == {"pk": {"S": "@7654321#sent#key-1"}, "expires_at": {"N": str(expires_at)}}


def test_nothing_is_no_call(sent: SentTable, monkeypatch: pytest.MonkeyPatch) -> None:
    for call in ("batch_get_item", "batch_write_item"):
        monkeypatch.setattr(sent.client, call, None)

    assert sent.known([]) == set()
    assert sent.remember([])


def test_what_cannot_be_read_or_written_is_told(sent: SentTable, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> object:
        raise ConnectTimeoutError(endpoint_url="dynamodb")

    for call in ("batch_get_item", "batch_write_item"):
        monkeypatch.setattr(sent.client, call, unreachable)

    assert sent.known(["key-1"]) is None
    assert not sent.remember(["key-1"])


def test_what_was_delivered_is_remembered_while_calls_fill_all_threads(
    threads: ThreadPoolExecutor, sent: SentTable
) -> None:
    done = threading.Event()
    call = threads.submit(done.wait, 30)

    assert sent.remember(["key-1"])

    assert not call.done()
    done.set()
