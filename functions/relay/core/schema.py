"""HubSpot's property schema, slimmed to what decides whether and how a value may be sent."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from relay.core.names import property_name
from relay.core.options import folded, spellings

if TYPE_CHECKING:
    from relay.core.routes import Route

# Name, type, field type, whether it is writable, options; and an object of what few properties have.
SlimProperty: TypeAlias = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object type; `type` and `field_type` are HubSpot's (`enumeration`, `checkbox`).

    `options` are its allowed values, by value and by spelling. It is empty where any value is allowed, or
    where it is not an enumeration. A spelling in `ambiguous` could be several of them. `label` is the name
    that people see, folded; "" where no trait goes by it.
    """

    name: str
    type: str
    field_type: str = ""
    is_writable: bool = True
    options: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    ambiguous: frozenset[str] = frozenset()

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

    @cached_property
    def by_label(self) -> Mapping[str, str]:
        """The properties that traits may set by their label: it is the label or name of no other property."""
        counts = Counter(each.label for each in self.properties.values())
        return {
            each.label: name
            for name, each in self.properties.items()
            if each.label and counts[each.label] == 1 and property_name(each.label) not in self.properties
        }

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
        [each.name, each.type, each.field_type, each.is_writable, dict(each.options), *_further(each)]
        for each in schema.properties.values()
    ]


def from_slim(entries: Iterable[SlimProperty], object_type: str = "contacts") -> Schema:
    """Read back what `slim` wrote, be it an earlier version that kept no labels.

    Raises:
        TypeError, ValueError: An entry has another layout.
    """
    return Schema({entry[0]: _whole(entry) for entry in entries}, object_type)


def _further(entry: Property) -> Iterable[Mapping[str, object]]:
    further = {"label": entry.label, "ambiguous": sorted(entry.ambiguous)}
    kept = {name: each for name, each in further.items() if each}
    return [kept] if kept else []


def _whole(entry: SlimProperty) -> Property:
    name, kind, field_type, is_writable, options, *more = entry
    further: dict[str, Any] = dict(*more)
    ambiguous = frozenset(further.get("ambiguous", ()))
    return Property(name, kind, field_type, is_writable, options, further.get("label", ""), ambiguous)


def _property(entry: Mapping[str, object]) -> Property | None:
    name, kind, field_type = entry.get("name"), entry.get("type"), entry.get("fieldType")
    if not isinstance(name, str) or not isinstance(kind, str):
        return None
    is_writable = not _is_read_only(entry)
    # With options from elsewhere (such as owners) the list is empty, and HubSpot has the last word.
    listed = _listed(entry.get("options")) if kind in ("enumeration", "bool") else ()
    options, ambiguous = spellings(listed)
    return Property(
        name,
        kind,
        field_type if isinstance(field_type, str) else "",
        is_writable,
        options,
        _label(entry, name) if is_writable else "",
        ambiguous,
    )


def _is_read_only(entry: Mapping[str, object]) -> bool:
    metadata = entry.get("modificationMetadata")
    # HubSpot leaves these fields out where they are false (OpenAPI file of the properties API).
    is_set_elsewhere = isinstance(metadata, Mapping) and metadata.get("readOnlyValue") is True
    return is_set_elsewhere or entry.get("calculated") is True or entry.get("archived") is True


def _label(entry: Mapping[str, object], name: str) -> str:
    """Return the label by which a trait may set a property; what names a contact goes by no label."""
    label = entry.get("label")
    if not isinstance(label, str) or entry.get("hasUniqueValue") is True or property_name(label) == name:
        return ""
    return folded(label)


def _listed(options: object) -> list[tuple[str, str]]:
    """Return HubSpot's options, label and value."""
    return [
        (str(option.get("label") or ""), option["value"])
        for option in (options if isinstance(options, list) else ())
        if isinstance(option, Mapping) and isinstance(option.get("value"), str)
    ]
