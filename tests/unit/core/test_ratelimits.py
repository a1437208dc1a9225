"""What HubSpot's headers and refusals mean for the bucket."""

from typing import Any

import pytest

from relay.core.answers import Reply
from relay.core.bucket import Bucket, Family, Learned, Limits, Observation, Want, observe, take
from relay.core.ratelimits import observation

BURST, SEARCH = Family.BURST, Family.SEARCH
NOW = 1_000_000
HEADERS = {
    "x-hubspot-ratelimit-daily": "625000",
    "x-hubspot-ratelimit-daily-remaining": "600000",
    "x-hubspot-ratelimit-interval-milliseconds": "10000",
    "x-hubspot-ratelimit-max": "190",
    "x-hubspot-ratelimit-remaining": "189",
    "x-hubspot-ratelimit-secondly": "19",
}


def seen(reply: Reply, family: Family = BURST) -> Observation:
    found = observation(family, reply, NOW)
    assert found
    return found


def too_many(body: object, **headers: str) -> Reply:
    return Reply(429, body, {name.replace("_", "-"): value for name, value in headers.items()})


def test_headers_tell_both_limits_and_what_is_left_of_the_day() -> None:
    assert seen(Reply(200, {}, HEADERS)) == Observation(NOW, Learned(190, 625_000), day_remaining=600_000)


def test_an_answer_without_headers_tells_nothing() -> None:
    assert observation(BURST, Reply(200, {"results": []}), NOW) is None


@pytest.mark.parametrize("family", [Family.SEARCH, Family.ASSOCIATIONS])
def test_the_limit_of_another_family_is_not_taken_for_the_burst(family: Family) -> None:
    assert seen(Reply(200, {}, HEADERS), family).learned == Learned(0, 625_000)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-hubspot-ratelimit-max": "190"},
        HEADERS | {"x-hubspot-ratelimit-interval-milliseconds": "1000"},
        HEADERS | {"x-hubspot-ratelimit-max": "many"},
        HEADERS | {"x-hubspot-ratelimit-max": "-1"},
        HEADERS | {"x-hubspot-ratelimit-max": "\u0661"},
    ],
)
def test_a_limit_that_is_not_for_ten_seconds_or_no_number_is_not_believed(headers: dict[str, str]) -> None:
    found = observation(BURST, Reply(200, {}, headers), NOW)

    assert found is None or found.learned.burst == 0


@pytest.mark.parametrize(
    ("body", "family", "blocked_for_ms"),
    [
        ({"policyName": "TEN_SECONDLY_ROLLING"}, BURST, 10_000),
        ({"policyName": "SECONDLY"}, SEARCH, 1_000),
        ({"policyName": "SECONDLY"}, BURST, 1_000),
        ({"message": "You have reached your ten_secondly_rolling limit."}, BURST, 10_000),
        ({"message": "You have reached your secondly limit."}, SEARCH, 1_000),
        ({"category": "RATE_LIMITS"}, BURST, 10_000),
        (None, BURST, 10_000),
        ({"policyName": 7, "message": 8}, Family.ASSOCIATIONS, 10_000),
    ],
)
def test_a_429_blocks_its_family_for_the_rest_of_the_window(
    body: Any, family: Family, blocked_for_ms: int
) -> None:
    assert seen(too_many(body), family).blocked_until_ms == {family: NOW + blocked_for_ms}


def test_retry_after_goes_before_the_window_but_not_beyond_a_quarter_of_an_hour() -> None:
    assert seen(too_many({}, retry_after="3")).blocked_until_ms == {BURST: NOW + 3_000}
    assert seen(too_many({}, retry_after="9999999")).blocked_until_ms == {BURST: NOW + 900_000}


@pytest.mark.parametrize("body", [{"policyName": "DAILY"}, {"message": "You have reached your daily limit."}])
def test_a_spent_day_is_seen_and_blocks_nothing_by_itself(body: dict[str, str]) -> None:
    found = seen(too_many(body, retry_after="7"))

    assert (found.day_is_spent, found.blocked_until_ms) == (True, {})


def test_a_portal_that_moves_is_left_alone_altogether() -> None:
    moving = Reply(477, {}, {"retry-after": "3600"})

    assert seen(moving).blocked_until_ms == dict.fromkeys(Family, NOW + 3_600_000)
    assert seen(Reply(477)).blocked_until_ms == dict.fromkeys(Family, NOW + 60_000)


