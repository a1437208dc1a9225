"""The troubles of a destination, and the mark of `relay retry`, in the table of the profiles.

One item a destination, without anything of a person.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from relay.core.troubles import Troubles, as_text, from_text
from relay.troubles import Noted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# As long as the queue keeps events.
EXPIRE_AFTER_S = 14 * 86_400


@dataclass(frozen=True, slots=True)
class TroubleTable:
    """The troubles of destinations in `table`."""

    client: "DynamoDBClient"
    table: str

    def load(self, destination: str) -> Noted | None:
        """Return what is noted, None if the table cannot be read."""
        try:
            found = self.client.get_item(TableName=self.table, Key=_key(destination))
        except (BotoCoreError, ClientError):
            return None
        return noted_from(found.get("Item", {}))

    def save(self, destination: str, troubles: Troubles, now_ms: int) -> None:
        """Write down the troubles; the mark stays as it is. Best effort."""
        try:
            self._set(destination, "troubles", {"S": as_text(troubles)}, now_ms)
        except (BotoCoreError, ClientError):
            return

    def mark(self, destination: str, now_ms: int) -> None:
        """Leave the mark of `relay retry`.

        Raises:
            BotoCoreError, ClientError: the table cannot be written to.
        """
        self._set(destination, "retry_at_ms", {"N": str(now_ms)}, now_ms)

    def _set(self, destination: str, name: str, value: "AttributeValueTypeDef", now_ms: int) -> None:
        self.client.update_item(
            TableName=self.table,
            Key=_key(destination),
            UpdateExpression=f"SET {name} = :value, expires_at = :expires_at",
            ExpressionAttributeValues={
                ":value": value,
                ":expires_at": {"N": str(now_ms // 1000 + EXPIRE_AFTER_S)},
            },
        )


def noted_from(item: "Mapping[str, AttributeValueTypeDef]") -> Noted:
    """Read back an item; an empty one is that of a destination without troubles."""
    text, mark = item.get("troubles", {}).get("S", ""), item.get("retry_at_ms", {}).get("N", "0")
    return Noted(from_text(text), int(mark))


def _key(destination: str) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": {"S": f"trouble#{destination}"}}
