"""Remembering a person costs one unit: the item stays within 1 KB, by DynamoDB's rules and by its charge."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from dynamodb.sizes import item_size
from dynamodb.tables import Table

from relay.adapters.profile_table import ProfileTable
from relay.core.profiles import Fact, Profile, anonymous_key, email_key, name_hash, value_hash

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

pytestmark = pytest.mark.parametrize("dynamodb", ["dynamodb_local"], indirect=True)

ONE_UNIT = 1024
# One more than a webhook's address may name.
DESTINATION = "d" * 64
# Times of these days whose digits are all told.
AT_MS = 1_799_999_999_999
# HubSpot's have twelve.
RECORD_ID = "9" * 15
ADDRESS = f"{'k' * 24}@{'x' * 11}.org"
# RFC 5321's longest.
LONGEST_ADDRESS = f"{'k' * 64}@{'x' * 185}.org"


def facts(properties: int) -> Mapping[bytes, Fact]:
    return {
        name_hash(f"property_{n}"): Fact(AT_MS - n, value_hash(str(n)), AT_MS // 1000 * 1000 - 1000 * n)
        for n in range(properties)
    }


@pytest.mark.parametrize(
    ("key", "profile"),
    [
        (email_key(ADDRESS), Profile(RECORD_ID, facts(40), ADDRESS)),
        (email_key(ADDRESS), Profile(RECORD_ID, facts(39), ADDRESS, deleted_at_ms=AT_MS)),
        (email_key(LONGEST_ADDRESS), Profile(RECORD_ID, facts(29), LONGEST_ADDRESS)),
        (anonymous_key("a" * 255), Profile(points_to=email_key("k"), at_ms=-AT_MS, deleted_at_ms=AT_MS)),
    ],
    ids=[
        "a contact with 40 properties",
        "one that had been deleted",
        "one of the longest address",
        "an id that points to a contact",
    ],
)
def test_a_person_costs_one_unit(table: Table, key: str, profile: Profile) -> None:
    item = stored(table, key, profile)

    assert item_size(item) < ONE_UNIT
    assert table.units(item) == 1


def test_a_property_more_takes_21_bytes_however_long_its_name_and_value(table: Table) -> None:
    sizes = [item_size(stored(table, email_key("k"), Profile("501", facts(count)))) for count in (40, 41)]

    assert sizes[1] - sizes[0] == 21


def stored(table: Table, key: str, profile: Profile) -> "Mapping[str, AttributeValueTypeDef]":
    """Store a profile; return its item as DynamoDB holds it."""
    with ThreadPoolExecutor(1) as threads:
        profiles = ProfileTable(table.client(), table.name, DESTINATION, threads, table.clock.now_ms)
        assert profiles.save({key: profile})
        assert profiles.load([key]) == {key: profile}
    pk = f"{DESTINATION}#{key}"
    return table.client().get_item(TableName=table.name, Key={"pk": {"S": pk}}, ConsistentRead=True)["Item"]
