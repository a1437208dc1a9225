"""The sender handler takes over from 0.1.0: its messages, its items and its settings."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest
from functional import accounts
from functional.sender import KIM, Context, identify, invoke_with, outcomes, start_cold
from old_data import items, message, parameters, put_items, stored

from cli.standin.server import ACCESS_TOKEN, StandIn
from relay.adapters.bucket_item import from_item, to_item
from relay.adapters.lease_table import LeaseTable
from relay.adapters.profile_table import ProfileTable
from relay.core.accounts import bucket_key, token_hash
from relay.core.bucket import Bucket, Family, Limits, Want, take
from relay.core.doubts import Doubt
from relay.core.profiles import Profile, email_key, user_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KIM_KEY = email_key(KIM)
BUCKET = "bucket#7654321#default"
LATER_MS = 1_795_557_700_000
SCOPES = ("analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write")
A_HUNDRED_YEARS_S = 100 * 365 * 86_400


def record(name: str) -> dict[str, object]:
    attributes = {"ApproximateReceiveCount": "1"}
    return {"messageId": f"r-{name}", "receiptHandle": "h", "body": message(name), "attributes": attributes}


@pytest.fixture
def upgraded(hubspot: StandIn) -> StandIn:
    """What 0.1.0 has left behind, and the HubSpot that it has written to."""
    settings = json.loads(parameters()["/relay/default/settings"])
    # What was confirmed back then is still believed.
    settings |= {"hubspot_url": hubspot.url, "resend_after": A_HUNDRED_YEARS_S}
    boto3.client("ssm").put_parameter(
        Name="/relay/default/settings", Value=json.dumps(settings), Type="String", Overwrite=True
    )
    for table in ("profiles", "buckets"):
        put_items(boto3.client("dynamodb"), table)
    hubspot.grant(*SCOPES)
    contact = hubspot.portal.contacts.create({"email": KIM, "firstname": "Kim", "city": "Århus"})
    assert contact.id == "501"
    return hubspot


def test_what_was_delivered_is_unchanged_and_costs_no_write(upgraded: StandIn) -> None:
    answer, lines = invoke_with(record("identify"), record("batch"))

    assert answer == {"batchItemFailures": []}
    assert outcomes(lines) == {
        "old-1": "skipped: unchanged",
        "old-2": "skipped: person_deleted",
        "old-3": "skipped: unchanged",
    }
    assert [call["path"] for call in upgraded.calls if "batch" in call["path"]] == []


def test_what_was_still_waiting_is_delivered(upgraded: StandIn) -> None:
    answer, lines = invoke_with(record("tracks"), record("rejected"))

    assert answer == {"batchItemFailures": []}
    assert outcomes(lines) == {"old-4": "delivered", "old-5": "delivered"}
    assert {each.uuid for each in upgraded.portal.occurrences} == {"old-4", "old-5"}
    assert {each.properties["order_total"] for each in upgraded.portal.occurrences} == {"19.9", "5"}


def test_the_tokens_bucket_knows_what_the_old_one_had_learned(upgraded: StandIn) -> None:
    before = from_item(items("buckets")[BUCKET])

    _, lines = invoke_with(identify(user_id="u-1", traits={"city": "Oslo"}, received_at_ms=LATER_MS))

    assert outcomes(lines) == {"m-default": "delivered"}
    (contact,) = upgraded.state()["contacts"]
    assert (contact["id"], contact["properties"]["city"]) == ("501", "Oslo")
    after = from_item(stored(dynamodb(), "buckets", bucket_key(token_hash(ACCESS_TOKEN))))
    assert after.learned == before.learned
    assert after.used_today == len(upgraded.calls)


def test_no_call_overlaps_those_of_a_sender_of_the_old_release(
    upgraded: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda _: 16_000)
    now_ms = time.time_ns() // 1_000_000
    running = take(Bucket(), Want(Family.BURST, 1), Limits(), now_ms).bucket
    dynamodb().put_item(TableName="buckets", Item={"pk": {"S": BUCKET}, **to_item(running, now_ms)})

    _, lines = invoke_with(record("tracks"))

    assert set(outcomes(lines).values()) == {"deferred: blocked"}
    assert upgraded.calls == []


def test_what_is_read_of_the_old_memory_moves_to_the_account(upgraded: StandIn) -> None:
    invoke_with(record("identify"), record("batch"))

    assert upgraded.calls
    old, new = keys("default#"), keys("@7654321#")
    assert f"default#{KIM_KEY}" not in old
    assert f"@7654321#{KIM_KEY}" in new
    # Nothing is lost: each lies in one place.
    suffixes = [key.partition("#")[2] for key in (*old, *new)]
    assert len(suffixes) == len(set(suffixes))
    assert {key.partition("#")[2] for key in items("profiles") if key.startswith("default#")} <= set(suffixes)


def test_whoever_is_deleted_is_erased_in_both_places(upgraded: StandIn) -> None:
    change_settings(deletes="gdpr")
    deletion = {"type": "delete", "messageId": "m-1", "userId": "u-1"}

    _, lines = invoke_with(accounts.record("default", deletion, received_at_ms=LATER_MS))

    assert outcomes(lines) == {"m-1": "delivered"}
    assert upgraded.state()["contacts"] == []
    held = dynamodb().scan(TableName="profiles")["Items"]
    assert [item["pk"]["S"] for item in held if item.get("email", {}).get("S") == KIM] == []
    assert f"default#{KIM_KEY}" not in keys("default#")


def test_another_account_has_nothing_of_what_was_claimed(upgraded: StandIn) -> None:
    invoke_with(record("identify"))
    upgraded.portal.account = replace(upgraded.portal.account, portal_id=42)
    accounts.point("default", upgraded, "pat-other", resend_after=A_HUNDRED_YEARS_S)
    upgraded.access_token = "pat-other"

    _, lines = invoke_with(record("batch"))

    assert outcomes(lines)["old-1"] == "delivered"
    assert keys("@42#")


def test_a_token_of_another_account_claims_nothing(upgraded: StandIn) -> None:
    upgraded.portal.account = replace(upgraded.portal.account, portal_id=42)

    _, wrong = invoke_with(record("identify"))
    upgraded.portal.account = replace(upgraded.portal.account, portal_id=7_654_321)
    dynamodb().delete_item(TableName="profiles", Key={"pk": {"S": f"token#{token_hash(ACCESS_TOKEN)}"}})
    start_cold()
    _, right = invoke_with(record("identify"))

    assert {each.partition(" (")[0] for each in outcomes(wrong).values()} == {
        "deferred: wrong_account: the access token is of portal 42, hub_id says 7654321"
    }
    assert set(outcomes(right).values()) == {"skipped: unchanged"}


def test_a_destination_that_was_made_after_the_update_never_claims_what_turns_up_later(
    hubspot: StandIn,
) -> None:
    invoke_with(identify())
    put_items(dynamodb(), "profiles")
    start_cold()

    invoke_with(identify(user_id="u-2", traits={"email": "bo@example.org"}, received_at_ms=LATER_MS))

    assert hubspot.state()["count"] == 2
    assert len(keys("default#")) == sum(key.startswith("default#") for key in items("profiles"))


def test_while_a_sender_of_the_old_release_is_at_work_its_account_is_left_alone(
    upgraded: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda _: 16_000)
    until_ms = time.time_ns() // 1_000_000 + 600_000
    LeaseTable(dynamodb(), "profiles", 0).acquire("default", "old-1", until_ms=until_ms, wait_until_ms=0)

    _, lines = invoke_with(record("tracks"))

    assert set(outcomes(lines).values()) == {"deferred: portal_busy"}
    assert {call["path"] for call in upgraded.calls} == {"/account-info/2026-09/details"}


def test_whom_a_sender_of_the_old_release_erases_between_two_of_ours_stays_erased(upgraded: StandIn) -> None:
    invoke_with(record("identify"))
    upgraded.portal.contacts.live.clear()
    with ThreadPoolExecutor(2) as threads:
        old = ProfileTable(dynamodb(), "profiles", "default", threads)
        old.save(dict.fromkeys((KIM_KEY, user_key("u-1")), Profile(deleted_at_ms=LATER_MS)))

    _, lines = invoke_with(identify(user_id="u-1", traits={"email": KIM, "city": "Oslo"}))

    assert outcomes(lines) == {"m-default": "skipped: person_deleted"}
    assert upgraded.state()["contacts"] == []


def test_what_a_sender_of_the_old_release_has_left_in_doubt_is_sent_again(upgraded: StandIn) -> None:
    held = LeaseTable(dynamodb(), "profiles", 0)
    now_ms = time.time_ns() // 1_000_000
    held.acquire("default", "old-1", until_ms=now_ms + 1_000, wait_until_ms=now_ms)
    held.release("default", "old-1", Doubt(now_ms))

    _, lines = invoke_with(record("identify"))

    assert upgraded.calls
    assert set(outcomes(lines).values()) == {"delivered"}


def dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb")


def keys(prefix: str) -> list[str]:
    held = dynamodb().scan(TableName="profiles")["Items"]
    return [item["pk"]["S"] for item in held if item["pk"]["S"].startswith(prefix)]


def change_settings(**more: object) -> None:
    ssm, name = boto3.client("ssm"), "/relay/default/settings"
    settings = json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    ssm.put_parameter(Name=name, Value=json.dumps({**settings, **more}), Type="String", Overwrite=True)
