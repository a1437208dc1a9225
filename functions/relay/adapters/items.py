"""Items of a DynamoDB table by their keys: read a hundred at a time, written twenty-five at a time."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        WriteRequestOutputTypeDef,
        WriteRequestTypeDef,
    )

    Item = dict[str, AttributeValueTypeDef]

_Item = TypeVar("_Item")
_Chunk = TypeVar("_Chunk")
_Done = TypeVar("_Done")

# DynamoDB's batches.
MAX_KEYS = 100
MAX_WRITES = 25
# DynamoDB hands back what it was too busy for: asked again, each time after a longer pause. All pauses
# together are shorter than what stays of an invocation after its last call.
TRIES = 5
PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Items:
    """The items of one table. Several calls are made side by side on `threads`, a single one without them."""

    client: "DynamoDBClient"
    table: str
    threads: Executor
    pause: Callable[[float], None] = time.sleep

    def read(self, pks: Sequence[str]) -> "list[Item] | None":
        """Return the items that there are of these keys, each named once; None if not all can be read."""
        found: list[Item] = []
        for items in self._each(self._read, _chunks(pks, MAX_KEYS)):
            if items is None:
                return None
            found += items
        return found

    def write(self, writes: "Sequence[WriteRequestTypeDef]") -> bool:
        """Put and delete items; False unless each is done."""
        # All are waited for: a write must not outlive the lease that it relies on.
        return all(list(self._each(self._write, _chunks(writes, MAX_WRITES))))

    def _each(self, what: "Callable[[_Chunk], _Done]", chunks: "Sequence[_Chunk]") -> "Iterable[_Done]":
        # A single one must not wait for others whose work fills the threads.
        return self.threads.map(what, chunks) if len(chunks) > 1 else map(what, chunks)

    def _read(self, pks: "Sequence[str]") -> "list[Item] | None":
        items: list[Item] = []
        left: list[Item] = [{"pk": {"S": pk}} for pk in pks]
        for attempt in range(TRIES):
            self._pause_before(attempt)
            try:
                # Another sender may have written a moment ago.
                answer = self.client.batch_get_item(
                    RequestItems={self.table: {"Keys": left, "ConsistentRead": True}}
                )
            except (BotoCoreError, ClientError):
                return None
            items += answer["Responses"].get(self.table, [])
            left = list(answer.get("UnprocessedKeys", {}).get(self.table, {"Keys": []})["Keys"])
            if not left:
                return items
        return None

    def _write(self, writes: "Sequence[WriteRequestTypeDef]") -> bool:
        left: Sequence[WriteRequestTypeDef | WriteRequestOutputTypeDef] = writes
        for attempt in range(TRIES):
            self._pause_before(attempt)
            try:
                answer = self.client.batch_write_item(RequestItems={self.table: left})
            except (BotoCoreError, ClientError):
                return False
            left = answer.get("UnprocessedItems", {}).get(self.table, [])
            if not left:
                return True
        return False

    def _pause_before(self, attempt: int) -> None:
        if attempt:
            longest_s = PAUSE_S * (1 << attempt - 1)
            self.pause(longest_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, guards no secret


def _chunks(items: Sequence[_Item], size: int) -> list[Sequence[_Item]]:
    return [items[n : n + size] for n in range(0, len(items), size)]
