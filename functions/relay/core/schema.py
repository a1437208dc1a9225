"""HubSpot's property schema, slimmed to what decides whether and how a value may be sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relay.core.routes import Route


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object type; `type` and `field_type` are HubSpot's (`enumeration`, `checkbox`).

    `options` are its allowed values, by value and by label in lower case. It is empty where any value is
    allowed, or where it is not an enumeration.
    """

    name: str
    type: str
    field_type: str = ""
    is_writable: bool = True
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_multiple(self) -> bool:
        """Whether several options may be chosen at once."""
        return self.field_type == "checkbox"


@dataclass(frozen=True)
class Schema:
    """The properties of one object type by their internal name."""

    properties: Mapping[str, Property]
    object_type: str = "contacts"

    @cached_property
    def routes(self) -> "dict[tuple[str, ...], Route]":
        """Where traits may go, as `route_of` has found so far: it is forgotten together with the schema."""
        return {}

    def find(self, name: str) -> Property | None:
        """Return the property of that internal name, if HubSpot has it."""
        return self.properties.get(name)

    def is_writable(self, name: str) -> bool:
        """Whether HubSpot has the property and lets it be set."""
        known = self.properties.get(name)
        return known is not None and known.is_writable


def parse_schema(results: Iterable[object], object_type: str = "contacts") -> Schema:
    """Read the `results` of HubSpot's property list. Entries without a name or type are passed over."""
    found = [_property(entry) for entry in results if isinstance(entry, Mapping)]
    return Schema({entry.name: entry for entry in found if entry}, object_type)


def slim(schema: Schema) -> list[object]:
    """Return what `from_slim` needs to make the schema again, as JSON."""
    return [
        [entry.name, entry.type, entry.field_type, entry.is_writable, dict(entry.options)]
        for entry in schema.properties.values()
    ]


def from_slim(
    entries: Iterable[tuple[str, str, str, bool, Mapping[str, str]]], object_type: str = "contacts"
) -> Schema:
    """Read back what `slim` wrote."""
    return Schema({entry[0]: Property(*entry) for entry in entries}, object_type)


def _property(entry: Mapping[str, object]) -> Property | None:
    name, kind, field_type = entry.get("name"), entry.get("type"), entry.get("fieldType")
    if not isinstance(name, str) or not isinstance(kind, str):
        return None
    metadata = entry.get("modificationMetadata")
    # HubSpot leaves these fields out where they are false (OpenAPI file of the properties API).
    read_only = isinstance(metadata, Mapping) and metadata.get("readOnlyValue") is True
    return Property(
        name,
        kind,
        field_type if isinstance(field_type, str) else "",
        is_writable=not (read_only or entry.get("calculated") is True or entry.get("archived") is True),
        # With options from elsewhere (such as owners) the list is empty, and HubSpot has the last word.
        options=dict(_options(entry.get("options"))) if kind in ("enumeration", "bool") else {},
    )


def _options(options: object) -> Iterable[tuple[str, str]]:
    """Yield spellings with the value they mean, the ones that count most last."""
    found = [
        (str(option.get("label") or ""), option["value"])
        for option in (options if isinstance(options, list) else ())
        if isinstance(option, Mapping) and isinstance(option.get("value"), str)
    ]
    yield from ((label.strip().lower(), value) for label, value in found if label.strip())
    yield from ((value.lower(), value) for _, value in found)
    yield from ((value, value) for _, value in found)
