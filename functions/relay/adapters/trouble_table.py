"""The troubles of a destination, and the mark of `relay retry`, in the table of the profiles.

One item a destination, and one that names those with troubles. Nothing in them is of a person.
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
_NAMES = "destinations"


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

    def all(self) -> "Mapping[str, Troubles]":
        """Return the troubles of every destination that has some.

        Raises:
            BotoCoreError, ClientError: the table cannot be read.
        """
        index = self.client.get_item(TableName=self.table, Key=_key("")).get("Item", {})
        names = sorted(index.get(_NAMES, {}).get("SS", ()))
        items = {
            name: self.client.get_item(TableName=self.table, Key=_key(name)).get("Item", {}) for name in names
        }
        return {name: noted_from(item).troubles for name, item in items.items()}

    def save(self, destination: str, troubles: Troubles, now_ms: int) -> None:
        """Write down the troubles; the mark stays as it is. Best effort."""
        try:
            self._set(destination, "troubles", {"S": as_text(troubles)}, now_ms)
            self._update(
                "", f" {'ADD' if troubles else 'DELETE'} {_NAMES} :value", {"SS": [destination]}, now_ms
            )
        except (BotoCoreError, ClientError):
            return

    def mark(self, destination: str, now_ms: int) -> None:
        """Leave the mark of `relay retry`.

        Raises:
            BotoCoreError, ClientError: the table cannot be written to.
        """
        self._set(destination, "retry_at_ms", {"N": str(now_ms)}, now_ms)

    def _set(self, destination: str, name: str, value: "AttributeValueTypeDef", now_ms: int) -> None:
        self._update(destination, f", {name} = :value", value, now_ms)

    def _update(self, name: str, change: str, value: "AttributeValueTypeDef", now_ms: int) -> None:
        self.client.update_item(
            TableName=self.table,
            Key=_key(name),
            UpdateExpression=f"SET expires_at = :expires_at{change}",
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
    """Return the key of a destination's item; that of all of them is the one without a name."""
    return {"pk": {"S": f"trouble#{destination}"}}
