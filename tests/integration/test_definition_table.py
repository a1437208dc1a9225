"""The shared event definitions of a portal, against moto."""

import random

import pytest
from fakes import Clock
from integration.items import packed, put
from mypy_boto3_dynamodb import DynamoDBClient

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


@pytest.fixture
def table(client: DynamoDBClient) -> DefinitionTable:
    return DefinitionTable(client, "profiles", KEY)


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


def test_that_a_portal_has_no_events_is_shared_and_older_senders_take_it_for_nothing(
    table: DefinitionTable, client: DynamoDBClient
) -> None:
    table.save(DatedDefinitions(Definitions(), NOW, is_off=True))

    assert table.load() == DatedDefinitions(Definitions(), NOW, is_off=True)
    put(client, KEY, definitions=packed({"off": "maybe"}))
    assert table.load() is None


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
    "definitions",
    [
        None,
        [["pe7_seen", "seen"]],
        [["pe7_seen", "seen", "", [["plan"]]]],
        [{"name": "seen"}],
    ],
)
def test_another_layout_counts_as_none_and_is_overwritten(
    table: DefinitionTable,
    client: DynamoDBClient,
    definitions: object,
) -> None:
    put(client, KEY, definitions=packed(definitions))

    assert table.load() is None
    table.save(DATED)
    assert table.load() == DATED
