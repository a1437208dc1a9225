"""The sender handler with what surrounds it: its environment, records for it, and what it says."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import boto3
import pytest
from fakes import create_table

from cli.standin.server import ACCESS_TOKEN, HUB_ID, StandIn
from relay.core.envelopes import Envelope, pack
from relay.core.grants import Grant
from relay.core.outcomes import Rejected
from sender import app

WIRED = (app.session, app.connection, app.accounts, app.claims, app.troubles)
CLIENTS = (app.dynamodb, app.clock, app.fence, app.sqs, app.ssm)
KIM = "kim@example.org"
SAMPLES = sorted((Path(__file__).parents[2] / "events" / "sender").glob("*.json"))


class Context:
    """What the handler uses of Lambda's context."""

    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def start_cold() -> None:
    """Forget what the handler keeps between invocations, as a new process has."""
    for wired in (*WIRED, app.environment, app.parameters, *CLIENTS):
        wired.cache_clear()


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
        # What is put off stays so for as long as any test takes.
        "RETRY_DELAY_S": "600",
        "HUBSPOT_TIMEOUT_S": "8",
        "SENDER_THREADS": "2",
        "REST_S": "100",
        "POWERTOOLS_METRICS_NAMESPACE": "relay",
        "POWERTOOLS_SERVICE_NAME": "sender",
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


def put_off() -> int:
    """Return how many messages of the events queue may not be received yet."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="events")["QueueUrl"]
    name: Any = "ApproximateNumberOfMessagesDelayed"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def outcomes(lines: list[dict[str, Any]]) -> dict[str, str]:
    return {
        line["message_id"]: ": ".join(filter(None, [line["outcome"], line.get("reason")]))
        for line in lines
        if line["message"] == "event"
    }


def reasons(lines: list[dict[str, Any]]) -> set[str | None]:
    return {line.get("reason") for line in lines if line["message"] == "event"}


AT_MS = 1_793_527_200_000
EVENT_SCOPES = ("analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write")


def record_of(
    event: Mapping[str, Any], grant: Grant | None = None, rejections: tuple[Rejected, ...] = ()
) -> dict[str, Any]:
    """Return a record with one event, as the queue hands it to the sender; `rejections` if it is replayed."""
    (body,) = pack(Envelope("default", AT_MS, (event,), rejections, grant=grant))
    name = f"r-{event['messageId']}"
    attributes = {"ApproximateReceiveCount": "1"}
    return {"messageId": name, "receiptHandle": name, "body": body, "attributes": attributes}


def set_up_enterprise(hubspot: StandIn, **settings: object) -> None:
    """Store settings of an Enterprise portal, and start cold."""
    chosen = {"hub_id": HUB_ID, "hubspot_url": hubspot.url, "plan": "enterprise", **settings}
    boto3.client("ssm").put_parameter(
        Name="/relay/default/settings", Value=json.dumps(chosen), Type="String", Overwrite=True
    )
    hubspot.grant(*EVENT_SCOPES)
    start_cold()


def identify(
    destination: str = "default",
    *,
    user_id: str | None = None,
    traits: Mapping[str, object] = MappingProxyType({"email": KIM}),
    received_at_ms: int = 1_700_000_000_000,
) -> dict[str, Any]:
    """Return a record with an identify, as the queue hands it to the sender."""
    event = {
        "type": "identify",
        "messageId": f"m-{destination}",
        "userId": user_id,
        "traits": dict(traits),
    }
    (body,) = pack(Envelope(destination, received_at_ms, (event,)))
    attributes = {"ApproximateReceiveCount": "1"}
    return {"messageId": f"r-{destination}", "receiptHandle": "h", "body": body, "attributes": attributes}
