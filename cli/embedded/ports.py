"""Ports of this machine."""

import socket


class PortInUseError(Exception):
    """Somebody else listens there; the text says how to choose another port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is in use. Choose another one, for example: RELAY_PORT={port + 1} make run"
        )


def free_port() -> int:
    """Return a port on the loopback interface that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
