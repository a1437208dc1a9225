"""Items of 0.1.0 are read and carried on by this release, and 0.1.0 could read what this release writes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from fakes import Clock, create_table
from mypy_boto3_dynamodb import DynamoDBClient
from old_data import items, put_items, stored

from relay.adapters.bucket_item import from_item, to_item
from relay.adapters.bucket_table import BucketTable
from relay.adapters.definition_table import DefinitionTable
from relay.adapters.lease_table import CLOCK_ERROR_MS, Lease, LeaseTable
from relay.adapters.profile_table import ProfileTable
from relay.adapters.schema_table import SchemaTable
from relay.core.bucket import Family, Learned, Limits
from relay.core.digests import value_hash
from relay.core.doubts import Doubt
from relay.core.event_definitions import EventRules
from relay.core.outcomes import Deferred
from relay.core.profiles import (
    Fact,
    LinkState,
    Profile,
    anonymous_key,
    company_key,
    email_key,
    group_key,
    name_hash,
    object_key,
    user_key,
)
from relay.core.purse import Token

if TYPE_CHECKING:
    from old_data import Item

HAPPENED, DELETED = 1_793_520_000_000, 1_793_520_005_000
CONFIRMED, CREATING, MADE = 1_795_557_669_000, 1_795_557_680_777, 1_795_557_669_207
KIM, ACME = email_key("kim@example.org"), company_key("acme.example.com")
BOLT = company_key("bolt.example.net")


def facts(**values: str) -> dict[bytes, Fact]:
    return {name_hash(name): Fact(HAPPENED, value_hash(text), CONFIRMED) for name, text in values.items()}


PROFILES = {
    KIM: Profile(
        "501",
        facts(email="kim@example.org", firstname="Kim", city="Århus"),
        "kim@example.org",
        links={ACME: LinkState(HAPPENED, is_done=True)},
    ),
    user_key("u-1"): Profile(points_to=KIM, at_ms=HAPPENED, links={BOLT: LinkState(HAPPENED)}),
    anonymous_key("a-1"): Profile(points_to=KIM, at_ms=HAPPENED),
    object_key("501"): Profile(points_to=KIM, at_ms=HAPPENED),
    user_key("u-2"): Profile(deleted_at_ms=DELETED),
    email_key("bo@example.org"): Profile(deleted_at_ms=DELETED),
    user_key("u-3"): Profile(links={ACME: LinkState(HAPPENED)}),
    ACME: Profile("9001", facts(name="Acme", website="https://acme.example.com")),
    BOLT: Profile(creating_at_ms=CREATING),
    company_key("example.org"): Profile(at_ms=MADE),
    group_key("g-1"): Profile(points_to=ACME, at_ms=HAPPENED),
    group_key("g-2"): Profile(points_to=BOLT, at_ms=HAPPENED),
}


@pytest.fixture
def old(client: DynamoDBClient) -> DynamoDBClient:
    """A DynamoDB as 0.1.0 has left it."""
    create_table(client, "buckets")
    put_items(client, "profiles")
    put_items(client, "buckets")
    return client


@pytest.fixture
def profiles(old: DynamoDBClient) -> Iterator[ProfileTable]:
    with ThreadPoolExecutor(1) as threads:
        yield ProfileTable(old, "profiles", "default", threads, Clock().now_ms)


def without(item: "Item", *names: str) -> "Item":
    return {name: value for name, value in item.items() if name not in names}


# --------------------------------------------------------------------------------------------------- profiles


def test_every_profile_is_read(profiles: ProfileTable) -> None:
    assert {f"default#{key}" for key in PROFILES} == {
        key for key in items("profiles") if key.startswith("default#")
    }
    assert profiles.load(list(PROFILES)) == PROFILES


def test_a_profile_is_written_as_it_was(profiles: ProfileTable, old: DynamoDBClient) -> None:
    """Whatever more an item may hold, an older reader finds its own attributes as it wrote them."""
    found = profiles.load(list(PROFILES))
    assert found
    for key in PROFILES:
        old.delete_item(TableName="profiles", Key={"pk": {"S": f"default#{key}"}})

    assert profiles.save(found)
    for key in PROFILES:
        before = without(items("profiles")[f"default#{key}"], "expires_at")
        assert stored(old, "profiles", f"default#{key}").items() >= before.items()


def test_attributes_that_a_later_release_may_add_are_passed_over(
    profiles: ProfileTable, old: DynamoDBClient
) -> None:
    item = items("profiles")[f"default#{KIM}"]
    old.put_item(TableName="profiles", Item={**item, "later": {"N": "1"}})

    assert profiles.load([KIM]) == {KIM: PROFILES[KIM]}


# ----------------------------------------------------------------------------------------------------- leases

UNTIL, REST_MS = 1_795_557_740_856, 100_000


def leases(client: DynamoDBClient, clock: Clock) -> LeaseTable:
    def pause(seconds: float) -> None:
        clock.now += int(seconds * 1000)

    return LeaseTable(client, "profiles", REST_MS, clock.now_ms, pause)


def acquire(client: DynamoDBClient, destination: str, clock: Clock) -> Lease | Deferred:
    """Ask for a lease of a minute, and wait for it a second at most."""
    now = clock.now
    return leases(client, clock).acquire(
        destination, "request-9", until_ms=now + 60_000, wait_until_ms=now + 1_000
    )


def test_a_lease_that_is_held_is_respected_until_it_is_over(old: DynamoDBClient) -> None:
    clock = Clock(UNTIL - 20_000)
    assert acquire(old, "held", clock) == Deferred("portal_busy")

    clock.now = UNTIL + CLOCK_ERROR_MS + 1
    found = acquire(old, "held", clock)

    assert isinstance(found, Lease)
    assert found.doubt == Doubt(UNTIL + CLOCK_ERROR_MS + 1, UNTIL + REST_MS)


def test_a_lease_that_was_given_back_is_free_and_keeps_its_doubt(old: DynamoDBClient) -> None:
    clean, doubted = (acquire(old, name, Clock(UNTIL)) for name in ("default", "doubted"))

    assert isinstance(clean, Lease)
    assert clean.doubt == Doubt()
    assert isinstance(doubted, Lease)
    assert doubted.doubt == Doubt(UNTIL)


def test_a_lease_is_written_as_it_was(old: DynamoDBClient) -> None:
    clock = Clock(UNTIL - 60_000)
    table = leases(old, clock)
    for destination in ("held", "doubted"):
        old.delete_item(TableName="profiles", Key={"pk": {"S": f"lease#{destination}"}})
    table.acquire("held", "request-2", until_ms=UNTIL, wait_until_ms=clock.now)
    table.acquire("doubted", "request-3", until_ms=UNTIL, wait_until_ms=clock.now)
    table.release("doubted", "request-3", Doubt(UNTIL, UNTIL + REST_MS))

    for key in ("lease#held", "lease#doubted"):
        assert stored(old, "profiles", key).items() >= items("profiles")[key].items()


# ----------------------------------------------------------------------------------------------------- bucket

BUCKET = "bucket#7654321#default"
BASE = 1_795_557_680_790


def test_the_bucket_goes_on_where_it_was(old: DynamoDBClient) -> None:
    clock = Clock(BASE + 1_000)
    before = from_item(items("buckets")[BUCKET])
    tokens = BucketTable(old, "buckets", BUCKET, limits=Limits(burst=20), now_ms=clock.now_ms)

    assert isinstance(tokens.take(Family.BURST, clock.now), Token)
    tokens.give_back()

    after = from_item(stored(old, "buckets", BUCKET))
    assert before.version == 9
    assert after.version > before.version
    assert after.learned == before.learned == Learned(100, 250_000, "Europe/Copenhagen")
    assert (before.used_today, before.day_ends_at_ms) == (11, 1_795_561_200_000)
    assert after.day_ends_at_ms == before.day_ends_at_ms
    # One more is used, and the token that was out comes back no sooner; its time is rounded up, not down.
    assert after.used_today >= before.used_today
    (lent_ms,) = before.window(Family.BURST).free_at_ms
    assert after.window(Family.BURST).free_at_ms[0] >= lent_ms


def test_the_bucket_is_written_as_it_was() -> None:
    item = items("buckets")[BUCKET]

    assert {"pk": {"S": BUCKET}, **to_item(from_item(item), BASE)}.items() >= item.items()


def test_attributes_of_a_bucket_that_a_later_release_may_add_are_passed_over() -> None:
    item = items("buckets")[BUCKET]

    assert from_item({**item, "later": {"N": "1"}}) == from_item(item)


# --------------------------------------------------------------------------------------- schema, definitions


def assert_same_but(client: DynamoDBClient, key: str, packed: str) -> None:
    """Compare what is stored with what was: the compressed bytes may differ from one zlib to the next."""
    now, before = stored(client, "profiles", key), without(items("profiles")[key], packed)
    assert now.keys() >= {*before, packed}
    assert now.items() >= before.items()


@pytest.mark.parametrize(
    ("object_type", "key"),
    [("contacts", "schema#7654321#default#contacts"), ("companies", "schema#7654321#default#companies")],
)
def test_a_schema_is_read_and_written_as_it_was(old: DynamoDBClient, object_type: str, key: str) -> None:
    table = SchemaTable(old, "profiles", key, object_type)
    found = table.load()

    assert found
    assert found.read_at_ms // 1_000 == CONFIRMED // 1_000
    name = {"contacts": "firstname", "companies": "domain"}[object_type]
    known = found.schema.find(name)
    assert known
    assert (known.type, known.is_writable) == ("string", True)
    old.delete_item(TableName="profiles", Key={"pk": {"S": key}})
    table.save(found)
    assert table.load() == found
    assert_same_but(old, key, "properties")


def test_definitions_are_read_and_written_as_they_were(old: DynamoDBClient) -> None:
    key = "definitions#7654321#default"
    table = DefinitionTable(old, "profiles", key)
    found = table.load()

    assert found
    definition = found.definitions.find("Order Completed", EventRules())
    assert definition
    assert definition.qualified_name == "pe7654321_order_completed"
    assert "order_total" in definition.properties
    old.delete_item(TableName="profiles", Key={"pk": {"S": key}})
    table.save(found)
    assert table.load() == found
    assert_same_but(old, key, "definitions")
