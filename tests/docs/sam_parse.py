"""Run by SAM's own Python: reads calls of `sam` as JSON, and prints what SAM's command line makes of each."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click
from samcli.cli.main import cli


def parsed(arguments: Sequence[str]) -> Mapping[str, Any]:
    """Return the parameters of the template that a call sets, or the error that it meets."""
    try:
        context = cli.make_context("sam", list(arguments))
        command: click.Command = cli
        while isinstance(command, click.Group):
            # Of several versions of click one has this, another that.
            rest = [*(getattr(context, "_protected_args", None) or context.protected_args), *context.args]
            name, found, rest = command.resolve_command(context, rest)
            command = found or cli
            context = command.make_context(name, rest, parent=context)
    except click.exceptions.Exit:
        return {"error": "", "parameters": {}}
    except click.ClickException as error:
        return {"error": error.format_message(), "parameters": {}}
    return {"error": "", "parameters": context.params.get("parameter_overrides") or {}}


json.dump([parsed(arguments) for arguments in json.load(sys.stdin)], sys.stdout)
