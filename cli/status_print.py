"""The status of an event, and single lines of the log, for a person."""

from datetime import UTC, datetime

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cli.journal import Line
from cli.reasons import words_for, words_for_dropped
from cli.rejects import counted, printable
from cli.show import STYLES
from cli.status import Place, Status

_UNITS_MS = {"day": 86_400_000, "hour": 3_600_000, "minute": 60_000, "second": 1_000}


def print_status(console: Console, status: Status, *, now_ms: int, ingest_log: str) -> None:
    """Show it: each line in words, and what to do."""
    head = f"{printable(status.message_id)}  "
    console.print(Text.assemble((head, "bold"), (printable(_end(status)), STYLES.get(status.outcome, "red"))))
    if status.account:
        _say(console, f"Its destination was last delivered to with a token of {status.account}.")
    for line in status.lines:
        _print_line(console, line)
    if status.reject:
        # A line of an older version has no words.
        is_said = any(line.said for line in status.lines)
        words = (
            "`relay rejects` shows all of HubSpot's words." if is_said else status.reject.rejection.message
        )
        _say(console, f"It lies in the rejects queue. {words}")
    elif status.outcome == "rejected":
        _say(console, "It is not among the rejects that were read: replayed, or older than 14 days.")
    if status.lines or status.reject:
        _advise(console, status.words.remedy)
    if status.place:
        _print_place(console, status, status.place, now_ms, ingest_log)


def one_line(line: Line) -> Text:
    """Return a line of the log as one line."""
    left_out = ", ".join(f"{name} ({reason})" for name, reason in line.dropped.items())
    about = " ".join(filter(None, (line.type, line.message_id, f"to {line.destination}", line.object_id)))
    return Text.assemble(
        (f"{_time(line.at_ms)}  ", "dim"),
        (f"{line.word:<9}", STYLES[line.word]),
        f" {printable(about)}",
        (f"  {printable(line.reason)}" if line.reason else "", STYLES[line.word]),
        (f"  without {printable(left_out)}" if left_out else "", "yellow"),
    )


def _end(status: Status) -> str:
    return f"{status.outcome}{f': {status.reason}' if status.reason else ''}"


def _print_line(console: Console, line: Line) -> None:
    console.print()
    console.print(one_line(line), soft_wrap=True)
    words = words_for(line.word, line.reason)
    _say(console, words.meaning)
    _say(console, f"HubSpot says: {line.said}" if line.said else "")
    if line.is_merged:
        _say(console, "A newer event of the same person or company travelled with it, and decides.")
    if line.until_ms:
        _say(console, f"It is tried again from {_time(line.until_ms)} on.")
    if line.correlation_id:
        _say(console, f"HubSpot's correlation id: {line.correlation_id}")
    for name, reason in line.dropped.items():
        left = words_for_dropped(reason)
        _say(console, f"without {name}: {left.meaning or reason}", "yellow")
        _advise(console, left.remedy)
    if line.dropped_more:
        _say(console, f"without {line.dropped_more} more, for which the log's line has no room", "yellow")


def _print_place(console: Console, status: Status, place: Place, now_ms: int, ingest_log: str) -> None:
    span = _span(now_ms - status.since_ms)
    _say(console, f"The sender has written nothing about it in the last {span}.")
    waiting = place.waiting.total
    if waiting:
        _say(console, f"The events queue holds about {counted(waiting, 'message')}: it may be among them.")
    else:
        _say(console, "The events queue is empty.")
    if not place.is_delivering:
        _say(console, "Delivery is paused, so nothing of it is looked at.", "yellow")
        _advise(console, "`relay resume` goes on.")
    read = counted(place.rejects_read, "message")
    rest = "" if place.is_all else " that were read; there are more"
    _say(console, f"It is not among the {read} of the rejects queue{rest}.")
    if ingest_log:
        _say(console, "Whether a request was refused is in ingest's log, with the status and the code:")
        command = f"aws logs tail {ingest_log} --since 3d --filter-pattern '{{ $.message = \"request\" }}'"
        console.print(f"     {command}", soft_wrap=True, highlight=False, markup=False)
    _advise(
        console,
        "Look longer back with --since. In Segment, the destination's Event Delivery tells what it sent.",
    )


def _say(console: Console, text: str, style: str = "") -> None:
    if text:
        console.print(Padding.indent(Text(printable(text), style), 5))


def _advise(console: Console, remedy: str) -> None:
    if remedy:
        _say(console, f"→ {remedy}", "cyan")


def _span(ms: int) -> str:
    """Return a span of time in the largest unit of which it has two."""
    unit = next((unit for unit, length_ms in _UNITS_MS.items() if ms >= 2 * length_ms), "second")
    return counted(ms // _UNITS_MS[unit], unit)


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
