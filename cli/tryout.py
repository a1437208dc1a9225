"""The command `explain`: events before they are sent.

Exit codes: 0 if all is well, 1 if something is refused, rejected or left waiting, 2 if there is nothing to
work with.
"""

import json
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.complaints import complain
from cli.doctor.aws import clock_ms
from cli.doctor.hubspot import line_to
from cli.event_files import EventsError, read_events
from cli.explain import Explanation, explain
from cli.explain_print import print_explanation
from cli.operate import AsJson, Local, Profile, Region
from cli.parameters import parameters_of, settings_of
from cli.portal_schema import PortalSchema, SchemaError, read_schema, standard_schema
from cli.stack import DEFAULT_NAME, Choice, RunningStack, StackError, connected
from relay.settings import Destination, InvalidSettingsError, parse_destination

app = typer.Typer()

EventsFile = Annotated[
    str,
    typer.Argument(
        metavar="FILE|-",
        help="JSON: one event, a list, Segment's {'batch': […]}, or what an Extensible Webhook posts; - is "
        "standard input.",
    ),
]
DestinationOption = Annotated[str, typer.Option("--destination", help="Name of the destination.")]
# Nobody's portal: the settings of a destination have to name one.
NOBODY = 1


class SchemaFrom(StrEnum):
    """Where HubSpot's properties are known from."""

    STANDARD = "standard"
    REAL = "real"


@app.command("explain", epilog="Such as: relay explain events/segment/identify.json --local")
def explain_command(  # noqa: PLR0913 - a command's options
    file: EventsFile,
    *,
    settings: Annotated[
        Path | None, typer.Option(help="A file with a destination's settings, instead of the stack's.")
    ] = None,
    schema: Annotated[
        SchemaFrom | None,
        typer.Option(
            help="Which properties there are: HubSpot's standard ones, or those of the destination's real "
            "account, which is only read."
        ),
    ] = None,
    destination: DestinationOption = "default",
    as_json_: AsJson = False,
    stack: Annotated[
        str,
        typer.Option(
            "--stack", envvar="RELAY_STACK", help="Name of the stack whose settings and account count."
        ),
    ] = "",
    profile: Profile = None,
    region: Region = None,
    local: Local = False,
) -> None:
    """Say what would become of events: what HubSpot would get, what is left out and why. Sends nothing.

    The sender's own code says so, before a HubSpot that is made up: it holds nothing yet, and nothing is
    remembered of anybody. What waits is tried again as often as the sender would.

    With --stack or --local, or --schema real, the settings are those of the stack, and the properties and
    events are those of the destination's account: three or four GET calls with its access token, each with a
    token of the bucket that the senders share. Otherwise HubSpot's standard properties are assumed; and where
    no stack can be reached, default settings.

    Exit code: 0 if each event is delivered or skipped, 1 if one is not, 2 if there is nothing to explain.
    """
    choice = Choice(stack or DEFAULT_NAME, profile, region, local)
    is_named = bool(stack) or local
    is_real = schema is SchemaFrom.REAL or (schema is None and is_named)
    try:
        now_ms = time.time_ns() // 1_000_000
        events = read_events(file, now_ms)
        chosen = _from_file(settings) if settings else None
        found, account, notes = _known(choice, destination, chosen, is_real=is_real, is_named=is_named)
        explanation = explain(events, found, account, now_ms)
    except (EventsError, StackError, SchemaError, InvalidSettingsError) as error:
        complain(str(error))
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        raise typer.Exit(1) from None
    explanation = Explanation(explanation.events, explanation.calls, (*notes, *explanation.notes))
    if as_json_:
        typer.echo(json.dumps(explanation.as_json(), indent=2))
    else:
        print_explanation(Console(), explanation, found.hubspot_url)
    raise typer.Exit(0 if explanation.is_well else 1)


def _known(
    choice: Choice, destination: str, chosen: Destination | None, *, is_real: bool, is_named: bool
) -> tuple[Destination, PortalSchema, tuple[str, ...]]:
    """Return the settings, what the account knows, and what to say of the settings."""
    if is_real:
        stored, account = _real(choice, destination, chosen)
        return chosen or stored, account, () if chosen else (f"Settings: those of {destination}.",)
    if chosen:
        return chosen, standard_schema(), ()
    try:
        stored = _stored(choice, destination)
    except StackError as error:
        if is_named:
            raise
        note = f"Settings: the defaults, since no stack could be reached ({error}) --settings names a file."
        return Destination(hub_id=NOBODY), standard_schema(), (note,)
    return stored, standard_schema(), (f"Settings: those of {destination} in {choice.name}.",)


def account_of(
    running: RunningStack, destination: str, chosen: Destination | None = None
) -> tuple[Destination, PortalSchema]:
    """Return a destination's settings, and what its HubSpot account has: three or four GET calls.

    Raises:
        StackError: there is no such destination, or it has no access token.
        SchemaError: HubSpot does not show its properties.
        InvalidSettingsError: the settings cannot be used.
    """
    stored = settings_of(running, destination)
    token = parameters_of(running, destination, "access-token").get("access-token", "")
    if not token:
        raise StackError(f"Destination {destination!r} has no access token, so its account cannot be read.")
    # The token goes where its own destination says, whatever a file says.
    wanted = {"sensitive_properties": (chosen or stored).sensitive_properties}
    asked = stored.model_copy(update=wanted)
    with line_to(running, asked, token, clock_ms(running) or 0) as line:
        return stored, read_schema(line, stored.hubspot_url)


def _real(choice: Choice, destination: str, chosen: Destination | None) -> tuple[Destination, PortalSchema]:
    with connected(choice) as running:
        return account_of(running, destination, chosen)


def _stored(choice: Choice, destination: str) -> Destination:
    with connected(choice) as running:
        return settings_of(running, destination)


def _from_file(file: Path) -> Destination:
    try:
        return parse_destination(file.read_text(encoding="utf-8"))
    except InvalidSettingsError as error:
        raise InvalidSettingsError(f"{file}: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettingsError(f"{file} cannot be read: {error}.") from None
