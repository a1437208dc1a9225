"""The shared event definitions of a portal, against moto."""

import json
import random
import zlib

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from fakes import Clock
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

from relay.adapters.definition_table import DefinitionTable
from relay.adapters.shared_item import EXPIRE_AFTER_S
from relay.core.event_definitions import Definition, Definitions
from relay.core.schema import Property
from relay.event_definitions import DatedDefinitions

KEY = "definitions#7654321#default"
NOW = Clock().now
PLAN = Property("plan", "enumeration", "select", options={"gold": "gold", "Gøld": "gold"})
SEEN = Definition("pe7_seen", "seen", "Sén", {"plan": PLAN})
DATED = DatedDefinitions(Definitions((SEEN, Definition("pe7_heard", "heard"))), NOW)
GOOD: AttributeValueTypeDef = {"B": zlib.compress(b"[]")}
READ_AT: AttributeValueTypeDef = {"N": str(NOW)}


@pytest.fixture
def table(client: DynamoDBClient) -> DefinitionTable:
    return DefinitionTable(client, "profiles", KEY)


def packed(value: object) -> AttributeValueTypeDef:
    return {"B": zlib.compress(json.dumps(value).encode())}


def large(count: int) -> DatedDefinitions:
    """Return definitions that hardly can be compressed."""
    dice = random.Random(1)
    names = [f"p{dice.getrandbits(256):x}" for _ in range(count)]
    return DatedDefinitions(Definitions(tuple(Definition(f"pe7_{name}", name) for name in names)), NOW)


def test_without_definitions_there_are_none(table: DefinitionTable) -> None:
    assert table.load() is None


def test_what_one_sender_has_read_another_knows(table: DefinitionTable, client: DynamoDBClient) -> None:
    table.save(DATED)

    assert DefinitionTable(client, "profiles", KEY).load() == DATED
    assert DefinitionTable(client, "profiles", "definitions#7654321#other").load() is None


def test_a_portal_may_have_no_definitions_yet(table: DefinitionTable) -> None:
    table.save(DatedDefinitions(Definitions(), NOW))

    assert table.load() == DatedDefinitions(Definitions(), NOW)


def test_definitions_expire_when_their_portal_has_been_silent(
    table: DefinitionTable, client: DynamoDBClient
) -> None:
    table.save(DATED)

    item = client.get_item(TableName="profiles", Key={"pk": {"S": KEY}})["Item"]
    assert item["expires_at"]["N"] == str(NOW // 1000 + EXPIRE_AFTER_S)


def test_definitions_that_are_too_large_for_an_item_are_not_shared(table: DefinitionTable) -> None:
    table.save(large(500))
    assert table.load() == large(500)

    table.save(large(20_000))

    assert table.load() == large(500)


@pytest.mark.parametrize(
    ("definitions", "read_at_ms"),
    [
        (None, READ_AT),
        ({"S": "text"}, READ_AT),
        ({"B": b"not compressed"}, READ_AT),
        ({"B": zlib.compress(b"no json")}, READ_AT),
        (packed(None), READ_AT),
        (packed([["pe7_seen", "seen"]]), READ_AT),
        (packed([["pe7_seen", "seen", "", [["plan"]]]]), READ_AT),
        (packed([{"name": "seen"}]), READ_AT),
        (GOOD, None),
        (GOOD, {"S": "today"}),
        (GOOD, {"N": "1.5"}),
    ],
)
def test_a_broken_item_counts_as_none_and_is_overwritten(
    table: DefinitionTable,
    client: DynamoDBClient,
    definitions: AttributeValueTypeDef | None,
    read_at_ms: AttributeValueTypeDef | None,
) -> None:
    values = {"pk": {"S": KEY}, "definitions": definitions, "read_at_ms": read_at_ms}
    item = {name: value for name, value in values.items() if value is not None}
    client.put_item(TableName="profiles", Item=item)

    assert table.load() is None
    table.save(DATED)
    assert table.load() == DATED


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeoutError(endpoint_url="dynamodb"),
        ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem"),
    ],
)
def test_without_dynamodb_there_are_no_definitions_and_no_harm(
    table: DefinitionTable, client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def unreachable(**_: object) -> object:
        raise error

    monkeypatch.setattr(client, "get_item", unreachable)
    monkeypatch.setattr(client, "put_item", unreachable)

    table.save(DATED)
    assert table.load() is None
