"""A portal's event definitions in DynamoDB: shared, so that a cold start costs HubSpot no call.

They are slimmed and compressed. Those that are still too large for an item are not shared, and each sender
reads its own.
"""

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from relay.core.event_definitions import from_slim_definitions, slim_definitions
from relay.event_definitions import DatedDefinitions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# DynamoDB's items hold 400 KB, names and numbers included.
MAX_BYTES = 390_000
# A portal that has been silent for longer begins with a call.
EXPIRE_AFTER_S = 7 * 86_400


@dataclass(frozen=True, slots=True)
class DefinitionTable:
    """The definitions under one key. Without DynamoDB there are none, which costs calls and nothing else."""

    client: "DynamoDBClient"
    table: str
    key: str

    def load(self) -> DatedDefinitions | None:
        """Return what was stored last; what cannot be read counts as nothing, and is overwritten."""
        try:
            found = self.client.get_item(TableName=self.table, Key={"pk": {"S": self.key}})
        except (BotoCoreError, ClientError):
            return None
        item = found.get("Item")
        return _read(item) if item else None

    def save(self, dated: DatedDefinitions) -> None:
        """Store definitions, unless they are too large."""
        slim = json.dumps(slim_definitions(dated.definitions), separators=(",", ":"))
        data = zlib.compress(slim.encode(), level=9)
        if len(data) > MAX_BYTES:
            return
        try:
            self.client.put_item(
                TableName=self.table,
                Item={
                    "pk": {"S": self.key},
                    "definitions": {"B": data},
                    "read_at_ms": {"N": str(dated.read_at_ms)},
                    "expires_at": {"N": str(dated.read_at_ms // 1000 + EXPIRE_AFTER_S)},
                },
            )
        except (BotoCoreError, ClientError):
            return


def _read(item: "Mapping[str, AttributeValueTypeDef]") -> DatedDefinitions | None:
    try:
        definitions = from_slim_definitions(json.loads(zlib.decompress(item["definitions"]["B"])))
        return DatedDefinitions(definitions, int(item["read_at_ms"]["N"]))
    # Another layout breaks in any of these ways.
    except (zlib.error, ValueError, TypeError, LookupError):
        return None
