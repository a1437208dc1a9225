"""A portal's event definitions in DynamoDB, slimmed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relay.adapters.shared_item import Reading, SharedItem
from relay.core.event_definitions import Definitions, from_slim_definitions, slim_definitions
from relay.event_definitions import DatedDefinitions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# To older senders it is another layout.
_OFF = {"off": True}


@dataclass(frozen=True, slots=True)
class DefinitionTable:
    """The definitions under one key, shared as well as DynamoDB allows."""

    client: "DynamoDBClient"
    table: str
    key: str
    stale_before_ms: int = 0

    def load(self) -> DatedDefinitions | None:
        """Return what was stored last; what are no definitions counts as nothing, and is overwritten."""
        found = self._item.load()
        if found is None:
            return None
        if found.data == _OFF:
            return DatedDefinitions(Definitions(), found.read_at_ms, is_off=True)
        try:
            return DatedDefinitions(from_slim_definitions(found.data), found.read_at_ms)
        # Another layout breaks in any of these ways.
        except (ValueError, TypeError, LookupError):
            return None

    def save(self, dated: DatedDefinitions) -> None:
        """Store definitions, unless they are too large."""
        data = _OFF if dated.is_off else slim_definitions(dated.definitions)
        self._item.save(Reading(data, dated.read_at_ms))

    @property
    def _item(self) -> SharedItem:
        return SharedItem(self.client, self.table, self.key, "definitions", self.stale_before_ms)
