"""`python -m cli.standin --port 8001`: the stand-in alone, until it is told to stop."""

import argparse
import signal
import sys
import threading

from cli.embedded.ports import PortInUseError
from cli.standin.server import ACCESS_TOKEN, SCOPES, StandIn


def main() -> int:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(description="A HubSpot to practise on, on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--access-token", default=ACCESS_TOKEN)
    parser.add_argument("--limit", type=int, default=100, help="calls in any rolling 10 seconds")
    parser.add_argument("--grant", action="append", default=[], help="one more scope of the token")
    arguments = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with StandIn(
            arguments.port,
            access_token=arguments.access_token,
            limit=arguments.limit,
            scopes=SCOPES.union(arguments.grant),
        ) as standin:
            print(f"HubSpot stand-in: {standin.url}", flush=True)
            stop.wait()
    except PortInUseError:
        print(f"Port {arguments.port} is in use. Choose another with --port.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
