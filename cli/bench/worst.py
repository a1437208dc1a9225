"""The worst batches that SQS may hand to the sender: what they take of its memory and of its CPU.

Each is as large as a batch may be: 6 MB with what stands beside the bodies, and 10,000 records. Ingest lets
in less; but whatever lies on the queue is handed out. Beside them stand events of a neighbour, which are to
be delivered in the same invocation.
"""

import base64
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any, TypeAlias

from cli.bench.backlog import quiet_relay
from cli.bench.cpu import spent_ms
from cli.bench.poller import invoke_sender
from cli.bench.w2 import prepare
from cli.embedded.processes import function_processes, kill
from cli.local import DESTINATION, LocalRelay

# What Lambda hands to a function at once, and how many records SQS gives it (AWS Lambda, "Amazon SQS").
MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
MAX_RECORDS = 10_000
AT_MS = 1_793_527_200_000
NEIGHBOUR = "neighbour"
# The default, and a quarter of it.
MEMORY_MB = (1_769, 512)

Event: TypeAlias = Mapping[str, Any]
Batch: TypeAlias = Sequence[Mapping[str, Any]]


def envelope(events: Sequence[Event] | str, destination: str = DESTINATION) -> str:
    """Return a message with these events, or with a text in their place, that expands as far as it can."""
    text = events if isinstance(events, str) else json.dumps(events, separators=(",", ":"))
    packed = base64.b64encode(zlib.compress(f'{{"events":{text}}}'.encode(), 9)).decode()
    return json.dumps({"v": 1, "destination": destination, "received_at_ms": AT_MS, "zlib": packed})


def identify(n: int, person: str = "", /, **traits: object) -> Event:
    """Return an identify, of a person with a number of their own."""
    who = person or n
    told = {"email": f"person{who}@example{n % 500}.com", **traits}
    return {"type": "identify", "messageId": f"w-{n}", "userId": f"u-{who}", "traits": told}


def track(n: int, **properties: object) -> Event:
    """Return a track of a person with a number of their own."""
    traits = {"email": f"person{n}@example.com"}
    return {
        "type": "track",
        "messageId": f"w-{n}",
        "userId": f"u-{n}",
        "event": "Order Completed",
        "properties": properties,
        "context": {"traits": traits},
    }


def unknown_traits(n: int, count: int, name: str = "t") -> Mapping[str, object]:
    """Return so many traits that no account has a property for; each `n` has names of its own."""
    return {f"{name}{n}x{place}": "v" for place in range(count)}


def alike_products(count: int) -> Sequence[Event]:
    """Return so many products that are all the same."""
    return [{"product_id": "p-1", "sku": "s-1", "name": "Shirt", "price": 9.5, "quantity": 1}] * count


def _text(size: int, what: str) -> str:
    return "[" + json.dumps(identify(1, note=what * size)) + "]"


# By name: the bodies of messages, again and again until the batch is full.
BODIES: Mapping[str, Callable[[], Iterator[str]]] = {
    "tiny_bombs": lambda: cycle([envelope(_text(4_000_000, "x"))]),
    "large_bombs": lambda: cycle([envelope(_text(124_000_000, "x"))]),
    "zeros": lambda: cycle([envelope(f'[{{"type":"identify","traits":{{"a":[{"0," * 500_000}0]}}}}]')]),
    "empty_objects": lambda: cycle([envelope(f"[{'{},' * 100_000}{{}}]")]),
    "tiny_events": lambda: cycle([envelope([{"type": "identify"}] * 5_000)]),
    "unknown_traits": lambda: (
        envelope([identify(n, **unknown_traits(n, 4_000)) for n in range(start, start + 5)])
        for start in range(0, 10**9, 5)
    ),
    "same_unknown_traits": lambda: (
        envelope([identify(n, **unknown_traits(0, 1_000)) for n in range(start, start + 20)])
        for start in range(0, 10**9, 20)
    ),
    "alike_products": lambda: (envelope([track(n, products=alike_products(4_000))]) for n in range(10**9)),
    "unknown_properties": lambda: (
        envelope([track(n, **unknown_traits(n, 4_000)) for n in range(start, start + 5)])
        for start in range(0, 10**9, 5)
    ),
    "people": lambda: (
        envelope([identify(n, firstName="Kim", plan="a") for n in range(start, start + 250)])
        for start in range(0, 10**9, 250)
    ),
    "one_person": lambda: (
        envelope([identify(n, "1", firstName=f"Kim {n}", plan="a") for n in range(start, start + 250)])
        for start in range(0, 10**9, 250)
    ),
    "aliases": lambda: (
        envelope(
            [
                {"type": "alias", "messageId": f"a-{n}", "userId": f"u-{n + 1}", "previousId": f"u-{n}"}
                for n in range(start, start + 250)
            ]
        )
        for start in range(0, 10**9, 250)
    ),
    "groups": lambda: (
        envelope(
            [
                {
                    "type": "group",
                    "messageId": f"g-{n}",
                    "userId": f"u-{n}",
                    "groupId": f"g-{n}",
                    "traits": {"name": f"Group {n}", "website": f"https://example{n}.com"},
                }
                for n in range(start, start + 250)
            ]
        )
        for start in range(0, 10**9, 250)
    ),
    "destinations": lambda: (envelope([identify(1)], f"d{n}") for n in range(10**9)),
    "deep": lambda: cycle([envelope(f'[{{"type":"identify","traits":{{"a":{"[" * 900}{"]" * 900}}}}}]')]),
    "digits": lambda: cycle(
        [envelope(f'[{{"type":"identify","traits":{{"a":[{",".join(["9" * 4_299] * 200)}]}}}}]')]
    ),
    "long_texts": lambda: (
        envelope([identify(n, firstName=what * 400_000, phone=what * 60_000) for n in range(2)])
        for what in cycle(["a@", "1,", "2026-", " ", "a.", "-", "{", "é"])
    ),
}


