"""The ingest handler, whole, with the sample events and AWS played by moto."""

import base64
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli.samples import SIGNING_SECRET, expected, http_event
from ingest import app
from relay.core.envelopes import Envelope, unpack
from relay.core.log_lines import MAX_ENTRIES

SAMPLES = sorted((Path(__file__).parents[2] / "events" / "ingest").glob("*.json"))


@pytest.fixture
def queue_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        url = boto3.client("sqs").create_queue(QueueName="events")["QueueUrl"]
        monkeypatch.setenv("EVENTS_QUEUE_URL", url)
        monkeypatch.setenv("PARAMETER_PREFIX", "/relay")
        monkeypatch.setenv("BUCKET_TABLE", "buckets")
        put("settings", "{}")
        put("signing-secret", SIGNING_SECRET)
        app.front_door.cache_clear()
        app.ssm.cache_clear()
        yield url


def put(name: str, value: str) -> None:
    boto3.client("ssm").put_parameter(Name=f"/relay/default/{name}", Value=value, Type="SecureString")


def call(event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = app.handler(event, None)
    assert answer["headers"]["content-type"] == "application/json"  # type: ignore[index] # JSON-like
    return answer["statusCode"], json.loads(str(answer["body"]))  # type: ignore[return-value] # JSON-like


def stored(queue_url: str) -> set[str]:
    messages = (
        boto3.client("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages", [])
    )
    letters = [unpack(message["Body"]) for message in messages]
    return {
        str(event["messageId"])
        for letter in letters
        if isinstance(letter, Envelope)
        for event in letter.events
    }


def test_every_sample_request_is_accepted_and_stored(queue_url: str) -> None:
    for sample in SAMPLES:
        status, body = call(json.loads(sample.read_text(encoding="utf-8")))
        assert (status, body["rejected"]) == (200, [])

    assert stored(queue_url) == set(expected().outcomes)


def test_a_wrong_signature_gets_401_as_json(queue_url: str) -> None:
    event = json.loads(SAMPLES[0].read_text(encoding="utf-8"))
    event["headers"]["x-signature"] = "0" * 40

    status, body = call(event)

    assert (status, body["success"], body["code"]) == (401, False, "invalid_signature")
    assert stored(queue_url) == set()


def test_a_body_in_base64_with_odd_header_case_is_accepted(queue_url: str) -> None:
    event = json.loads((SAMPLES[0].parent / "identify.json").read_text(encoding="utf-8"))
    event["headers"] = {"X-Signature": event["headers"]["x-signature"]}
    event["body"] = base64.b64encode(event["body"].encode()).decode()
    event["isBase64Encoded"] = True

    assert call(event)[0] == 200
    assert stored(queue_url) == {"sample-identify-1"}


def test_trouble_of_ours_asks_the_caller_to_come_back(
    queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTS_QUEUE_URL", queue_url + "-gone")
    monkeypatch.setattr("relay.adapters.queue.PAUSE_S", 0)
    app.front_door.cache_clear()

    answer = app.handler(json.loads(SAMPLES[0].read_text(encoding="utf-8")), None)

    assert (answer["statusCode"], answer["headers"]) == (
        503,
        {"content-type": "application/json", "retry-after": "5"},
    )


def test_the_log_names_what_happened_and_holds_no_personal_data(
    queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = io.StringIO()
    monkeypatch.setattr(app.logger.registered_handler, "stream", log)

    call(json.loads((SAMPLES[0].parent / "identify.json").read_text(encoding="utf-8")))

    line = json.loads(log.getvalue())
    assert (line["destination"], line["status"], line["accepted"]) == ("default", 200, 1)
    for personal in ("kim", "larsen", SIGNING_SECRET):
        assert personal not in json.dumps(line).lower()
    assert queue_url


def test_the_log_names_some_of_many_rejects_and_says_how_many_they_are(
    queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = io.StringIO()
    monkeypatch.setattr(app.logger.registered_handler, "stream", log)
    body = b"[" + b",".join([b"{}"] * 150) + b"]"

    status, answer = call(dict(http_event(body)))

    assert (status, len(answer["rejected"])) == (400, 150)
    line = json.loads(log.getvalue())
    assert (len(line["rejected"]), line["rejected_events"]) == (MAX_ENTRIES, 150)
    assert line["rejected"][0] == {"index": 0, "reason": "missing_type"}
    assert queue_url


def test_ingest_starts_without_what_its_cold_start_has_no_time_for() -> None:
    """In a fresh interpreter: what is loaded here does not count."""
    slow = (
        "pydantic",
        "httpx",
        "aws_lambda_powertools.event_handler",
        "aws_lambda_powertools.utilities.parser",
    )
    program = f"import sys, ingest.app; print([m for m in {slow!r} if m in sys.modules])"

    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(Path(app.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"
