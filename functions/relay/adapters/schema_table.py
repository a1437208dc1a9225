"""A portal's property schema in DynamoDB, slimmed: a list of 5 MB becomes some tens of KB."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relay.adapters.shared_item import Reading, SharedItem
from relay.core.schema import from_slim, slim
from relay.schemas import Dated

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class SchemaTable:
    """The schema under one key, shared as well as DynamoDB allows."""

    client: "DynamoDBClient"
    table: str
    key: str
    object_type: str = "contacts"
    stale_before_ms: int = 0

    def load(self) -> Dated | None:
        """Return what was stored last; what is no schema counts as nothing, and is overwritten."""
        found = self._item.load()
        if found is None:
            return None
        try:
            schema = from_slim(found.data, self.object_type)
        # Another layout breaks in any of these ways.
        except (ValueError, TypeError, LookupError):
            return None
        # No portal is without properties: an empty list would drop every trait.
        return Dated(schema, found.read_at_ms) if schema.properties else None

    def save(self, dated: Dated) -> None:
        """Store a schema, unless it is too large."""
        self._item.save(Reading(slim(dated.schema), dated.read_at_ms))

    @property
    def _item(self) -> SharedItem:
        return SharedItem(self.client, self.table, self.key, "properties", self.stale_before_ms)
