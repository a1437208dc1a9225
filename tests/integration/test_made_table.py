"""How many names were made in an account, against moto."""

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from relay.adapters.made_table import MadeTable
from relay.core.quotas import Made

KEY = "@7654321"


@pytest.fixture
def table(client: DynamoDBClient) -> MadeTable:
    return MadeTable(client, "profiles", KEY)


def test_a_count_begins_at_nothing_and_each_kind_has_its_own(table: MadeTable) -> None:
    assert table.load("events") == Made()
    assert table.save("events", Made(2, {"a": 1_000}))

    assert table.load("events") == Made(2, {"a": 1_000}, 1)
    assert table.load("contacts") == Made()


def test_of_two_senders_the_second_has_to_count_anew(table: MadeTable, client: DynamoDBClient) -> None:
    other = MadeTable(client, "profiles", KEY)
    before = table.load("events")
    assert before is not None
    assert other.save("events", Made(1, {"b": 1}))

    assert not table.save("events", before)
    assert table.load("events") == Made(1, {"b": 1}, 1)


def test_a_count_never_expires(table: MadeTable, client: DynamoDBClient) -> None:
    table.save("events", Made(1))

    item = client.get_item(TableName="profiles", Key={"pk": {"S": f"made#{KEY}#events"}})["Item"]
    assert "expires_at" not in item


def test_without_dynamodb_nothing_is_known_and_nothing_counts(client: DynamoDBClient) -> None:
    table = MadeTable(client, "no-such-table", KEY)

    assert table.load("events") is None
    assert not table.save("events", Made(1))
