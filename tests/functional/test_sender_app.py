"""The sender handler, whole: sample records, AWS played by moto, and the HubSpot stand-in."""

import io
import json
from collections.abc import Iterator
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
    log = io.StringIO()
    app.logger.registered_handler.stream = log  # type: ignore[attr-defined] # a StreamHandler
    records = [r for sample in samples for r in json.loads(sample.read_text(encoding="utf-8"))["Records"]]
    for n, record in enumerate(records):
        record["messageId"] = f"r-{n}"
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


def test_the_lease_and_the_tokens_are_given_back(hubspot: StandIn) -> None:
    invoke(SAMPLES[0])
    dynamodb = boto3.client("dynamodb")

    lease = dynamodb.get_item(TableName="profiles", Key={"pk": {"S": "lease#default"}})["Item"]
    bucket = dynamodb.get_item(TableName="buckets", Key={"pk": {"S": "bucket#7654321"}})["Item"]
    assert lease["until_ms"]["N"] == "0"
    # Two bytes for each token that is still lent: one for each call that was made.
    assert len(bytes(bucket["offsets"]["B"])) == 2 * len(hubspot.calls)
