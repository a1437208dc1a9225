"""What AWS charges for a call: DynamoDB's request units, and SQS's requests of 64 KB. Pure.

On-demand: a read unit is a strongly consistent read of up to 4 KB, a write unit a write of up to 1 KB; each
item of a batch is rounded up by itself, and one that is not there costs a unit too.
"""

import math
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from cli.bench.sizes import item_size

READ_BYTES, WRITE_BYTES, SQS_BYTES = 4096, 1024, 65_536
# SQS's batches: what Lambda receives and deletes at a time while the queue is not empty.
MESSAGES = 10

Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Units:
    """What a call is charged for."""

    reads: float = 0
    writes: int = 0
    sqs: int = 0

    def __add__(self, other: "Units") -> "Units":
        return Units(self.reads + other.reads, self.writes + other.writes, self.sqs + other.sqs)


def units_of(operation: str, asked: Json, answered: Json) -> Units:
    """Return what a call such as `DynamoDB.GetItem` is charged for.

    An update whose answer does not show the item counts as one of an item of up to 1 KB, and a new item as no
    smaller than the one before it.
    """
    if charge := _DYNAMODB.get(operation):
        return charge(asked, answered)
    if operation == "SQS.SendMessageBatch":
        return Units(sqs=sqs_requests(entry["MessageBody"] for entry in asked["Entries"]))
    return Units(sqs=operation.startswith("SQS."))


def sqs_requests(bodies: Iterable[str]) -> int:
    """Return what one call with these messages is charged for."""
    return max(1, math.ceil(sum(map(len, bodies)) / SQS_BYTES))


def receiving(bodies: Sequence[str]) -> int:
    """Return what it takes to receive and delete messages, ten at a time."""
    tens = [bodies[first : first + MESSAGES] for first in range(0, len(bodies), MESSAGES)]
    return sum(map(sqs_requests, tens)) + len(tens)


def _batch_reads(asked: Json, answered: Json) -> Iterator[float]:
    for table, request in asked["RequestItems"].items():
        found = answered["Responses"].get(table, [])
        left = len(answered.get("UnprocessedKeys", {}).get(table, {}).get("Keys", []))
        yield from (_read(item, request) for item in found)
        yield (len(request["Keys"]) - left - len(found)) * _read(None, request)


def _batch_writes(asked: Json, answered: Json) -> Iterator[int]:
    for table, requests in asked["RequestItems"].items():
        left = answered.get("UnprocessedItems", {}).get(table, [])
        for request in requests:
            if request not in left:
                yield _write(request.get("PutRequest", {}).get("Item", {}))


def _read(item: Json | None, request: Json) -> float:
    units = max(1, math.ceil(_size(item or {}) / READ_BYTES))
    return units if request.get("ConsistentRead") else units / 2


def _write(item: Json) -> int:
    return max(1, math.ceil(_size(item) / WRITE_BYTES))


def _size(item: Json) -> int:
    # On the wire, binary values are base64.
    return item_size(
        {name: {"B": b64decode(value["B"])} if "B" in value else value for name, value in item.items()}
    )


_DYNAMODB: Mapping[str, Callable[[Json, Json], Units]] = {
    "DynamoDB.GetItem": lambda asked, answered: Units(reads=_read(answered.get("Item"), asked)),
    "DynamoDB.BatchGetItem": lambda asked, answered: Units(reads=sum(_batch_reads(asked, answered))),
    "DynamoDB.PutItem": lambda asked, _: Units(writes=_write(asked["Item"])),
    "DynamoDB.BatchWriteItem": lambda asked, answered: Units(writes=sum(_batch_writes(asked, answered))),
    "DynamoDB.UpdateItem": lambda _, answered: Units(
        writes=_write(answered.get("Attributes") or answered.get("Item") or {})
    ),
}
