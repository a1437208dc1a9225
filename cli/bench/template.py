"""What the template sets unless a user chooses otherwise."""

from functools import cache

from samtranslator.yaml_helper import yaml_parse

from cli.embedded.deployment import ROOT


@cache
def default_of(parameter: str) -> int:
    """Return the default of a number among the template's parameters."""
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return int(template["Parameters"][parameter]["Default"])
