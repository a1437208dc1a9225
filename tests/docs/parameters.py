"""Checks of what commands store in SSM and give to the template, by the code that reads it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from docs.pages import ROOT
from samtranslator.yaml_helper import yaml_parse

from relay.core.write_keys import InvalidWriteKeys, read_write_keys
from relay.settings import InvalidSettingsError, parse_destination

TEMPLATE: Mapping[str, Any] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
_SECRETS = ("access-token", "signing-secret", "header-secret", "write-keys")


def stored_problems(name: str, kind: str, value: str) -> Iterator[str]:
    """Say what is wrong with a parameter in SSM."""
    last = name.rsplit("/", 1)[-1]
    if last not in {*_SECRETS, "settings"}:
        yield f"the relay reads no {last}"
    if last in _SECRETS and kind != "SecureString":
        yield f"{last} must be a SecureString"
    if last == "write-keys":
        read = read_write_keys(value)
        if isinstance(read, InvalidWriteKeys):
            yield read.problem
    if last == "settings":
        yield from _settings_problems(value)


def template_problems(given: Mapping[str, str]) -> Iterator[str]:
    """Say what CloudFormation and the relay would say of parameters of the template."""
    for name, value in given.items():
        parameter = TEMPLATE["Parameters"].get(name)
        if not parameter:
            yield f"the template has no {name}"
        elif not _may_be(parameter, value):
            yield f"{name} may not be {value}"
        elif name == "MoreSettings":
            yield from _settings_problems(f'{{"hub_id": 1, "more": {value}}}')


def _may_be(parameter: Mapping[str, Any], value: str) -> bool:
    if "AllowedValues" in parameter:
        return value in map(str, parameter["AllowedValues"])
    if parameter["Type"] == "Number":
        least, most = float(parameter.get("MinValue", 0)), float(parameter.get("MaxValue", "inf"))
        return least <= float(value) <= most
    return re.search(parameter.get("AllowedPattern", ""), value) is not None


def _settings_problems(text: str) -> Iterator[str]:
    try:
        json.loads(text)
        parse_destination(text)
    except (ValueError, InvalidSettingsError) as error:
        yield f"{text}: {error}"
