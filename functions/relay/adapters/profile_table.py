"""Profiles in DynamoDB, an item each: read a hundred at a time, written twenty-five at a time.

Nothing is written on a condition: whoever holds the destination's lease is alone with its profiles.
"""

import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from relay.adapters.profile_item import from_item, to_item
from relay.core.profiles import Profile

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        WriteRequestOutputTypeDef,
        WriteRequestTypeDef,
    )

    Item = dict[str, AttributeValueTypeDef]

# DynamoDB's batches.
MAX_KEYS = 100
MAX_WRITES = 25
# DynamoDB hands back what it was too busy for: asked again, each time after a longer pause. All pauses
# together are shorter than what stays of an invocation after its last call.
TRIES = 5
PAUSE_S = 0.1
# Somebody who has not been heard of for longer is a stranger again.
EXPIRE_AFTER_S = 400 * 86_400


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """The profiles of one destination."""

    client: "DynamoDBClient"
    table: str
    destination: str
    threads: Executor
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    pause: Callable[[float], None] = time.sleep

    def load(self, keys: Collection[str]) -> Mapping[str, Profile] | None:
        """Return the profiles that there are; None if they cannot all be read."""
        # DynamoDB refuses a batch that names a key twice.
        chunks = _chunks([self._pk(key) for key in dict.fromkeys(keys)], MAX_KEYS)
        found: dict[str, Profile] = {}
        for items in self.threads.map(self._load, chunks):
            if items is None:
                return None
            found |= {item["pk"]["S"].removeprefix(self._pk("")): from_item(item) for item in items}
        return found

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        """Store profiles; False unless each is stored."""
        expires_at = self.now_ms() // 1000 + EXPIRE_AFTER_S
        writes = [self._write(key, profile, expires_at) for key, profile in profiles.items()]
        # All are waited for: a write must not outlive the lease that it relies on.
        return all(list(self.threads.map(self._save, _chunks(writes, MAX_WRITES))))

    def _load(self, pks: "Sequence[str]") -> "list[Item] | None":
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

    def _save(self, writes: "Sequence[WriteRequestTypeDef]") -> bool:
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

    def _write(self, key: str, profile: Profile, expires_at: int) -> "WriteRequestTypeDef":
        pk = {"S": self._pk(key)}
        if profile == Profile():
            return {"DeleteRequest": {"Key": {"pk": pk}}}
        item = {"pk": pk, "expires_at": {"N": str(expires_at)}, **to_item(profile)}
        return {"PutRequest": {"Item": item}}

    def _pk(self, key: str) -> str:
        return f"{self.destination}#{key}"

    def _pause_before(self, attempt: int) -> None:
        if attempt:
            longest_s = PAUSE_S * (1 << attempt - 1)
            self.pause(longest_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, guards no secret


_Item = TypeVar("_Item")


def _chunks(items: Sequence[_Item], size: int) -> list[Sequence[_Item]]:
    return [items[n : n + size] for n in range(0, len(items), size)]
