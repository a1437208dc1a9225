"""The stand-in's property lists: the default properties of a portal, and some of our samples' own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.standin.object_types import CONTACTS, ObjectType

_FOLDER = Path(__file__).parent
_FILES = {"contacts": "properties.json", "companies": "company_properties.json"}
_DEFAULTS = {
    "description": "",
    "displayOrder": -1,
    "hasUniqueValue": False,
    "hidden": False,
    "formField": True,
    "calculated": False,
    "externalOptions": False,
    "hubspotDefined": True,
    "archived": False,
    "dataSensitivity": "non_sensitive",
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-01T00:00:00Z",
}
_FIELD_TYPES = {
    "string": "text",
    "number": "number",
    "bool": "booleancheckbox",
    "date": "date",
    "datetime": "date",
    "enumeration": "select",
    "phone_number": "phonenumber",
}
_TRUTH = {"true": "Yes", "false": "No"}


def first_properties(object_type: ObjectType) -> dict[str, Mapping[str, Any]]:
    """Return the properties of an object type by name, each in the shape of HubSpot's properties API."""
    text = (_FOLDER / _FILES[object_type.name]).read_text(encoding="utf-8")
    return {entry["name"]: whole(entry, object_type.group) for entry in json.loads(text)}


def whole(entry: Mapping[str, Any], group: str = CONTACTS.group) -> Mapping[str, Any]:
    """Fill in what an entry leaves out: it holds only what differs from HubSpot's usual.

    `options` may be whole, or a list of values, or an object of values with their labels; `readOnly` stands
    for the metadata that says so.
    """
    name, kind = entry["name"], entry.get("type", "string")
    is_hubspots = entry.get("hubspotDefined", True)
    return {
        **_DEFAULTS,
        "groupName": group,
        "label": name.replace("_", " ").title(),
        "type": kind,
        "fieldType": _FIELD_TYPES[kind],
        **{key: value for key, value in entry.items() if key not in {"options", "readOnly"}},
        "options": _options(entry.get("options", _TRUTH if kind == "bool" else ())),
        "modificationMetadata": {
            "archivable": not is_hubspots,
            "readOnlyDefinition": is_hubspots,
            "readOnlyOptions": is_hubspots,
            "readOnlyValue": entry.get("readOnly", False),
        },
    }


def _options(given: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - JSON
    if isinstance(given, Mapping):
        return [_option(value, label, n) for n, (value, label) in enumerate(given.items())]
    return [
        _option(option, option.replace("_", " ").title(), n) if isinstance(option, str) else option
        for n, option in enumerate(given)
    ]


def _option(value: str, label: str, display_order: int) -> Mapping[str, Any]:
    return {
        "label": label,
        "value": value,
        "displayOrder": display_order,
        "hidden": False,
        "description": "",
    }
