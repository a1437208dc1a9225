"""The commands for a relay in service: `rejects`, `replay`, `pause` and `resume`.

Exit codes: 0 for done, 1 if something is left or has failed, 2 if the stack is out of reach.
"""

import contextlib
import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.prompt import Confirm

from cli import pause as event_source
from cli.queues import Depth, events_queue, rejects_queue
from cli.rejected import Wanted
from cli.rejects import as_json, counted, event_json, look, print_look
from cli.replay import Count, Replay
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
Reason = Annotated[str, typer.Option(help="Only what was rejected for this reason, such as missing_scope.")]


@app.command()
def rejects(  # noqa: PLR0913 - a command's options
    *,
    reason: Reason = "",
    limit: Annotated[int, typer.Option(min=1, help="Read so many messages at most.")] = 1000,
    show_events: Annotated[
        bool, typer.Option("--show-events", help="Print the events as well, personal data and all.")
    ] = False,
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
    """
    now_ms = time.time_ns() // 1_000_000
    with on_stack(Choice(stack, profile, region, local)) as running:
        seen = look(rejects_queue(running), Wanted(reason), limit, with_events=show_events)
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
    """
    wanted = Wanted(reason, message_id)
    with on_stack(Choice(stack, profile, region, local)) as running:
        source = rejects_queue(running)
        depth = source.depth()
        _ask(running, depth, yes=yes)
        count = _replayed(Replay(source, events_queue(running), wanted, rate, threading.Event()), depth)
    _tell(count, as_json=as_json_)
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
    if yes or not sys.stdin.isatty():
        return
    question = f"Send what is wanted of about {depth.visible} messages in {running.name} again?"
    if not Confirm.ask(question, console=console, default=False):
        complain("Nothing was sent.")
        raise typer.Exit(1)


def _replayed(work: Replay, depth: Depth) -> Count:
    """Carry out a replay with a bar to look at; the first Ctrl-C ends it in order, the second at once."""

    def stop(number: int, _: object) -> None:
        work.stop.set()
        signal.signal(number, signal.default_int_handler)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    console = Console(stderr=True)
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("messages read, {task.fields[events]} events sent"),
    )
    try:
        with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("", total=depth.visible, events=0)
            work.tell = lambda count: bar.update(
                task, completed=count.read, total=max(count.read, depth.visible), events=count.events
            )
            return work.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(count: Count, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(count)))
    else:
        sent = f"{counted(count.events, 'event')} in {counted(count.messages, 'message')}"
        typer.echo(f"Sent again: {sent}.")
    if count.kept:
        complain(f"Not taken by SQS, and still in the rejects queue: {counted(count.kept, 'message')}.")
    if count.not_deleted:
        complain(f"Sent, but not deleted by SQS, and so sent twice: {counted(count.not_deleted, 'message')}.")
    if count.error:
        complain(f"Ended early: {count.error}. What was not sent is still in the rejects queue.")


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


def complain(text: str) -> None:
    """Say what is wrong, beside what programs read."""
    Console(stderr=True).print(f"[red]✗[/] {escape(text)}", highlight=False, soft_wrap=True)
