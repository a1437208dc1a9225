"""The lease of a destination, against moto."""

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from fakes import Clock, create_table
from mypy_boto3_dynamodb import DynamoDBClient

from relay.adapters.profile_table import CLOCK_ERROR_MS, LeaseTable
from relay.core.outcomes import Deferred

NOW = 1_700_000_000_000


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client() -> DynamoDBClient:
    client = boto3.client("dynamodb")
    create_table(client, "profiles")
    return client


@pytest.fixture
def leases(client: DynamoDBClient, clock: Clock) -> LeaseTable:
    return LeaseTable(client, "profiles", clock.now_ms)


def acquire(leases: LeaseTable, holder: str, destination: str = "default") -> Deferred | None:
    """Ask without waiting, for a lease of a minute from the start."""
    return leases.acquire(destination, holder, until_ms=NOW + 60_000, wait_until_ms=NOW)


def test_one_sender_holds_a_destination_and_another_does_not(leases: LeaseTable) -> None:
    assert acquire(leases, "h-1") is None
    assert acquire(leases, "h-2") == Deferred("portal_busy")
    assert acquire(leases, "h-2", destination="emea") is None


def test_a_holder_may_ask_again(leases: LeaseTable) -> None:
    assert acquire(leases, "h-1") is None
    assert acquire(leases, "h-1") is None


def test_a_released_destination_is_free_at_once(leases: LeaseTable) -> None:
    acquire(leases, "h-1")
    leases.release("default", "h-1")

    assert acquire(leases, "h-2") is None


def test_only_the_holder_can_release(leases: LeaseTable) -> None:
    acquire(leases, "h-1")
    leases.release("default", "h-2")

    assert acquire(leases, "h-2") == Deferred("portal_busy")


def test_the_lease_of_a_crashed_sender_runs_out_also_for_a_clock_that_is_ahead(
    leases: LeaseTable, clock: Clock
) -> None:
    acquire(leases, "h-1")

    clock.now = NOW + 60_000 + CLOCK_ERROR_MS
    assert acquire(leases, "h-2") == Deferred("portal_busy")
    clock.now += 1
    assert acquire(leases, "h-2") is None


def test_a_waiting_sender_takes_over_when_the_holder_is_done(client: DynamoDBClient) -> None:
    leases = LeaseTable(client, "profiles")
    now_ms = leases.now_ms()
    leases.acquire("default", "h-1", until_ms=now_ms + 400, wait_until_ms=now_ms)

    assert leases.acquire("default", "h-2", until_ms=now_ms + 60_000, wait_until_ms=now_ms + 30_000) is None


def test_without_dynamodb_no_sender_holds_anything(
    leases: LeaseTable, client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(**_: object) -> object:
        raise ConnectTimeoutError(endpoint_url="dynamodb")

    monkeypatch.setattr(client, "update_item", unreachable)

    assert acquire(leases, "h-1") == Deferred("lease_unavailable: ConnectTimeoutError")
    leases.release("default", "h-1")
