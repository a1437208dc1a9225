"""What `relay connect` has done, for a person or a program: here what was made is shown, once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import typer
from rich.console import Console
from rich.markup import escape

from cli.connect.plan import Wishes, Write
from cli.connect.segment import steps, webhook_url
from cli.doctor.facts import HEADER_SECRET, SIGNING_SECRET, WRITE_KEYS
from cli.doctor.findings import Finding, State
from cli.stack import RunningStack

_LABELS = {SIGNING_SECRET: "signing secret", HEADER_SECRET: "header secret", WRITE_KEYS: "write key"}


@dataclass(frozen=True, slots=True)
class Done:
    """What was written, what HubSpot has said of a token, and why something was not written."""

    stack: RunningStack
    destination: str
    writes: tuple[Write, ...]
    findings: tuple[Finding, ...]
    wishes: Wishes
    trouble: str = ""

    @property
    def url(self) -> str:
        """The webhook's URL."""
        return webhook_url(self.stack.outputs.get("WebhookUrl", ""), self.destination)


def tell(done: Done, *, as_json: bool) -> None:
    """Print what was done, what was made, and what is left to do in Segment."""
    wishes = done.wishes
    left = list(steps(done.url, done.writes, is_rotation=wishes.rotate, is_finished=wishes.finish))
    if as_json:
        typer.echo(json.dumps(_json(done, left), indent=2))
        return
    _print(Console(), done)
    for number, step in enumerate(left, 1):
        typer.echo(f"{number}. {step}")
    if done.trouble:
        complain(done.trouble, as_json=False)


def _print(console: Console, done: Done) -> None:
    for finding in done.findings:
        if finding.state is not State.OK:
            console.print(f"[yellow]![/] {finding.check}: {escape(finding.text)}", highlight=False)
    for write in done.writes:
        console.print(f"[green]✓[/] {write.path}", highlight=False, soft_wrap=True)
    for write in done.writes:
        if write.news:
            console.print(f"\n{_LABELS[write.name]}, shown only now:", style="bold")
            # Not wrapped and not styled, so that it can be copied as it stands.
            console.out(write.news, highlight=False)
            for sentence in write.allows:
                console.print(f"  {escape(sentence)}", highlight=False, soft_wrap=True)
    console.print()


def _json(done: Done, left: Sequence[str]) -> Mapping[str, object]:
    return {
        "stack": done.stack.name,
        "destination": done.destination,
        "webhook_url": done.url,
        "written": [write.path for write in done.writes],
        "made": {write.name: write.news for write in done.writes if write.news},
        "allows": {write.name: list(write.allows) for write in done.writes if write.allows},
        "checks": [asdict(finding) for finding in done.findings],
        "next": list(left),
        "error": done.trouble,
    }


def complain(text: str, *, as_json: bool, findings: Sequence[Finding] = ()) -> None:
    """Print why nothing was done."""
    if as_json:
        checks = [asdict(finding) for finding in findings]
        typer.echo(json.dumps({"error": text, "written": [], "checks": checks}, indent=2))
    console = Console(stderr=True)
    console.print(f"[red]✗[/] {escape(text)}", highlight=False, soft_wrap=True)
    errors = [finding for finding in findings if finding.state is State.ERROR]
    for finding in errors or findings[:1]:
        console.print(f"  {finding.check}: {escape(finding.text)}", highlight=False, soft_wrap=True)
