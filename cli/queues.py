"""The two queues as a person at the terminal works on them: look, take, send, delete.

SQS has no way to look at a message without receiving it. So whatever was received is hidden from others for a
time, and is shown again as soon as it is no longer needed; if we are killed, it comes back by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import starmap
from typing import TYPE_CHECKING

from cli.rejected import MAX_ENTRIES, Message
from cli.stack import RunningStack
from relay.adapters.queue import Queue, chunks
from relay.core.envelopes import Message as Letter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef, SendMessageBatchRequestEntryTypeDef

# Long enough for SQS to ask all of its servers, so that an empty answer means an empty queue.
WAIT_S = 1


@dataclass(frozen=True, slots=True)
class Depth:
    """About how many messages there are: to be received, hidden by somebody, and put off (`delayed`).

    `at_ms` is SQS's time.
    """

    visible: int
    hidden: int
    at_ms: int
    delayed: int = 0

    @property
    def total(self) -> int:
        """About how many there are in all."""
        return self.visible + self.hidden + self.delayed


@dataclass(frozen=True, slots=True)
class Letters:
    """A queue and its messages."""

    client: "SQSClient"
    url: str

    def depth(self) -> Depth:
        """Ask how full the queue is, and what time it is there: to the second, rounded down."""
        answer = self.client.get_queue_attributes(
            QueueUrl=self.url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )
        counts = answer["Attributes"]
        date = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        return Depth(
            visible=int(counts["ApproximateNumberOfMessages"]),
            hidden=int(counts["ApproximateNumberOfMessagesNotVisible"]),
            at_ms=int(date.timestamp()) * 1000,
            delayed=int(counts.get("ApproximateNumberOfMessagesDelayed", 0)),
        )

    def receive(self, hidden_s: int, at_most: int = MAX_ENTRIES) -> list[Message]:
        """Receive a few messages and hide them for so long; none if there are none."""
        answer = self.client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=at_most,
            WaitTimeSeconds=WAIT_S,
            VisibilityTimeout=hidden_s,
            MessageSystemAttributeNames=["SentTimestamp"],
            MessageAttributeNames=["reason"],
        )
        return [
            Message(
                message_id=message["MessageId"],
                handle=message["ReceiptHandle"],
                body=message["Body"],
                sent_at_ms=int(message["Attributes"]["SentTimestamp"]),
                reason=_reason(message),
            )
            for message in answer.get("Messages", [])
        ]

    def show(self, handles: Iterable[str]) -> None:
        """Let others receive these messages at once. Best effort: they come back by themselves."""
        Queue(self.client, self.url).hide(dict.fromkeys(handles, 0))

    def send(self, letters: Sequence[tuple[str, str]]) -> list[bool]:
        """Send bodies with their lanes, in as few calls as SQS takes; say of each whether it is confirmed."""
        return [is_stored for chunk in chunks(starmap(Letter, letters)) for is_stored in self._send(chunk)]

    def _send(self, chunk: Sequence[Letter]) -> list[bool]:
        entries = [_entry(str(n), letter.body, letter.lane) for n, letter in enumerate(chunk)]
        answer = self.client.send_message_batch(QueueUrl=self.url, Entries=entries)
        stored = {entry["Id"] for entry in answer.get("Successful", [])}
        return [str(n) in stored for n in range(len(chunk))]

    def delete(self, messages: Sequence[Message]) -> list[Message]:
        """Delete messages, ten at most; return those that SQS has not deleted."""
        if not messages:
            return []
        answer = self.client.delete_message_batch(
            QueueUrl=self.url,
            Entries=[{"Id": str(n), "ReceiptHandle": each.handle} for n, each in enumerate(messages)],
        )
        done = {entry["Id"] for entry in answer.get("Successful", [])}
        return [each for n, each in enumerate(messages) if str(n) not in done]


def events_queue(stack: RunningStack) -> Letters:
    """Return the queue that the sender receives from."""
    return Letters(stack.client("sqs"), stack.outputs["EventsQueueUrl"])


def rejects_queue(stack: RunningStack) -> Letters:
    """Return the queue of what was rejected."""
    return Letters(stack.client("sqs"), stack.outputs["RejectsQueueUrl"])


def _entry(key: str, body: str, lane: str) -> "SendMessageBatchRequestEntryTypeDef":
    if not lane:
        return {"Id": key, "MessageBody": body}
    # Others do not wait for the backlog of this lane (fair queues).
    return {"Id": key, "MessageBody": body, "MessageGroupId": lane}


def _reason(message: "MessageTypeDef") -> str:
    attributes = message.get("MessageAttributes", {})
    return attributes["reason"].get("StringValue", "") if "reason" in attributes else ""
