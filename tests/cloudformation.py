"""Our template as CloudFormation reads it: its intrinsic functions, with names that a test gives."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

TEMPLATE: Mapping[str, Any] = yaml_parse(
    (Path(__file__).parents[1] / "template.yaml").read_text(encoding="utf-8")
)
RESOURCES: Mapping[str, Any] = TEMPLATE["Resources"]
PARAMETERS: Mapping[str, Any] = TEMPLATE["Parameters"]
_NO_VALUE = {"Ref": "AWS::NoValue"}


def of_type(kind: str) -> dict[str, Mapping[str, Any]]:
    """Return the properties of all resources of a type, by logical id."""
    return {name: spec["Properties"] for name, spec in RESOURCES.items() if spec["Type"] == kind}


class Names(dict[str, str]):
    """What `Ref` and `Fn::GetAtt` (as `Name.Attribute`) stand for; what is not named stands for itself."""

    def __missing__(self, name: str) -> str:
        return name


def resolve(node: Any, names: Names, conditions: Mapping[str, bool]) -> Any:
    """Return a part of the template without intrinsic functions."""
    node = _chosen(node, conditions)
    if isinstance(node, list):
        found = [_chosen(each, conditions) for each in node]
        return [resolve(each, names, conditions) for each in found if each != _NO_VALUE]
    if not isinstance(node, dict):
        return node
    if node.keys() & {"Ref", "Fn::GetAtt", "Fn::Sub"}:
        return _text_of(node, names, conditions)
    return {key: resolve(value, names, conditions) for key, value in node.items()}


def _text_of(node: Mapping[str, Any], names: Names, conditions: Mapping[str, bool]) -> str:
    match node:
        case {"Ref": str(name)}:
            return names[name]
        case {"Fn::GetAtt": [name, attribute]}:
            return names[f"{name}.{attribute}"]
        case {"Fn::Sub": [text, more]}:
            return _substituted(text, Names({**names, **resolve(more, names, conditions)}))
    return _substituted(node["Fn::Sub"], names)


def _substituted(text: str, names: Names) -> str:
    return re.sub(r"\$\{([\w.:]+)\}", lambda found: names[found[1]], text)


def _chosen(node: Any, conditions: Mapping[str, bool]) -> Any:
    match node:
        case {"Fn::If": [condition, then, otherwise]}:
            return then if conditions[condition] else otherwise
    return node
