"""The stand-in over HTTP: routes, token check, limits and faults; `/_standin/…` is for whoever looks in."""

import json
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from cli.embedded.servers import LoopbackServer
from cli.standin.account import ACCESS_TOKEN, HUB_ID, SCOPES
from cli.standin.answers import Refusal, Result, invalid_json, plain_error
from cli.standin.calls import Call
from cli.standin.faults import Fault, Faults
from cli.standin.limiter import Limiter
from cli.standin.portal import Portal
from cli.standin.routes import find

__all__ = ["ACCESS_TOKEN", "HUB_ID", "SCOPES", "StandIn"]

MAX_BODY_BYTES = 10 * 1024 * 1024
_NO_TOKEN = "Authentication credentials not found. This API supports OAuth 2.0 authentication."  # noqa: S105 - a text


class StandIn(LoopbackServer):
    """A HubSpot portal on 127.0.0.1 while used as a context manager.

    `portal` is its state with the switches of behaviour, `scopes` what the access token may do.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        access_token: str = ACCESS_TOKEN,
        limit: int = 100,
        scopes: Iterable[str] = SCOPES,
    ) -> None:
        self.portal = Portal()
        self.limiter = Limiter(limit)
        self.faults = Faults()
        self.access_token = access_token
        self.scopes = self._first_scopes = frozenset(scopes)
        self.calls: list[Mapping[str, Any]] = []
        self.stopping = threading.Event()
        super().__init__(type("Handler", (_Handler,), {"standin": self}), port)

    def __exit__(self, *error: Any) -> None:  # noqa: ANN401, PYI036 - handed on to the base class
        self.stopping.set()
        super().__exit__(*error)

    def grant(self, *scopes: str) -> None:
        """Let the access token do more, until `reset`."""
        self.scopes |= frozenset(scopes)

    def state(self) -> Mapping[str, Any]:
        """Return what the portal holds."""
        with self.portal.lock:
            contacts = [contact.to_json() for contact in self.portal.contacts.live.values()]
        return {"contacts": contacts, "count": len(contacts)}

    def report(self) -> Mapping[str, Any]:
        """Return every API call in order, and what the limiter has seen."""
        return {"calls": list(self.calls), **self.limiter.report()}

    def reset(self) -> None:
        """Be as new, but for the access token and the limits: no contacts, calls, faults, own properties."""
        self.portal.reset()
        self.scopes = self._first_scopes
        self.calls.clear()
        self.faults.clear()
        self.limiter.reset()


Act: TypeAlias = Callable[[StandIn, Any], Result]


def _switch_on(standin: StandIn, body: Any) -> Result:  # noqa: ANN401 - JSON
    standin.faults.add(
        [Fault.model_validate(entry) for entry in (body if isinstance(body, list) else [body])]
    )
    return HTTPStatus.OK, None


def _done(act: Callable[[], None]) -> Result:
    act()
    return HTTPStatus.OK, None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    standin: StandIn
    admin: ClassVar[Mapping[str, Act]] = {
        "GET /_standin/state": lambda s, _: (HTTPStatus.OK, s.state()),
        "GET /_standin/calls": lambda s, _: (HTTPStatus.OK, s.report()),
        "GET /_standin/faults": lambda s, _: (
            HTTPStatus.OK,
            [fault.model_dump() for fault in s.faults.list()],
        ),
        "POST /_standin/faults": _switch_on,
        "DELETE /_standin/faults": lambda s, _: _done(s.faults.clear),
        "POST /_standin/reset": lambda s, _: _done(s.reset),
    }

    def handle_request(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            self._answer(*plain_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request too large"), {})
            return
        raw = self.rfile.read(length)
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/_standin/"):
            self._answer(*self._look_in(path, raw), {})
        else:
            self._call(path, raw)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_request  # noqa: N815 - http.server's names

    def _call(self, path: str, raw: bytes) -> None:
        started = time.monotonic()
        headers, refusal = self.standin.limiter.admit(time.time_ns() // 1_000_000)
        fault = self.standin.faults.take(self.command, path) or Fault()
        self.standin.stopping.wait(fault.delay_ms / 1000)
        status, body = 0, None
        if fault.status:
            status, body = fault.status, fault.body
        elif refusal:
            status, body = HTTPStatus.TOO_MANY_REQUESTS, refusal
        elif fault.drop != "before":
            status, body = self._process(path, raw)
        self._record(path, raw, 0 if fault.drop else status, started)
        if fault.drop:
            self._cut()
        else:
            self._answer(status, body, {**headers, **fault.headers}, fault.truncate)

    def _process(self, path: str, raw: bytes) -> Result:
        """Answer a call as HubSpot does: token, route, scopes, body, and then what it asks for."""
        if self.headers.get("authorization") != f"Bearer {self.standin.access_token}":
            return plain_error(HTTPStatus.UNAUTHORIZED, _NO_TOKEN, "INVALID_AUTHENTICATION")
        found = find(self.command, path)
        if found is None:
            return plain_error(HTTPStatus.NOT_FOUND, "resource not found")
        route, parts = found
        if route.scopes and self.standin.scopes.isdisjoint(route.scopes):
            return _missing(route.scopes)
        body = _parsed(raw)
        if not isinstance(body, Mapping):
            return invalid_json("Unexpected character" if body is None else "Cannot deserialize value")
        query = dict(parse_qsl(urlsplit(self.path).query))
        call = Call(parts.get("version") or "", parts.get("key") or "", query, body, self.standin.scopes)
        with self.standin.portal.lock:
            return route.act(self.standin.portal, call)

    def _look_in(self, path: str, raw: bytes) -> Result:
        act = self.admin.get(f"{self.command} {path}")
        if act is None:
            return plain_error(HTTPStatus.NOT_FOUND, "resource not found")
        body = _parsed(raw)
        return invalid_json("Unexpected character") if body is None else act(self.standin, body)

    def _record(self, path: str, raw: bytes, status: int, started: float) -> None:
        body = _parsed(raw)
        call = {
            "method": self.command,
            "path": path,
            "query": urlsplit(self.path).query,
            "status": status,
            "inputs": len(body["inputs"]) if isinstance(body, dict) and "inputs" in body else None,
            "body": body,
            "ms": round((time.monotonic() - started) * 1000, 1),
        }
        self.standin.calls.append(call)

    def _cut(self) -> None:
        """End the connection with a reset, as a machine does that falls over."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _answer(self, status: int, body: Any, headers: Mapping[str, str], only: int | None = None) -> None:  # noqa: ANN401 - JSON
        content = (
            body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
        )
        own = {"X-HubSpot-Correlation-Id": _correlation_id(body)}
        if status != HTTPStatus.NO_CONTENT:
            kind = "text/html" if isinstance(body, str) else "application/json;charset=utf-8"
            own |= {"Content-Type": kind, "Content-Length": str(len(content))}
        self.send_response(status)
        for name, value in {**own, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[:only])
        self.close_connection = self.close_connection or only is not None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Stay silent: calls are recorded, see `StandIn.calls`."""


def _parsed(raw: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON of a body, an empty object for an empty one, None for what is no JSON."""
    try:
        return json.loads(raw or b"{}")
    except ValueError:
        return None


def _correlation_id(body: Any) -> str:  # noqa: ANN401 - JSON
    """Return the correlation id that the body has; its header repeats it (error handling page)."""
    found = body.get("correlationId") if isinstance(body, Mapping) else None
    return str(found or uuid.uuid4())


def _missing(scopes: tuple[str, ...]) -> Result:
    message = "This app hasn't been granted all required scopes to make this call."
    details = [{"message": message, "context": {"requiredGranularScopes": scopes}}]
    status, body = Refusal(message, "MISSING_SCOPES", HTTPStatus.FORBIDDEN, details=details).whole()
    return status, {**body, "links": {"scopes": "https://developers.hubspot.com/scopes"}}
