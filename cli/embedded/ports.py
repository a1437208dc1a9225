"""Ports of this machine."""

import socket


class PortInUseError(Exception):
    """Somebody else listens there; the text says how to choose another port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is in use. Choose another one, for example: RELAY_PORT={port + 1} make run"
        )


def check_port(port: int) -> None:
    """Raise PortInUseError if somebody listens on this port; 0 is always free."""
    with socket.socket() as probe:
        # As a server does it: a connection that is only just closed is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortInUseError(port) from None


def free_port() -> int:
    """Return a port on the loopback interface that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
