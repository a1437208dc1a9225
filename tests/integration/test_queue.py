"""SQS batches, against moto."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from mypy_boto3_sqs import SQSClient

from relay.adapters import queue as module
from relay.adapters.queue import Queue


@pytest.fixture
def client() -> SQSClient:
    return boto3.client("sqs")


@pytest.fixture
def queue(client: SQSClient, monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.setattr(module, "PAUSE_S", 0)
    return Queue(client, client.create_queue(QueueName="events")["QueueUrl"])


def received(queue: Queue) -> list[str]:
    bodies: list[str] = []
    while messages := queue.client.receive_message(
        QueueUrl=queue.url, MaxNumberOfMessages=10, VisibilityTimeout=60
    ).get("Messages"):
        bodies += [message["Body"] for message in messages]
    return sorted(bodies)


def test_every_body_is_stored_whatever_their_number(queue: Queue) -> None:
    bodies = [f"body-{n:02}" for n in range(23)]

    assert queue.send(bodies, "default")
    assert received(queue) == bodies


def test_a_batch_never_exceeds_what_sqs_takes(queue: Queue) -> None:
    bodies = [letter * 600_000 for letter in "abc"]

    assert queue.send(bodies, "default")
    assert received(queue) == bodies


def test_only_the_entries_that_failed_are_sent_again(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[list[str]] = []
    real = queue.client.send_message_batch

    def first_fails_once(**arguments: Any) -> Any:
        sent.append([entry["Id"] for entry in arguments["Entries"]])
        if len(sent) > 1:
            return real(**arguments)
        real(QueueUrl=arguments["QueueUrl"], Entries=arguments["Entries"][1:])
        return {
            "Successful": [{"Id": "1"}],
            "Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": False}],
        }

    monkeypatch.setattr(queue.client, "send_message_batch", first_fails_once)

    assert queue.send(["a", "b"], "default")
    assert sent == [["0", "1"], ["0"]]
    assert received(queue) == ["a", "b"]


def test_what_cannot_be_stored_is_reported(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> object:
        raise ConnectTimeoutError(endpoint_url="sqs")

    monkeypatch.setattr(queue.client, "send_message_batch", unreachable)
    monkeypatch.setattr(queue.client, "send_message", unreachable)

    assert not queue.send(["a"], "default")
    assert not queue.send_foreign("a", "not_json")


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("default", "default"),
        ("a" * 128, "a" * 128),
        ("a" * 129, None),
        ("", None),
        ("two words", None),
        ("münchen", None),
    ],
)
def test_messages_name_their_destination_where_sqs_takes_its_name(
    queue: Queue, destination: str, expected: str | None
) -> None:
    assert queue.send(["a", "b"], destination)

    messages = queue.client.receive_message(
        QueueUrl=queue.url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    )["Messages"]
    assert [each.get("Attributes", {}).get("MessageGroupId") for each in messages] == [expected] * 2


def test_a_foreign_body_is_stored_as_it_came_with_its_reason(queue: Queue) -> None:
    assert queue.send_foreign("hællo", "not_json")

    (message,) = queue.client.receive_message(QueueUrl=queue.url, MessageAttributeNames=["All"])["Messages"]
    assert message["Body"] == "hællo"
    assert message["MessageAttributes"]["reason"]["StringValue"] == "not_json"


def test_hidden_records_come_back_when_their_time_has_come(queue: Queue) -> None:
    queue.send([f"body-{n:02}" for n in range(12)], "default")
    handles: list[str] = []
    while messages := queue.client.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        handles += [message["ReceiptHandle"] for message in messages]

    queue.hide(dict.fromkeys(handles, 0))

    assert len(received(queue)) == 12


def test_a_record_that_cannot_be_hidden_is_no_failure(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> object:
        raise ConnectTimeoutError(endpoint_url="sqs")

    monkeypatch.setattr(queue.client, "change_message_visibility_batch", unreachable)

    queue.hide({"handle": 5})
