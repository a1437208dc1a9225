"""The token bucket's one conditional write, against moto: one call at a time."""

import threading
import time
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from fakes import Clock, create_table
from mypy_boto3_dynamodb import DynamoDBClient

from relay.adapters.bucket_table import BucketTable, next_midnight_ms
from relay.core.bucket import HELD_MS, WAIT_MS, Family, Learned, Limits, Observation
from relay.core.clocks import Skew
from relay.core.metrics import Metric
from relay.core.purse import LOOK_AGAIN_MS, TOKENS_PER_TAKE, NoToken, Token

KEY = {"pk": {"S": "bucket#1#default"}}
BURST = Family.BURST
LAPSE_MS = HELD_MS + 10_000 + 200
FAR = 2**53


@pytest.fixture
def client() -> DynamoDBClient:
    client = boto3.client("dynamodb")
    create_table(client, "buckets")
    return client


@pytest.fixture
def clock() -> Clock:
    return Clock()


def table(client: DynamoDBClient, clock: Clock, limit: int = 20) -> BucketTable:
    return BucketTable(client, "buckets", KEY["pk"]["S"], limits=Limits(burst=limit), now_ms=clock.now_ms)


def take(bucket: BucketTable, clock: Clock) -> Token | NoToken:
    """Take without waiting."""
    return bucket.take(BURST, clock.now)


def token(bucket: BucketTable, clock: Clock) -> Token:
    found = take(bucket, clock)
    assert isinstance(found, Token)
    return found


def item(client: DynamoDBClient) -> dict[str, Any]:
    return dict(client.get_item(TableName="buckets", Key=KEY)["Item"])


def refusal(bucket: BucketTable, clock: Clock) -> NoToken:
    found = take(bucket, clock)
    assert isinstance(found, NoToken)
    return found


def test_ten_calls_cost_one_write(client: DynamoDBClient, clock: Clock) -> None:
    bucket = table(client, clock)

    for _ in range(TOKENS_PER_TAKE):
        token(bucket, clock)
    assert item(client)["version"]["N"] == "1"


def test_the_highest_use_of_the_limits_is_told_once(client: DynamoDBClient, clock: Clock) -> None:
    bucket = table(client, clock)
    assert bucket.used() == {}

    for _ in range(20):
        bucket.settle(token(bucket, clock), clock.now)
    clock.now += LAPSE_MS
    token(bucket, clock)

    assert bucket.used() == {Metric.WINDOW_USED: 100, Metric.DAY_USED: 0}
    assert bucket.used() == {}


def test_what_other_senders_have_used_is_told_too(client: DynamoDBClient, clock: Clock) -> None:
    first, second = table(client, clock), table(client, clock)

    token(first, clock)
    token(second, clock)

    assert second.used()[Metric.WINDOW_USED] == 100


def test_two_senders_never_lend_more_than_the_limit(client: DynamoDBClient, clock: Clock) -> None:
    first, second = table(client, clock), table(client, clock)

    taken = [take(sender, clock) for _ in range(20) for sender in (first, second)]

    assert sum(isinstance(found, Token) for found in taken) == 20


def test_a_token_comes_back_a_window_after_the_answer(client: DynamoDBClient, clock: Clock) -> None:
    bucket = table(client, clock, limit=1)
    used = token(bucket, clock)
    clock.now += 300
    bucket.settle(used, clock.now)

    clock.now += 10_000 + 200 - 1
    assert refusal(bucket, clock).reason == "window_full"
    clock.now += 1
    token(bucket, clock)


def test_unused_tokens_are_given_back_at_the_end(client: DynamoDBClient, clock: Clock) -> None:
    first, second = table(client, clock, limit=10), table(client, clock, limit=10)
    first.settle(token(first, clock), clock.now)
    first.give_back()

    assert sum(isinstance(take(second, clock), Token) for _ in range(10)) == 9


def test_the_tokens_of_a_crashed_sender_lapse_by_themselves(client: DynamoDBClient, clock: Clock) -> None:
    crashed, other = table(client, clock, limit=10), table(client, clock, limit=10)
    token(crashed, clock)

    clock.now += LAPSE_MS - 1
    assert refusal(other, clock).wait_ms == 1
    clock.now += 1
    token(other, clock)


