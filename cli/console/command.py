"""The command `console`: the web page for a deployed stack, or for what `make run` has started.

Exit codes: 0 when it is ended, 2 if the stack is out of reach or the port is taken.
"""

import signal
import threading
import time
from typing import Annotated

import typer

from cli.complaints import complain
from cli.console.server import Console
from cli.embedded.ports import PortInUseError
from cli.follow import span_ms
from cli.operate import Local, Profile, Region, StackName, on_stack
from cli.stack import DEFAULT_NAME, Choice

app = typer.Typer()


@app.command()
def console(  # noqa: PLR0913 - a command's options
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0 takes any.")] = 0,
    since: Annotated[str, typer.Option(help="How far back the flow begins, such as 30s, 10m or 1h.")] = "10m",
    stack: StackName = DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    local: Local = False,
) -> None:
    """Serve a web page on this machine that shows what becomes of events, until Ctrl-C.

    It shows each event with its outcome and reason, HubSpot's limits and how much of them is used, the
    queues, and the rejects, which it can send again; and it explains any event that you paste, without
    sending it.

    Only this machine can reach the page, and only with the URL that is printed, which holds a key. AWS is
    asked with your own credentials, every few seconds while the page is open and visible.
    """
    since_ms = time.time_ns() // 1_000_000 - span_ms(since)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with on_stack(Choice(stack, profile, region, local)) as running:
        try:
            with Console(running, port, since_ms=since_ms, is_local=local) as page:
                typer.echo(f"Console of {running.name}, until Ctrl-C:\n{page.url}")
                threading.Event().wait()
        except PortInUseError:
            complain(f"Port {port} is in use. Choose another one with --port.")
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            # That is how it ends.
            return
