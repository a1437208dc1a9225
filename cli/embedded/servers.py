"""A small HTTP server on the loopback interface, in a thread, that stops when it is told to."""

import errno
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from types import TracebackType
from typing import Any, Self

from cli.embedded.ports import PortInUseError

# Headers of one connection, not of the request or the answer (RFC 9110, section 7.6.1).
HOP_BY_HOP = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})


class LoopbackServer:
    """Serves `handler` on 127.0.0.1 while used as a context manager. Port 0 takes any that is free.

    Raises:
        PortInUseError: somebody else listens on that port.
    """

    def __init__(self, handler: type[BaseHTTPRequestHandler], port: int) -> None:
        try:
            self.server = _Server(("127.0.0.1", port), handler)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUseError(port) from None
            raise
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


def cut(handler: BaseHTTPRequestHandler) -> None:
    """End a handler's connection with a reset, as a machine does that falls over."""
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def drip(handler: BaseHTTPRequestHandler, pause_s: float, stopping: threading.Event) -> None:
    """Let what a handler answers go out byte by byte, with a pause after each; then the connection ends."""
    handler.close_connection = True
    handler.wfile = _Dripping(handler.wfile, pause_s, stopping)


class _Dripping(BufferedIOBase):
    def __init__(self, stream: BufferedIOBase, pause_s: float, stopping: threading.Event) -> None:
        self.stream, self.pause_s, self.stopping = stream, pause_s, stopping

    def write(self, content: Any) -> int:  # noqa: ANN401 - any bytes
        for n in range(len(content)):
            if self.stopping.wait(self.pause_s):
                break
            self.stream.write(content[n : n + 1])
        return len(content)


class _Server(ThreadingHTTPServer):
    # Idle keep-alive connections of clients must not hold up the end.
    daemon_threads = True
    block_on_close = False
    # The default of 5 refuses connections when many clients come at once.
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's signature
        """Pass over a client that hangs up; print what is our own fault."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)
