"""The command `retry`: have all waiting events of a destination looked at anew, once their cause is mended.

Exit codes: 0 for done, 1 if delivery is paused, 2 if the stack or its table is out of reach.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import typer
from rich.console import Console

from cli.complaints import complain
from cli.destination import DestinationName
from cli.operate import AsJson, Local, Profile, Region, StackName, on_stack
from cli.rejects import counted
from cli.stack import DEFAULT_NAME, Choice, RunningStack
from cli.standing import Standing, standing_of
from cli.waiting import print_waits, table_of
from relay.core.backoff import LOOKED_AT_WITHIN_S, MAX_DELAY_S

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Retry:
    """What was found when the mark was left at `at_ms`.

    How the stack stands is told of all destinations: SQS does not tell them apart.
    """

    stack: str
    destination: str
    at_ms: int
    standing: Standing

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        return {
            "stack": self.stack,
            "destination": self.destination,
            "retry_at_ms": self.at_ms,
            "looked_at_within_s": LOOKED_AT_WITHIN_S,
            **self.standing.as_json(),
            **self.standing.waits.of(self.destination).as_json(),
        }


@app.command(epilog="Such as: relay retry default --local")
def retry(  # noqa: PLR0913 - a command's options
    destination: DestinationName = "default",
    *,
    as_json_: AsJson = False,
    stack: StackName = DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    local: Local = False,
) -> None:
    """Have all waiting events of a destination looked at anew, as soon as their cause is mended.

    The senders forget what they know of the destination: its settings and access token, what HubSpot has
    refused or has not let them do, and the lists of properties and events. What waits for a person is looked
    at each minute anyway; with this, HubSpot is asked anew then.

    Nothing is lost or sent twice by it. For events that were rejected there is replay.
    """
    with on_stack(Choice(stack, profile, region, local)) as running:
        found = retried(running, destination, time.time_ns() // 1_000_000)
    if as_json_:
        typer.echo(json.dumps(found.as_json(), indent=2))
    else:
        print_retry(Console(), found)
    is_delivering = found.standing.is_delivering
    if not is_delivering:
        complain("Delivery is paused, so nothing is looked at. `relay resume` goes on.")
    raise typer.Exit(0 if is_delivering else 1)


def retried(stack: RunningStack, destination: str, now_ms: int) -> Retry:
    """Leave the mark for the senders, and return what waits.

    Raises:
        StackError: the stack is of an older version.
        BotoCoreError, ClientError: AWS does not allow it, or is out of reach.
    """
    table_of(stack).mark(destination, now_ms)
    return Retry(stack.name, destination, now_ms, standing_of(stack, now_ms))


def print_retry(console: Console, found: Retry) -> None:
    """Say how much waits and when it is looked at, and why events of the destination wait."""
    console.print(
        f"From now on HubSpot and the settings are asked anew for {found.destination}.", highlight=False
    )
    count = found.standing.events.total
    told = (
        f"The events queue holds about {counted(count, 'message')}. What waits for a person is looked at "
        f"within {LOOKED_AT_WITHIN_S} seconds, everything within {MAX_DELAY_S // 60} minutes."
    )
    console.print(told if count else "Nothing waits.", highlight=False)
    print_waits(console, found.standing.waits.of(found.destination), now_ms=found.at_ms)
