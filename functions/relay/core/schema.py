"""HubSpot's property schema, slimmed to what decides whether and how a value may be sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object type; `type` is HubSpot's, such as `date`, `enumeration` or `string`."""

    name: str
    type: str
    is_writable: bool


@dataclass(frozen=True, slots=True)
class Schema:
    """The properties of one object type by their internal name."""

    properties: Mapping[str, Property]

    def find(self, name: str) -> Property | None:
        """Return the property of that internal name, if HubSpot has it."""
        return self.properties.get(name)


def parse_schema(results: Iterable[object]) -> Schema:
    """Read the `results` of HubSpot's property list. Entries without a name or type are passed over."""
    found = [_property(entry) for entry in results if isinstance(entry, Mapping)]
    return Schema({entry.name: entry for entry in found if entry})


def _property(entry: Mapping[str, object]) -> Property | None:
    name, kind = entry.get("name"), entry.get("type")
    if not isinstance(name, str) or not isinstance(kind, str):
        return None
    metadata = entry.get("modificationMetadata")
    # HubSpot leaves these fields out where they are false (OpenAPI file of the properties API).
    read_only = isinstance(metadata, Mapping) and metadata.get("readOnlyValue") is True
    return Property(name, kind, is_writable=not (read_only or entry.get("calculated") is True))
