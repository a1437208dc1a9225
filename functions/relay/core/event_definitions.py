"""HubSpot's event definitions: which one a Segment event means, and what to create where there is none.

HubSpot takes no event without a definition (its guide to custom events), and knows it by a name of its own.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from unicodedata import normalize
from zlib import crc32

from relay.core.blanks import visible
from relay.core.coercion import encodable
from relay.core.definitions import definitions_for
from relay.core.names import OWN_NAME, plain_name
from relay.core.refusals import mappings, text, text_mapping
from relay.core.schema import Property, Schema, from_slim, parse_schema, slim

# HubSpot's guide to custom events: the names of events and properties, their labels, properties at a time.
MAX_NAME_CHARS = 50
MAX_LABEL_CHARS = 100
MAX_PROPERTIES = 50
# Of a name that gets a number, so that both have room.
MAX_STEM_CHARS = 34
# Before the name HubSpot puts the portal's number; nobody else may.
_QUALIFIED = re.compile(r"pe\d+_.*")
_NO_WORD = re.compile(r"[\W_]")
# Where a word begins within another one, as in orderCompleted and step2Completed.
_CAPITAL = re.compile(r"(?<=[^\W_])(?<![A-Z])(?=[A-Z])")
# What HubSpot's OpenAPI file names in place of types that only its guide has.
_PLAIN_TYPES = {"bool": "enumeration", "date": "datetime"}


@dataclass(frozen=True, slots=True)
class Definition:
    """One kind of event. `qualified_name` is the one to send (`pe7654321_order_completed`)."""

    qualified_name: str
    name: str
    label: str = ""
    properties: Mapping[str, Property] = field(default_factory=dict)

    def with_more(self, properties: Mapping[str, Property]) -> "Definition":
        """Return this definition with properties that it may not have been listed with."""
        return replace(self, properties={**properties, **self.properties})

    @property
    def has_room(self) -> bool:
        """Whether one more property could be sent: HubSpot's own, which it adds itself, do not count."""
        return sum(not name.startswith("hs_") for name in self.properties) < MAX_PROPERTIES


@dataclass(frozen=True)
class EventRules:
    """What the owner has decided: `names` gives Segment's names those of HubSpot, plain or full, or labels.

    Definitions that are missing are made if that is what `creates` says. If events `may_be_off`, it is for
    HubSpot to say whether there are any; if some are sure to be (`is_expected`), a missing scope is a fault.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    creates: bool = False
    may_be_off: bool = False
    is_expected: bool = False

    @cached_property
    def by_spelling(self) -> Mapping[str, str]:
        """The rules by the spelling of Segment's names: neither case nor blanks count."""
        return {_spelling(name): wanted.strip() for name, wanted in self.names.items()}

    def name_for(self, event_name: str) -> str:
        """Return the name of HubSpot's event that a rule gives, "" if none does."""
        return self.by_spelling.get(_spelling(event_name), "")


@dataclass(frozen=True)
class Definitions:
    """All definitions of a portal."""

    entries: tuple[Definition, ...] = ()

    def find(self, event_name: str, rules: EventRules) -> Definition | None:
        """Return what an event means: by rule, by the full name, by the label, then by the name.

        What is spelt as in HubSpot counts before what is spelt alike.
        """
        ruled = rules.name_for(event_name)
        if ruled:
            by_names = self.by_qualified_name.get(ruled.lower()) or self._by_name.get(ruled.lower())
            return by_names or self._by_label.get(_label(ruled)) or self._spelt_alike(ruled)
        return (
            self.by_qualified_name.get(event_name.strip().lower())
            or self._by_label.get(_label(event_name))
            or self._by_name.get(definition_name(event_name))
            or self._spelt_alike(event_name)
        )

    def having(self, definition: Definition) -> "Definitions":
        """Return these definitions with one that is new, or has changed."""
        others = (each for each in self.entries if each.qualified_name != definition.qualified_name)
        return Definitions((*others, definition))

    @cached_property
    def by_qualified_name(self) -> Mapping[str, Definition]:
        """The definitions by the name to send."""
        return {each.qualified_name: each for each in self._from_last}

    @cached_property
    def _by_name(self) -> Mapping[str, Definition]:
        return {each.name: each for each in self._from_last if each.name}

    @cached_property
    def _by_label(self) -> Mapping[str, Definition]:
        return {_label(each.label): each for each in self._from_last if each.label}

    def _spelt_alike(self, event_name: str) -> Definition | None:
        apart = _CAPITAL.sub(" ", event_name)
        return self._by_words.get(_words(event_name)) or self._by_words.get(_words(apart))

    @cached_property
    def _by_words(self) -> Mapping[str, Definition]:
        """The definitions by the words of all that they are called, a full name before labels and names."""
        return {
            words: each
            for names in ("name", "label", "qualified_name")
            for each in self._from_last
            if (words := _words(getattr(each, names)))
        }

    @property
    def _from_last(self) -> list[Definition]:
        # Of several with one label the first by the alphabet counts, in whatever order they were listed.
        return sorted(self.entries, key=lambda each: each.qualified_name, reverse=True)


