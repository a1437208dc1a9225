"""SQS: send messages so that each is known to be stored, and hide a received one until its time has come."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from relay.core.envelopes import Message

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        ChangeMessageVisibilityBatchRequestEntryTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

# SendMessageBatch takes no more (SQS quotas): 10 entries, 1 MiB in all.
MAX_ENTRIES = 10
MAX_BYTES = 1024 * 1024
# Entries that SQS names as failed are sent again; Segment waits 5 s at least, so three quick tries fit.
TRIES = 3
PAUSE_S = 0.1

# The attribute that tells why somebody else's body lies among the rejects.
_REASON, _TEXT = "reason", "String"

_Part = TypeVar("_Part")
_Done = TypeVar("_Done")
_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class Queue:
    """One SQS queue. Its calls are made side by side on `threads`, one after the other without."""

    client: "SQSClient"
    url: str
    threads: "Executor | None" = None
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000

    def send(self, bodies: Sequence[str], lane: str) -> bool:
        """Store every body; True only if SQS confirmed each of them. After False some may be stored.

        They are marked as of one `lane`, whose backlog SQS does not let others wait for (fair queues).
        """
        messages = [Message(body, lane) for body in bodies]
        return all(all(self._send_chunk(chunk)) for chunk in chunks(messages))

    def send_all(self, messages: Sequence[Message], until_ms: int) -> list[bool]:
        """Store messages; say of each whether SQS has confirmed it. Starts no try after `until_ms`.

        One that is not confirmed may be stored all the same.
        """
        stored = self._each(lambda chunk: self._send_chunk(chunk, until_ms), list(chunks(messages)))
        return [is_stored for chunk in stored for is_stored in chunk]

    def hide(self, timeouts_s: Mapping[str, int], until_ms: int | None = None) -> None:
        """Hide received messages, by receipt handle, for that many seconds from now.

        Best effort: a message that keeps the queue's own visibility time-out comes back all the same. Starts
        no try after `until_ms`.
        """
        entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
            {"Id": str(n), "ReceiptHandle": handle, "VisibilityTimeout": timeout_s}
            for n, (handle, timeout_s) in enumerate(timeouts_s.items())
        ]
        parts = [entries[start : start + MAX_ENTRIES] for start in range(0, len(entries), MAX_ENTRIES)]
        self._each(lambda part: self._hide_chunk(part, until_ms), parts)

    def _each(self, what: Callable[[_Part], _Done], parts: Sequence[_Part]) -> list[_Done]:
        return list(self.threads.map(what, parts) if self.threads else map(what, parts))

    def _hide_chunk(
        self, part: "Sequence[ChangeMessageVisibilityBatchRequestEntryTypeDef]", until_ms: int | None
    ) -> None:
        self._tried({entry["Id"]: entry for entry in part}, self._hide_once, until_ms)

    def _hide_once(
        self, pending: "Mapping[str, ChangeMessageVisibilityBatchRequestEntryTypeDef]"
    ) -> frozenset[str]:
        try:
            answer = self.client.change_message_visibility_batch(
                QueueUrl=self.url, Entries=list(pending.values())
            )
        except (BotoCoreError, ClientError):
            return frozenset()
        return frozenset(entry["Id"] for entry in answer.get("Successful", []))

    def _send_chunk(self, chunk: Sequence[Message], until_ms: int | None = None) -> list[bool]:
        messages = {str(n): message for n, message in enumerate(chunk)}
        pending = self._tried(messages, self._send_once, until_ms)
        return [key not in pending for key in messages]

    def _send_once(self, pending: Mapping[str, Message]) -> frozenset[str]:
        entries = [_entry(key, message) for key, message in pending.items()]
        try:
            answer = self.client.send_message_batch(QueueUrl=self.url, Entries=entries)
        except (BotoCoreError, ClientError):
            return frozenset()
        return frozenset(entry["Id"] for entry in answer.get("Successful", []))

    def _tried(
        self,
        pending: Mapping[str, _Entry],
        once: "Callable[[Mapping[str, _Entry]], frozenset[str]]",
        until_ms: int | None,
    ) -> Mapping[str, _Entry]:
        """Try entries of one call, by id, until all are done or it is time; return those that are not.

        SQS may refuse some of them with an answer of 200, so only those count that it names as done.
        """
        for attempt in range(TRIES):
            if attempt:
                time.sleep(PAUSE_S * attempt)
            if self._is_over(until_ms):
                break
            done = once(pending)
            pending = {key: entry for key, entry in pending.items() if key not in done}
            if not pending:
                break
        return pending

    def _is_over(self, until_ms: int | None) -> bool:
        return until_ms is not None and self.now_ms() > until_ms


def chunks(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """Yield the messages in lists that SQS takes at once."""
    chunk: list[Message] = []
    size = 0
    for message in messages:
        more = _size(message.body) + _told_size(message)
        if chunk and (len(chunk) == MAX_ENTRIES or size + more > MAX_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(message)
        size += more
    if chunk:
        yield chunk


def _entry(key: str, message: Message) -> "SendMessageBatchRequestEntryTypeDef":
    entry: SendMessageBatchRequestEntryTypeDef = {"Id": key, "MessageBody": message.body}
    if message.lane:
        entry["MessageGroupId"] = message.lane
    if message.delay_s:
        entry["DelaySeconds"] = message.delay_s
    if _told_size(message):
        entry["MessageAttributes"] = {_REASON: {"DataType": _TEXT, "StringValue": message.reason}}
    return entry


def _told_size(message: Message) -> int:
    """Return the size of the attribute that tells a message's reason; 0 if it has none, or no room for it."""
    size = sum(map(_size, (_REASON, _TEXT, message.reason)))
    return size if message.reason and _size(message.body) + size <= MAX_BYTES else 0


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
