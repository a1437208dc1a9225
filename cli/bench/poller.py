"""Lambda's event source for SQS, as the template sets it: large batches, few senders at a time.

The embedded AWS hands a function ten records at most, whatever the batch size; the number of HubSpot calls
depends on it, so a benchmark polls by itself.
"""

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from cli.local import LocalRelay
from cli.samples import as_records

# The template's BatchSize, BatchingWindowSeconds and MaximumConcurrency.
BATCH_SIZE = 1000
WINDOW_S = 2
SENDERS = 2
# SQS hands out ten messages a receive.
RECEIVE = 10


def drain(relay: LocalRelay, timeout_s: float) -> None:
    """Let senders work until the queue is empty; fails if that takes too long."""
    give_up_at = time.monotonic() + timeout_s
    with ThreadPoolExecutor(SENDERS) as threads:
        list(threads.map(lambda _: _poll(relay, give_up_at), range(SENDERS)))


def invoke_sender(relay: LocalRelay, records: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Invoke the sender with these records; return the ids of those that must come back."""
    answer = relay.aws.client("lambda").invoke(
        FunctionName=relay.stack.outputs["SenderFunctionName"],
        Payload=json.dumps({"Records": records}).encode(),
    )
    failures = json.loads(answer["Payload"].read())["batchItemFailures"]
    return frozenset(each["itemIdentifier"] for each in failures)


def _poll(relay: LocalRelay, give_up_at: float) -> None:
    while relay.waiting():
        if time.monotonic() > give_up_at:
            raise RuntimeError("the queue did not become empty")
        receive(relay)


def receive(relay: LocalRelay) -> None:
    """Let a sender work at what the queue hands out within the window, if there is anything."""
    records = _gather(relay)
    if records:
        _invoke(relay, records)


def _gather(relay: LocalRelay) -> list[Mapping[str, Any]]:
    """Return up to a batch of records, or what came within the window."""
    records: list[Mapping[str, Any]] = []
    until = time.monotonic() + WINDOW_S
    while len(records) < BATCH_SIZE and time.monotonic() < until:
        received = relay.aws.client("sqs").receive_message(
            QueueUrl=relay.stack.outputs["EventsQueueUrl"],
            MaxNumberOfMessages=RECEIVE,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["ApproximateReceiveCount", "MessageGroupId"],
        )
        found = received.get("Messages", [])
        records += found
        if not found:
            time.sleep(0.05)
    return records


def _invoke(relay: LocalRelay, messages: Sequence[Mapping[str, Any]]) -> None:
    records = as_records(messages)
    failed = invoke_sender(relay, records)
    done = [record["receiptHandle"] for record in records if record["messageId"] not in failed]
    for first in range(0, len(done), RECEIVE):
        ids = count()
        entries = [
            {"Id": str(next(ids)), "ReceiptHandle": handle} for handle in done[first : first + RECEIVE]
        ]
        relay.aws.client("sqs").delete_message_batch(
            QueueUrl=relay.stack.outputs["EventsQueueUrl"], Entries=entries
        )
