"""The commands `status` and `tail`: what becomes of events in service.

Exit codes: 0 for well, 1 for an event that has not ended well or is unknown, 2 if the stack is out of reach.
"""

import json
import re
import signal
import time
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from cli.operate import AsJson, Local, Profile, Region, StackName, on_stack
from cli.parameters import output
from cli.stack import DEFAULT_NAME, Choice
from cli.standing import print_standing, standing_of
from cli.status import line_json, status_of
from cli.status_print import one_line, print_status
from cli.tail import Chosen, Tail

app = typer.Typer()

_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Outcome(StrEnum):
    """What may become of an event."""

    DELIVERED = "delivered"
    SKIPPED = "skipped"
    DEFERRED = "deferred"
    REJECTED = "rejected"


def span_ms(text: str) -> int:
    """Read a span of time such as 30s, 10m, 3h or 14d.

    Raises:
        BadParameter: it is none.
    """
    found = re.fullmatch(r"(\d{1,6})([smhd])", text.strip(), re.ASCII)
    if not found:
        raise typer.BadParameter("a span is a number with s, m, h or d, such as 30s, 10m, 3h or 14d")
    return int(found[1]) * _UNITS_MS[found[2]]


Since = Annotated[str, typer.Option(help="How far to look back, such as 30s, 10m, 3h or 14d.")]


@app.command(epilog="Such as: relay status sample-identify-1 --local")
def status(  # noqa: PLR0913 - a command's options
    message_id: Annotated[
        str,
        typer.Argument(help="The event's messageId, as Segment shows it. Without one: what waits, and why."),
    ] = "",
    *,
    since: Since = "3d",
    as_json_: AsJson = False,
    stack: StackName = DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    local: Local = False,
) -> None:
    """Say what became of an event: each time the sender has looked at it, why, and what to do.

    Without a messageId, say how the relay stands: how much waits, and what waits for a person, from the first
    minute and in HubSpot's words.

    If the sender has written nothing about it: whether it may wait on the queue, lies among the rejects, or
    was never taken. The log is read from now backwards, for a minute at most; what is read of the rejects
    queue is hidden from others meanwhile, and nothing is taken away.

    Exit code: 0 if it was delivered or skipped, 1 if it waits, was rejected, or is unknown. Without a
    messageId, 1 if anything is left to a person.
    """
    now_ms = time.time_ns() // 1_000_000
    since_ms = now_ms - span_ms(since)
    if not message_id:
        raise typer.Exit(_tell_standing(Choice(stack, profile, region, local), now_ms, as_json=as_json_))
    with on_stack(Choice(stack, profile, region, local)) as running:
        found = status_of(running, message_id, since_ms, now_ms)
        ingest_log = running.outputs.get("IngestLogGroupName", "")
    if as_json_:
        typer.echo(json.dumps({"stack": running.name, **found.as_json()}, indent=2))
    else:
        print_status(Console(), found, now_ms=now_ms, ingest_log=ingest_log)
    raise typer.Exit(0 if found.is_well else 1)


@app.command(epilog="Such as: relay tail --outcome rejected --since 1h")
def tail(  # noqa: PLR0913 - a command's options
    *,
    destination: Annotated[str, typer.Option(help="Only events of this destination.")] = "",
    outcome: Annotated[Outcome | None, typer.Option(help="Only events that ended so.")] = None,
    reason: Annotated[str, typer.Option(help="Only for this reason, such as no_email.")] = "",
    since: Since = "0s",
    count: Annotated[int, typer.Option(min=0, help="End after so many lines; 0 to go on.")] = 0,
    as_json_: AsJson = False,
    stack: StackName = DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    local: Local = False,
) -> None:
    """Follow what becomes of events, one line each, until Ctrl-C. With --json, one JSON object each.

    CloudWatch is asked every two seconds, and shows a line some seconds after it was written. An event has a
    line each time it is looked at, so one that waits has several.
    """
    chosen = Chosen(destination, outcome or "", reason)
    since_ms = time.time_ns() // 1_000_000 - span_ms(since)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with on_stack(Choice(stack, profile, region, local)) as running:
        following = Tail(running.client("logs"), output(running, "SenderLogGroupName"), since_ms, chosen)
        try:
            _print_lines(following, count, as_json=as_json_)
        except KeyboardInterrupt:
            # That is how it ends.
            return


def _tell_standing(choice: Choice, now_ms: int, *, as_json: bool) -> int:
    with on_stack(choice) as running:
        found = standing_of(running, now_ms)
    if as_json:
        typer.echo(json.dumps({"stack": running.name, **found.as_json()}, indent=2))
    else:
        print_standing(Console(), found, now_ms=now_ms)
    return 0 if found.is_well else 1


def _print_lines(following: Tail, count: int, *, as_json: bool) -> None:
    console = Console()
    for number, line in enumerate(following.follow(), start=1):
        if as_json:
            typer.echo(json.dumps(line_json(line)))
        else:
            console.print(one_line(line), soft_wrap=True)
        if number == count:
            return
