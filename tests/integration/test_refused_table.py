"""What HubSpot refuses, shared between senders, against moto."""

import pytest
from integration.items import packed, put
from mypy_boto3_dynamodb import DynamoDBClient

from relay.adapters.refused_table import RefusedTable
from relay.refused_values import Refused

KEY = "refused#@7654321#contacts"
KNOWN = {"plan": {"0a1b": Refused("refused_invalid_option", 1_790_000_000_000, "ff")}}


@pytest.fixture
def table(client: DynamoDBClient) -> RefusedTable:
    return RefusedTable(client, "profiles", KEY)


def test_what_one_sender_has_met_with_another_knows(table: RefusedTable, client: DynamoDBClient) -> None:
    assert table.load() is None
    table.save(KNOWN)

    assert RefusedTable(client, "profiles", KEY).load() == KNOWN


def test_nothing_can_be_stored_too(table: RefusedTable) -> None:
    table.save({})

    assert table.load() == {}


@pytest.mark.parametrize("data", [[1], {"plan": [1]}, {"plan": {"0a": 7}}, {"plan": {"0a": ["x"]}}])
def test_what_another_release_has_stored_counts_as_nothing(
    table: RefusedTable, client: DynamoDBClient, data: object
) -> None:
    put(client, KEY, refused=packed(data))

    assert table.load() is None
