"""The command line: `python -m cli`, which the Makefile calls."""

import contextlib
import os
import signal
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli import follow, operate, reference, retry, send, settings_page, tryout
from cli.bench import BENCHES
from cli.chaos.command import UnknownFaultError, show
from cli.connect import command as connect
from cli.console import command as console_command
from cli.doctor import command as doctor
from cli.embedded.aws import EmbeddedAwsError
from cli.embedded.deployment import DeploymentError
from cli.embedded.ports import PortInUseError
from cli.invoke import invoke as invoke_function
from cli.local import Options
from cli.run import UsageError, options_from, smoke
from cli.run import run as run_relay
from cli.soak.course import Plan
from cli.soak.course import soak as soaked

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(operate.app)
app.add_typer(doctor.app)
app.add_typer(connect.app)
app.add_typer(tryout.app)
app.add_typer(send.app)
app.add_typer(follow.app)
app.add_typer(retry.app)
app.add_typer(console_command.app)
console = Console()

EXPECTED = (UsageError, UnknownFaultError, PortInUseError, EmbeddedAwsError, DeploymentError)


class Function(StrEnum):
    """The functions of the stack."""

    INGEST = "ingest"
    SENDER = "sender"


@app.command()
def run(
    *,
    samples: Annotated[bool, typer.Option(help="Post the sample events first.")] = True,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before using the real HubSpot.")] = False,
) -> None:
    """Run the whole relay on this machine until Ctrl-C."""
    with _expected_errors():
        run_relay(options_from(os.environ), console, with_samples=samples, assume_yes=yes)


@app.command("smoke")
def smoke_command() -> None:
    """Run the sample events once; fail unless each ended as expected."""
    with _expected_errors():
        raise typer.Exit(0 if smoke(Options(), console) else 1)


@app.command()
def invoke(
    function: Annotated[Function, typer.Argument(help="ingest or sender")],
    event: Annotated[Path, typer.Argument(help="A file of events/, such as events/sender/identify.json")],
) -> None:
    """Invoke one function with one sample event, and print the response and what went out."""
    if not event.is_file():
        console.print(f"[red]{event} does not exist.[/] The samples are in events/ingest and events/sender.")
        raise typer.Exit(2)
    with _expected_errors():
        raise typer.Exit(0 if invoke_function(function, event, Options(port=0), console) else 1)


@app.command()
def bench(name: Annotated[str, typer.Argument(help=f"One of: {', '.join(BENCHES)}")] = "") -> None:
    """Measure, and print JSON lines."""
    if name and name not in BENCHES:
        console.print(f"[red]There is no bench {name!r}.[/] There are: {', '.join(BENCHES)}")
        raise typer.Exit(2)
    with _expected_errors():
        for measure in [BENCHES[name]] if name else BENCHES.values():
            measure()


@app.command()
def chaos(
    *,
    events: Annotated[int, typer.Option(min=50, help="So many events for each fault.")] = 5_000,
    fault: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be given several times.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides which events there are.")] = 1,
) -> None:
    """Inject faults into the whole relay; fail unless HubSpot ends as if nothing had happened."""
    with _expected_errors():
        raise typer.Exit(0 if show(fault or [], seed, events, console) else 1)


@app.command()
def soak(
    *,
    minutes: Annotated[float, typer.Option(min=0.1, help="How long events come.")] = 10,
    rate: Annotated[float, typer.Option(min=1, help="So many events a second.")] = 20,
    faults: Annotated[float, typer.Option(min=0, max=0.5, help="The share of calls that fail.")] = 0.01,
    seed: Annotated[int, typer.Option(help="Decides which events there are.")] = 1,
) -> None:
    """Post events at a rate, with HubSpot's limit and a share of faults; fail if any is lost or wrong."""
    with _expected_errors():
        raise typer.Exit(0 if soaked(Plan(minutes, rate, faults, seed), _line).is_well else 1)


@app.command()
def docs() -> None:
    """Write anew what of the documentation is made from the code."""
    reference.write()
    settings_page.write()


def _line(text: str) -> None:
    print(text, flush=True)


@contextlib.contextmanager
def _expected_errors() -> Iterator[None]:
    """Turn what may well happen into a message and an exit code; end quietly on Ctrl-C."""
    # Whoever stops us by a signal expects the same order as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except EXPECTED as error:
        console.print(f"[red]✗[/] {error}", highlight=False)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        console.print("\nEverything has ended.")
        raise typer.Exit(0) from None
