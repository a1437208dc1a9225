"""API Gateway on a local port: hands every request to the embedded API, and every answer back, as they are.

It does what API Gateway does and MiniStack does not: caps bodies, keeps compressed ones whole, tells the
function the client's protocol, lets the default route have OPTIONS, and hides what a function has died of.
"""

import json
from collections.abc import Iterable
from contextlib import closing
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx

from cli.embedded.request_body import BodyError, read_body
from cli.embedded.servers import HOP_BY_HOP, LoopbackServer

# API Gateway takes no more.
MAX_BODY_BYTES = 10 * 1024 * 1024
# API Gateway waits no longer.
TIMEOUT_S = 30
# What each side of the gateway says anew of what it sends.
_OWN = HOP_BY_HOP | {"content-length"}
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class Gateway(LoopbackServer):
    """A server on `port` that hands requests to the API at `api_url`; OPTIONS to `options_url`, if given."""

    def __init__(self, api_url: str, port: int, options_url: str = "") -> None:
        self.upstream = httpx.Client(timeout=TIMEOUT_S, trust_env=False)
        urls = {"api_url": api_url, "options_url": options_url or api_url}
        super().__init__(type("Handler", (_Handler,), {"upstream": self.upstream, **urls}), port)

    def __exit__(self, *error: Any) -> None:  # noqa: ANN401, PYI036 - handed on to the base class
        super().__exit__(*error)
        self.upstream.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are written apart: without this the second waits for the first one's receipt.
    disable_nagle_algorithm = True
    upstream: httpx.Client
    api_url: str
    options_url: str

    def handle_request(self) -> None:
        try:
            self._pass_on(read_body(self.headers, self.rfile, MAX_BODY_BYTES))
        except BodyError as error:
            self.send_error(error.status)
        except httpx.TransportError:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_request  # noqa: N815 - http.server's names

    def _pass_on(self, body: bytes) -> None:
        base = self.options_url if self.command == "OPTIONS" else self.api_url
        url = httpx.URL(f"{base.rstrip('/')}{self.path}")
        request = httpx.Request(self.command, url, headers=self._forwarded(), content=body)
        with closing(self.upstream.send(request, stream=True)) as response:
            # As it came, compressed or not.
            content = b"".join(response.iter_raw())
        if response.status_code == HTTPStatus.BAD_GATEWAY:
            # The function has failed, and MiniStack tells everybody of what.
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
        else:
            self._answer(response.status_code, response.headers.multi_items(), content)

    def _forwarded(self) -> list[tuple[str, str]]:
        changed = {
            "x-forwarded-for": self.client_address[0],
            "x-forwarded-port": str(self.connection.getsockname()[1]),
            "x-forwarded-proto": "http",
        }
        if "content-encoding" in self.headers:
            # MiniStack would read the body as text if this says so, which no compressed one is.
            changed["content-type"] = "application/octet-stream"
        own = _OWN | changed.keys()
        return [*((k, v) for k, v in self.headers.items() if k.lower() not in own), *changed.items()]

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 - http.server's signature
        """Answer, as API Gateway does, what never reaches the function; its body may not have been read."""
        self.close_connection = True
        content = json.dumps({"message": message or HTTPStatus(code).phrase}).encode()
        self._answer(code, [("content-type", "application/json")], content)

    def _answer(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name not in _OWN:
                self.send_header(name, value)
        if status not in _WITHOUT_BODY and self.command != "HEAD":
            self.send_header("content-length", str(len(body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Stay silent: the functions write their own log."""
