"""What a person sees of a local relay: tables of events and contacts, and a request to try."""

import json
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.journal import Line
from cli.local import LocalRelay
from cli.samples import BROWSER_WRITE_KEY, SIGNING_SECRET, WRITE_KEY, signature

STYLES = {
    "delivered": "green",
    "skipped": "yellow",
    "deferred": "magenta",
    "rejected": "red",
    "refused": "red",
}
TRY_IT = {
    "type": "identify",
    "messageId": "try-1",
    "userId": "u-1",
    "traits": {"email": "ada@example.org", "firstname": "Ada", "plan": "team"},
}
_BODY = json.dumps(TRY_IT, separators=(",", ":"))


def events_table(lines: Mapping[str, Line]) -> Table:
    """Show what became of each event, and which of its traits were left out."""
    table = Table(title="What became of each event", title_justify="left")
    # The ids of the samples say what they are samples of.
    for column in ("message id", "type", "HubSpot id"):
        table.add_column(column, no_wrap=True)
    table.add_column("outcome", overflow="fold")
    for line in sorted(lines.values(), key=lambda line: line.message_id):
        style = STYLES[line.outcome.partition(":")[0]]
        dropped = [f"\nwithout {trait} ({reason})" for trait, reason in line.dropped.items()]
        outcome = Text.assemble((line.outcome, style), *dropped)
        table.add_row(line.message_id, line.type, line.object_id, outcome)
    return table


def contacts_table(contacts: Mapping[str, Mapping[str, str]]) -> Table:
    """Show what HubSpot holds of the people in the samples."""
    table = Table(title="What HubSpot now holds", title_justify="left")
    for column in ("contact", "HubSpot id", "properties"):
        table.add_column(column, overflow="fold")
    hidden = {"email", "createdate", "lastmodifieddate", "hs_object_id"}
    for email, properties in sorted(contacts.items()):
        shown = "\n".join(
            f"{name} = {value}" for name, value in sorted(properties.items()) if name not in hidden
        )
        table.add_row(email, properties.get("hs_object_id", ""), shown)
    return table


def show_how_to_try(console: Console, relay: LocalRelay, page_url: str) -> None:
    """Print requests to copy, as Segment and its SDKs send them, and where to look at what came of them."""
    console.print("\nTry it: this is a signed request (the secret is", SIGNING_SECRET + ")\n", style="bold")
    # Not wrapped and not styled, so that it can be copied as it stands.
    lines = [
        f"curl -sS {relay.webhook_url} \\",
        "  -H 'content-type: application/json' \\",
        f"  -H 'x-signature: {signature(_BODY.encode())}' \\",
        f"  -d '{_BODY}'",
    ]
    console.out("\n".join(lines), highlight=False)
    _show_sdk(console, relay.url)
    if relay.standin:
        console.print("\nand this is what HubSpot holds then:\n", style="bold")
        console.out(f"curl -sS {relay.standin.url}/_standin/state", highlight=False)
    console.print("\nWhat became of it, what was rejected, and more, from another terminal:\n", style="bold")
    console.out("./relay status try-1 --local\n./relay rejects --local\n./relay --help", highlight=False)
    console.print("\nSee it all in your browser; this URL holds the key to it:\n", style="bold")
    console.out(page_url, highlight=False)
    console.print("\nCtrl-C ends everything.", style="bold")


def _show_sdk(console: Console, url: str) -> None:
    console.print("\nWithout Segment: by hand, or from its own SDKs\n", style="bold")
    lines = [
        f"curl -sS {url}/v1/identify -u {WRITE_KEY}: \\",
        "  -H 'content-type: application/json' \\",
        f"  -d '{_BODY}'",
        f"analytics.write_key, analytics.host = '{WRITE_KEY}', '{url}'  # Python",
        f"new Analytics({{ writeKey: '{WRITE_KEY}', host: '{url}' }})  // Node",
        f"// In a browser the write key is '{BROWSER_WRITE_KEY}'.",
    ]
    console.out("\n".join(lines), highlight=False)
