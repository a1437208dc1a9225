"""An explanation for a person: each event with its end, and then the calls."""

from collections.abc import Mapping

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cli.explain import ExplainedEvent, Explanation, LeftOut
from cli.rehearsal import HubSpotCall
from cli.rejects import counted, printable
from cli.show import STYLES

_MADE_UP = (
    "HubSpot is taken to hold nothing yet: ids of records are made up, and what exists is updated instead."
)


def print_explanation(console: Console, explanation: Explanation, hubspot_url: str) -> None:
    """Show it. E-mail addresses and values are the user's own, and are shown."""
    for each in explanation.events:
        _print_event(console, each)
    writes = sum(not call.is_read for call in explanation.calls)
    reads = len(explanation.calls) - writes
    console.print(
        f"HubSpot would get {counted(writes, 'call')} that write{'s' if writes == 1 else ''} "
        f"and {counted(reads, 'call')} that only read{'s' if reads == 1 else ''}; none was made.",
        style="bold",
        highlight=False,
    )
    for call in explanation.calls:
        _print_call(console, call, hubspot_url)
    console.print()
    for note in (*explanation.notes, *([_MADE_UP] if writes else [])):
        console.print(note, style="dim", highlight=False)


def _print_event(console: Console, event: ExplainedEvent) -> None:
    name = printable(" ".join(filter(None, (event.type, event.message_id)))) or "no type"
    end = f"{event.outcome}{f': {event.reason}' if event.reason else ''}"
    console.print(
        Text.assemble(
            (f"{event.index + 1:>3}  {name}", "bold"), "  ", (printable(end), STYLES[event.outcome])
        )
    )
    _indent(console, event.meaning)
    _advise(console, event.remedy)
    for reason in event.waits:
        _indent(console, f"it waits first: {reason}", "dim")
    if event.properties:
        _indent(console, f"sets of {event.object}")
        _table(console, event.properties)
    if event.custom_event:
        _indent(console, f"becomes the event {event.custom_event['eventName']}")
        _table(console, event.custom_event["properties"])
    for left in event.dropped:
        _print_left_out(console, left)
    console.print()


def _print_left_out(console: Console, left: LeftOut) -> None:
    _indent(
        console, f"without {left.name} ({left.reason}): {left.meaning or 'see docs/mapping.md'}", "yellow"
    )
    _advise(console, left.remedy)


def _advise(console: Console, remedy: str) -> None:
    if remedy:
        _indent(console, f"→ {remedy}", "cyan")


def _table(console: Console, values: Mapping[str, str]) -> None:
    width = max(map(len, values), default=0)
    for name, text in sorted(values.items()):
        _indent(console, f"{name:<{width}}  {text}" if text else f"{name:<{width}}  (cleared)", by=7)


def _print_call(console: Console, call: HubSpotCall, hubspot_url: str) -> None:
    after = f"  after {call.at_ms // 1000} s" if call.at_ms else ""
    kind = "  reads" if call.is_read else ""
    refused = f"  HubSpot would answer {call.status}" if call.status >= 300 else ""  # noqa: PLR2004 - no success
    console.print()
    console.print(
        Text.assemble(
            (f"{call.method} ", "bold"),
            printable(call.url.removeprefix(hubspot_url)),
            (kind, "dim"),
            (after, "dim"),
            (refused, "yellow"),
        ),
        soft_wrap=True,
    )
    if call.body is not None:
        console.print_json(data=call.body, ensure_ascii=False)


def _indent(console: Console, text: str, style: str = "", by: int = 5) -> None:
    if text:
        console.print(Padding.indent(Text(printable(text), style), by))
