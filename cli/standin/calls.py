"""A call of HubSpot's API, as far as it matters to the portal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.standin.object_types import CONTACTS, ObjectType


@dataclass(frozen=True, slots=True)
class Call:
    """One call: version, types and keys are parts of its path, `scopes` is what its token may do.

    `to_type` and `to_key` are the second object of an association. `size` counts the characters of the body.
    """

    version: str = ""
    key: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    object_type: ObjectType = CONTACTS
    to_type: ObjectType = CONTACTS
    to_key: str = ""
    size: int = 0

    @property
    def id_property(self) -> str | None:
        """By what the key finds an object; None is by record id."""
        return self.query.get("idProperty")
