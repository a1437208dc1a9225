"""Profiles in DynamoDB, an item each.

Nothing is written on a condition: whoever holds the destination's lease is alone with its profiles.
"""

import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relay.adapters.items import Items
from relay.adapters.profile_item import from_item, to_item
from relay.core.profiles import Profile

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

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
        items = self._items.read([self._pk(key) for key in dict.fromkeys(keys)])
        if items is None:
            return None
        return {item["pk"]["S"].removeprefix(self._pk("")): from_item(item) for item in items}

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        """Store profiles; False unless each is stored."""
        expires_at = self.now_ms() // 1000 + EXPIRE_AFTER_S
        return self._items.write([self._write(key, profile, expires_at) for key, profile in profiles.items()])

    def _write(self, key: str, profile: Profile, expires_at: int) -> "WriteRequestTypeDef":
        pk = {"S": self._pk(key)}
        if profile == Profile():
            return {"DeleteRequest": {"Key": {"pk": pk}}}
        item = {"pk": pk, "expires_at": {"N": str(expires_at)}, **to_item(profile)}
        return {"PutRequest": {"Item": item}}

    def _pk(self, key: str) -> str:
        return f"{self.destination}#{key}"

    @property
    def _items(self) -> Items:
        return Items(self.client, self.table, self.threads, self.pause)
