"""The stand-in over HTTP: routes, token check, limits and faults; `/_standin/…` is for whoever looks in."""

import json
import re
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar, TypeAlias
from urllib.parse import unquote, urlsplit

from cli.embedded.servers import LoopbackServer
from cli.standin.faults import Fault, Faults
from cli.standin.limiter import Limiter
from cli.standin.portal import Portal, Result, invalid_json

ACCESS_TOKEN = "pat-na1-stand-in"  # noqa: S105 - opens nothing but this stand-in
HUB_ID = 7_654_321
SCOPES = ("oauth", "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.schemas.contacts.read")
MAX_BODY_BYTES = 10 * 1024 * 1024


class StandIn(LoopbackServer):
    """A HubSpot portal on 127.0.0.1 while used as a context manager."""

    def __init__(self, port: int = 0, *, access_token: str = ACCESS_TOKEN, limit: int = 100) -> None:
        self.portal = Portal()
        self.limiter = Limiter(limit)
        self.faults = Faults()
        self.access_token = access_token
        self.scopes = frozenset(SCOPES)
        self.calls: list[Mapping[str, Any]] = []
        self.stopping = threading.Event()
        super().__init__(type("Handler", (_Handler,), {"standin": self}), port)

    def __exit__(self, *error: Any) -> None:  # noqa: ANN401, PYI036 - handed on to the base class
        self.stopping.set()
        super().__exit__(*error)

    def state(self) -> Mapping[str, Any]:
        """Return what the portal holds."""
        with self.portal.lock:
            contacts = [contact.to_json() for contact in self.portal.contacts.values()]
        return {"contacts": contacts, "count": len(contacts)}

    def report(self) -> Mapping[str, Any]:
        """Return every API call in order, and what the limiter has seen."""
        return {"calls": list(self.calls), **self.limiter.report()}

    def reset(self) -> None:
        """Forget contacts, calls and faults."""
        self.portal.clear()
        self.calls.clear()
        self.faults.clear()
        self.limiter.reset()


Act: TypeAlias = Callable[[StandIn, Mapping[str, Any]], Result]
_CONTACTS = r"/crm/(?:objects/[\w-]+|v3/objects)/(?:contacts|0-1)"


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
    routes: ClassVar[Mapping[str, Act]] = {
        r"GET /crm/(?:properties/[\w-]+|v3/properties)/(?:contacts|0-1)": lambda s, _: s.portal.properties(),
        rf"POST {_CONTACTS}/batch/upsert": lambda s, body: s.portal.upsert(body),
        rf"POST {_CONTACTS}/batch/update": lambda s, body: s.portal.update(body),
        rf"POST {_CONTACTS}/batch/create": lambda s, body: s.portal.create(body),
        rf"POST {_CONTACTS}/batch/read": lambda s, body: s.portal.read(body),
        rf"POST {_CONTACTS}/search": lambda s, body: s.portal.search(body),
        rf"POST {_CONTACTS}": lambda s, body: s.portal.create_single(body),
        r"GET /account-info/[\w-]+/details": lambda _, __: (HTTPStatus.OK, _account()),
        r"POST /oauth/v2/private-apps/get/access-token-info": lambda s, _: (HTTPStatus.OK, _token_info(s)),
    }
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
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _error("Request too large"), {})
            return
        raw = self.rfile.read(length)
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/_standin/"):
            self._answer(*self._act(self.admin, path, raw), {})
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
        if self.headers.get("authorization") != f"Bearer {self.standin.access_token}":
            return HTTPStatus.UNAUTHORIZED, _error(
                "Authentication credentials not found.", "INVALID_AUTHENTICATION"
            )
        needed = "crm.objects.contacts.write" if path.endswith(("upsert", "create", "update")) else "oauth"
        if needed not in self.standin.scopes:
            scopes = {"errors": [{"context": {"requiredGranularScopes": [needed]}}]}
            return HTTPStatus.FORBIDDEN, _error(
                "This app hasn't been granted all required scopes.", "MISSING_SCOPES"
            ) | scopes
        return self._act(self.routes, path, raw)

    def _act(self, routes: Mapping[str, Act], path: str, raw: bytes) -> Result:
        act = next(
            (a for pattern, a in routes.items() if re.fullmatch(pattern, f"{self.command} {path}")), None
        )
        if act is None:
            return HTTPStatus.NOT_FOUND, _error("resource not found")
        body = _parsed(raw)
        if body is None:
            return HTTPStatus.BAD_REQUEST, invalid_json("Unexpected character")
        return act(self.standin, body)

    def _record(self, path: str, raw: bytes, status: int, started: float) -> None:
        body = _parsed(raw)
        call = {
            "method": self.command,
            "path": path,
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
        self.send_response(status)
        self.send_header(
            "Content-Type", "text/html" if isinstance(body, str) else "application/json;charset=utf-8"
        )
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-HubSpot-Correlation-Id", str(uuid.uuid4()))
        for name, value in headers.items():
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


def _account() -> Mapping[str, Any]:
    return {
        "portalId": HUB_ID,
        "accountType": "STANDARD",
        "timeZone": "Europe/Copenhagen",
        "companyCurrency": "EUR",
        "additionalCurrencies": [],
        "utcOffset": "+01:00",
        "utcOffsetMilliseconds": 3_600_000,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }


def _token_info(standin: StandIn) -> Mapping[str, Any]:
    return {"userId": 101, "hubId": HUB_ID, "appId": 303, "scopes": sorted(standin.scopes)}


def _error(message: str, category: str = "") -> dict[str, Any]:
    error = {"status": "error", "message": message, "correlationId": str(uuid.uuid4())}
    return error | ({"category": category} if category else {})
