"""Remembering a person costs one unit: the item stays within 1 KB, by DynamoDB's rules and by its charge."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from dynamodb.tables import Table

from cli.bench.sizes import item_size
from relay.adapters.profile_table import ProfileTable
from relay.core.digests import value_hash
from relay.core.profiles import (
    Fact,
    LinkState,
    Profile,
    anonymous_key,
    company_key,
    email_key,
    name_hash,
)

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


def links(companies: int) -> Mapping[str, LinkState]:
    return {company_key(f"company-{n}.com"): LinkState(AT_MS - n, is_done=True) for n in range(companies)}


@pytest.mark.parametrize(
    ("key", "profile"),
    [
        (email_key(ADDRESS), Profile(RECORD_ID, facts(40), ADDRESS)),
        (email_key(ADDRESS), Profile(RECORD_ID, facts(39), ADDRESS, deleted_at_ms=AT_MS)),
        (email_key(LONGEST_ADDRESS), Profile(RECORD_ID, facts(29), LONGEST_ADDRESS)),
        (email_key(ADDRESS), Profile(RECORD_ID, facts(37), ADDRESS, links=links(2))),
        (company_key("acme.com"), Profile(RECORD_ID, facts(40), at_ms=AT_MS, creating_at_ms=AT_MS)),
        (anonymous_key("a" * 255), Profile(points_to=email_key("k"), at_ms=-AT_MS, deleted_at_ms=AT_MS)),
    ],
    ids=[
        "a contact with 40 properties",
        "one that had been deleted",
        "one of the longest address",
        "one of two companies",
        "a company with 40 properties",
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


def test_a_contact_of_two_companies_still_costs_one_unit_under_a_usual_destination(table: Table) -> None:
    item = stored(
        table, email_key(ADDRESS), Profile(RECORD_ID, facts(40), ADDRESS, links=links(2)), "default"
    )

    assert item_size(item) < ONE_UNIT
    assert table.units(item) == 1


def test_a_link_more_takes_23_bytes(table: Table) -> None:
    sizes = [item_size(stored(table, email_key("k"), Profile("501", links=links(count)))) for count in (2, 3)]

    assert sizes[1] - sizes[0] == 23


def stored(
    table: Table, key: str, profile: Profile, destination: str = DESTINATION
) -> "Mapping[str, AttributeValueTypeDef]":
    """Store a profile; return its item as DynamoDB holds it."""
    with ThreadPoolExecutor(1) as threads:
        profiles = ProfileTable(table.client(), table.name, destination, threads, table.clock.now_ms)
        assert profiles.save({key: profile})
        assert profiles.load([key]) == {key: profile}
    pk = f"{destination}#{key}"
    return table.client().get_item(TableName=table.name, Key={"pk": {"S": pk}}, ConsistentRead=True)["Item"]
