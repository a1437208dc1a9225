"""Work on the rejects queue with a bar to look at, and an end in order."""

import signal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.discard import Discard
from cli.queues import Depth
from cli.replay import Count, Replay
from cli.restore import Restore


def watched(work: Replay | Restore | Discard, depth: Depth, done: str) -> Count:
    """Carry out work that has `done` events; the first Ctrl-C ends it in order, the second at once."""

    def stop(number: int, _: object) -> None:
        work.stop.set()
        signal.signal(number, signal.default_int_handler)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    console = Console(stderr=True)
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"messages read, {{task.fields[events]}} events {done}"),
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
