"""Checks of calls of `make` and of the relay's own command line, by what these say themselves."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache

from docs.pages import ROOT
from typer.core import TyperGroup
from typer.main import get_command

from cli.main import app

_MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
_WORD = re.compile(r"\w+")
_CLI = re.compile(r"python -m cli (.*)")


def relay_problems(arguments: Sequence[str], *, is_whole: bool = True) -> Iterator[str]:
    """Say what the command line would say of these arguments; of what is missing only if they are all."""
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    try:
        # The group has no options of its own: all arguments are the command's.
        context = group.make_context("relay", list(arguments))
        name, command, rest = group.resolve_command(context, list(arguments))
        assert command is not None
        command.make_context(name, rest, parent=context)
    except Exception as error:
        # Typer has a click of its own, whose exceptions cannot be imported by name.
        kind = type(error).__name__
        if kind in {"Exit", "NoArgsIsHelpError"} or (kind == "MissingParameter" and not is_whole):
            return
        if not hasattr(error, "format_message"):
            raise
        yield error.format_message()


def make_problems(arguments: Sequence[str], *, is_whole: bool = True) -> Iterator[str]:
    """Ask make what it would do, and the command line what it says of that.

    Where a text only names a target, `is_whole` is false, and what the target needs may be missing.
    """
    for argument in arguments:
        name, is_variable, _ = argument.partition("=")
        if is_variable and f"$({name})" not in _MAKEFILE:
            yield f"the Makefile does not use {name}"
    planned = _planned(tuple(arguments))
    if planned.returncode:
        yield planned.stderr.strip()
    for line in planned.stdout.splitlines() if is_whole or not _is_bare(arguments) else ():
        found = _CLI.search(line)
        if found:
            yield from relay_problems(shlex.split(found[1]))


def _is_bare(arguments: Sequence[str]) -> bool:
    return not any("=" in argument for argument in arguments)


@cache
def _planned(arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    # What calls make itself is run even then: by a shell that does nothing.
    shell = f"SHELL={shutil.which('true')}"
    return subprocess.run(  # noqa: S603 - make, which only says what it would do
        ["make", "--dry-run", "--no-print-directory", shell, *arguments],  # noqa: S607 - as the pages name it
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@cache
def words() -> frozenset[str]:
    """Return every word of the code, the template and the sample events."""
    found = [path for folder in ("functions", "cli", "events") for path in (ROOT / folder).rglob("*")]
    found = [path for path in found if path.suffix in {".py", ".json", ".html", ".js"}]
    found += [ROOT / name for name in ("template.yaml", "Makefile", "samconfig.toml")]
    return frozenset(word for path in found for word in _WORD.findall(path.read_text(encoding="utf-8")))
