"""Profiles in DynamoDB, against moto: what is stored comes back, and what is in the way is a value."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from fakes import Clock
from mypy_boto3_dynamodb import DynamoDBClient

from relay.adapters.items import MAX_KEYS, MAX_WRITES, TRIES
from relay.adapters.profile_table import EXPIRE_AFTER_S, ProfileTable
from relay.core.digests import value_hash
from relay.core.profiles import Fact, Profile, email_key, name_hash, user_key
from relay.portals import WRAP_UP_MS

KIM = email_key("kim@example.org")
FACT = Fact(1_600_000_000_123, value_hash("team"), 1_700_000_000_000)
CONTACT = Profile("501", {name_hash("plan"): FACT})
POINTER = Profile(points_to=KIM, at_ms=1_600_000_000_123)
THROTTLED = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "Batch")
SILENT = ReadTimeoutError(endpoint_url="dynamodb")


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def table(client: DynamoDBClient, pauses: list[float]) -> Iterator[ProfileTable]:
    # One thread: moto is not made for more.
    with ThreadPoolExecutor(1) as threads:
        yield ProfileTable(client, "profiles", "default", threads, Clock().now_ms, pauses.append)


def pk(key: str) -> Mapping[str, Any]:
    return {"pk": {"S": f"default#{key}"}}


@dataclass
class Busy:
    """A DynamoDB that hands back all but `takes` of each batch, for as many calls as it is `busy`."""

    client: DynamoDBClient
    takes: int
    busy: int
    sizes: list[int] = field(default_factory=list)
    requests: list[Mapping[str, Any]] = field(default_factory=list)

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N803 - DynamoDB's
        self.requests.append(RequestItems)
        wanted = RequestItems["profiles"]
        now, later = self._cut(wanted["Keys"])
        found: Mapping[str, Any] = {"Responses": {}}
        if now:
            found = self.client.batch_get_item(RequestItems={"profiles": {"Keys": now}})
        return {**found, "UnprocessedKeys": {"profiles": {**wanted, "Keys": later}} if later else {}}

    def batch_write_item(self, *, RequestItems: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: N803 - DynamoDB's
        self.requests.append(RequestItems)
        now, later = self._cut(RequestItems["profiles"])
        if now:
            self.client.batch_write_item(RequestItems={"profiles": now})
        return {"UnprocessedItems": {"profiles": later} if later else {}}

    def _cut(self, entries: list[Any]) -> tuple[list[Any], list[Any]]:
        self.sizes.append(len(entries))
        takes = self.takes if len(self.sizes) <= self.busy else len(entries)
        return entries[:takes], entries[takes:]


def make_busy(
    client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, *, takes: int = 0, busy: int = 99
) -> Busy:
    """Put a busy DynamoDB in front of the client's."""
    made = Busy(boto3.client("dynamodb"), takes, busy)
    monkeypatch.setattr(client, "batch_get_item", made.batch_get_item)
    monkeypatch.setattr(client, "batch_write_item", made.batch_write_item)
    return made


def test_what_is_stored_comes_back_under_its_key(table: ProfileTable) -> None:
    profiles = {KIM: CONTACT, user_key("u-1"): POINTER}

    assert table.save(profiles)

    assert table.load([*profiles, user_key("nobody")]) == profiles