def test_a_token_that_was_not_used_in_time_is_not_used_at_all(client: DynamoDBClient, clock: Clock) -> None:
    bucket = table(client, clock, limit=10)
    token(bucket, clock)
    clock.now += 2_000

    assert token(bucket, clock).use_by_ms == clock.now + 2_000


def test_a_write_whose_answer_was_lost_is_recognised_by_its_nonce(
    client: DynamoDBClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = table(client, clock)
    write = client.update_item

    def twice(**arguments: Any) -> object:
        write(**arguments)
        return write(**arguments)

    monkeypatch.setattr(client, "update_item", twice)
    assert sum(isinstance(take(bucket, clock), Token) for _ in range(30)) == 20


def test_a_retried_write_that_was_overtaken_settles_nothing_twice(
    client: DynamoDBClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket, other = table(client, clock), table(client, clock)
    bucket.settle(token(bucket, clock), clock.now)
    write = client.update_item

    def applied_and_overtaken(**arguments: Any) -> object:
        write(**arguments)
        monkeypatch.undo()
        token(other, clock)
        try:
            return write(**arguments)
        except ClientError as error:
            error.response["ResponseMetadata"]["RetryAttempts"] = 1
            raise

    monkeypatch.setattr(client, "update_item", applied_and_overtaken)
    bucket.give_back()

    # Ours: one used. Theirs: ten. What ours had at hand went back with the write that was overtaken.
    assert item(client)["used"]["N"] == "11"
    assert len(item(client)["burst"]["B"]) > 10
    version = item(client)["version"]["N"]
    bucket.give_back()
    assert item(client)["version"]["N"] == version


def test_without_dynamodb_there_is_no_token_and_nothing_is_settled_twice(
    client: DynamoDBClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = table(client, clock, limit=10)
    for _ in range(10):
        bucket.settle(token(bucket, clock), None)

    def unanswered(**_: Any) -> object:
        raise ConnectTimeoutError(endpoint_url="dynamodb")

    with monkeypatch.context() as patched:
        patched.setattr(client, "update_item", unanswered)
        assert refusal(bucket, clock).reason == "bucket_unavailable: ConnectTimeoutError"

    # The settlements of the unknown write are forgotten: their tokens lapse, none is freed twice.
    assert refusal(bucket, clock).reason == "window_full"
    clock.now += LAPSE_MS
    token(bucket, clock)


def test_a_refusal_of_dynamodb_is_named(
    client: DynamoDBClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(**_: Any) -> object:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem")

    monkeypatch.setattr(client, "update_item", throttled)
    bucket = table(client, clock)

    assert refusal(bucket, clock).reason == "bucket_unavailable: ThrottlingException"
    bucket.give_back()


def test_an_item_that_has_expired_begins_anew(client: DynamoDBClient, clock: Clock) -> None:
    bucket = table(client, clock, limit=10)
    token(bucket, clock)
    client.delete_item(TableName="buckets", Key=KEY)
    clock.now += 2 * 86_400_000

    token(bucket, clock)
    assert item(client)["version"]["N"] == "1"


def test_what_hubspot_says_reaches_the_other_senders(client: DynamoDBClient, clock: Clock) -> None:
    first, second = table(client, clock), table(client, clock)
    seen = Observation(
        clock.now, Learned(30, 5_000, "Asia/Tokyo"), blocked_until_ms={BURST: clock.now + 60_000}
    )
    first.settle(token(first, clock), clock.now, seen)
    first.give_back()

    found = refusal(second, clock)

    assert (found.reason, found.wait_ms) == ("blocked", 60_000)
    clock.now += 60_000
    assert sum(isinstance(take(second, clock), Token) for _ in range(40)) == 30


def test_the_day_ends_at_the_accounts_midnight(client: DynamoDBClient, clock: Clock) -> None:
    clock.now = int(datetime(2026, 11, 24, 14, 30, tzinfo=UTC).timestamp() * 1000)
    bucket = table(client, clock)
    seen = Observation(clock.now, Learned(time_zone="Asia/Tokyo"), day_is_spent=True)
    bucket.settle(token(bucket, clock), clock.now, seen)
    bucket.give_back()

    found = refusal(bucket, clock)

    # 14:30 in UTC is 23:30 in Tokyo. A clock may be a tenth of a second early.
    assert (found.reason, found.wait_ms) == ("day_spent", 30 * 60_000 + 100)
    clock.now += found.wait_ms
    token(bucket, clock)


def test_a_wait_that_would_be_too_long_is_refused_at_once(client: DynamoDBClient, clock: Clock) -> None:
    bucket = table(client, clock)
    seen = Observation(clock.now, blocked_until_ms={BURST: clock.now + WAIT_MS + 1})
    bucket.settle(token(bucket, clock), clock.now, seen)
    bucket.give_back()

    found = bucket.take(BURST, FAR)

    assert isinstance(found, NoToken)
    assert (found.reason, found.wait_ms) == ("blocked", WAIT_MS + 1)


def calls_until(bucket: BucketTable, clock: Clock, until_ms: int) -> list[int]:
    """Make as many calls as the bucket has tokens for, ten a second at most; return when each was counted."""
    made = []
    while clock.now < until_ms:
        found = take(bucket, clock)
        if isinstance(found, Token):
            made.append(clock.now)
            bucket.settle(found, clock.now)
        clock.now += 100
    bucket.give_back()
    return made


def test_across_a_change_of_tokens_no_window_holds_more_calls_than_the_limit(
    client: DynamoDBClient, clock: Clock
) -> None:
    """Both tokens may be of one app, whose calls HubSpot counts together."""
    limits = Limits(burst=20)
    old, new = (
        BucketTable(client, "buckets", key, limits=limits, now_ms=clock.now_ms) for key in ("old", "new")
    )
    before = calls_until(old, clock, clock.now + 15_000)
    new.follow("old")

    after = calls_until(new, clock, clock.now + 25_000)

    made = [*before, *after]
    assert (len(before), len(after)) == (40, 40)
    assert max(sum(begin <= at < begin + 10_000 for at in made) for begin in made) == 20


def test_a_bucket_that_has_lent_nothing_is_followed_at_once(client: DynamoDBClient, clock: Clock) -> None:
    bucket = table(client, clock)

    bucket.follow("nobody")

    token(bucket, clock)


def test_without_the_table_there_is_nothing_to_follow_and_no_token(
    client: DynamoDBClient, clock: Clock
) -> None:
    bucket = table(client, clock)
    client.delete_table(TableName="buckets")

    bucket.follow("old")

    assert refusal(bucket, clock).reason == "bucket_unavailable: ResourceNotFoundException"


def test_what_is_told_from_elsewhere_is_written_with_the_next_take(
    client: DynamoDBClient, clock: Clock
) -> None:
    bucket = table(client, clock)
    token(bucket, clock)
    bucket.tell(Observation(clock.now, Learned(time_zone="Asia/Tokyo")))

    for _ in range(TOKENS_PER_TAKE):
        token(bucket, clock)

    assert item(client)["time_zone"]["S"] == "Asia/Tokyo"


def test_two_tokens_of_one_account_stay_below_its_daily_limit_together(
    client: DynamoDBClient, clock: Clock
) -> None:
    """HubSpot tells with each answer what the account has left of the day, whichever token has used it."""
    day, ceiling, used = 1_000, 50, 0
    limits = Limits(burst=1_000, day=day, day_ceiling=ceiling)
    tables = [
        BucketTable(client, "buckets", key, limits=limits, now_ms=clock.now_ms) for key in ("one", "two")
    ]
    for _ in range(ceiling):
        for bucket in tables:
            found = take(bucket, clock)
            if isinstance(found, Token):
                used += 1
                seen = Observation(clock.now, Learned(day=day), day_remaining=day - used)
                bucket.settle(found, clock.now, seen)
        clock.now += 1_000

    # What is at hand when the other one makes the last call is ten tokens at most.
    assert ceiling <= used <= ceiling + TOKENS_PER_TAKE
    assert {refusal(bucket, clock).reason for bucket in tables} == {"day_spent"}
    for bucket in tables:
        bucket.give_back()


def test_whoever_waits_gets_a_token_that_another_brings_back(client: DynamoDBClient) -> None:
    limits = Limits(burst=1)
    first, second = (BucketTable(client, "buckets", KEY["pk"]["S"], limits=limits) for _ in range(2))
    found = first.take(BURST, FAR)
    assert isinstance(found, Token)
    waiting = threading.Thread(target=lambda: got.append(second.take(BURST, FAR)))
    got: list[Token | NoToken] = []
    waiting.start()

    first.settle(found, None)
    first.give_back()
    waiting.join(2 * LOOK_AGAIN_MS / 1000)

    assert [type(found) for found in got] == [Token]
    second.give_back()


def test_what_is_settled_is_written_without_a_take(client: DynamoDBClient) -> None:
    bucket = BucketTable(client, "buckets", KEY["pk"]["S"], limits=Limits(burst=10))
    found = bucket.take(BURST, FAR)
    assert isinstance(found, Token)

    bucket.settle(found, None)

    give_up_at = time.monotonic() + 10
    while item(client)["version"]["N"] == "1":
        assert time.monotonic() < give_up_at
        time.sleep(0.05)
    assert item(client)["used"]["N"] == "9"
    bucket.give_back()


@pytest.mark.parametrize(
    ("now", "time_zone", "midnight"),
    [
        ("2026-03-29T00:30:00+01:00", "Europe/Berlin", "2026-03-30T00:00:00+02:00"),
        ("2026-10-25T23:59:59+01:00", "Europe/Berlin", "2026-10-26T00:00:00+01:00"),
        ("2026-11-24T00:00:00+00:00", "", "2026-11-25T00:00:00+00:00"),
        ("2026-11-24T12:00:00+00:00", "Mars/Olympus_Mons", "2026-11-25T00:00:00+00:00"),
        ("2026-11-24T12:00:00+00:00", "America", "2026-11-25T00:00:00+00:00"),
        ("2026-11-24T12:00:00+00:00", "A" * 300, "2026-11-25T00:00:00+00:00"),
        ("2026-11-24T12:00:00+00:00", "../../etc/passwd", "2026-11-25T00:00:00+00:00"),
        ("2026-11-24T12:00:00+00:00", "Pacific/Kiritimati", "2026-11-25T10:00:00+00:00"),
    ],
)
def test_midnight_is_that_of_the_time_zone_also_when_clocks_change(
    now: str, time_zone: str, midnight: str
) -> None:
    now_ms = int(datetime.fromisoformat(now).timestamp() * 1000)

    found = next_midnight_ms(now_ms, time_zone)

    assert datetime.fromtimestamp(found / 1000, ZoneInfo("UTC")) == datetime.fromisoformat(midnight)


def test_while_the_time_is_not_known_the_bucket_is_read_for_it_and_nothing_at_hand_is_used(
    client: DynamoDBClient, clock: Clock
) -> None:
    bucket, asked = table(client, clock), 0
    skew: Skew | None = Skew()
    bucket.keep_time(lambda: skew)
    token(bucket, clock)

    def hear(**_: object) -> None:
        nonlocal skew, asked
        skew, asked = skew or Skew(0, 1_000), asked + (skew is None)

    client.meta.events.register("after-call.dynamodb.GetItem", hear)
    skew = None
    token(bucket, clock)

    assert asked == 1
    # Nine of the first ten have lapsed, and so does one that was out.
    assert refusal_after(bucket, clock, 9).reason == "window_full"
    bucket.give_back()


def test_without_an_answer_that_tells_the_time_no_token_is_lent(client: DynamoDBClient, clock: Clock) -> None:
    bucket = table(client, clock)
    bucket.keep_time(lambda: None)

    assert refusal(bucket, clock).reason == "bucket_unavailable: TimeUnknown"
    bucket.give_back()
    assert "Item" not in client.get_item(TableName="buckets", Key=KEY)


def test_a_table_out_of_reach_tells_no_time_either(clock: Clock) -> None:
    bucket = BucketTable(boto3.client("dynamodb"), "missing", "key", limits=Limits(), now_ms=clock.now_ms)
    bucket.keep_time(lambda: None)

    assert refusal(bucket, clock).reason == "bucket_unavailable: ResourceNotFoundException"


def refusal_after(bucket: BucketTable, clock: Clock, tokens: int) -> NoToken:
    for _ in range(tokens):
        token(bucket, clock)
    return refusal(bucket, clock)
