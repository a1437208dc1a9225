"""The command `relay doctor`. Exit codes: 0 if nothing is in the way, 1 for an error, 2 without a stack."""

import json
import time

import typer
from rich.console import Console

from cli.destination import DestinationName
from cli.doctor.examine import Examination, examine
from cli.doctor.findings import State, error, worst
from cli.doctor.hubspot import FEWEST_CALLS, MOST_CALLS
from cli.doctor.show import as_json, print_findings
from cli.operate import AsJson, Local, Profile, Region, StackName
from cli.stack import DEFAULT_NAME, Choice, StackError, connected

app = typer.Typer()

_HELP = f"""
Look at a destination from end to end, and say what to mend and how.

The stack; settings and secrets; the access token, its scopes and portal; HubSpot's limits; the properties and
events that settings or recent events need; queues, event source, what waits for a person, in HubSpot's words,
and what was put off or left out in the last day; clocks. Whatever cannot be read is "not checked", and the
rest is.

It changes nothing, and prints neither secrets nor personal data. HubSpot gets {FEWEST_CALLS} calls, one
for each family of its API that the relay needs, and more only where settings or recent events name properties
or events: {MOST_CALLS} at most. Each takes a token of the bucket that the senders share.

Exit code: 0 if there is no error (warnings are none), 1 if there is one, 2 if the stack is out of reach.
"""
# One line a paragraph: the terminal's width breaks it.
HELP = "\n\n".join(" ".join(paragraph.split()) for paragraph in _HELP.split("\n\n"))


@app.command(help=HELP)
def doctor(  # noqa: PLR0913 - a command's options
    destination: DestinationName = "default",
    *,
    as_json_: AsJson = False,
    stack: StackName = DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    local: Local = False,
) -> None:
    """Examine a destination and print what was found."""
    name, code = stack, 0
    try:
        with connected(Choice(stack, profile, region, local)) as running:
            name = running.name
            with Console(stderr=True).status(f"Examining {destination}"):
                found = examine(running, destination, time.time_ns() // 1_000_000)
            code = int(worst(found.findings) is State.ERROR)
    except StackError as problem:
        found, code = Examination([error("stack", str(problem), "")]), 2
    except KeyboardInterrupt:
        raise typer.Exit(1) from None
    if as_json_:
        typer.echo(json.dumps(as_json(name, destination, found), indent=2))
    else:
        print_findings(Console(), found)
    raise typer.Exit(code)