def test_nothing_is_asked_for_nobody(
    table: ProfileTable, client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = make_busy(client, monkeypatch)

    assert (table.load([]), table.save({})) == ({}, True)
    assert busy.requests == []


def test_destinations_do_not_know_each_others_people(table: ProfileTable, client: DynamoDBClient) -> None:
    table.save({KIM: CONTACT})

    assert ProfileTable(client, "profiles", "emea", table.threads).load([KIM]) == {}


def test_a_profile_with_nothing_in_it_deletes_what_was_stored(
    table: ProfileTable, client: DynamoDBClient
) -> None:
    table.save({KIM: CONTACT})

    assert table.save({KIM: Profile(), user_key("nobody"): Profile()})

    assert table.load([KIM]) == {}
    assert client.scan(TableName="profiles")["Items"] == []


def test_a_profile_expires_when_its_person_has_long_been_silent(
    table: ProfileTable, client: DynamoDBClient
) -> None:
    table.save({KIM: CONTACT})

    item = client.get_item(TableName="profiles", Key=pk(KIM))["Item"]
    assert item["expires_at"]["N"] == str(Clock().now // 1000 + EXPIRE_AFTER_S)
    assert EXPIRE_AFTER_S == 400 * 24 * 60 * 60


def test_batches_are_as_large_as_dynamodb_takes_them_and_reads_are_consistent(
    table: ProfileTable, client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles = {email_key(f"p{n}@example.org"): CONTACT for n in range(205)}
    busy = make_busy(client, monkeypatch, busy=0)

    assert table.save(profiles)
    assert table.load(list(profiles) * 2) == profiles

    assert busy.sizes == [MAX_WRITES] * 8 + [5] + [MAX_KEYS] * 2 + [5]
    assert [request["profiles"]["ConsistentRead"] for request in busy.requests[-3:]] == [True] * 3


def test_what_dynamodb_is_too_busy_for_is_asked_again_after_a_pause(
    table: ProfileTable, client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    profiles = {email_key(f"p{n}@example.org"): CONTACT for n in range(20)}

    writing = make_busy(client, monkeypatch, takes=8, busy=2)
    assert table.save(profiles)
    reading = make_busy(client, monkeypatch, takes=15, busy=1)
    assert table.load(profiles) == profiles

    assert (writing.sizes, reading.sizes) == ([20, 12, 4], [20, 5])
    assert [request["profiles"]["ConsistentRead"] for request in reading.requests] == [True, True]
    assert len(pauses) == 3


def test_a_dynamodb_that_stays_too_busy_is_given_up_before_the_invocation_ends(
    table: ProfileTable, client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    busy = make_busy(client, monkeypatch)

    assert table.save({KIM: CONTACT}) is False
    assert len(busy.sizes) == TRIES
    assert sum(pauses) * 1000 < WRAP_UP_MS
    assert table.load([KIM]) is None


@pytest.mark.parametrize("error", [THROTTLED, SILENT])
def test_without_dynamodb_there_is_no_memory(
    table: ProfileTable, client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def unreachable(**_: object) -> object:
        raise error

    monkeypatch.setattr(client, "batch_get_item", unreachable)
    monkeypatch.setattr(client, "batch_write_item", unreachable)

    assert (table.load([KIM]), table.save({KIM: CONTACT})) == (None, False)


def test_one_batch_that_fails_spoils_the_whole_and_all_others_have_an_end(
    table: ProfileTable, client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles = {email_key(f"p{n}@example.org"): CONTACT for n in range(3 * MAX_WRITES)}
    write, calls = client.batch_write_item, 0

    def first_fails(**arguments: Any) -> object:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise SILENT
        return write(**arguments)

    monkeypatch.setattr(client, "batch_write_item", first_fails)

    assert table.save(profiles) is False
    assert len(client.scan(TableName="profiles")["Items"]) == 2 * MAX_WRITES


def test_an_item_of_another_version_is_read_as_far_as_it_is_known(
    table: ProfileTable, client: DynamoDBClient
) -> None:
    table.save({KIM: CONTACT})
    item = client.get_item(TableName="profiles", Key=pk(KIM))["Item"]
    client.put_item(TableName="profiles", Item={**item, "company_id": {"S": "9"}, "tags": {"SS": ["a"]}})

    assert table.load([KIM]) == {KIM: CONTACT}


def test_facts_that_cannot_be_read_are_sent_again_and_mend_the_item(
    table: ProfileTable, client: DynamoDBClient
) -> None:
    table.save({KIM: CONTACT})
    item = client.get_item(TableName="profiles", Key=pk(KIM))["Item"]
    client.put_item(TableName="profiles", Item={**item, "facts": {"B": b"from elsewhere"}})

    assert table.load([KIM]) == {KIM: Profile("501")}
    assert table.save({KIM: CONTACT})
    assert table.load([KIM]) == {KIM: CONTACT}
