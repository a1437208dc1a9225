"""The sender handler takes over from 0.1.0: its messages, its items and its settings."""

import json

import boto3
import pytest
from functional.sender import KIM, identify, invoke_with, outcomes
from old_data import items, message, parameters, put_items, stored

from cli.standin.server import StandIn
from relay.adapters.bucket_item import from_item

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


def test_the_bucket_is_carried_on_with_what_it_had_learned(upgraded: StandIn) -> None:
    before = from_item(items("buckets")[BUCKET])

    _, lines = invoke_with(identify(user_id="u-1", traits={"city": "Oslo"}, received_at_ms=LATER_MS))

    assert outcomes(lines) == {"m-default": "delivered"}
    (contact,) = upgraded.state()["contacts"]
    assert (contact["id"], contact["properties"]["city"]) == ("501", "Oslo")
    after = from_item(stored(boto3.client("dynamodb"), "buckets", BUCKET))
    assert after.version > before.version
    assert after.learned == before.learned
    # The account's time zone is known: nobody asks for it.
    assert "/account-info/2026-09/details" not in [call["path"] for call in upgraded.calls]
