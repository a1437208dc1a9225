"""What senders share of a portal, against moto, whatever it is."""

import zlib

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from fakes import Clock
from integration.items import READ_AT, packed, put
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

from relay.adapters.shared_item import Reading, SharedItem

READING = Reading([["plan", "Gøld"]], Clock().now)
GOOD = packed([])


@pytest.fixture
def item(client: DynamoDBClient) -> SharedItem:
    return SharedItem(client, "profiles", "schema#7", "properties")


@pytest.mark.parametrize(
    ("properties", "read_at_ms"),
    [
        (None, READ_AT),
        ({"S": "text"}, READ_AT),
        ({"B": b"not compressed"}, READ_AT),
        ({"B": zlib.compress(b"no json")}, READ_AT),
        ({"B": zlib.compress(b"\xff")}, READ_AT),
        (GOOD, None),
        (GOOD, {"S": "today"}),
        (GOOD, {"N": "1.5"}),
    ],
)
def test_a_broken_item_counts_as_none_and_is_overwritten(
    item: SharedItem,
    client: DynamoDBClient,
    properties: AttributeValueTypeDef | None,
    read_at_ms: AttributeValueTypeDef | None,
) -> None:
    put(client, item.key, read_at_ms, properties=properties)

    assert item.load() is None
    item.save(READING)
    assert item.load() == READING


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeoutError(endpoint_url="dynamodb"),
        ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem"),
    ],
)
def test_without_dynamodb_there_is_nothing_and_no_harm(
    item: SharedItem, client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def unreachable(**_: object) -> object:
        raise error

    monkeypatch.setattr(client, "get_item", unreachable)
    monkeypatch.setattr(client, "put_item", unreachable)

    item.save(READING)
    assert item.load() is None
