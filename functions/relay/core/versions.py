"""The families of HubSpot's API, each of which has a version of its own. Pure.

Not every family has every dated version (HubSpot's versioning page), so one may be set apart from the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Family: TypeAlias = Literal[
    "contacts", "companies", "properties", "associations", "events", "event_definitions", "account_info"
]


@dataclass(frozen=True, slots=True)
class Versions:
    """The version in the paths of each family, such as `2026-09`."""

    contacts: str
    companies: str
    properties: str
    associations: str
    events: str
    event_definitions: str
    account_info: str

    @classmethod
    def of(cls, version: str, others: Mapping[Family, str] | None = None) -> "Versions":
        """Return one version for all families, but for `others`."""
        return cls(**dict.fromkeys(cls.__slots__, version) | dict(others or {}))
