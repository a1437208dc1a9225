"""`make run` and `make smoke`: the relay on this machine, with the sample events."""

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
from rich.console import Console
from rich.prompt import Confirm

from cli import samples
from cli.console.server import Console as Page
from cli.embedded.ports import PortInUseError, check_port
from cli.journal import Line
from cli.local import LocalRelay, Options, load_settings, local_relay
from cli.local_file import Running, published
from cli.show import contacts_table, events_table, show_how_to_try
from cli.stack import RunningStack
from cli.standin.server import ACCESS_TOKEN
from relay.settings import InvalidSettingsError

# Samples are delivered within two or three seconds; a slow machine may take longer.
SAMPLES_TIMEOUT_S = 60
MAX_PORT = 65_535
HUBSPOT = "https://api.hubapi.com"


class UsageError(Exception):
    """What the user has asked for cannot be done; the text says why."""


def options_from(environ: Mapping[str, str]) -> Options:
    """Read what the user has chosen by environment variables.

    Raises:
        UsageError: a value that cannot be used.
    """
    settings_file, port = environ.get("RELAY_SETTINGS"), environ.get("RELAY_PORT", "3000")
    if not port.isdigit():
        raise UsageError(f"RELAY_PORT must be a number, not {port!r}.")
    try:
        settings = load_settings(Path(settings_file)) if settings_file else None
    except (InvalidSettingsError, OSError) as error:
        raise UsageError(f"RELAY_SETTINGS={settings_file}: {error}") from None
    token = environ.get("HUBSPOT_ACCESS_TOKEN", "")
    return Options(
        port=int(port),
        hubspot_url=environ.get("HUBSPOT_BASE_URL", HUBSPOT if token else "").rstrip("/"),
        track_url=environ.get("HUBSPOT_TRACK_URL", "").rstrip("/"),
        access_token=token or ACCESS_TOKEN,
        settings=settings,
    )


def run(options: Options, console: Console, *, with_samples: bool, assume_yes: bool) -> None:
    """Start the relay, post the samples, and stay up until Ctrl-C."""
    if options.hubspot_url == HUBSPOT:
        options = _confirmed(options, console, with_samples=with_samples, assume_yes=assume_yes)
    with console.status("Starting") as status, local_relay(options, _progress(console)) as relay:
        if with_samples:
            status.update("Posting the sample events")
            _post_and_show(relay, console)
        status.stop()
        found = Running(relay.stack.name, relay.aws.endpoint_url, relay.outputs)
        with published(found), console_of(relay, _port_beside(options.port)) as page:
            show_how_to_try(console, relay, page.url)
            threading.Event().wait()


def console_of(relay: LocalRelay, port: int) -> Page:
    """Return the console of a local relay, which shows all since its start."""
    stack = RunningStack(relay.stack.name, relay.outputs, relay.aws.client)
    return Page(stack, port, since_ms=0, is_local=True)


def smoke(options: Options, console: Console) -> bool:
    """Run the samples once; say whether each event and each contact ended as expected."""
    with console.status("Starting"), local_relay(replace(options, port=0), _progress(console)) as relay:
        lines, contacts = _post_and_show(relay, console)
        problems = [*differences(lines, contacts), *_left_behind(relay)]
    for problem in problems:
        console.print(f"[red]✗[/] {problem}")
    if not problems:
        console.print(f"[green]✓[/] {len(lines)} sample events ended as expected")
    return not problems


def differences(lines: Mapping[str, Line], contacts: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Compare what became of the samples with what was to become of them."""
    wanted = samples.expected()
    outcomes = {message_id: line.outcome for message_id, line in lines.items()}
    dropped = {message_id: dict(line.dropped) for message_id, line in lines.items() if line.dropped}
    held = {
        email: {name: contacts.get(email, {}).get(name) for name in properties}
        for email, properties in wanted.contacts.items()
    }
    return [
        f"{what}: expected {expected}, found {found}"
        for what, expected, found in (
            ("outcomes", wanted.outcomes, outcomes),
            ("dropped traits", wanted.dropped, dropped),
            ("contacts", wanted.contacts, held),
        )
        if expected != found
    ]


def _post_and_show(
    relay: LocalRelay, console: Console
) -> tuple[Mapping[str, Line], Mapping[str, Mapping[str, str]]]:
    wanted = samples.expected()
    for name, body in samples.bodies().items():
        answer = relay.post(body)
        mark = "[green]✓[/]" if answer.is_success else "[red]✗[/]"
        line = f"{mark} POST events/segment/{name}.json → {answer.status_code} {answer.text}"
        console.print(line, highlight=False, soft_wrap=True)
    lines = relay.journal.wait_for(frozenset(wanted.outcomes), SAMPLES_TIMEOUT_S)
    relay.wait_until_empty(SAMPLES_TIMEOUT_S)
    console.print(events_table(lines))
    names = sorted({name for properties in wanted.contacts.values() for name in properties} | {"email"})
    try:
        contacts = relay.contacts(list(wanted.contacts), names)
    except httpx.HTTPError as error:
        console.print(f"[yellow]![/] {relay.hubspot_url} does not show its contacts: {error}")
        return lines, {}
    console.print(contacts_table(contacts))
    return lines, contacts


def _port_beside(port: int) -> int:
    """Return the port after the gateway's, so that it is known beforehand; any, if somebody listens there."""
    beside = port + 1 if 0 < port < MAX_PORT else 0
    try:
        check_port(beside)
    except PortInUseError:
        return 0
    return beside


def _left_behind(relay: LocalRelay) -> list[str]:
    found = {"the queue": relay.waiting(), "the rejects queue": relay.rejected()}
    return [f"{place} still holds {count}" for place, count in found.items() if count]


def _progress(console: Console) -> Callable[[str], None]:
    return lambda step: console.print(f"[green]✓[/] {step}", highlight=False)


def _confirmed(options: Options, console: Console, *, with_samples: bool, assume_yes: bool) -> Options:
    """Ask before anything touches a real portal; return the options with its Hub ID.

    Raises:
        UsageError: HubSpot does not accept the token, or the user has said no.
    """
    headers = {"authorization": f"Bearer {options.access_token}"}
    answer = httpx.get(f"{options.hubspot_url}/account-info/2026-09/details", headers=headers, timeout=10)
    if not answer.is_success:
        raise UsageError(f"HubSpot does not accept HUBSPOT_ACCESS_TOKEN: it answered {answer.status_code}.")
    hub_id = answer.json()["portalId"]
    what = "will write the sample contacts to it" if with_samples else "will write to it what you post"
    console.print(f"[yellow]This is the real HubSpot: portal {hub_id}. The relay {what}.[/]")
    if not assume_yes and not (sys.stdin.isatty() and Confirm.ask("Go on?", console=console, default=False)):
        raise UsageError("Nothing was started. Add ARGS=--yes to go on without being asked.")
    return replace(options, hub_id=hub_id)
