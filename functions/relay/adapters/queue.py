"""SQS: send messages so that each is known to be stored, and hide a received one until its time has come."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        ChangeMessageVisibilityBatchRequestEntryTypeDef,
        MessageAttributeValueTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

# SendMessageBatch takes no more (SQS quotas): 10 entries, 1 MiB in all.
MAX_ENTRIES = 10
MAX_BYTES = 1024 * 1024
# Entries that SQS names as failed are sent again; Segment waits 5 s at least, so three quick tries fit.
TRIES = 3
PAUSE_S = 0.1
# What SQS takes as a MessageGroupId: letters, digits and punctuation of ASCII.
_GROUP_ID = re.compile(r"[!-~]{1,128}")


def group_id_of(destination: str) -> str:
    """Return the MessageGroupId of a destination's messages, "" where SQS would not take its name."""
    # Ingest lets in only names that fit; what somebody else has queued is to be stored all the same.
    return destination if _GROUP_ID.fullmatch(destination) else ""


@dataclass(frozen=True, slots=True)
class Queue:
    """One SQS queue."""

    client: "SQSClient"
    url: str

    def send(self, bodies: Sequence[str], destination: str) -> bool:
        """Store every body; True only if SQS confirmed each of them. After False some may be stored.

        They are marked as of one `destination`, whose backlog SQS does not let others wait for (fair queues).
        """
        group_id = group_id_of(destination)
        return all(self._send_chunk(chunk, group_id) for chunk in chunks(bodies))

    def send_foreign(self, body: str, reason: str) -> bool:
        """Store a body that is no envelope, exactly as it came, with `reason` as a message attribute."""
        try:
            attributes: dict[str, MessageAttributeValueTypeDef] = {
                "reason": {"DataType": "String", "StringValue": reason}
            }
            self.client.send_message(QueueUrl=self.url, MessageBody=body, MessageAttributes=attributes)
        except (BotoCoreError, ClientError):
            return False
        return True

    def hide(self, timeouts_s: Mapping[str, int]) -> None:
        """Hide received messages, by receipt handle, for that many seconds from now.

        Best effort: a message that keeps the queue's own visibility time-out comes back all the same.
        """
        entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
            {"Id": str(n), "ReceiptHandle": handle, "VisibilityTimeout": timeout_s}
            for n, (handle, timeout_s) in enumerate(timeouts_s.items())
        ]
        for start in range(0, len(entries), MAX_ENTRIES):
            try:
                self.client.change_message_visibility_batch(
                    QueueUrl=self.url, Entries=entries[start : start + MAX_ENTRIES]
                )
            except (BotoCoreError, ClientError):
                return

    def _send_chunk(self, chunk: Sequence[str], group_id: str) -> bool:
        pending = {str(n): body for n, body in enumerate(chunk)}
        for attempt in range(TRIES):
            if attempt:
                time.sleep(PAUSE_S * attempt)
            stored = self._send_once(pending, group_id)
            pending = {key: body for key, body in pending.items() if key not in stored}
            if not pending:
                return True
        return False

    def _send_once(self, pending: Mapping[str, str], group_id: str) -> frozenset[str]:
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": key, "MessageBody": body} for key, body in pending.items()
        ]
        if group_id:
            entries = [{**entry, "MessageGroupId": group_id} for entry in entries]
        try:
            answer = self.client.send_message_batch(QueueUrl=self.url, Entries=entries)
        except (BotoCoreError, ClientError):
            return frozenset()
        return frozenset(entry["Id"] for entry in answer.get("Successful", []))


def chunks(bodies: Sequence[str]) -> Iterator[list[str]]:
    """Yield the bodies in lists that SQS takes at once."""
    chunk: list[str] = []
    size = 0
    for body in bodies:
        if chunk and (len(chunk) == MAX_ENTRIES or size + len(body) > MAX_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(body)
        size += len(body)
    if chunk:
        yield chunk
