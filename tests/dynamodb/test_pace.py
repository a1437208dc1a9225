"""The pace of ingest in a real DynamoDB: what may pass in a second, and who pays for a batch."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from botocore.exceptions import ConnectTimeoutError
from dynamodb.tables import Table
from mypy_boto3_dynamodb import DynamoDBClient

from relay.adapters.pace_table import BURST_MS, SKEW_MS, PaceTable

LIMIT = 20


def pace_of(table: Table) -> PaceTable:
    client = table.client()
    return PaceTable(lambda: client, table.name, table.clock.now_ms)


@pytest.fixture
def pace(table: Table) -> PaceTable:
    return pace_of(table)


def passed(pace: PaceTable, asked: int, events: int = 1) -> int:
    return sum(not pace.wait_ms("default", events, LIMIT) for _ in range(asked))


def test_a_seconds_events_may_come_at_once_and_then_as_many_as_the_limit_says(
    pace: PaceTable, table: Table
) -> None:
    # The one that begins at the very end of the second is taken too.
    assert passed(pace, 3 * LIMIT) == LIMIT + 1

    table.clock.now += 500
    assert passed(pace, 3 * LIMIT) == LIMIT // 2

    table.clock.now += 60_000
    assert passed(pace, 3 * LIMIT) == LIMIT + 1


def test_a_batch_is_taken_whole_and_those_after_it_wait_until_it_is_paid_for(
    pace: PaceTable, table: Table
) -> None:
    assert pace.wait_ms("default", 40 * LIMIT, LIMIT) == 0

    wait_ms = pace.wait_ms("default", 1, LIMIT)
    assert wait_ms == 40_000 - BURST_MS

    table.clock.now += wait_ms - 1
    assert pace.wait_ms("default", 1, LIMIT) == 1
    table.clock.now += 1
    assert pace.wait_ms("default", 1, LIMIT) == 0


def test_what_is_given_back_is_there_again(pace: PaceTable, table: Table) -> None:
    pace.wait_ms("default", 1, 1)
    assert pace.wait_ms("default", 4_000, 1) == 0
    assert pace.wait_ms("default", 1, 1) == 4_000_000

    pace.give_back("default", 4_000, 1)

    # As it was before, here and elsewhere: what others have used stays used.
    assert pace.seen_wait_ms("default", 1) == 0
    assert pace_of(table).wait_ms("default", 4_000, 1) == 0
    assert pace_of(table).wait_ms("default", 1, 1) == 4_000_000


def test_what_cannot_be_given_back_stays_used_up(pace: PaceTable) -> None:
    pace.give_back("default", 1, LIMIT)
    pace.wait_ms("default", 40 * LIMIT, LIMIT)

    replace(pace, table="no-such-table").give_back("default", 40 * LIMIT, LIMIT)

    assert pace.wait_ms("default", 1, LIMIT) == 40_000 - BURST_MS


def test_a_limit_of_thousands_a_second_is_one_for_single_events_too(pace: PaceTable, table: Table) -> None:
    for _ in range(200):
        assert pace.wait_ms("default", 1, 5_000) == 0

    item = table.client().get_item(TableName=table.name, Key={"pk": {"S": "ingest#default"}})["Item"]
    assert int(item["until_us"]["N"]) == table.clock.now * 1000 + 200 * 200


def test_what_is_known_to_be_used_up_is_refused_without_a_call(pace: PaceTable, table: Table) -> None:
    pace.wait_ms("default", 4_000, LIMIT)
    offline = replace(pace, table="no-such-table")

    assert offline.seen_wait_ms("default", LIMIT) == 200_000 - BURST_MS
    assert {offline.wait_ms("default", 1, LIMIT) for _ in range(3)} == {200_000 - BURST_MS}
    assert (offline.seen_wait_ms("other", LIMIT), pace_of(table).seen_wait_ms("default", LIMIT)) == (0, 0)
    table.clock.now += 200_000 - BURST_MS
    assert (offline.seen_wait_ms("default", LIMIT), pace.wait_ms("default", 1, LIMIT)) == (0, 0)


def test_a_limit_that_is_raised_counts_at_once(pace: PaceTable, table: Table) -> None:
    pace.wait_ms("default", 4_000, 1)

    for each in (pace, pace_of(table)):
        assert each.wait_ms("default", 1, 1_000) == 0


def test_a_clock_that_was_wrong_stops_nobody_for_longer_than_a_batch_may(
    pace: PaceTable, table: Table
) -> None:
    table.clock.now += 86_400_000
    pace.wait_ms("default", 1, LIMIT)
    table.clock.now -= 86_400_000

    assert pace.wait_ms("default", 1, LIMIT) == 0
    assert pace_of(table).wait_ms("default", 1, LIMIT) == 0


def test_clocks_that_differ_a_little_do_not_undo_each_other(pace: PaceTable, table: Table) -> None:
    pace.wait_ms("default", LIMIT, LIMIT)
    pace.wait_ms("default", 4_000, LIMIT)
    other = pace_of(table)
    table.clock.now -= SKEW_MS

    assert other.wait_ms("default", 1, LIMIT) == 200_000 + SKEW_MS


def test_destinations_do_not_pay_for_each_other(pace: PaceTable) -> None:
    pace.wait_ms("default", 100 * LIMIT, LIMIT)

    assert pace.wait_ms("other", 1, LIMIT) == 0


def test_several_functions_keep_one_pace(table: Table) -> None:
    begin = threading.Barrier(8)

    def flood(_: int) -> int:
        own = pace_of(table)
        begin.wait()
        return passed(own, LIMIT)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(flood, range(8))) == LIMIT + 1


def test_what_is_remembered_of_the_last_look_may_be_wrong(pace: PaceTable, table: Table) -> None:
    other = pace_of(table)
    tally: Counter[str] = Counter()
    for _ in range(LIMIT):
        tally["pace"] += passed(pace, 1)
        tally["other"] += passed(other, 1)
    assert sum(tally.values()) == LIMIT + 1

    table.clock.now += 60_000
    assert passed(other, 2) == 2
    assert passed(pace, 2) == 2


def test_an_item_is_forgotten_in_the_end(pace: PaceTable, table: Table) -> None:
    pace.wait_ms("default", 1, LIMIT)

    item = table.client().get_item(TableName=table.name, Key={"pk": {"S": "ingest#default"}})["Item"]
    assert int(item["expires_at"]["N"]) > table.clock.now // 1000 + 3_600


def test_without_dynamodb_everything_is_taken(table: Table) -> None:
    def unreachable() -> DynamoDBClient:
        raise ConnectTimeoutError(endpoint_url="dynamodb")

    pace = PaceTable(unreachable, table.name, table.clock.now_ms)
    assert passed(pace, 3 * LIMIT) == 3 * LIMIT
    assert passed(replace(pace_of(table), table="no-such-table"), 2 * LIMIT) == 2 * LIMIT
