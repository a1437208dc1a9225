"""The console over HTTP, on the loopback interface: the page's files, and JSON below /api/."""

import json
import secrets
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cli.console.api import Answer, Api, problem
from cli.console.guard import HEADERS, JSON, Guard
from cli.embedded.servers import LoopbackServer
from cli.stack import RunningStack

PAGE = Path(__file__).parent / "page"
MAX_BODY_BYTES = 2 * 1024 * 1024
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_TOO_LARGE = problem(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"More than {MAX_BODY_BYTES // 1024**2} MB is not read."
)


class Console(LoopbackServer):
    """The console of a stack, while used as a context manager. Port 0 takes any that is free.

    `url` holds the token, and is for the one at the terminal only. The flow begins at `since_ms`.

    Raises:
        PortInUseError: somebody else listens on that port.
        StackError: the stack has no log to read.
    """

    def __init__(self, stack: RunningStack, port: int, *, since_ms: int, is_local: bool) -> None:
        self.token = secrets.token_urlsafe(24)
        self.api = Api(stack, since_ms, is_local=is_local)
        super().__init__(type("Handler", (_Handler,), {"api": self.api, "token": self.token}), port)
        self.address = self.url
        self.url = f"{self.address}/#token={self.token}"

    def __exit__(self, *error: Any) -> None:  # noqa: ANN401, PYI036 - handed on to the base class
        super().__exit__(*error)
        self.api.close()


@cache
def files() -> Mapping[str, tuple[str, bytes]]:
    """Return the files of the page with their content types, by path."""
    wanted = (file for file in PAGE.iterdir() if file.suffix in _KINDS)
    found = {f"/{file.name}": (_KINDS[file.suffix], file.read_bytes()) for file in wanted}
    return {**found, "/": found["/index.html"]}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are written apart: without this the second waits for the first one's receipt.
    disable_nagle_algorithm = True
    api: Api
    token: str

    def handle_request(self) -> None:
        target = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        guard = Guard(self.connection.getsockname()[1], self.token)
        refusal = guard.refusal(self.command, target.path, headers)
        if refusal:
            # Its body was not read.
            self.close_connection = True
            self._answer(problem(refusal.status, refusal.code, refusal.message))
        elif target.path.startswith("/api/"):
            self._answer(self._called(target.path.removeprefix("/api/"), target.query))
        else:
            self._file(target.path)

    do_GET = do_POST = handle_request  # noqa: N815 - http.server's names

    def _called(self, name: str, query: str) -> Answer:
        if self.command == "GET":
            return self.api.read(name, dict(parse_qsl(query)))
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            return _TOO_LARGE
        return self.api.act(name, self.rfile.read(int(length)))

    def _file(self, path: str) -> None:
        found = files().get(path) if self.command == "GET" else None
        if found:
            self._write(HTTPStatus.OK, *found)
        else:
            self.close_connection = True
            self._answer(problem(HTTPStatus.NOT_FOUND, "not_found", "There is nothing of that name."))

    def _answer(self, answer: Answer) -> None:
        status, body = answer
        self._write(status, JSON, json.dumps(body).encode())

    def _write(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response_only(status)
        own = {"content-type": kind, "content-length": str(len(content))}
        for name, value in {**own, **HEADERS}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Stay silent: the terminal is for the URL."""
