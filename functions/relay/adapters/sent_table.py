"""The legacy events that were delivered, in DynamoDB: an item each, of a hundred bytes, for two weeks."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relay.adapters.items import Items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# As long as SQS keeps a message that may come back.
EXPIRE_AFTER_S = 14 * 86_400


@dataclass(frozen=True, slots=True)
class SentTable:
    """The events of one account, by what they are known by."""

    client: "DynamoDBClient"
    table: str
    account: str
    threads: Executor
    now_ms: Callable[[], int]

    def known(self, keys: Collection[str]) -> Collection[str] | None:
        """Return which of these were delivered; None if that cannot be read."""
        items = self._items.read([self._pk(key) for key in dict.fromkeys(keys)])
        return None if items is None else {item["pk"]["S"].removeprefix(self._pk("")) for item in items}

    def remember(self, keys: Sequence[str]) -> bool:
        """Note that these were delivered; False unless each is noted."""
        expires_at = {"N": str(self.now_ms() // 1000 + EXPIRE_AFTER_S)}
        return self._items.write(
            [
                {"PutRequest": {"Item": {"pk": {"S": self._pk(key)}, "expires_at": expires_at}}}
                for key in dict.fromkeys(keys)
            ]
        )

    def _pk(self, key: str) -> str:
        return f"{self.account}#sent#{key}"

    @property
    def _items(self) -> Items:
        return Items(self.client, self.table, self.threads)
