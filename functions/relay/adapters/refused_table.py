"""What HubSpot refuses of an account's objects, in DynamoDB: hashes of values, by property."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relay.adapters.shared_item import Reading, SharedItem
from relay.refused_values import Known, Refused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class RefusedTable:
    """The refusals under one key, shared as well as DynamoDB allows."""

    client: "DynamoDBClient"
    table: str
    key: str

    def load(self) -> Known | None:
        """Return what was stored last; what is nothing of this kind counts as nothing, and is overwritten."""
        found = self._item.load()
        if found is None:
            return None
        try:
            return {
                name: {key: Refused(*each) for key, each in entries.items()}
                for name, entries in found.data.items()
            }
        # Another layout breaks in any of these ways.
        except (ValueError, TypeError, LookupError, AttributeError):
            return None

    def save(self, dated: Known) -> None:
        """Store refusals; they expire together, some days after the last of them."""
        data = {
            name: {key: [each.reason, each.until_ms, each.definition] for key, each in entries.items()}
            for name, entries in dated.items()
        }
        until_ms = (each.until_ms for entries in dated.values() for each in entries.values())
        self._item.save(Reading(data, max(until_ms, default=0)))

    @property
    def _item(self) -> SharedItem:
        return SharedItem(self.client, self.table, self.key, "refused")
