"""A sender that is stopped in the middle of its work and wakes after its lease writes nothing more."""

import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any

import pytest
from e2e.posting import held, wait_for
from lambda_runtime import NEVER_MS, RuntimeApi, function_of

from cli.embedded.aws_faults import AwsFault
from cli.embedded.proxy import AwsProxy
from cli.invoke import set_event_source
from cli.local import DESTINATION, LocalRelay
from cli.standin.faults import Fault
from cli.standin.server import StandIn
from relay.core.envelopes import Envelope, pack

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(sys.platform != "linux", reason="Lambda's runtime client is made for Linux"),
]

# Enough for a start from cold; a call may begin until 2 s and 3 s before.
LEASE_MS = 12_000
# What changes a table; what only reads may go on.
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})


@dataclass(frozen=True)
class Frozen:
    """A sender with a way to AWS of its own, which can be stopped and woken."""

    api: RuntimeApi
    proxy: AwsProxy
    is_stopped: Event

    def stop(self, *_: object) -> None:
        self.api.process.send_signal(signal.SIGSTOP)
        self.is_stopped.set()

    def wake(self) -> None:
        self.api.process.send_signal(signal.SIGCONT)

    def writes(self, table: str) -> Sequence[str]:
        """Return what it has written to a table so far."""
        operations = [
            (call.request.operation.partition(".")[2], call.request.body) for call in self.proxy.calls
        ]
        return [each for each, body in operations if each in WRITES and f'"{table}"'.encode() in body]


@contextmanager
def no_event_source(relay: LocalRelay) -> Iterator[None]:
    set_event_source(relay, enabled=False)
    try:
        yield
    finally:
        relay.aws.client("sqs").purge_queue(QueueUrl=relay.stack.outputs["EventsQueueUrl"])
        set_event_source(relay, enabled=True)


@pytest.fixture
def frozen(relay: LocalRelay) -> Iterator[Frozen]:
    with ExitStack() as running:
        # What is put off is for nobody else: the stack's own sender would hide who has written what.
        running.enter_context(no_event_source(relay))
        proxy = running.enter_context(AwsProxy(relay.aws.endpoint_url))
        function = function_of(relay, "SenderFunction")
        api = running.enter_context(function.run({"AWS_ENDPOINT_URL": proxy.url}))
        yield Frozen(api, proxy, Event())


def record(email: str, plan: str) -> Mapping[str, Any]:
    """Return an event with one identify, in the order of the calls."""
    at_ms = time.time_ns() // 1_000_000
    key = uuid.uuid4().hex
    event = {"type": "identify", "messageId": key, "traits": {"email": email, "plan": plan}}
    (body,) = pack(Envelope(DESTINATION, at_ms, (event,)))
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": str(at_ms)}
    return {"Records": [{"messageId": key, "receiptHandle": key, "body": body, "attributes": attributes}]}


def items(relay: LocalRelay) -> Sequence[Mapping[str, Any]]:
    """Return all that is remembered."""
    found = relay.aws.client("dynamodb").scan(TableName=relay.stack.outputs["ProfileTableName"])["Items"]
    return sorted(found, key=lambda item: str(item["pk"]))


def at_the_bucket(frozen: Frozen, _: StandIn) -> None:
    frozen.proxy.faults.add(AwsFault("DynamoDB.UpdateItem", '"bucket#', after=frozen.stop))


def at_hubspots_answer(frozen: Frozen, hubspot: StandIn) -> None:
    hubspot.faults.add([Fault(path="batch/upsert", after=frozen.stop)])


def before_hubspot_reads_it(frozen: Frozen, hubspot: StandIn) -> None:
    hubspot.faults.add([Fault(path="batch/upsert", before=frozen.stop)])


def at_the_memory(frozen: Frozen, _: StandIn) -> None:
    frozen.proxy.faults.add(AwsFault("DynamoDB.BatchWriteItem", after=frozen.stop))


def at_the_lease(frozen: Frozen, _: StandIn) -> None:
    frozen.proxy.faults.add(AwsFault("DynamoDB.UpdateItem", '"lease#', after=frozen.stop))


@pytest.mark.parametrize(
    "freeze", [at_the_lease, at_the_bucket, before_hubspot_reads_it, at_hubspots_answer, at_the_memory]
)
def test_a_frozen_sender_that_wakes_after_its_lease_writes_nothing_more(
    relay: LocalRelay, hubspot: StandIn, frozen: Frozen, freeze: Callable[[Frozen, StandIn], None]
) -> None:
    email, table = f"{uuid.uuid4().hex}@example.org", relay.stack.outputs["ProfileTableName"]
    freeze(frozen, hubspot)
    frozen.api.begin(record(email, "old"), time.time_ns() // 1_000_000 + LEASE_MS)
    assert frozen.is_stopped.wait(60)

    with function_of(relay, "SenderFunction").run() as other:

        def is_new() -> bool:
            other.invoke(record(email, "new"), NEVER_MS)
            return held(hubspot).get(email, {}).get("plan") == "new"

        # It waits for the lease to run out, and for what the frozen one may still do.
        wait_for(is_new)
    remembered, calls, written = items(relay), len(hubspot.calls), len(frozen.writes(table))

    frozen.wake()
    kind, answer = frozen.api.answer()

    assert kind == "response", answer
    assert len(hubspot.calls) == calls
    assert frozen.writes(table)[written:] == []
    assert items(relay) == remembered
    assert held(hubspot)[email]["plan"] == "new"
