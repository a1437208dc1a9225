"""People, leases and schemas in a real DynamoDB: its batches, its races, its rules for names."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from dynamodb.tables import Table

from relay.adapters.lease_table import CLOCK_ERROR_MS, Lease, LeaseTable
from relay.adapters.profile_table import ProfileTable
from relay.adapters.schema_table import SchemaTable
from relay.adapters.shared_item import MAX_BYTES
from relay.core.digests import value_hash
from relay.core.doubts import Doubt
from relay.core.outcomes import Deferred
from relay.core.profiles import Fact, Profile, email_key, name_hash
from relay.core.schema import Property, Schema
from relay.schemas import Dated

THREADS = 8
BUSY = Deferred("portal_busy")
REST_MS = 100_000
SURE = Doubt()
FACTS = {name_hash(f"property_{n}"): Fact(n, value_hash(str(n)), 1_000 * n) for n in range(40)}


@pytest.fixture
def profiles(table: Table) -> Iterator[ProfileTable]:
    with ThreadPoolExecutor(THREADS) as threads:
        yield ProfileTable(table.client(), table.name, "default", threads, table.clock.now_ms)


def people(count: int) -> dict[str, Profile]:
    return {email_key(f"p{n}@example.org"): Profile(str(n), FACTS) for n in range(count)}


def test_hundreds_of_people_are_stored_read_and_forgotten_at_once(profiles: ProfileTable) -> None:
    everybody = people(257)
    nobody = [email_key(f"n{n}@example.org") for n in range(60)]

    assert profiles.save(everybody)
    assert profiles.load([*everybody, *nobody]) == everybody

    gone = dict.fromkeys(list(everybody)[:130], Profile())
    changed = {key: Profile("7") for key in list(everybody)[130:]}
    assert profiles.save({**gone, **changed})
    assert profiles.load([*everybody, *nobody]) == changed


def test_whoever_holds_a_destination_is_alone_with_its_people(table: Table, profiles: ProfileTable) -> None:
    """Each holder adds one to what it finds: two of them at once would lose one."""
    key = email_key("kim@example.org")
    now_ms = table.clock.now

    def hold(holder: str, leases: LeaseTable) -> None:
        for _ in range(5):
            while leases.acquire("default", holder, until_ms=now_ms + 60_000, wait_until_ms=now_ms) == BUSY:
                pass
            found = profiles.load([key])
            assert found is not None
            assert profiles.save({key: Profile(at_ms=found.get(key, Profile()).at_ms + 1)})
            leases.release("default", holder, SURE)

    at_once(table, hold)

    assert profiles.load([key]) == {key: Profile(at_ms=5 * THREADS)}


@pytest.mark.parametrize("begins", ["nobody has had", "is let go", "has run out"])
def test_of_many_who_want_a_lease_exactly_one_gets_it(table: Table, begins: str) -> None:
    leases = lease_table(table)
    now_ms = table.clock.now
    doubt = SURE
    if begins != "nobody has had":
        leases.acquire("default", "h-0", until_ms=now_ms + 60_000, wait_until_ms=now_ms)
    if begins == "is let go":
        leases.release("default", "h-0", SURE)
    if begins == "has run out":
        table.clock.now = now_ms + 60_000 + CLOCK_ERROR_MS + 1
        doubt = Doubt(table.clock.now, now_ms + 60_000 + REST_MS)
    until_ms = table.clock.now + 60_000
    found: dict[str, Lease | Deferred] = {}

    def ask(holder: str, leases: LeaseTable) -> None:
        found[holder] = leases.acquire("default", holder, until_ms=until_ms, wait_until_ms=now_ms)

    at_once(table, ask)

    (winner,) = [holder for holder, each in found.items() if isinstance(each, Lease)]
    assert found == {holder: Lease(doubt) if holder == winner else BUSY for holder in found}
    # Whoever is told nothing of it may ask again.
    again = leases.acquire("default", winner, until_ms=until_ms, wait_until_ms=now_ms)
    assert again == Lease(doubt)


def test_a_crash_leaves_its_doubt_to_all_later_holders(table: Table) -> None:
    leases = lease_table(table)
    until_ms = table.clock.now + 60_000
    assert leases.acquire("default", "h-1", until_ms=until_ms, wait_until_ms=0) == Lease()
    doubt = Doubt(until_ms, until_ms + REST_MS)
    leases.release("default", "h-1", doubt)

    for holder in ("h-2", "h-3"):
        found = leases.acquire("default", holder, until_ms=until_ms, wait_until_ms=0)
        leases.release("default", holder, SURE)
        assert found == Lease(doubt)


def test_a_schema_may_be_as_large_as_it_may_be(table: Table) -> None:
    """What `MAX_BYTES` lets pass, DynamoDB takes."""
    schemas = SchemaTable(table.client(), table.name, "schema#7654321#default#contacts")
    dice = random.Random(1)
    names = [f"p{dice.getrandbits(512):x}" for _ in range(5_100)]
    dated = Dated(Schema({name: Property(name, "string", "text") for name in names}), table.clock.now)

    schemas.save(dated)

    assert schemas.load() == dated
    stored = table.client().get_item(TableName=table.name, Key={"pk": {"S": schemas.key}})["Item"]
    assert MAX_BYTES * 0.9 < len(stored["properties"]["B"]) <= MAX_BYTES


def lease_table(table: Table) -> LeaseTable:
    return LeaseTable(table.client(), table.name, REST_MS, table.clock.now_ms, no_pause)


def no_pause(_: float) -> None:
    pytest.fail("The clock stands still: nobody may wait.")


def at_once(table: Table, work: Callable[[str, LeaseTable], None]) -> None:
    """Let threads with a client each do the same, all of which start together."""
    start = threading.Barrier(THREADS)

    def run(n: int) -> None:
        leases = lease_table(table)
        start.wait()
        work(f"h-{n}", leases)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(run, range(1, THREADS + 1)))
