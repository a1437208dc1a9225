"""The sender handler and more than one invocation works on: AWS played by moto, and the HubSpot stand-in."""

import json
from typing import Any

import boto3
import pytest
from functional.sender import identify, invoke_with, outcomes, start_cold

from cli.standin.server import StandIn
from relay.core.budgets import budget_for
from relay.core.envelopes import Envelope, pack
from relay.portions import TOO_LARGE

AT_MS = 1_700_000_000_000
MEMORY_MB, LEFT_MS = 256, 60_000
EVENTS = budget_for(MEMORY_MB, LEFT_MS).whole.events


def record(name: str, events: int, lane: str = "default") -> dict[str, Any]:
    """Return a record of tracks without a person, which cost no call."""
    told = tuple({"type": "track", "messageId": f"{name}-{n}", "event": "e"} for n in range(events))
    (body,) = pack(Envelope("default", AT_MS, told)) if events <= 250 else (_large(told),)
    attributes = {"ApproximateReceiveCount": "9", "MessageGroupId": lane}
    return {"messageId": f"r-{name}", "receiptHandle": f"h-{name}", "body": body, "attributes": attributes}


def _large(events: Any) -> str:
    return json.dumps({"v": 1, "destination": "default", "received_at_ms": AT_MS, "events": events})


def queued(name: str) -> list[Any]:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
    )
    return found.get("Messages", [])


@pytest.fixture(autouse=True)
def _small(hubspot: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - what surrounds the handler
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", str(MEMORY_MB))
    start_cold()


def test_the_rest_of_a_batch_goes_back_in_its_lane_and_may_be_taken_at_once() -> None:
    flood = [record(f"flood-{n}", 250) for n in range(4)]
    answer, lines = invoke_with(*flood, record("kim", 1, "default#key"))

    assert answer == {"batchItemFailures": []}
    assert len(outcomes(lines)) <= EVENTS
    assert "kim-0" in outcomes(lines)
    back = queued("events")
    told = {line["message"]: line["records"] for line in lines if line["message"] == "handed_back"}
    assert told == {"handed_back": len(back)}
    assert len(back) == 3
    assert {message["Body"] for message in back} < {each["body"] for each in flood}
    assert {message["Attributes"]["MessageGroupId"] for message in back} == {"default"}


def test_a_message_that_is_too_large_lies_among_the_rejects_with_its_reason() -> None:
    large, kim = record("large", EVENTS // 2 + 1), record("kim", 1)

    answer, lines = invoke_with(large, kim)

    assert answer == {"batchItemFailures": []}
    (reject,) = queued("rejects")
    assert reject["Body"] == large["body"]
    assert reject["MessageAttributes"]["reason"]["StringValue"] == TOO_LARGE
    assert list(outcomes(lines)) == ["kim-0"]
    assert [line["reason"] for line in lines if line["message"] == "unreadable_record"] == [TOO_LARGE]


def test_one_client_reads_the_parameters_of_all_destinations(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    client: Any = boto3.client

    def counting(service: str, **options: Any) -> Any:
        made.append(service)
        return client(service, **options)

    monkeypatch.setattr(boto3, "client", counting)

    invoke_with(*(identify(f"unknown-{n}") for n in range(12)))

    assert made.count("ssm") == 1