def batch(name: str) -> Batch:
    """Return a batch of one kind, as large as SQS hands one out, and behind it a neighbour's record."""
    event = {**identify(0, NEIGHBOUR, firstName="Kim"), "messageId": NEIGHBOUR}
    neighbour = _record(0, envelope([event]))
    left = MAX_PAYLOAD_BYTES - _size(neighbour) - len('{"Records":[]}')
    records: list[Mapping[str, Any]] = []
    for n, body in enumerate(islice(BODIES[name](), MAX_RECORDS - 1), start=1):
        record = _record(n, body)
        left -= _size(record) + 1
        if left < 0:
            break
        records.append(record)
    return [*records, neighbour]


def _size(record: Mapping[str, Any]) -> int:
    return len(json.dumps(record, separators=(",", ":")))


def _record(n: int, body: str) -> Mapping[str, Any]:
    attributes = {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": str(AT_MS),
        "SenderId": "AIDAEXAMPLEEXAMPLEEXA",
        "ApproximateFirstReceiveTimestamp": str(AT_MS),
        "MessageGroupId": DESTINATION,
    }
    return {
        "messageId": f"00000000-0000-4000-8000-{n:012}",
        # A handle is some 400 characters long.
        "receiptHandle": f"{n:0400}",
        "body": body,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": "0" * 32,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:segment-hubspot-relay-events",
        "awsRegion": "us-east-1",
    }


def measure() -> None:
    """Print a line for each of the worst batches, with the memory that is the default and with 512 MB."""
    for memory_mb in MEMORY_MB:
        for name in BODIES:
            with quiet_relay(SenderMemorySize=str(memory_mb)) as (relay, standin):
                prepare(standin)
                spent = run(relay, batch(name))
            fields = {"bench": "worst", "memory_mb": memory_mb, "batch": name, **asdict(spent)}
            print(json.dumps(fields), flush=True)


@dataclass(frozen=True, slots=True)
class Spent:
    """What an invocation has taken of a new process: memory at its peak, CPU time; and what became of it."""

    records: int
    peak_mb: float
    cpu_s: float
    failed: int
    back_on_the_queue: int
    rejected: int
    is_neighbour_delivered: bool


def run(relay: LocalRelay, records: Batch) -> Spent:
    """Invoke a sender that has just started."""
    function = relay.stack.outputs["SenderFunctionName"]
    kill(relay.aws, function)
    invoke_sender(relay, [])
    (process,) = function_processes(relay.aws, function)
    began_ms = spent_ms(process)
    failed = invoke_sender(relay, records)
    line = relay.journal.lines().get(NEIGHBOUR)
    return Spent(
        len(records),
        _peak_mb(process),
        round((spent_ms(process) - began_ms) / 1000, 2),
        len(failed),
        relay.waiting(),
        relay.rejected(),
        line is not None and line.outcome == "delivered",
    )


def _peak_mb(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return round(int(status.partition("VmHWM:")[2].split()[0]) / 1024, 1)
