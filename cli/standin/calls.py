"""A call of HubSpot's API, as far as it matters to the portal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One call: version and key are parts of its path, `scopes` is what its token may do."""

    version: str = ""
    key: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()

    @property
    def id_property(self) -> str | None:
        """By what the key finds a contact; None is by record id."""
        return self.query.get("idProperty")
