"""What a refusal of HubSpot names: properties, and the contact that exists already. Nothing has to be there.

Sources: HubSpot's error handling page; its validation errors list every bad property in `errors`, or in JSON
inside the message.
"""

import json
import re
from collections.abc import Iterator, Mapping

_EXISTING_ID = re.compile(r"Existing ID:\s*(\d+)")
_AMBIGUOUS = re.compile(r"non-unique \S+ property [\"']?(\w+)", re.ASCII)


def named_properties(error: Mapping[str, object]) -> Mapping[str, str]:
    """Return the properties that a refusal names, each with HubSpot's code for what is wrong."""
    named: dict[str, str] = {}
    for detail in mappings(error.get("errors")):
        code = text(detail.get("code")) or text(detail.get("error"))
        context = text_mapping(detail.get("context"))
        named |= dict.fromkeys(strings(context.get("propertyName")), code)
    for detail in _in_message(text(error.get("message"))):
        if name := text(detail.get("name")):
            named.setdefault(name, text(detail.get("error")))
    return named


def existing_id(error: Mapping[str, object]) -> str:
    """Return the id of the contact that a conflict names, "" if it names none."""
    context = text_mapping(error.get("context"))
    named = next(strings(context.get("existingId")), "")
    found = _EXISTING_ID.search(text(error.get("message")))
    return named or (found[1] if found else "")


def ambiguous_property(error: Mapping[str, object]) -> str:
    """Return the property by which HubSpot cannot find objects, as its values are not unique; "" if none."""
    found = _AMBIGUOUS.search(text(error.get("message")))
    return found[1] if found else ""


def missing_scopes(error: Mapping[str, object]) -> str:
    """Return the scopes that HubSpot wants, "" if it names none."""
    contexts = [text_mapping(detail.get("context")) for detail in mappings(error.get("errors"))]
    named = [*contexts, text_mapping(error.get("context"))]
    keys = ("requiredGranularScopes", "requiredScopes")
    return ", ".join(
        dict.fromkeys(scope for each in named for key in keys for scope in strings(each.get(key)))
    )


def text(value: object) -> str:
    """Return a string, "" for anything else."""
    return value if isinstance(value, str) else ""


def text_mapping(value: object) -> Mapping[str, object]:
    """Return an object, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> Iterator[Mapping[str, object]]:
    """Return the objects in a list, none for anything else."""
    return (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else iter(())


def strings(value: object) -> Iterator[str]:
    """Return the strings in a list, none for anything else."""
    return (item for item in value if isinstance(item, str)) if isinstance(value, list) else iter(())


def _in_message(message: str) -> Iterator[Mapping[str, object]]:
    start = message.find("[{")
    if start < 0:
        return iter(())
    try:
        found, _ = json.JSONDecoder().raw_decode(message, start)
    except ValueError:
        return iter(())
    return mappings(found)
