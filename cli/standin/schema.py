"""The stand-in's property list: the default contact properties of a portal, and some of our samples' own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("properties.json")
_DEFAULTS = {
    "description": "",
    "groupName": "contactinformation",
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


def contact_properties() -> dict[str, Mapping[str, Any]]:
    """Return the contact properties by name, each in the shape of HubSpot's properties API."""
    return {entry["name"]: _whole(entry) for entry in json.loads(_FILE.read_text(encoding="utf-8"))}


def _whole(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fill in what the file leaves out: it holds only what differs from HubSpot's usual."""
    name, kind = entry["name"], entry.get("type", "string")
    options = [
        {"label": option.replace("_", " ").title(), "value": option, "displayOrder": n, "hidden": False}
        for n, option in enumerate(entry.get("options", ()))
    ]
    return {
        **_DEFAULTS,
        "label": name.replace("_", " ").title(),
        "type": kind,
        "fieldType": _FIELD_TYPES[kind],
        **{key: value for key, value in entry.items() if key not in {"options", "readOnly"}},
        "options": options,
        "modificationMetadata": {
            "archivable": not entry.get("hubspotDefined", True),
            "readOnlyDefinition": entry.get("hubspotDefined", True),
            "readOnlyValue": entry.get("readOnly", False),
        },
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
