"""SQS batches, against moto."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from mypy_boto3_sqs import SQSClient

from relay.adapters import queue as module
from relay.adapters.queue import MAX_BYTES, TRIES, Queue, chunks
from relay.core.envelopes import Message


@pytest.fixture
def client() -> SQSClient:
    return boto3.client("sqs")


@pytest.fixture
def queue(client: SQSClient, monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.setattr(module, "PAUSE_S", 0)
    return Queue(client, client.create_queue(QueueName="events")["QueueUrl"])


@pytest.fixture
def side_by_side(queue: Queue) -> Iterator[Queue]:
    """The same queue as a sender has it: its clock stands at 1,000."""
    with ThreadPoolExecutor(4) as threads:
        yield Queue(queue.client, queue.url, threads, lambda: 1_000)


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

    assert not queue.send(["a"], "default")
    assert queue.send_all([Message("a", "", reason="not_json")], time.time_ns()) == [False]


@pytest.mark.parametrize(
    ("lane", "expected"),
    [
        ("default", "default"),
        ("default#0123456789ab", "default#0123456789ab"),
        ("a" * 128, "a" * 128),
        ("", None),
    ],
)
def test_messages_name_their_lane_if_they_have_one(queue: Queue, lane: str, expected: str | None) -> None:
    assert queue.send(["a", "b"], lane)

    messages = queue.client.receive_message(
        QueueUrl=queue.url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    )["Messages"]
    assert [each.get("Attributes", {}).get("MessageGroupId") for each in messages] == [expected] * 2


def test_messages_of_several_lanes_are_sent_at_once_and_told_apart(side_by_side: Queue) -> None:
    messages = [Message(f"body-{n:02}", "emea" if n % 2 else "") for n in range(23)]

    assert side_by_side.send_all(messages, 1_000) == [True] * 23

    groups: dict[str, str | None] = {}
    while found := side_by_side.client.receive_message(
        QueueUrl=side_by_side.url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    ).get("Messages"):
        groups |= {each["Body"]: each.get("Attributes", {}).get("MessageGroupId") for each in found}
    assert groups == {f"body-{n:02}": "emea" if n % 2 else None for n in range(23)}


def test_a_delayed_message_is_not_there_yet(side_by_side: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    real = side_by_side.client.send_message_batch

    def watched(**arguments: Any) -> Any:
        asked.append(arguments)
        return real(**arguments)

    monkeypatch.setattr(side_by_side.client, "send_message_batch", watched)

    assert side_by_side.send_all([Message("now", "default"), Message("later", "default", 900)], 1_000)

    assert received(side_by_side) == ["now"]
    (call,) = asked
    assert [entry.get("DelaySeconds") for entry in call["Entries"]] == [None, 900]


def test_of_many_messages_those_are_named_that_are_not_stored(
    side_by_side: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tries = side_by_side.client.send_message_batch, 0

    def without_13(**arguments: Any) -> Any:
        nonlocal tries
        entries = [each for each in arguments["Entries"] if each["MessageBody"] != "body-13"]
        tries += len(entries) < len(arguments["Entries"])
        return real(**{**arguments, "Entries": entries}) if entries else {"Failed": [{}]}

    monkeypatch.setattr(side_by_side.client, "send_message_batch", without_13)
    messages = [Message(f"body-{n:02}", "default") for n in range(25)]

    assert side_by_side.send_all(messages, 1_000) == [n != 13 for n in range(25)]
    assert tries == TRIES
    assert len(received(side_by_side)) == 24


def test_when_the_time_is_up_no_call_is_made(side_by_side: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    for call in ("send_message_batch", "change_message_visibility_batch"):
        monkeypatch.setattr(side_by_side.client, call, None)

    assert side_by_side.send_all([Message("a", "default")], 999) == [False]
    side_by_side.hide({"handle": 5}, 999)


def test_nothing_is_no_call(side_by_side: Queue) -> None:
    assert side_by_side.send_all([], 1_000) == []


def test_a_foreign_body_is_stored_as_it_came_with_its_reason(side_by_side: Queue) -> None:
    queue = side_by_side
    assert queue.send_all([Message("hællo", "", reason="not_json")], 1_000) == [True]

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


def test_a_foreign_body_as_large_as_sqs_takes_is_stored_without_its_reason(side_by_side: Queue) -> None:
    # "æ" takes two bytes, and the attribute counts, too.
    largest = "æ" * (MAX_BYTES // 2)
    messages = [Message(largest, "", reason="not_json"), Message(largest[1:] + "x", "", reason="not_json")]

    assert side_by_side.send_all(messages, 1_000) == [True, True]
    assert received(side_by_side) == sorted(each.body for each in messages)


def test_messages_are_put_together_by_their_bytes_with_their_reasons() -> None:
    half = "æ" * (MAX_BYTES // 4)

    assert [len(chunk) for chunk in chunks([Message(half, ""), Message(half, "")])] == [2]
    assert [len(chunk) for chunk in chunks([Message(half, ""), Message(half, "", reason="x")])] == [1, 1]


def test_a_record_that_cannot_be_hidden_is_no_failure(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> object:
        raise ConnectTimeoutError(endpoint_url="sqs")

    monkeypatch.setattr(queue.client, "change_message_visibility_batch", unreachable)

    queue.hide({"handle": 5})


@dataclass
class Hiding:
    """SQS as it hides records: the first `lost` calls have no answer, `refuses` are refused `times` times."""

    lost: int = 0
    refuses: frozenset[str] = frozenset()
    times: int = 0
    calls: list[list[str]] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def __call__(self, **arguments: Any) -> Any:
        handles = {entry["Id"]: entry["ReceiptHandle"] for entry in arguments["Entries"]}
        self.calls.append(list(handles.values()))
        if self.lost:
            self.lost -= 1
            raise ConnectTimeoutError(endpoint_url="sqs")
        failed = {key for key, handle in handles.items() if handle in self.refuses and self.times}
        self.times -= bool(failed)
        self.hidden += [handle for key, handle in handles.items() if key not in failed]
        answer = {"Successful": [{"Id": key} for key in handles if key not in failed]}
        return answer | {"Failed": [{"Id": key, "Code": "InternalError"} for key in failed]}


def handles_of(count: int) -> list[str]:
    return [f"handle-{n:02}" for n in range(count)]


@pytest.mark.parametrize("faults", [Hiding(lost=1), Hiding(refuses=frozenset({"handle-03"}), times=1)])
def test_what_could_not_be_hidden_is_tried_again_and_only_that(
    queue: Queue, monkeypatch: pytest.MonkeyPatch, faults: Hiding
) -> None:
    monkeypatch.setattr(queue.client, "change_message_visibility_batch", faults)

    queue.hide(dict.fromkeys(handles_of(25), 5))

    assert sorted(faults.hidden) == handles_of(25)
    # Three calls, and that one again: with all of its records if it had no answer.
    again = handles_of(10) if not faults.refuses else ["handle-03"]
    assert [len(call) for call in faults.calls] == [10, len(again), 10, 5]
    assert faults.calls[1] == again


@pytest.mark.parametrize("times", [TRIES, TRIES + 1])
def test_a_record_that_is_never_hidden_leaves_the_others_hidden(
    side_by_side: Queue, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    faults = Hiding(refuses=frozenset({"handle-03"}), times=times)
    monkeypatch.setattr(side_by_side.client, "change_message_visibility_batch", faults)

    side_by_side.hide(dict.fromkeys(handles_of(25), 5), 1_000)

    assert sorted(faults.hidden) == [each for each in handles_of(25) if each != "handle-03"]
    assert faults.calls.count(["handle-03"]) == TRIES - 1
