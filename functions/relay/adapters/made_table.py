"""How many names were made in an account, in DynamoDB beside the profiles: an item a kind.

It never expires. Of the names of the last day it holds hashes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from relay.core.quotas import Made

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]


@dataclass(frozen=True, slots=True)
class MadeTable:
    """The counts of one account, by its `key`."""

    client: "DynamoDBClient"
    table: str
    key: str

    def load(self, kind: str) -> Made | None:
        """Return the count, an empty one if there is none; None if DynamoDB is out of reach."""
        try:
            found = self.client.get_item(TableName=self.table, Key=self._key(kind), ConsistentRead=True)
        except (BotoCoreError, ClientError):
            return None
        return _made(found.get("Item", {}))

    def save(self, kind: str, made: Made) -> bool:
        """Store a count as the version after its own; False if somebody was quicker, or it fails."""
        recent: AttributeValueTypeDef = {"M": {key: _number(at_ms) for key, at_ms in made.recent.items()}}
        try:
            self.client.put_item(
                TableName=self.table,
                Item={
                    **self._key(kind),
                    "total": _number(made.total),
                    "recent": recent,
                    "version": _number(made.version + 1),
                },
                ConditionExpression="attribute_not_exists(pk) OR version = :version",
                ExpressionAttributeValues={":version": _number(made.version)},
            )
        except (BotoCoreError, ClientError):
            return False
        return True

    def _key(self, kind: str) -> "dict[str, AttributeValueTypeDef]":
        return {"pk": {"S": f"made#{self.key}#{kind}"}}


def _made(item: "Item") -> Made:
    recent = item.get("recent", {}).get("M", {})
    times = {key: int(each.get("N", "0")) for key, each in recent.items()}
    return Made(_int(item, "total"), times, _int(item, "version"))


def _int(item: "Item", name: str) -> int:
    return int(item.get(name, {}).get("N", "0"))


def _number(value: int) -> "AttributeValueTypeDef":
    return {"N": str(value)}