def test_a_lock_blocks_for_longer_than_its_two_seconds() -> None:
    assert seen(Reply(423)).blocked_until_ms == {BURST: NOW + 3_000}


@pytest.mark.parametrize("status", [200, 207, 400, 401, 403, 404, 500, 502])
def test_other_answers_block_nothing(status: int) -> None:
    assert observation(BURST, Reply(status, {"policyName": "DAILY"}, {"retry-after": "9"}), NOW) is None


def test_account_details_tell_when_the_day_ends() -> None:
    details = {"portalId": 7654321, "timeZone": "Europe/Berlin"}

    assert seen(Reply(200, details)).learned == Learned(time_zone="Europe/Berlin")


@pytest.mark.parametrize(
    "body", [{"timeZone": "Europe/Berlin"}, {"portalId": 1, "timeZone": 7}, {"portalId": 1}]
)
def test_a_time_zone_is_only_believed_of_account_details(body: dict[str, object]) -> None:
    assert observation(BURST, Reply(200, body), NOW) is None


def test_a_time_zone_without_end_is_not_kept() -> None:
    assert observation(BURST, Reply(200, {"portalId": 1, "timeZone": "X" * 41}), NOW) is None


@pytest.mark.parametrize("zone", ["\ud800", "Europe/Berlin\n", "Z\u00fcrich", "\x00"])
def test_a_time_zone_that_no_table_holds_is_not_kept(zone: str) -> None:
    assert observation(BURST, Reply(200, {"portalId": 1, "timeZone": zone}), NOW) is None


PREFIX = "x-hubspot-ratelimit-"
STRANGE = (
    "", " ", "-1", "-0", "+190", "190.0", "1.9e2", "1e400", "NaN", "inf", "0x1F", "1_000", "190 000",
    "190,191", "190, 190, 1", ",", "\u0661\u0669\u0660", "\uff11\uff19\uff10", "\u00b2", "true", "null", "[]",
    "9" * 18, "9" * 19, "9" * 5_000, "9," * 100_000, "\x00", "190;q=1",
)  # fmt: skip


@pytest.mark.parametrize("value", STRANGE)
@pytest.mark.parametrize("name", ["max", "daily", "daily-remaining", "interval-milliseconds"])
def test_a_strange_header_neither_lifts_a_limit_nor_stops_what_is_sent(name: str, value: str) -> None:
    """Whatever else is right: the bucket lends what the plan allows, and goes on lending."""
    limits = Limits(burst=100, day=250_000)
    found = observation(BURST, Reply(200, {}, HEADERS | {PREFIX + name: value}), NOW)
    assert found

    bucket = observe(Bucket(), found, limits)
    taken = take(bucket, Want(BURST, 1_000_000), limits, NOW)

    assert taken.lent in {100, 190}
    assert bucket.learned.day in {0, 625_000}


@pytest.mark.parametrize(
    ("headers", "learned"),
    [
        ({"max": "250", "daily": "3000000"}, Learned(250, 3_000_000)),
        ({"max": "251", "daily": "3000001"}, Learned(0, 0)),
        ({"max": "1000000", "interval-milliseconds": "1"}, Learned(0, 625_000)),
        ({"max": "1000000", "interval-milliseconds": "0"}, Learned(0, 625_000)),
        ({"max": "0", "daily": "0"}, Learned(0, 0)),
        ({"max": "190, 190", "daily": "625000,625000"}, Learned(190, 625_000)),
    ],
)
def test_a_limit_that_no_plan_has_is_not_believed(headers: dict[str, str], learned: Learned) -> None:
    told = HEADERS | {PREFIX + name: value for name, value in headers.items()}

    assert seen(Reply(200, {}, told)).learned == learned


def test_more_left_of_the_day_than_it_has_tells_nothing() -> None:
    assert seen(Reply(200, {}, HEADERS | {PREFIX + "daily-remaining": "625001"})).day_remaining is None
    alone = {PREFIX + "daily-remaining": "5"}
    assert seen(Reply(200, {}, alone)).day_remaining == 5
    assert observation(BURST, Reply(200, {}, {PREFIX + "daily-remaining": "3000001"}), NOW) is None
