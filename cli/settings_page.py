"""`docs/settings.md`, made from the model of a destination's settings and from the template."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from samtranslator.yaml_helper import yaml_parse

from cli import settings_text
from cli.embedded.deployment import ROOT
from cli.markdown import code, table
from relay.core.plans import PLANS
from relay.settings import Destination
from relay.shares import LANE_EVENTS_A_SECOND

DOCUMENT = Path(__file__).parent.parent / "docs" / "settings.md"
# A section begins with the key of this name, and holds those that follow in the model.
SECTIONS = {
    "hub_id": "The portal and its limits",
    "traits": "People",
    "events": "Tracks, pages and screens",
    "group_key": "Groups",
    "integrations": "What may pass",
    "require_header": "The front door",
}
# What counts where a key is left out and the model has no default.
UNSET = {
    "track_url": "the region's",
    "match_property": "none: by address",
    "ingest_limit": f"{LANE_EVENTS_A_SECOND:,} in each execution environment",
}
_WORDS = {"integer": "whole number", "string": "text", "Number": "whole number", "String": "text"}

Schema: TypeAlias = Mapping[str, Any]
Row: TypeAlias = Sequence[str]


def write() -> None:
    """Write the document anew."""
    DOCUMENT.write_text(document(), encoding="utf-8")


def document() -> str:
    """Return the document."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield settings_text.HEAD
    for title, keys in sections().items():
        yield f"### {title}\n"
        yield from table(("key", "value", "default", "meaning"), map(_setting, keys))
        yield ""
    yield settings_text.PLANS
    yield from table(
        ("`plan`", "calls in 10 s", "association calls in 10 s", "searches a second", "calls a day"), _plans()
    )
    yield settings_text.PARAMETERS
    for title, names in parameter_groups().items():
        yield f"### {title}\n"
        yield from table(("parameter", "value", "default", "meaning"), map(_parameter, names))
        yield ""
    yield settings_text.REST


def sections() -> Mapping[str, Sequence[str]]:
    """Return the keys of each section, in the order of the model."""
    found: dict[str, list[str]] = {}
    title = ""
    for key in Destination.model_fields:
        title = SECTIONS.get(key, title)
        found.setdefault(title, []).append(key)
    return found


def parameter_groups() -> Mapping[str, Sequence[str]]:
    """Return the template's parameters, by the group in which CloudFormation shows them."""
    groups = _template()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    return {group["Label"]["default"]: group["Parameters"] for group in groups}


@cache
def _template() -> Mapping[str, Any]:
    template: Mapping[str, Any] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return template


@cache
def _model() -> Schema:
    return Destination.model_json_schema()


def _setting(key: str) -> Row:
    schema = _model()["properties"][key]
    return code(key), _values(schema), _default(key), schema["description"].removesuffix(".")


def _default(key: str) -> str:
    field = Destination.model_fields[key]
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None:
        return UNSET.get(key, "the plan's")
    return code(_json(value))


def _json(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "[]" if value == () else str(value)


def _values(schema: Schema) -> str:
    """Say in words what a JSON schema lets in."""
    allowed = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    if len(allowed) < len(schema.get("anyOf", allowed)) and "default" not in schema:
        return f"{_values(allowed[0])} or `null`"
    return _value(allowed[0])


def _value(schema: Schema) -> str:
    if "enum" in schema:
        return ", ".join(map(code, schema["enum"]))
    match schema["type"]:
        case "boolean":
            return "`true`, `false`"
        case "array":
            return f"list of {_values(schema['items'])}s"
        case "object":
            names = schema.get("propertyNames")
            return (
                f"object: {_values(names) if names else '*name*'} → {_values(schema['additionalProperties'])}"
            )
    return _bounded(schema, schema.get("exclusiveMinimum", -1) + 1)


def _bounded(schema: Schema, default_least: int) -> str:
    words = _WORDS[schema["type"]]
    if schema["type"] != "integer":
        return f"{words} {code(schema['pattern'])}" if "pattern" in schema else words
    least = schema.get("minimum", default_least)
    most = schema.get("maximum")
    return f"{words}, {least:,} to {most:,}" if most else f"{words}, {least:,} or more"


def _plans() -> Iterator[Row]:
    for plan, limits in PLANS.items():
        yield code(plan), str(limits.burst), str(limits.associations), str(limits.search), f"{limits.day:,}"


def _parameter(name: str) -> Row:
    parameter = _template()["Parameters"][name]
    default = parameter.get("Default")
    shown = "required" if default is None else code(str(default)) if default != "" else "none"
    return code(name), _parameter_values(parameter), shown, parameter["Description"].strip().removesuffix(".")


def _parameter_values(parameter: Mapping[str, Any]) -> str:
    if "AllowedValues" in parameter:
        return ", ".join(code(str(each)) for each in parameter["AllowedValues"])
    words = _WORDS[parameter["Type"]]
    if "AllowedPattern" in parameter:
        return f"{words} {code(parameter['AllowedPattern'])}"
    least, most = parameter.get("MinValue"), parameter.get("MaxValue")
    if least is None:
        return words
    return f"{words}, {least:,} to {most:,}" if most else f"{words}, {least:,} or more"
