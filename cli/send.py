"""The command `send`: events to the relay, as Segment posts them.

Exit codes: 0 if all is well, 1 if something is not, 2 without events or without a relay.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.prompt import Confirm
from rich.text import Text

from cli.complaints import complain
from cli.event_files import EventsError, read_events
from cli.journal import POLL_S, Journal, Line, pattern_for
from cli.operate import AsJson, Local, Profile, Region, StackName, on_stack
from cli.parameters import output
from cli.queues import events_queue
from cli.reasons import words_for
from cli.rejects import counted, printable
from cli.sending import Answer, accepted_ids, door_of, posted, with_ids
from cli.show import events_table
from cli.stack import DEFAULT_NAME, Choice, RunningStack
from cli.status import line_json
from cli.tail import POLL_S as TAIL_POLL_S
from cli.tryout import DestinationOption, EventsFile

app = typer.Typer()


@app.command(epilog="Such as: relay send events/segment/identify.json --local --wait")
def send(  # noqa: PLR0913 - a command's options
    file: EventsFile,
    *,
    destination: DestinationOption = "default",
    wait: Annotated[bool, typer.Option("--wait", help="Wait until each event has an outcome.")] = False,
    timeout: Annotated[int, typer.Option(min=1, help="Wait for so many seconds at most.")] = 60,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask before sending to a deployed stack.")
    ] = False,
    as_json_: AsJson = False,
    stack: StackName = DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    local: Local = False,
) -> None:
    """Post events to the relay as Segment does, with the destination's secrets from SSM. They reach HubSpot.

    Events without a messageId get one. What `relay explain` says of them can be seen here to be true, but for
    what HubSpot holds already.

    Exit code: 0 if all are accepted (with --wait: and delivered or skipped), 1 if not, 2 without a relay.
    """
    try:
        events = with_ids(read_events(file, time.time_ns() // 1_000_000))
    except EventsError as error:
        complain(str(error))
        raise typer.Exit(2) from None
    with on_stack(Choice(stack, profile, region, local)) as running:
        door = door_of(running, destination)
        if not local:
            _ask(running.name, door.url, len(events), yes=yes)
        began_ms = events_queue(running).depth().at_ms
        answers = posted(door, events, is_local=local)
        ids = accepted_ids(events, answers)
        lines = _outcomes(running, ids, began_ms, timeout, is_local=local) if wait and ids else None
    is_taken = sum(answer.accepted for answer in answers) == len(events)
    is_done = lines is None or (ids <= lines.keys() and all(line.is_well for line in lines.values()))
    if as_json_:
        _print_json(answers, ids, lines)
    else:
        _print_answers(answers, ids, lines)
    raise typer.Exit(0 if is_taken and is_done else 1)


def _ask(name: str, url: str, count: int, *, yes: bool) -> None:
    if yes:
        return
    console = Console(stderr=True)
    question = f"Post {counted(count, 'event')} to {name} ({url})? They reach HubSpot."
    if sys.stdin.isatty() and Confirm.ask(question, console=console, default=False):
        return
    complain("Nothing was sent. Add --yes to send without being asked.")
    raise typer.Exit(1)


def _outcomes(
    running: RunningStack, ids: frozenset[str], began_ms: int, timeout: int, *, is_local: bool
) -> Mapping[str, Line]:
    journal = Journal(
        running.client("logs"),
        output(running, "SenderLogGroupName"),
        began_ms,
        pattern=pattern_for(sorted(ids)),
        poll_s=POLL_S if is_local else TAIL_POLL_S,
    )
    return journal.wait_for(ids, timeout)


def _print_json(answers: Sequence[Answer], ids: frozenset[str], lines: Mapping[str, Line] | None) -> None:
    told = {
        "accepted": sum(answer.accepted for answer in answers),
        "rejected": [each for answer in answers for each in answer.rejected],
        "answers": [{"status": answer.status, "body": answer.body} for answer in answers],
    }
    if lines is not None:
        told |= {
            "outcomes": [line_json(lines[each]) for each in sorted(lines)],
            "without_outcome": sorted(ids - lines.keys()),
        }
    typer.echo(json.dumps(told, indent=2))


def _print_answers(answers: Sequence[Answer], ids: frozenset[str], lines: Mapping[str, Line] | None) -> None:
    console = Console()
    for answer in answers:
        is_taken = answer.status == httpx.codes.OK
        said = f"{counted(answer.accepted, 'event')} accepted" if is_taken else printable(answer.message)
        mark = ("✓", "green") if is_taken else ("✗", "red")
        console.print(Text.assemble(mark, f" {answer.status}: {said}"))
        for each in answer.rejected:
            words = words_for("refused", each["reason"])
            console.print(
                Text.assemble(("✗", "red"), f" event {each['index'] + 1}: {each['reason']}, {words.meaning}")
            )
            console.print(Text(f"  → {words.remedy}", "cyan"))
    if lines is not None:
        _print_outcomes(console, ids, lines)
    elif ids:
        some = next(iter(sorted(ids)))
        console.print(f"What becomes of them: relay status {printable(some)}", style="dim", highlight=False)


def _print_outcomes(console: Console, ids: frozenset[str], lines: Mapping[str, Line]) -> None:
    console.print(events_table(lines))
    if silent := sorted(ids - lines.keys()):
        complain(f"No outcome yet of {', '.join(map(printable, silent))}. Ask again with `relay status`.")
