"""The lease of a destination, against moto."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from fakes import Clock
from mypy_boto3_dynamodb import DynamoDBClient

from relay.adapters.lease_table import (
    CLOCK_ERROR_MS,
    EXPIRE_AFTER_S,
    LONGEST_MS,
    LOOK_AGAIN_S,
    Lease,
    LeaseTable,
)
from relay.core.doubts import Doubt
from relay.core.outcomes import Deferred

NOW = 1_700_000_000_000
UNTIL = NOW + 60_000
REST_MS = 100_000
FREE, BUSY, SURE = Lease(), Deferred("portal_busy"), Doubt()
CRASH = Doubt(UNTIL, UNTIL + REST_MS)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


def no_pause(_: float) -> None:
    pytest.fail("Nobody is to be waited for here.")


@pytest.fixture
def leases(client: DynamoDBClient, clock: Clock) -> LeaseTable:
    return LeaseTable(client, "profiles", REST_MS, clock.now_ms, no_pause)


def acquire(
    leases: LeaseTable, holder: str, *, until_ms: int = UNTIL, destination: str = "default"
) -> Lease | Deferred:
    """Ask without waiting."""
    return leases.acquire(destination, holder, until_ms=until_ms, wait_until_ms=NOW)


def run_out(clock: Clock, until_ms: int = UNTIL) -> int:
    """Let a lease run out, also for a clock that is ahead; return the time."""
    clock.now = until_ms + CLOCK_ERROR_MS + 1
    return clock.now


def test_one_sender_holds_a_destination_and_another_does_not(leases: LeaseTable) -> None:
    assert acquire(leases, "h-1") == FREE
    assert acquire(leases, "h-2") == BUSY
    assert acquire(leases, "h-2", destination="emea") == FREE


def test_a_holder_whose_answer_was_lost_may_ask_again_and_nothing_is_in_doubt(leases: LeaseTable) -> None:
    assert acquire(leases, "h-1") == FREE
    assert acquire(leases, "h-1") == FREE


def test_a_destination_that_was_let_go_is_free_at_once_and_nothing_is_in_doubt(leases: LeaseTable) -> None:
    acquire(leases, "h-1")
    leases.release("default", "h-1", SURE)

    assert acquire(leases, "h-2") == FREE


def test_after_a_crash_that_let_go_all_is_in_doubt_until_the_lease_would_have_run_out(
    leases: LeaseTable,
) -> None:
    acquire(leases, "h-1")
    leases.release("default", "h-1", CRASH)

    assert acquire(leases, "h-2") == Lease(CRASH)


def test_letting_go_twice_because_an_answer_was_lost_keeps_the_doubt(leases: LeaseTable) -> None:
    acquire(leases, "h-1")
    leases.release("default", "h-1", CRASH)
    leases.release("default", "h-1", CRASH)

    assert acquire(leases, "h-2") == Lease(CRASH)


@pytest.mark.parametrize("doubt", [SURE, CRASH])
def test_only_the_holder_can_let_go(leases: LeaseTable, doubt: Doubt) -> None:
    acquire(leases, "h-1")
    leases.release("default", "h-2", doubt)

    assert acquire(leases, "h-2") == BUSY
    leases.release("default", "h-1", SURE)
    assert acquire(leases, "h-2") == FREE


def test_the_lease_of_a_crashed_sender_runs_out_also_for_a_clock_that_is_ahead_and_leaves_a_doubt(
    leases: LeaseTable, clock: Clock
) -> None:
    acquire(leases, "h-1")

    clock.now = UNTIL + CLOCK_ERROR_MS
    assert acquire(leases, "h-2") == BUSY
    now = run_out(clock)
    assert acquire(leases, "h-2", until_ms=now + 60_000) == Lease(Doubt(now, UNTIL + REST_MS))


def test_a_doubt_stays_for_all_later_holders(leases: LeaseTable, clock: Clock) -> None:
    acquire(leases, "h-1")
    crashed = run_out(clock)
    for holder in ("h-2", "h-3"):
        assert acquire(leases, holder, until_ms=crashed + 60_000) == Lease(Doubt(crashed, UNTIL + REST_MS))
        leases.release("default", holder, SURE)


def test_a_later_crash_moves_the_doubt_and_never_back(leases: LeaseTable, clock: Clock) -> None:
    far = Doubt(NOW + 600_000, NOW + 900_000)
    acquire(leases, "h-1", until_ms=NOW + 600_000)
    leases.release("default", "h-1", far)
    assert acquire(leases, "h-2", until_ms=UNTIL) == Lease(far)

    run_out(clock)
    assert acquire(leases, "h-3", until_ms=NOW + 850_000) == Lease(far)
    later = run_out(clock, NOW + 850_000)
    assert acquire(leases, "h-4", until_ms=later + 60_000) == Lease(Doubt(later, NOW + 850_000 + REST_MS))


def test_of_two_who_find_a_lease_run_out_the_slower_one_waits(
    leases: LeaseTable, client: DynamoDBClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire(leases, "h-1")
    now = run_out(clock)

    def quicker() -> None:
        assert acquire(leases, "h-2", until_ms=now + 60_000) == Lease(Doubt(now, UNTIL + REST_MS))

    before_write(client, monkeypatch, 2, quicker)

    assert acquire(leases, "h-3", until_ms=now + 60_001) == BUSY


def test_whoever_has_taken_a_lease_that_ran_out_without_being_told_so_holds_it(
    leases: LeaseTable, client: DynamoDBClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire(leases, "h-1")
    now = run_out(clock)
    # The try whose answer was lost is that of the same holder.
    before_write(client, monkeypatch, 2, lambda: acquire(leases, "h-2", until_ms=now + 60_000))

    assert acquire(leases, "h-2", until_ms=now + 60_000) == Lease(Doubt(now, UNTIL + REST_MS))


def test_whoever_waits_takes_over_when_the_holder_is_done(client: DynamoDBClient, clock: Clock) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        clock.now += int(seconds * 1000)
        pauses.append(seconds)
        if len(pauses) == 3:
            table.release("default", "h-1", SURE)

    table = LeaseTable(client, "profiles", REST_MS, clock.now_ms, pause)
    acquire(table, "h-1")

    assert table.acquire("default", "h-2", until_ms=UNTIL, wait_until_ms=UNTIL) == FREE
    assert len(pauses) == 3
    assert all(LOOK_AGAIN_S / 2 <= seconds <= LOOK_AGAIN_S for seconds in pauses)


def test_whoever_waits_gives_up_in_time(client: DynamoDBClient, clock: Clock) -> None:
    def pause(seconds: float) -> None:
        clock.now += int(seconds * 1000)

    table = LeaseTable(client, "profiles", REST_MS, clock.now_ms, pause)
    acquire(table, "h-1")

    assert table.acquire("default", "h-2", until_ms=UNTIL, wait_until_ms=NOW + 5_000) == BUSY
    assert NOW + 4_000 < clock.now <= NOW + 5_000


def test_a_lease_expires_with_what_it_may_put_in_doubt(leases: LeaseTable, client: DynamoDBClient) -> None:
    acquire(leases, "h-1")

    item = client.get_item(TableName="profiles", Key={"pk": {"S": "lease#default"}})["Item"]
    assert item["expires_at"]["N"] == str(UNTIL // 1000 + EXPIRE_AFTER_S)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectTimeoutError(endpoint_url="dynamodb"), "ConnectTimeoutError"),
        (ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem"), "ThrottlingException"),
    ],
)
def test_without_dynamodb_no_sender_holds_anything(
    leases: LeaseTable, client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def unreachable(**_: object) -> object:
        raise error

    monkeypatch.setattr(client, "update_item", unreachable)

    assert acquire(leases, "h-1") == Deferred(f"lease_unavailable: {reason}")
    leases.release("default", "h-1", CRASH)


def before_write(
    client: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, nth: int, happens: Callable[[], object]
) -> None:
    """Let something happen before the write that is the n-th from now."""
    write, writes = client.update_item, 0

    def later(**arguments: object) -> object:
        nonlocal writes
        writes += 1
        if writes == nth:
            happens()
        return write(**arguments)  # type: ignore[arg-type] # as they came

    monkeypatch.setattr(client, "update_item", later)


def test_a_lease_that_no_invocation_can_have_is_taken_over_and_its_holder_waited_for(
    leases: LeaseTable, clock: Clock
) -> None:
    """Its holder's clock was an hour ahead. However long it may still live, it has ended by then."""
    hour_ms = 3_600_000
    acquire(leases, "h-1", until_ms=NOW + hour_ms)
    wrong = Doubt(NOW + LONGEST_MS, NOW + LONGEST_MS + REST_MS)

    assert acquire(leases, "h-2") == Lease(wrong)
    leases.release("default", "h-2", wrong)
    # Whoever comes next waits for it too.
    clock.now += 1_000
    assert acquire(leases, "h-3") == Lease(wrong)


def test_the_longest_lease_is_respected(leases: LeaseTable) -> None:
    acquire(leases, "h-1", until_ms=NOW + LONGEST_MS + CLOCK_ERROR_MS)

    assert acquire(leases, "h-2") == BUSY


def test_a_rest_that_was_written_with_a_wrong_clock_is_no_longer_than_any(leases: LeaseTable) -> None:
    far = Doubt(NOW + 10**9, NOW + 10**9)
    acquire(leases, "h-1")
    leases.release("default", "h-1", far)

    latest_ms = NOW + LONGEST_MS + CLOCK_ERROR_MS + REST_MS
    assert acquire(leases, "h-2") == Lease(Doubt(latest_ms, latest_ms))
