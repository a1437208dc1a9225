"""What `rejects --discard` asks and says. Exit codes: 0 for done, 1 if something is left, 2 if not begun."""

import json
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.prompt import Confirm

from cli.complaints import complain
from cli.discard import Discard
from cli.export import Export
from cli.progress import watched
from cli.queues import Letters, rejects_queue
from cli.rejected import Wanted
from cli.rejects import as_json, counted, look, print_look
from cli.replay import Count
from cli.stack import RunningStack


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user has said."""

    wanted: Wanted
    export: Path | None
    limit: int
    is_dry_run: bool
    is_agreed: bool
    as_json: bool


def discarded(stack: RunningStack, wish: Wish, now_ms: int) -> int:
    """Delete what is wanted, unless it is only to be shown or the user objects; return the exit code."""
    wanted = wish.wanted
    if not (wanted.reason or wanted.ids or wanted.destination) or not all(wanted.ids):
        complain("Say what to delete, with --reason, --id or --destination; --reason '*' is everything.")
        return 2
    queue = rejects_queue(stack)
    if wish.is_dry_run:
        return _shown(queue, wish, now_ms)
    path = wish.export or Path(time.strftime("rejects-%Y%m%dT%H%M%SZ.jsonl", time.gmtime(now_ms / 1000)))
    if not wish.is_agreed and not _agreed(queue, wish, path, now_ms):
        complain("Nothing was deleted.")
        return 1
    try:
        export = Export(path)
    except OSError as error:
        complain(f"{path} cannot be made: {error.strerror or error}. Nothing was deleted.")
        return 2
    with export:
        count = watched(Discard(queue, wanted, export, threading.Event()), queue.depth(), "deleted")
    _tell(count, export, queue, as_json=wish.as_json)
    return 0 if count.is_complete else 1


def _shown(queue: Letters, wish: Wish, now_ms: int) -> int:
    seen = look(queue, wish.wanted, wish.limit, with_events=False)
    if wish.as_json:
        typer.echo(json.dumps({**as_json(seen, with_events=False), "is_dry_run": True}, indent=2))
    else:
        print_look(Console(), seen, now_ms=now_ms)
        typer.echo("Nothing was deleted: this was a dry run.")
    return 0


def _agreed(queue: Letters, wish: Wish, path: Path, now_ms: int) -> bool:
    """Show what would be deleted, and ask; where nobody can answer, the answer is no."""
    console = Console(stderr=True)
    seen = look(queue, wish.wanted, wish.limit, with_events=False)
    print_look(console, seen, now_ms=now_ms)
    which = "these" if seen.is_all else "these, and all others like them,"
    question = f"Delete {which} for good, after a copy to {path}?"
    try:
        return Confirm.ask(question, console=console, default=False)
    except EOFError:
        return False


def _tell(count: Count, export: Export, queue: Letters, *, as_json: bool) -> None:
    depth = queue.depth()
    left = {"exported": export.lines, "file": str(export.path) if export.lines else "", "left": depth.visible}
    if as_json:
        typer.echo(json.dumps({**asdict(count), **left}))
    else:
        copies = f" Copied: {counted(export.lines, 'line')} in {export.path}." if export.lines else ""
        gone = f"{counted(count.events, 'event')} in {counted(count.messages, 'message')}"
        typer.echo(f"Deleted: {gone}.{copies} About {counted(depth.visible, 'message')} are left.")
    if count.kept:
        complain(f"Kept, because SQS did not take what else they hold: {counted(count.kept, 'message')}.")
    if count.not_deleted:
        complain(f"Copied, but not deleted by SQS: {counted(count.not_deleted, 'message')}. Do it again.")
    if count.error:
        complain(f"Ended early: {count.error}. What was not copied is still in the rejects queue.")
