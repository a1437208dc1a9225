"""The sender handler, whole: sample records, AWS played by moto, and the HubSpot stand-in."""

import json

import boto3
from functional.sender import (
    KIM,
    SAMPLES,
    identify,
    invoke,
    invoke_with,
    outcomes,
    put_off,
    reasons,
    start_cold,
)

from cli.samples import expected
from cli.standin.faults import Fault
from cli.standin.server import ACCESS_TOKEN, StandIn
from relay.adapters.bucket_item import from_item
from relay.core.accounts import bucket_key, token_hash
from relay.core.bucket import Bucket, Family, Learned

ACCOUNT = "/account-info/2026-09/details"


def test_every_sample_record_ends_as_expected(hubspot: StandIn) -> None:
    answer, lines = invoke(*SAMPLES)

    assert answer == {"batchItemFailures": []}
    assert outcomes(lines) == expected().outcomes
    held = {contact["properties"]["email"]: contact["properties"] for contact in hubspot.state()["contacts"]}
    for email, properties in expected().contacts.items():
        assert properties.items() <= held[email].items()


def test_two_events_of_one_person_in_two_records_are_one_input(hubspot: StandIn) -> None:
    invoke(*[sample for sample in SAMPLES if sample.stem in {"identify", "engage-identify"}])

    upserts = [call for call in hubspot.calls if call["inputs"]]
    assert [call["inputs"] for call in upserts] == [1]


def test_a_hubspot_in_trouble_sends_back_the_events_that_need_it(hubspot: StandIn) -> None:
    hubspot.faults.add([Fault(path="upsert", status=503)])

    answer, lines = invoke(*[sample for sample in SAMPLES if sample.stem == "identify"])

    assert (answer, put_off()) == ({"batchItemFailures": []}, 1)
    assert [line["reason"] for line in lines if line["message"] == "event"] == ["status_503"]


def bucket() -> Bucket:
    key = {"pk": {"S": bucket_key(token_hash(ACCESS_TOKEN))}}
    return from_item(boto3.client("dynamodb").get_item(TableName="buckets", Key=key)["Item"])


def test_the_lease_and_the_tokens_are_given_back(hubspot: StandIn) -> None:
    invoke(SAMPLES[0])

    key = {"pk": {"S": "lease#@7654321"}}
    lease = boto3.client("dynamodb").get_item(TableName="profiles", Key=key)["Item"]
    assert lease["until_ms"]["N"] == "0"
    # One token is out for each call that was made, and none beside them.
    assert len(bucket().window(Family.BURST).free_at_ms) == bucket().used_today == len(hubspot.calls)


def test_the_bucket_learns_hubspots_limits_and_the_accounts_time_zone(hubspot: StandIn) -> None:
    invoke(SAMPLES[0])

    assert [call["path"] for call in hubspot.calls].count(ACCOUNT) == 1
    assert bucket().learned == Learned(100, 250_000, "Europe/Copenhagen")


def test_a_bucket_that_has_expired_learns_the_accounts_time_zone_without_a_call(hubspot: StandIn) -> None:
    invoke(SAMPLES[0])
    key = {"pk": {"S": bucket_key(token_hash(ACCESS_TOKEN))}}
    boto3.client("dynamodb").delete_item(TableName="buckets", Key=key)
    start_cold()

    invoke_with(identify(traits={"email": KIM, "city": "Oslo"}))

    assert bucket().learned == Learned(100, 250_000, "Europe/Copenhagen")
    assert [call["path"] for call in hubspot.calls].count(ACCOUNT) == 1


def test_a_spent_day_is_waited_out_and_says_so(hubspot: StandIn) -> None:
    invoke(SAMPLES[0])
    hubspot.limiter.daily = 0
    answer, lines = invoke_with(identify())
    calls = len(hubspot.calls)

    _, later = invoke_with(identify())

    assert (answer, put_off()) == ({"batchItemFailures": []}, 2)
    assert reasons(lines) == reasons(later) == {"day_spent"}
    assert all(line["wait_ms"] > 0 for line in later if line["message"] == "event")
    assert len(hubspot.calls) == calls


def test_the_trouble_of_one_portal_parks_only_its_own_events(hubspot: StandIn) -> None:
    ssm = boto3.client("ssm")
    settings = json.dumps({"hub_id": 2, "hubspot_url": hubspot.url})
    ssm.put_parameter(Name="/relay/other/settings", Value=settings, Type="String")
    ssm.put_parameter(Name="/relay/other/access-token", Value="pat-wrong", Type="SecureString")

    answer, lines = invoke_with(identify(), identify("other"))

    assert (answer, put_off()) == ({"batchItemFailures": []}, 1)
    assert reasons(lines) == {None, "access_token_refused"}


def test_without_the_bucket_no_call_is_made_and_every_event_goes_back(hubspot: StandIn) -> None:
    boto3.client("dynamodb").delete_table(TableName="buckets")

    answer, lines = invoke_with(identify())

    assert (answer, put_off()) == ({"batchItemFailures": []}, 1)
    assert reasons(lines) == {"bucket_unavailable: ResourceNotFoundException"}
    assert hubspot.calls == []
