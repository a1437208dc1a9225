"""Traits that HubSpot has no property for → properties to create, for those who want that."""

from collections.abc import Iterable, Mapping

from relay.core.coercion import is_empty
from relay.core.moments import to_ms
from relay.core.names import OWN_NAME

GROUP = "segment"
GROUP_DEFINITION: Mapping[str, object] = {"name": GROUP, "label": "Segment", "displayOrder": -1}
# HubSpot's batch limit; more new traits than this at a time are a mistake of the sender.
MAX_AT_ONCE = 100
_TRUE_OR_FALSE = [
    {"label": "Yes", "value": "true", "displayOrder": 0, "hidden": False},
    {"label": "No", "value": "false", "displayOrder": 1, "hidden": False},
]


def definitions_for(unknown: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Return a definition for each name, its type after the first value that is not empty."""
    firsts: dict[str, object] = {}
    for values in unknown:
        for name, value in values.items():
            if not is_empty(value) and OWN_NAME.fullmatch(name):
                firsts.setdefault(name, value)
    return [_definition(name, value) for name, value in firsts.items()][:MAX_AT_ONCE]


def _definition(name: str, value: object) -> Mapping[str, object]:
    kind, field_type = _type_of(value)
    options = {"options": _TRUE_OR_FALSE} if kind == "bool" else {}
    label = name.replace("_", " ").strip().capitalize()
    return {
        "name": name,
        "label": label,
        "type": kind,
        "fieldType": field_type,
        "groupName": GROUP,
        **options,
    }


def _type_of(value: object) -> tuple[str, str]:
    match value:
        case bool():
            # What Segment's audiences need: a single checkbox.
            return "bool", "booleancheckbox"
        case int() | float():
            return "number", "number"
        case str() if _is_moment(value):
            return ("datetime" if ":" in value else "date"), "date"
        case list() | dict():
            return "string", "textarea"
        case _:
            return "string", "text"


def _is_moment(text: str) -> bool:
    return not _is_number(text) and isinstance(to_ms(text), int)


def _is_number(text: str) -> bool:
    # It may be anything.
    try:
        float(text)
    except ValueError:
        return False
    return True
