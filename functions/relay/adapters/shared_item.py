"""What one sender has read of a portal, in an item of DynamoDB: others need no call for it, nor a cold start.

It is compressed. What is still too large for an item is not shared, and each sender reads its own.
"""

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# DynamoDB's items hold 400 KB, names and numbers included.
MAX_BYTES = 390_000
# A portal that has been silent for longer begins with a call.
EXPIRE_AFTER_S = 7 * 86_400


class Reading(NamedTuple):
    """Plain data, as JSON has it, and when it was read from HubSpot."""

    data: Any
    read_at_ms: int


@dataclass(frozen=True, slots=True)
class SharedItem:
    """A reading under `attribute` of the item of a key. Without DynamoDB there is none, which costs calls.

    What was read before `stale_before_ms` is given out as if it were as old as can be.
    """

    client: "DynamoDBClient"
    table: str
    key: str
    attribute: str
    stale_before_ms: int = 0

    def load(self) -> Reading | None:
        """Return what was stored last; what cannot be read counts as nothing, and is overwritten."""
        try:
            found = self.client.get_item(TableName=self.table, Key={"pk": {"S": self.key}})
        except (BotoCoreError, ClientError):
            return None
        item = found.get("Item")
        return self._read(item) if item else None

    def save(self, reading: Reading) -> None:
        """Store a reading, unless it is too large."""
        data = zlib.compress(json.dumps(reading.data, separators=(",", ":")).encode(), level=9)
        if len(data) > MAX_BYTES:
            return
        try:
            self.client.put_item(
                TableName=self.table,
                Item={
                    "pk": {"S": self.key},
                    self.attribute: {"B": data},
                    "read_at_ms": {"N": str(reading.read_at_ms)},
                    "expires_at": {"N": str(reading.read_at_ms // 1000 + EXPIRE_AFTER_S)},
                },
            )
        except (BotoCoreError, ClientError):
            return

    def _read(self, item: "Mapping[str, AttributeValueTypeDef]") -> Reading | None:
        try:
            data = json.loads(zlib.decompress(item[self.attribute]["B"]))
            read_at_ms = int(item["read_at_ms"]["N"])
            return Reading(data, read_at_ms if read_at_ms >= self.stale_before_ms else 0)
        # Another layout breaks in any of these ways.
        except (zlib.error, ValueError, TypeError, LookupError):
            return None
