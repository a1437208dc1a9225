"""The shared schema of a portal, against moto."""

import random

import pytest
from fakes import Clock
from integration.items import packed, put
from mypy_boto3_dynamodb import DynamoDBClient

from relay.adapters.schema_table import SchemaTable
from relay.adapters.shared_item import EXPIRE_AFTER_S
from relay.core.schema import Property, Schema
from relay.schemas import Dated

KEY = "schema#7654321#default#contacts"
NOW = Clock().now
PLAN = Property("plan", "enumeration", "select", options={"gold": "gold", "Gøld": "gold"})
DATED = Dated(Schema({"email": Property("email", "string", "text", is_writable=False), "plan": PLAN}), NOW)


@pytest.fixture
def table(client: DynamoDBClient) -> SchemaTable:
    return SchemaTable(client, "profiles", KEY)


def large(properties: int) -> Schema:
    """Return a schema that hardly can be compressed."""
    dice = random.Random(1)
    names = (f"p{dice.getrandbits(256):x}" for _ in range(properties))
    return Schema({name: Property(name, "string", "text") for name in names})


def test_without_a_schema_there_is_none(table: SchemaTable) -> None:
    assert table.load() is None


def test_what_one_sender_has_read_another_knows(table: SchemaTable, client: DynamoDBClient) -> None:
    table.save(DATED)

    assert SchemaTable(client, "profiles", KEY).load() == DATED


def test_portals_have_each_their_own(table: SchemaTable, client: DynamoDBClient) -> None:
    table.save(DATED)

    assert SchemaTable(client, "profiles", "schema#7654321#default#sensitive").load() is None


def test_the_newer_schema_replaces_the_older_one(table: SchemaTable) -> None:
    newer = Dated(Schema({"plan": PLAN}), NOW + 3_600_000)

    table.save(DATED)
    table.save(newer)

    assert table.load() == newer


def test_a_schema_expires_when_its_portal_has_been_silent(table: SchemaTable, client: DynamoDBClient) -> None:
    table.save(DATED)

    item = client.get_item(TableName="profiles", Key={"pk": {"S": KEY}})["Item"]
    assert item["expires_at"]["N"] == str(NOW // 1000 + EXPIRE_AFTER_S)


def test_as_many_properties_as_a_large_portal_has_are_shared(table: SchemaTable) -> None:
    dated = Dated(large(5_000), NOW)

    table.save(dated)

    assert table.load() == dated


def test_a_schema_that_is_too_large_for_an_item_is_not_shared(table: SchemaTable) -> None:
    table.save(DATED)

    table.save(Dated(large(15_000), NOW + 1))

    assert table.load() == DATED


@pytest.mark.parametrize(
    "properties",
    [
        None,
        [],
        [["name", "string"], 7],
        [["one", "more", "than", True, {}, "known"]],
        [{"name": "email"}],
    ],
)
def test_another_layout_counts_as_none_and_is_overwritten(
    table: SchemaTable,
    client: DynamoDBClient,
    properties: object,
) -> None:
    put(client, KEY, properties=packed(properties))

    assert table.load() is None
    table.save(DATED)
    assert table.load() == DATED
