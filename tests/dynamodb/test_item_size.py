"""A write costs one unit: the item stays within 1 KB, by DynamoDB's rules and by what DynamoDB charges."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from dynamodb.tables import KEY, Table, take_all

from cli.bench.sizes import item_size
from relay.adapters.bucket_item import from_item, to_item
from relay.core.bucket import Bucket, Family, Learned, Limits
from relay.core.purse import Token

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

pytestmark = pytest.mark.parametrize("dynamodb", ["dynamodb_local"], indirect=True)

ONE_UNIT = 1024
LIMITS = Limits(burst=250, associations=250)


def test_all_tokens_lent_at_once_cost_one_unit(table: Table) -> None:
    """At once is the most: the time until they come back takes bytes too, and is never longer than then."""
    lend_all(table)

    assert item_size(table.item()) < ONE_UNIT
    assert table.units(table.item()) == 1


def test_tokens_that_come_back_one_by_one_cost_one_unit(table: Table) -> None:
    sender = table.sender(LIMITS)
    families = (Family.BURST, Family.ASSOCIATIONS)
    for family in families * 250:
        token = sender.take(family, table.clock.now)
        assert isinstance(token, Token)
        table.clock.now += 17
        sender.settle(token, table.clock.now)
    sender.give_back()

    assert [table.lent(family) for family in families] == [250, 250]
    assert item_size(table.item()) < ONE_UNIT
    assert table.units(table.item()) == 1


def test_the_longest_values_cost_one_unit(table: Table) -> None:
    """All tokens lent, every kind of call blocked, and all that HubSpot can tell of the account."""
    lend_all(table)
    bucket, now_ms = table.bucket(), table.clock.now
    for family in Family:
        bucket = bucket.with_window(
            family, replace(bucket.window(family), blocked_until_ms=now_ms + 86_399_999)
        )
    bucket = replace(
        bucket,
        version=999_999_999,
        day_began_at_ms=now_ms - 12_345_678,
        used_today=1_999_999,
        learned=Learned(burst=250, day=1_999_999, time_zone="America/Argentina/ComodRivadavia"),
    )

    item = with_key(to_item(bucket, now_ms))
    assert item_size(item) < ONE_UNIT
    assert table.units(item) == 1
    assert from_item(table.item()) == bucket


@pytest.mark.parametrize(("size", "charged"), [(ONE_UNIT, 1), (ONE_UNIT + 1, 2)])
def test_an_item_is_as_large_as_dynamodb_says(table: Table, size: int, charged: int) -> None:
    item = with_key(to_item(Bucket(version=10**9 + 1, used_today=1_200), table.clock.now))
    item["padding"] = {"B": b""}
    item["padding"] = {"B": bytes(size - item_size(item))}

    assert item_size(item) == size
    assert table.units(item) == charged


def lend_all(table: Table) -> None:
    sender = table.sender(LIMITS)
    for family, limit in ((Family.BURST, 250), (Family.ASSOCIATIONS, 250), (Family.SEARCH, 5)):
        assert take_all(sender, family, table.clock) == limit
        assert table.lent(family) == limit


def with_key(item: "dict[str, AttributeValueTypeDef]") -> "dict[str, AttributeValueTypeDef]":
    return {**item, "pk": {"S": KEY}}
