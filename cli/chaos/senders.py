"""Lambda's event source, with senders that may die: their records come back after the visibility time-out."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from cli.chaos.fair_queue import FairQueue
from cli.local import LocalRelay
from cli.samples import as_records

# SQS hands out ten messages a receive.
RECEIVE = 10
IDLE_S = 0.05


@dataclass(frozen=True, slots=True)
class Senders:
    """So many senders at a time, each with up to `batch` records.

    With `copies`, SQS hands each record to so many senders at once, and once more a moment later. With a
    `queue`, records come out of that.
    """

    relay: LocalRelay
    batch: int
    count: int = 2
    copies: int = 1
    queue: FairQueue | None = None

    def drain(self, timeout_s: float, is_over: Callable[[], bool] = lambda: True) -> bool:
        """Work until nothing more comes and the queue is empty; False if that takes longer."""
        give_up_at = time.monotonic() + timeout_s
        with ThreadPoolExecutor(self.count) as threads:
            return all(list(threads.map(lambda _: self._poll(give_up_at, is_over), range(self.count))))

    def flush(self) -> None:
        """Let each sender do nothing once: its log is read with the next answer."""
        with ThreadPoolExecutor(self.count) as threads:
            list(threads.map(self._invoke, [[]] * self.count))

    def _poll(self, give_up_at: float, is_over: Callable[[], bool]) -> bool:
        while not is_over() or self.relay.waiting():
            if time.monotonic() > give_up_at:
                return False
            messages = self._gather()
            if messages:
                self._deliver(messages)
            else:
                time.sleep(IDLE_S)
        return True

    def _gather(self) -> Sequence[Mapping[str, Any]]:
        if self.queue:
            return self.queue.take(self.batch)
        messages: list[Mapping[str, Any]] = []
        while len(messages) < self.batch:
            found = self.relay.aws.client("sqs").receive_message(
                QueueUrl=self.relay.stack.outputs["EventsQueueUrl"],
                MaxNumberOfMessages=min(RECEIVE, self.batch - len(messages)),
                MessageSystemAttributeNames=["All"],
            )
            if not found.get("Messages"):
                break
            messages += found["Messages"]
        return messages

    def _deliver(self, messages: Sequence[Mapping[str, Any]]) -> None:
        with ThreadPoolExecutor(self.copies) as threads:
            done = set().union(*threads.map(self._invoke, [messages] * self.copies))
        if self.copies > 1:
            done |= self._invoke(messages)
        if self.queue:
            self.queue.done(messages)
        handles = [message["ReceiptHandle"] for message in messages if message["MessageId"] in done]
        for first in range(0, len(handles), RECEIVE):
            part = enumerate(handles[first : first + RECEIVE])
            entries = [{"Id": str(n), "ReceiptHandle": handle} for n, handle in part]
            self.relay.aws.client("sqs").delete_message_batch(
                QueueUrl=self.relay.stack.outputs["EventsQueueUrl"], Entries=entries
            )

    def _invoke(self, messages: Sequence[Mapping[str, Any]]) -> set[str]:
        """Invoke the sender; return which records are done: none if it fails."""
        records = as_records(messages)
        answer = self.relay.aws.client("lambda").invoke(
            FunctionName=self.relay.stack.outputs["SenderFunctionName"],
            Payload=json.dumps({"Records": records}).encode(),
        )
        content = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            return set()
        failed = {each["itemIdentifier"] for each in content["batchItemFailures"]}
        return {record["messageId"] for record in records} - failed
