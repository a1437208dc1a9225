"""The proxy in front of AWS passes calls on unchanged, but for those that are to suffer a fault."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError

from cli.embedded.aws_faults import AwsFault, AwsRequest, split_off
from cli.embedded.proxy import AwsProxy
from cli.embedded.servers import LoopbackServer

KEYS = [{"pk": {"S": str(n)}} for n in range(4)]
WRITES = [{"DeleteRequest": {"Key": key}} for key in KEYS]
THROTTLED = (400, "ProvisionedThroughputExceededException")


class Table(BaseHTTPRequestHandler):
    """A DynamoDB that takes everything, and has every item that is asked for."""

    seen: ClassVar[list[tuple[str, Any]]] = []

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.seen.append((self.headers["x-amz-target"], asked))
        found = {table: each["Keys"] for table, each in asked["RequestItems"].items() if "Keys" in each}
        answer = json.dumps({"Responses": found, "UnprocessedItems": {}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy() -> Iterator[AwsProxy]:
    Table.seen.clear()
    with LoopbackServer(Table, 0) as upstream, AwsProxy(upstream.url) as proxy:
        yield proxy


@pytest.fixture
def dynamodb(proxy: AwsProxy) -> Iterator[Any]:
    client = boto3.client(
        "dynamodb",
        region_name="us-east-1",
        aws_access_key_id="000000000000",
        aws_secret_access_key="local",
        endpoint_url=proxy.url,
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield client
    client.close()


def read(dynamodb: Any) -> Any:
    return dynamodb.batch_get_item(RequestItems={"t": {"Keys": KEYS, "ConsistentRead": True}})


def write(dynamodb: Any) -> Any:
    return dynamodb.batch_write_item(RequestItems={"t": WRITES})


def test_calls_are_passed_on_and_recorded(proxy: AwsProxy, dynamodb: Any) -> None:
    answer = read(dynamodb)

    assert answer["Responses"] == {"t": KEYS}
    assert Table.seen == [
        ("DynamoDB_20120810.BatchGetItem", {"RequestItems": {"t": {"Keys": KEYS, "ConsistentRead": True}}})
    ]
    (call,) = proxy.calls
    assert (call.request.operation, call.status) == ("DynamoDB.BatchGetItem", 200)
    assert call.request.json == Table.seen[0][1]
    assert call.response["Responses"] == {"t": KEYS}


def test_an_error_is_answered_and_nothing_passed_on(proxy: AwsProxy, dynamodb: Any) -> None:
    proxy.faults.add(AwsFault("DynamoDB.*", error=THROTTLED))

    with pytest.raises(ClientError, match="ProvisionedThroughputExceededException"):
        read(dynamodb)

    assert Table.seen == []
    assert [call.status for call in proxy.calls] == [400]
    assert read(dynamodb)["Responses"] == {"t": KEYS}


@pytest.mark.parametrize(("cut", "passed_on"), [("before", 0), ("after", 1)])
def test_a_connection_is_cut(proxy: AwsProxy, dynamodb: Any, cut: Any, passed_on: int) -> None:
    proxy.faults.add(AwsFault("DynamoDB.BatchWriteItem", cut=cut))

    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        write(dynamodb)

    assert len(Table.seen) == passed_on
    assert [call.status for call in proxy.calls] == [0]


def test_an_answer_may_drip_and_is_the_same(proxy: AwsProxy, dynamodb: Any) -> None:
    proxy.faults.add(AwsFault("DynamoDB.BatchGetItem", drip_s=0.0001))

    assert read(dynamodb)["Responses"] == read(dynamodb)["Responses"] == {"t": KEYS}


def test_an_answer_that_never_comes_holds_up_nothing_when_the_proxy_ends(
    proxy: AwsProxy, dynamodb: Any
) -> None:
    proxy.faults.add(AwsFault("DynamoDB.*", delay_s=10_000, cut="before"))
    proxy.stopping.set()

    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        read(dynamodb)

    assert Table.seen == []


def test_only_those_calls_suffer_that_are_chosen(proxy: AwsProxy, dynamodb: Any) -> None:
    chosen = iter([False, True, False])
    proxy.faults.add(AwsFault("DynamoDB.*", error=THROTTLED, times=None, when=lambda: next(chosen)))

    read(dynamodb)
    with pytest.raises(ClientError):
        read(dynamodb)
    read(dynamodb)

    assert len(Table.seen) == 2


@pytest.mark.parametrize(("share", "back"), [(0.5, 2), (0.01, 1), (1, 4)])
def test_a_part_of_a_batch_is_handed_back(proxy: AwsProxy, dynamodb: Any, share: float, back: int) -> None:
    proxy.faults.add(AwsFault("DynamoDB.Batch*", unprocessed=share, times=2))

    written, found = write(dynamodb), read(dynamodb)

    assert written["UnprocessedItems"] == {"t": WRITES[:back]}
    assert found["UnprocessedKeys"] == {"t": {"Keys": KEYS[:back], "ConsistentRead": True}}
    assert found["Responses"].get("t", []) == KEYS[back:]
    assert len(Table.seen) == (0 if share == 1 else 2)


def test_only_a_batch_can_be_handed_back() -> None:
    with pytest.raises(ValueError, match="no batch"):
        split_off(AwsRequest("DynamoDB.GetItem", b"{}"), 0.5)


def test_a_fault_is_for_the_calls_it_names_and_lets_the_first_through(proxy: AwsProxy, dynamodb: Any) -> None:
    proxy.faults.add(AwsFault("DynamoDB.BatchGetItem", holding='"pk"', skip=1, times=2, error=(500, "X")))

    write(dynamodb)
    read(dynamodb)
    dynamodb.batch_get_item(RequestItems={"t": {"Keys": [{"id": {"S": "1"}}]}})
    statuses = []
    for _ in range(3):
        try:
            statuses.append(read(dynamodb)["ResponseMetadata"]["HTTPStatusCode"])
        except ClientError as error:
            statuses.append(error.response["ResponseMetadata"]["HTTPStatusCode"])

    assert statuses == [500, 500, 200]
    assert proxy.faults.list() == []


def test_hooks_see_the_request_before_and_after_it_is_passed_on(proxy: AwsProxy, dynamodb: Any) -> None:
    seen: list[tuple[str, int]] = []
    proxy.faults.add(
        AwsFault(
            "*",
            before=lambda request: seen.append((request.operation, len(Table.seen))),
            after=lambda request: seen.append((request.operation, len(Table.seen))),
        )
    )

    read(dynamodb)

    assert seen == [("DynamoDB.BatchGetItem", 0), ("DynamoDB.BatchGetItem", 1)]
