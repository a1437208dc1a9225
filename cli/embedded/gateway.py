"""A plain gateway: one local port in front of the embedded API, every byte passed on as it came."""

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx

from cli.embedded.servers import LoopbackServer

# API Gateway takes no more.
MAX_BODY_BYTES = 10 * 1024 * 1024
# API Gateway waits no longer.
TIMEOUT_S = 30
# These belong to one connection, not to the request (RFC 9110, section 7.6.1).
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "host"})


class Gateway(LoopbackServer):
    """A server on `port` that hands every request to the API at `api_url`."""

    def __init__(self, api_url: str, port: int) -> None:
        self.upstream = httpx.Client(base_url=api_url, timeout=TIMEOUT_S, trust_env=False)
        super().__init__(type("Handler", (_Handler,), {"upstream": self.upstream}), port)

    def __exit__(self, *error: Any) -> None:  # noqa: ANN401, PYI036 - handed on to the base class
        super().__exit__(*error)
        self.upstream.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: httpx.Client

    def handle_request(self) -> None:
        length = self.headers.get("content-length", "0")
        if "transfer-encoding" in self.headers or not length.isdigit():
            self._answer_json(HTTPStatus.LENGTH_REQUIRED, "Send a Content-Length.")
        elif int(length) > MAX_BODY_BYTES:
            self._answer_json(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
        else:
            self._pass_on(self.rfile.read(int(length)))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_request  # noqa: N815 - http.server's names

    def _pass_on(self, body: bytes) -> None:
        headers = [(k, v) for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP]
        url = httpx.URL(f"{str(self.upstream.base_url).rstrip('/')}{self.path}")
        request = httpx.Request(self.command, url, headers=headers, content=body)
        try:
            response = self.upstream.send(request)
        except httpx.TransportError:
            self._answer_json(HTTPStatus.SERVICE_UNAVAILABLE, "Service Unavailable")
            return
        self._answer(response.status_code, response.headers.get("content-type", ""), response.content)

    def _answer_json(self, status: int, message: str) -> None:
        # The unread body would be taken for the next request.
        self.close_connection = True
        self._answer(status, "application/json", json.dumps({"message": message}).encode())

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Stay silent: the functions write their own log."""
