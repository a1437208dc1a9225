"""Types the commands of a page into bash, where programs that would do something only note their calls."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from docs.pages import ROOT, Command

# What the commands start, and what is really run of it. All else is not found, and its command fails.
NOTED = ("aws", "curl", "git", "make", "relay", "sam")
REAL = ("cat", "openssl")
# What the text tells to have, and the commands only name.
GIVEN = {"env.json": "{}"}
_BASH = shutil.which("bash") or "/bin/bash"
_STUB = f"""#!{_BASH}
name=$CALLS/$COMMAND.$BASHPID
printf '%s\\0' "${{0##*/}}" "$@" > "$name.call"
compgen -e > "$name.environment"
[[ " $* " == *" --output text "* ]] && echo text || echo '{{}}'
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A program as a command has called it; `environment` are the variables that the page has set."""

    command: Command
    program: str
    arguments: Sequence[str]
    environment: frozenset[str]


@dataclass(frozen=True, slots=True)
class Session:
    """What became of a page's commands."""

    folder: Path
    calls: list[Call] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def typed(commands: Sequence[Command], folder: Path) -> Session:
    """Type commands one after the other into one shell, in a folder that looks like the repository."""
    tools, calls = _prepare(folder)
    environment = {"PATH": str(tools), "HOME": str(folder / "home"), "CALLS": str(calls), "LANG": "C.UTF-8"}
    script = "set -u\n" + "".join(_script(number, each) for number, each in enumerate(commands))
    # What `read` asks for is typed too.
    subprocess.run(  # noqa: S603 - the commands of our own pages, without any program that does something
        [_BASH, "-c", script],
        cwd=folder / "repository",
        env=environment,
        input="typed\n" * len(commands),
        capture_output=True,
        text=True,
        check=False,
    )
    session = Session(folder / "repository")
    for number, command in enumerate(commands):
        session.failures.extend(_failures(calls / str(number), command))
        session.calls.extend(_noted(calls, number, command, frozenset(environment)))
    return session


def _prepare(folder: Path) -> tuple[Path, Path]:
    tools, calls, repository = folder / "tools", folder / "calls", folder / "repository"
    for each in (tools, calls, repository, folder / "home"):
        each.mkdir()
    for path in ROOT.iterdir():
        if path.name not in {"relay", ".git"}:
            (repository / path.name).symlink_to(path)
    # Whoever clones it and goes there is where he was.
    (repository / "segment-hubspot-relay").symlink_to(repository)
    for name, text in GIVEN.items():
        (repository / name).write_text(text, encoding="utf-8")
    for path in [*(tools / name for name in NOTED), repository / "relay"]:
        path.write_text(_STUB, encoding="utf-8")
        path.chmod(0o755)
    for name in REAL:
        (tools / name).symlink_to(shutil.which(name) or name)
    return tools, calls


def _script(number: int, command: Command) -> str:
    quoted = command.text.replace("'", "'\\''")
    return f"export COMMAND={number}\neval '{quoted}' 2> $CALLS/{number}.err\necho $? > $CALLS/{number}.rc\n"


def _failures(base: Path, command: Command) -> Iterator[str]:
    status, words = base.with_suffix(".rc"), base.with_suffix(".err")
    said = words.read_text(encoding="utf-8").strip() if words.exists() else "not reached"
    if not status.exists():
        yield f"{command}\n    ends the shell: {said}"
    elif status.read_text(encoding="utf-8").strip() != "0":
        yield f"{command}\n    {said}"


def _noted(calls: Path, number: int, command: Command, own: frozenset[str]) -> Iterator[Call]:
    noted = sorted(calls.glob(f"{number}.*.call"), key=lambda path: path.stat().st_mtime_ns)
    for path in noted:
        program, *arguments = path.read_text(encoding="utf-8").removesuffix("\0").split("\0")
        names = frozenset(path.with_suffix(".environment").read_text(encoding="utf-8").split())
        yield Call(command, program, arguments, names - own - {"COMMAND", "OLDPWD", "PWD", "SHLVL", "_"})
