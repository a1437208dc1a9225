"""Would HubSpot define this event? What its event definitions API wants, and what it fills in.

Sources: HubSpot's OpenAPI file of the event definitions API and its custom events guide. Which properties
come by default is documented in part.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli.standin.schema import whole

_OBJECTS = ("CONTACT", "COMPANY", "DEAL", "TICKET")
_TYPES = ("string", "number", "enumeration", "datetime", "bool", "date")
_MAX_LABEL, _MAX_PROPERTY_LABEL = 100, 50
# Events and their properties alike: at most 50 characters, and a letter in front.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")
_DEFAULTS = (
    *("hs_browser", "hs_city", "hs_country", "hs_device_type", "hs_language", "hs_operating_system"),
    *("hs_page_title", "hs_page_url", "hs_referrer", "hs_region", "hs_user_agent"),
    *("hs_utm_campaign", "hs_utm_content", "hs_utm_medium", "hs_utm_source", "hs_utm_term"),
)


def missing_in(egg: Mapping[str, Any]) -> Sequence[str]:
    """Return the required fields of a definition that are not set."""
    missing = [] if egg.get("label") else ["label"]
    missing += [name for name in ("includeDefaultProperties", "propertyDefinitions") if egg.get(name) is None]
    return missing + [
        name for each in egg.get("propertyDefinitions") or () for name in missing_in_property(each)
    ]


def missing_in_property(definition: Mapping[str, Any]) -> Sequence[str]:
    """Return the required fields of a property that are not set, those of options included."""
    missing = [name for name in ("name", "label", "type") if not definition.get(name)]
    options = definition.get("options") or ()
    return missing + [
        f"options.{name}"
        for name in ("label", "value", "displayOrder", "hidden")
        if any(option.get(name) is None for option in options)
    ]


def name_from(label: str) -> str:
    """Return the name that a definition gets if it has only a label."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).lstrip("_0123456789")[:50].rstrip("_")


def troubles_of(egg: Mapping[str, Any], name: str) -> Iterator[str]:
    """Yield what HubSpot would say against a definition."""
    definitions = egg["propertyDefinitions"]
    if len(egg["label"]) > _MAX_LABEL:
        yield f"The label may have at most {_MAX_LABEL} characters"
    if not _NAME.fullmatch(name):
        yield f'"{name}" is no name of an event: a-z, 0-9 and _, a letter first, at most 50 characters'
    if egg.get("primaryObject", "CONTACT") not in _OBJECTS:
        yield f"primaryObject must be one of {', '.join(_OBJECTS)}"
    names = [definition["name"] for definition in definitions]
    if len(set(names)) < len(names):
        yield "Property names must be unique"
    for definition in definitions:
        yield from troubles_of_property(definition)


def troubles_of_property(definition: Mapping[str, Any]) -> Iterator[str]:
    """Yield what HubSpot would say against a property of an event."""
    name, kind, options = definition["name"], definition["type"], definition.get("options") or ()
    if not _NAME.fullmatch(name):
        yield f'"{name}" is no name of a property: a-z, 0-9 and _, a letter first, at most 50 characters'
    if len(definition["label"]) > _MAX_PROPERTY_LABEL:
        yield f"The label of {name} may have at most {_MAX_PROPERTY_LABEL} characters"
    if kind not in _TYPES:
        yield f'Event properties of type "{kind}" cannot be created'
    if kind == "enumeration" and not options:
        yield f"The enumeration {name} needs options"
    values = [option["value"] for option in options]
    if len(set(values)) < len(values):
        yield f"The values of the options of {name} must be unique"


def properties_of(egg: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the properties of a new definition, in the shape of the properties API."""
    defaults = [whole({"name": name}, "") for name in _DEFAULTS] if egg["includeDefaultProperties"] else []
    return [*defaults, *(property_of(definition) for definition in egg["propertyDefinitions"])]


def property_of(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return one property of a definition, in the shape of the properties API."""
    given = {key: value for key, value in definition.items() if key != "options" or value}
    return whole({**given, "hubspotDefined": False}, "")
