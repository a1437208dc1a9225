"""The sender handler, whole: sample records, AWS played by moto, and the HubSpot stand-in."""

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from fakes import create_table
from moto import mock_aws

from cli.samples import expected
from cli.standin.faults import Fault
from cli.standin.server import ACCESS_TOKEN, StandIn
from relay.adapters.bucket_item import from_item
from relay.core.bucket import Bucket, Family, Learned
from relay.core.envelopes import Envelope, pack
from sender import app

SAMPLES = sorted((Path(__file__).parents[2] / "events" / "sender").glob("*.json"))


class Context:
    """What the handler uses of Lambda's context."""

    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def hubspot(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for wired in (app.session, app.environment, app.parameters, app.dynamodb, app.sqs, app.ssm):
        wired.cache_clear()
    # The handler keeps its connections for as long as its process lives; a test has to close them.
    client = httpx.Client()
    monkeypatch.setattr("sender.app.httpx.Client", lambda **_: client)
    passed_on: Any = {"core": {"passthrough": {"urls": [r"http://127\.0\.0\.1.*"]}}}
    with mock_aws(config=passed_on), StandIn() as standin, client:
        set_up_aws(monkeypatch, standin)
        yield standin


def set_up_aws(monkeypatch: pytest.MonkeyPatch, standin: StandIn) -> None:
    ssm, sqs, dynamodb = boto3.client("ssm"), boto3.client("sqs"), boto3.client("dynamodb")
    settings = json.dumps({"hub_id": 7654321, "hubspot_url": standin.url})
    ssm.put_parameter(Name="/relay/default/settings", Value=settings, Type="String")
    ssm.put_parameter(Name="/relay/default/access-token", Value=ACCESS_TOKEN, Type="SecureString")
    for table in ("buckets", "profiles"):
        create_table(dynamodb, table)
    environment = {
        "PARAMETER_PREFIX": "/relay",
        "EVENTS_QUEUE_URL": sqs.create_queue(QueueName="events")["QueueUrl"],
        "REJECTS_QUEUE_URL": sqs.create_queue(QueueName="rejects")["QueueUrl"],
        "BUCKET_TABLE": "buckets",
        "PROFILE_TABLE": "profiles",
        "RETRY_DELAY_S": "1",
        "HUBSPOT_TIMEOUT_S": "2",
        "SENDER_THREADS": "2",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def invoke(*samples: Path) -> tuple[object, list[dict[str, Any]]]:
    """Invoke with the records of some samples; return the answer and the log lines."""
    records = [r for sample in samples for r in json.loads(sample.read_text(encoding="utf-8"))["Records"]]
    for n, record in enumerate(records):
        record["messageId"] = f"r-{n}"
    return invoke_with(*records)


def invoke_with(*records: Mapping[str, Any]) -> tuple[object, list[dict[str, Any]]]:
    """Invoke with records; return the answer and the log lines."""
    log = io.StringIO()
    app.logger.registered_handler.stream = log  # type: ignore[attr-defined] # a StreamHandler
    answer = app.handler({"Records": records}, Context())
    return answer, [json.loads(line) for line in log.getvalue().splitlines()]


def test_every_sample_record_ends_as_expected(hubspot: StandIn) -> None:
    answer, lines = invoke(*SAMPLES)

    assert answer == {"batchItemFailures": []}
    found = {
        line["message_id"]: ": ".join(filter(None, [line["outcome"], line.get("reason")]))
        for line in lines
        if line["message"] == "event"
    }
    assert found == expected().outcomes
    held = {contact["properties"]["email"]: contact["properties"] for contact in hubspot.state()["contacts"]}
    for email, properties in expected().contacts.items():
        assert properties.items() <= held[email].items()


def test_two_events_of_one_person_in_two_records_are_one_input(hubspot: StandIn) -> None:
    invoke(*[sample for sample in SAMPLES if sample.stem in {"identify", "engage-identify"}])

    upserts = [call for call in hubspot.calls if call["inputs"]]
    assert [call["inputs"] for call in upserts] == [1]


def test_a_hubspot_in_trouble_sends_back_the_records_that_need_it(hubspot: StandIn) -> None:
    hubspot.faults.add([Fault(path="upsert", status=503)])

    answer, lines = invoke(*[sample for sample in SAMPLES if sample.stem == "identify"])

    assert answer == {"batchItemFailures": [{"itemIdentifier": "r-0"}]}
    assert [line["reason"] for line in lines if line["message"] == "event"] == ["status_503"]


def bucket() -> Bucket:
    key = {"pk": {"S": "bucket#7654321#default"}}
    return from_item(boto3.client("dynamodb").get_item(TableName="buckets", Key=key)["Item"])


def reasons(lines: list[dict[str, Any]]) -> set[str | None]:
    return {line.get("reason") for line in lines if line["message"] == "event"}


def identify(destination: str = "default") -> dict[str, Any]:
    """Return a record with an identify, as the queue hands it to the sender."""
    event = {"type": "identify", "messageId": f"m-{destination}", "traits": {"email": "kim@example.org"}}
    (body,) = pack(Envelope(destination, 1_700_000_000_000, (event,)))
    attributes = {"ApproximateReceiveCount": "1"}
    return {"messageId": f"r-{destination}", "receiptHandle": "h", "body": body, "attributes": attributes}


def test_the_lease_and_the_tokens_are_given_back(hubspot: StandIn) -> None:
    invoke(SAMPLES[0])

    key = {"pk": {"S": "lease#default"}}
    lease = boto3.client("dynamodb").get_item(TableName="profiles", Key=key)["Item"]
    assert lease["until_ms"]["N"] == "0"
    # One token is out for each call that was made, and none beside them.
    assert len(bucket().window(Family.BURST).free_at_ms) == bucket().used_today == len(hubspot.calls)


def test_the_bucket_learns_hubspots_limits_and_the_accounts_time_zone_once(hubspot: StandIn) -> None:
    invoke(SAMPLES[0])
    invoke(SAMPLES[0])

    assert bucket().learned == Learned(100, 250_000, "Europe/Copenhagen")
    assert [call["path"] for call in hubspot.calls].count("/account-info/2026-09/details") == 1


def test_a_spent_day_is_waited_out_and_says_so(hubspot: StandIn) -> None:
    invoke(SAMPLES[0])
    hubspot.limiter.daily = 0
    answer, lines = invoke_with(identify())
    calls = len(hubspot.calls)

    _, later = invoke_with(identify())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "r-default"}]}
    assert reasons(lines) == reasons(later) == {"day_spent"}
    assert all(line["wait_ms"] > 0 for line in later if line["message"] == "event")
    assert len(hubspot.calls) == calls


def test_the_trouble_of_one_portal_parks_only_its_own_events(hubspot: StandIn) -> None:
    ssm = boto3.client("ssm")
    settings = json.dumps({"hub_id": 2, "hubspot_url": hubspot.url})
    ssm.put_parameter(Name="/relay/other/settings", Value=settings, Type="String")
    ssm.put_parameter(Name="/relay/other/access-token", Value="pat-wrong", Type="SecureString")

    answer, lines = invoke_with(identify(), identify("other"))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "r-other"}]}
    assert reasons(lines) == {None, "access_token_refused"}


def test_without_the_bucket_no_call_is_made_and_every_record_comes_back(hubspot: StandIn) -> None:
    boto3.client("dynamodb").delete_table(TableName="buckets")

    answer, lines = invoke_with(identify())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "r-default"}]}
    assert reasons(lines) == {"bucket_unavailable: ResourceNotFoundException"}
    assert hubspot.calls == []