def definition_name(event_name: str) -> str:
    """Return the name that HubSpot's event would have: lower case, whatever a name cannot hold as `_`.

    One that HubSpot would not take gets another beginning, and one that is cut, or has lost letters of
    another alphabet, could be another event's: each of these ends with a number that is this event's alone.
    """
    name = plain_name(event_name)
    is_whole = all(letter.isascii() or not letter.isalnum() for letter in event_name)
    if is_whole and len(name) <= MAX_NAME_CHARS and OWN_NAME.fullmatch(name):
        return name
    number = f"{crc32(encodable(_spelling(event_name)).encode()):08x}"
    return "_".join(filter(None, ("event", name[:MAX_STEM_CHARS].strip("_"), number)))


def parse_definitions(results: object) -> list[Definition]:
    """Read a page of HubSpot's list. What is archived or has no name to send is passed over."""
    found = (parse_definition(entry) for entry in mappings(results) if entry.get("archived") is not True)
    return [each for each in found if each]


def parse_definition(entry: Mapping[str, object]) -> Definition | None:
    """Read one definition, None if it has no name to send."""
    qualified_name = text(entry.get("fullyQualifiedName")).lower()
    if not qualified_name:
        return None
    name = text(entry.get("name")).lower() or qualified_name.partition("_")[2]
    listed = (each for each in mappings(entry.get("properties")) if each.get("archived") is not True)
    properties = parse_schema(listed).properties
    # A list has `labels`; one occurrence is never meant by the plural.
    label = text(text_mapping(entry.get("labels")).get("singular")) or text(entry.get("label"))
    return Definition(qualified_name, name, label, properties)


def definition_body(
    event_name: str, rules: EventRules, values: Iterable[Mapping[str, object]]
) -> Mapping[str, object] | None:
    """Return what HubSpot needs to create the definition of an event, None if it could not be found again.

    `values` are what occurrences give for properties.
    """
    label = encodable(event_name.strip())
    name = rules.name_for(event_name).lower() or definition_name(event_name)
    is_legal = len(name) <= MAX_NAME_CHARS and OWN_NAME.fullmatch(name) and not _QUALIFIED.fullmatch(name)
    if not is_legal or not 0 < len(label) <= MAX_LABEL_CHARS:
        return None
    return {
        "name": name,
        "label": label,
        "primaryObject": "CONTACT",
        "includeDefaultProperties": True,
        "propertyDefinitions": list(property_bodies(values)),
    }


def property_bodies(values: Iterable[Mapping[str, object]]) -> Sequence[Mapping[str, object]]:
    """Return what HubSpot needs to create properties, each of the type of its first value."""
    found = (each for each in definitions_for(values) if len(str(each["name"])) <= MAX_NAME_CHARS)
    wanted = ("name", "label", "type", "options")
    return [{key: each[key] for key in wanted if key in each} for each in found][:MAX_PROPERTIES]


def plainer(body: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return a property's body in the types that HubSpot surely takes, None if it is so already.

    Its guide has more types for the properties of events than its OpenAPI file.
    """
    kind = _PLAIN_TYPES.get(str(body["type"]))
    return {**body, "type": kind} if kind else None


def plainer_definition(body: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return a definition's body in the types that HubSpot surely takes, None if it is so already."""
    bodies = list(mappings(body["propertyDefinitions"]))
    changed = [plainer(each) for each in bodies]
    if not any(changed):
        return None
    return {**body, "propertyDefinitions": [new or old for new, old in zip(changed, bodies, strict=True)]}


def slim_definitions(definitions: Definitions) -> list[object]:
    """Return what `from_slim_definitions` needs to make the definitions again, as JSON."""
    return [
        [each.qualified_name, each.name, each.label, slim(Schema(each.properties))]
        for each in definitions.entries
    ]


def from_slim_definitions(
    entries: Iterable[tuple[str, str, str, Iterable[tuple[str, str, str, bool, Mapping[str, str]]]]],
) -> Definitions:
    """Read back what `slim_definitions` wrote."""
    return Definitions(
        tuple(
            Definition(qualified_name, name, label, from_slim(properties).properties)
            for qualified_name, name, label, properties in entries
        )
    )


def _spelling(name: str) -> str:
    # Names that were made by it are HubSpot's by now.
    return " ".join(name.split()).casefold()


def _label(name: str) -> str:
    return visible(normalize("NFKC", encodable(name))).casefold()


def _words(name: str) -> str:
    """Return the words of a name, whatever stands between them: blanks, hyphens, underscores, dots."""
    return " ".join(_NO_WORD.sub(" ", _label(name)).split())
