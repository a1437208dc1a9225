"""Would HubSpot create this property? What its properties API wants of a definition.

Sources: HubSpot's properties guide and its OpenAPI file of the properties API.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from cli.standin.answers import Refusal

Definition: TypeAlias = Mapping[str, Any]

_REQUIRED = ("name", "label", "type", "fieldType", "groupName")
_REQUIRED_OF_OPTION = ("label", "value", "displayOrder", "hidden")
# HubSpot's error says lower case and less than 100 characters; the letter in front everybody keeps to.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,98}")
# The pairs that HubSpot does not refuse; a property of another type cannot be created.
_FIELD_TYPES: Mapping[str, Collection[str]] = {
    "bool": {"booleancheckbox", "calculation_equation"},
    "enumeration": {"booleancheckbox", "checkbox", "radio", "select", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date"},
    "string": {"text", "textarea", "html", "file", "phonenumber", "calculation_equation"},
    "number": {"number", "calculation_equation"},
}


def missing_fields(definition: Definition, required: Iterable[str] = _REQUIRED) -> Sequence[str]:
    """Return the required fields that are not set, those of options included."""
    options = definition.get("options") or ()
    return [
        *(name for name in required if not definition.get(name)),
        *(
            f"options.{name}"
            for name in _REQUIRED_OF_OPTION
            if any(option.get(name) is None for option in options)
        ),
    ]


def refusal_of(definition: Definition, groups: Collection[str]) -> Refusal | None:
    """Return why HubSpot would not create this property, None if it would."""
    wrong = next(_troubles(definition, groups), None)
    if wrong is None:
        return None
    code, message, name = wrong
    detail = {"message": message, "code": code, "context": {"propertyName": [name]}}
    return Refusal(message, details=[detail] if code else ())


def _troubles(definition: Definition, groups: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Yield code (if one is known), message and name of all that is wrong."""
    name, kind, field_type = (definition[key] for key in ("name", "type", "fieldType"))
    if not _NAME.fullmatch(name):
        message = "must be lower case, begin with a letter and have less than 100 characters"
        yield "", f'The property name "{name}" is invalid: it {message}', name
    if kind not in _FIELD_TYPES:
        yield "", f'Properties of type "{kind}" cannot be created', name
    elif field_type not in _FIELD_TYPES[kind]:
        yield "", f'The field type "{field_type}" does not go with the type "{kind}"', name
    if definition["groupName"] not in groups:
        yield "", f'Property group "{definition["groupName"]}" does not exist', name
    values = [option["value"] for option in definition.get("options") or ()]
    if kind == "bool" and sorted(values) != ["false", "true"]:
        yield "INVALID_BOOLEAN_OPTION", "A bool property has exactly the options true and false", name
    if len(set(values)) < len(values):
        yield "", "Property option values must be unique", name
