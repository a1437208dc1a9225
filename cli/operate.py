"""The commands for a relay in service: `rejects`, `replay`, `pause` and `resume`.

Exit codes: 0 for done, 1 if something is left or has failed, 2 if the stack is out of reach.
"""

import contextlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.prompt import Confirm

from cli import pause as event_source
from cli.complaints import complain
from cli.discarding import Wish, discarded
from cli.progress import watched
from cli.queues import Depth, events_queue, rejects_queue
from cli.rejected import Plan, Wanted
from cli.rejects import as_json, counted, event_json, look, print_look
from cli.replay import Count, Replay
from cli.restore import ExportError, Restore, read_export
from cli.stack import DEFAULT_NAME, Choice, RunningStack, StackError, connected
from cli.waiting import print_waits, waits_of

app = typer.Typer()

StackName = Annotated[
    str, typer.Option("--stack", envvar="RELAY_STACK", help="Name of the deployed CloudFormation stack.")
]
Profile = Annotated[str | None, typer.Option(help="AWS profile, where it is not the default one.")]
Region = Annotated[str | None, typer.Option(help="AWS region, where it is not the profile's.")]
Local = Annotated[bool, typer.Option("--local", help="The relay that `make run` has started here, instead.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Reason = Annotated[
    str,
    typer.Option(
        help="Only what was rejected for this reason, such as missing_scope, or for those that begin so: "
        "'invalid*'."
    ),
]


@app.command()
def rejects(  # noqa: PLR0913 - a command's options
    *,
    reason: Reason = "",
    ids: Annotated[
        list[str] | None,
        typer.Option(
            "--id", help="Only what has this messageId, or lies in the message of this id. Repeatable."
        ),
    ] = None,
    destination: Annotated[str, typer.Option(help="Only events to this destination.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Read so many messages at most.")] = 1000,
    show_events: Annotated[
        bool, typer.Option("--show-events", help="Print the events as well, personal data and all.")
    ] = False,
    discard: Annotated[
        bool, typer.Option("--discard", help="Delete what is wanted, after a copy of it is in a file.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option(help="With --discard: the file of the copies; rejects-TIME.jsonl here if not given."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="With --discard: show what would be deleted, and delete nothing."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --discard: do not ask before it begins.")] = False,
    as_json_: AsJson = False,
    stack: StackName = DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    local: Local = False,
) -> None:
    """Show what HubSpot has rejected, by reason, and what waits for a person. Takes nothing away.

    The rejects queue keeps each event for 14 days, with HubSpot's words. SQS has no way to look at a message
    without receiving it, so what this reads is hidden from others for as long as it runs, a minute at most.

    Find out the cause with this, mend it (in HubSpot, in Segment or in the settings), and then use replay.
    What waits is no reject yet: it goes by itself once its cause is mended, at once with retry.

    What can never be sent is deleted with --discard and at least one of --reason, --id and --destination, all
    of it, whatever --limit says. Each event is written to the file of --export first, whole and with its
    reasons; replay --file sends it again.
    """
    now_ms = time.time_ns() // 1_000_000
    wanted = Wanted(reason, destination=destination, ids=tuple(ids or ()))
    if discard:
        wish = Wish(wanted, export, limit, dry_run, yes, as_json_)
        with on_stack(Choice(stack, profile, region, local)) as running:
            raise typer.Exit(discarded(running, wish, now_ms))
    with on_stack(Choice(stack, profile, region, local)) as running:
        seen = look(rejects_queue(running), wanted, limit, with_events=show_events)
        waits = waits_of(running, now_ms)
    if as_json_:
        typer.echo(json.dumps({**as_json(seen, with_events=show_events), **waits.as_json()}, indent=2))
        return
    print_look(Console(), seen, now_ms=now_ms)
    print_waits(Console(), waits, now_ms=now_ms)
    for each in seen.rejects if show_events else ():
        typer.echo(json.dumps(event_json(each)))


@app.command()
def replay(  # noqa: PLR0913 - a command's options
    *,
    reason: Reason = "",
    message_id: Annotated[str, typer.Option(help="Only the event with this messageId of Segment's.")] = "",
    file: Annotated[
        Path | None, typer.Option(help="Send what rejects --discard has written to this file, instead.")
    ] = None,
    rate: Annotated[int, typer.Option(min=1, help="Events a second.")] = 50,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it begins.")] = False,
    as_json_: AsJson = False,
    stack: StackName = DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    local: Local = False,
) -> None:
    """Send rejected events to HubSpot again, once their cause is mended.

    Each message is sent to the events queue, and deleted from the rejects queue when SQS has confirmed that.
    It may be interrupted at any time: nothing is lost, and what is sent twice does no harm.

    Only what is there when it begins is sent. What HubSpot rejects again comes back with its history, and
    waits for the next replay. With --reason or --message-id everything else stays where it is.

    With --file, what rejects --discard has copied is sent instead, and the file stays as it is.
    """
    wanted = Wanted(reason, message_id)
    plans = _exported(file, wanted) if file else []
    with on_stack(Choice(stack, profile, region, local)) as running:
        if file:
            _agree(f"Send {counted(len(plans), 'event')} of {file} to {running.name} again?", yes=yes)
            restore = Restore(events_queue(running), plans, rate, threading.Event())
            count = watched(restore, Depth(len(plans), 0, 0), "sent")
        else:
            source = rejects_queue(running)
            depth = source.depth()
            _ask(running, depth, yes=yes)
            work = Replay(source, events_queue(running), wanted, rate, threading.Event())
            count = watched(work, depth, "sent")
    _tell(count, str(file or "the rejects queue"), as_json=as_json_)
    raise typer.Exit(0 if count.is_complete else 1)


@app.command()
def pause(
    *,
    as_json_: AsJson = False,
    stack: StackName = DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    local: Local = False,
) -> None:
    """Stop delivering to HubSpot; events are still accepted, and kept on the queue for 14 days.

    What the sender holds at this moment is finished. Nothing happens if it is paused already.
    """
    _switch(Choice(stack, profile, region, local), enabled=False, as_json=as_json_)


@app.command()
def resume(
    *,
    as_json_: AsJson = False,
    stack: StackName = DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    local: Local = False,
) -> None:
    """Deliver to HubSpot again, beginning with what has come in meanwhile."""
    _switch(Choice(stack, profile, region, local), enabled=True, as_json=as_json_)


@contextlib.contextmanager
def on_stack(choice: Choice) -> Iterator[RunningStack]:
    """Connect to a stack; end with exit code 2 where it is out of reach, with 1 on Ctrl-C."""
    try:
        with connected(choice) as running:
            yield running
    except StackError as error:
        complain(str(error))
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        raise typer.Exit(1) from None


def _ask(running: RunningStack, depth: Depth, *, yes: bool) -> None:
    console = Console(stderr=True)
    if depth.hidden:
        console.print(
            f"About {depth.hidden} messages are hidden just now, because somebody else reads them. They are "
            "sent only if they come back meanwhile.",
            style="yellow",
        )
    _agree(f"Send what is wanted of about {depth.visible} messages in {running.name} again?", yes=yes)


def _agree(question: str, *, yes: bool) -> None:
    """Ask, where somebody can answer; end if they object."""
    if yes or not sys.stdin.isatty():
        return
    if not Confirm.ask(question, console=Console(stderr=True), default=False):
        complain("Nothing was sent.")
        raise typer.Exit(1)


def _exported(file: Path, wanted: Wanted) -> list[Plan]:
    try:
        return read_export(file, wanted)
    except ExportError as error:
        complain(str(error))
        raise typer.Exit(2) from None


def _tell(count: Count, place: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(count)))
    else:
        sent = f"{counted(count.events, 'event')} in {counted(count.messages, 'message')}"
        typer.echo(f"Sent again: {sent}.")
    if count.kept:
        complain(f"Not taken by SQS, and still in {place}: {counted(count.kept, 'message')}.")
    if count.not_deleted:
        complain(f"Sent, but not deleted by SQS, and so sent twice: {counted(count.not_deleted, 'message')}.")
    if count.error:
        complain(f"Ended early: {count.error}. What was not sent is still in {place}.")


def _switch(choice: Choice, *, enabled: bool, as_json: bool) -> None:
    with on_stack(choice) as running:
        try:
            is_changed = event_source.switch(running, enabled=enabled)
        except event_source.NotYetError as error:
            complain(str(error))
            raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps({"stack": running.name, "is_delivering": enabled, "is_changed": is_changed}))
        return
    already = "" if is_changed else "already "
    kept = "Events are accepted and kept, each for 14 days; `relay resume` delivers them."
    typer.echo(f"{running.name} is {already}" + ("delivering." if enabled else f"paused. {kept}"))
