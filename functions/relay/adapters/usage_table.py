"""With which token, and so for which account, each destination was last used; beside the buckets in DynamoDB.

The command line finds a destination's account and bucket by it, without knowing the token.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from relay.adapters.account_table import account_item, account_of
from relay.core.accounts import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


@dataclass(frozen=True, slots=True)
class UsageTable:
    """The last use of each destination. It holds the token's hash, not the token."""

    client: "DynamoDBClient"
    table: str

    def load(self, destination: str) -> Usage | None:
        """Return the last use, None if there is none or it cannot be read."""
        try:
            found = self.client.get_item(TableName=self.table, Key={"pk": {"S": usage_key(destination)}})
        except (BotoCoreError, ClientError):
            return None
        return usage_from(found.get("Item", {}))

    def save(self, destination: str, usage: Usage) -> bool:
        """Store a use; False if that has failed."""
        item = {**account_item(usage.account), "token_hash": {"S": usage.token_hash}}
        try:
            self.client.update_item(
                TableName=self.table,
                Key={"pk": {"S": usage_key(destination)}},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in item),
                ExpressionAttributeNames={f"#{name}": name for name in item},
                ExpressionAttributeValues={f":{name}": value for name, value in item.items()},
            )
        except (BotoCoreError, ClientError):
            return False
        return True


def usage_from(item: "Mapping[str, AttributeValueTypeDef]") -> Usage | None:
    """Read back a use; None if the item is empty."""
    return Usage(item.get("token_hash", {}).get("S", ""), account_of(item)) if item else None


def usage_key(destination: str) -> str:
    """Return the key of a destination's last use."""
    return f"destination#{destination}"
