"""What was found, for a person; and as one document, for programs."""

from collections.abc import Mapping
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.doctor.examine import Examination
from cli.doctor.findings import Finding, State, worst
from cli.rejects import counted, printable

_MARKS = {
    State.OK: ("✓ ok", "green"),
    State.WARNING: ("! warning", "yellow"),
    State.ERROR: ("✗ error", "red"),
    State.NOT_CHECKED: ("? not checked", "dim"),
}


def print_findings(console: Console, found: Examination) -> None:
    """Print a line for each check, with its remedy below."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in found.findings:
        words, style = _MARKS[finding.state]
        table.add_row(Text(words, style), Text(finding.check, "bold"), _told(finding))
    console.print(table)
    console.print()
    console.print(_summary(found), highlight=False)


def _told(finding: Finding) -> Text:
    remedy = f"\n→ {printable(finding.remedy)}" if finding.remedy else ""
    return Text.assemble(printable(finding.text), (remedy, "cyan"))


def _summary(found: Examination) -> str:
    counts = {state: sum(each.state is state for each in found.findings) for state in State}
    skipped = f", {counts[State.NOT_CHECKED]} not checked" if counts[State.NOT_CHECKED] else ""
    told = f"{counted(counts[State.ERROR], 'error')}, {counted(counts[State.WARNING], 'warning')}{skipped}"
    return f"{told}. HubSpot got {counted(found.hubspot_calls, 'call')}."


def as_json(stack: str, destination: str, found: Examination) -> Mapping[str, object]:
    """Return what was found, for a program."""
    return {
        "stack": stack,
        "destination": destination,
        "state": worst(found.findings),
        "hubspot_calls": found.hubspot_calls,
        "checks": [asdict(finding) for finding in found.findings],
    }
