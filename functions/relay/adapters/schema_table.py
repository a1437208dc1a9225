"""A portal's property schema in DynamoDB: shared, so that a cold start costs HubSpot no call.

It is slimmed and compressed: a list of 5 MB becomes some tens of KB. One that is still too large for an item
is not shared, and each sender reads its own.
"""

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from relay.core.schema import from_slim, slim
from relay.schemas import Dated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# DynamoDB's items hold 400 KB, names and numbers included.
MAX_BYTES = 390_000
# A portal that has been silent for longer begins with a call.
EXPIRE_AFTER_S = 7 * 86_400


@dataclass(frozen=True, slots=True)
class SchemaTable:
    """The schema under one key. Without DynamoDB there is none, which costs calls and nothing else."""

    client: "DynamoDBClient"
    table: str
    key: str
    object_type: str = "contacts"

    def load(self) -> Dated | None:
        """Return what was stored last; what cannot be read counts as nothing, and is overwritten."""
        try:
            found = self.client.get_item(TableName=self.table, Key={"pk": {"S": self.key}})
        except (BotoCoreError, ClientError):
            return None
        item = found.get("Item")
        return _read(item, self.object_type) if item else None

    def save(self, dated: Dated) -> None:
        """Store a schema, unless it is too large."""
        data = zlib.compress(json.dumps(slim(dated.schema), separators=(",", ":")).encode(), level=9)
        if len(data) > MAX_BYTES:
            return
        try:
            self.client.put_item(
                TableName=self.table,
                Item={
                    "pk": {"S": self.key},
                    "properties": {"B": data},
                    "read_at_ms": {"N": str(dated.read_at_ms)},
                    "expires_at": {"N": str(dated.read_at_ms // 1000 + EXPIRE_AFTER_S)},
                },
            )
        except (BotoCoreError, ClientError):
            return


def _read(item: "Mapping[str, AttributeValueTypeDef]", object_type: str) -> Dated | None:
    try:
        entries = json.loads(zlib.decompress(item["properties"]["B"]))
        schema = from_slim(entries, object_type)
        # No portal is without properties: an empty list would drop every trait.
        return Dated(schema, int(item["read_at_ms"]["N"])) if schema.properties else None
    # Another layout breaks in any of these ways.
    except (zlib.error, ValueError, TypeError, LookupError):
        return None
