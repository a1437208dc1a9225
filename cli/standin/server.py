"""The stand-in over HTTP: routes, token check, limits and faults; `/_standin/…` is for whoever looks in."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar, TypeAlias
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from cli.embedded.servers import LoopbackServer, cut, drip
from cli.standin.account import ACCESS_TOKEN, HUB_ID, SCOPES
from cli.standin.accounts import Accounts, Played, name_account
from cli.standin.answers import Result, invalid_json, plain_error
from cli.standin.faults import Fault, Faults
from cli.standin.limiter import Family, Limiter
from cli.standin.portal import Portal
from cli.standin.routes import Found, answer, find
from cli.standin.traffic import traffic_of
from cli.standin.wire import encoded, own_headers, parsed, state_of, unauthorised

__all__ = ["ACCESS_TOKEN", "HUB_ID", "SCOPES", "StandIn"]

MAX_BODY_BYTES = 10 * 1024 * 1024


class StandIn(LoopbackServer):
    """A HubSpot portal on 127.0.0.1 while used as a context manager.

    `portal` is its state with the switches of behaviour, `scopes` what the access tokens may do. It takes
    `further_tokens` as well: those of other apps of the account, which the limiter does not tell apart.
    `open_account` plays further accounts on the same host.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        access_token: str = ACCESS_TOKEN,
        limit: int = 100,
        scopes: Iterable[str] = SCOPES,
        hub_id: int = HUB_ID,
    ) -> None:
        self._hub_id = hub_id
        self.portal = Portal()
        name_account(self.portal, hub_id)
        self.limiter = Limiter(limit)
        self.accounts = Accounts(Played(self.portal, self.limiter))
        self.faults = Faults()
        self.access_token = access_token
        self.further_tokens: set[str] = set()
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

    def revoke(self, *scopes: str) -> None:
        """Let the access token do less, until `reset`."""
        self.scopes -= frozenset(scopes)

    def open_account(self, portal_id: int, access_token: str) -> Portal:
        """Play a further account until `reset`; calls with `access_token` reach it, and count for it alone.

        Raises:
            ValueError: the account or its token is played already.
        """
        if access_token in self.own_tokens:
            raise ValueError(f"the token of account {portal_id} is played already")
        return self.accounts.add(portal_id, access_token)

    @property
    def own_tokens(self) -> frozenset[str]:
        """The access tokens of `portal`."""
        return frozenset({self.access_token, *self.further_tokens})

    def state(self, portal: Portal | None = None) -> Mapping[str, Any]:
        """Return what a portal holds: `portal`, unless another one is named."""
        of = portal or self.portal
        with of.lock:
            return state_of(of)

    def report(self) -> Mapping[str, Any]:
        """Return every API call in order, and what the limiter of `portal` has seen."""
        return {"calls": list(self.calls), **self.limiter.report()}

    def reset(self) -> None:
        """Be as new, but for the own access tokens and the limits: nothing written, no calls, no faults."""
        self.portal.reset()
        name_account(self.portal, self._hub_id)
        self.accounts.further.clear()
        self.scopes = self._first_scopes
        self.calls.clear()
        self.faults.clear()
        self.limiter.reset()


Act: TypeAlias = Callable[[StandIn, Any], Result]


def _switch_on(standin: StandIn, body: Any) -> Result:  # noqa: ANN401 - JSON
    entries = body if isinstance(body, list) else [body]
    try:
        standin.faults.add([Fault.model_validate(entry) for entry in entries])
    except ValidationError as error:
        return plain_error(HTTPStatus.BAD_REQUEST, "; ".join(each["msg"] for each in error.errors()))
    return HTTPStatus.OK, None


def _change_rules(standin: StandIn, body: Any) -> Result:  # noqa: ANN401 - JSON
    try:
        standin.portal.rules = standin.portal.rules.changed(body)
    except ValidationError as error:
        return plain_error(HTTPStatus.BAD_REQUEST, "; ".join(each["msg"] for each in error.errors()))
    return HTTPStatus.OK, standin.portal.rules.model_dump(mode="json")


def _change_scopes(standin: StandIn, body: Any) -> Result:  # noqa: ANN401 - JSON
    standin.grant(*body.get("grant", ()))
    standin.revoke(*body.get("revoke", ()))
    return HTTPStatus.OK, sorted(standin.scopes)


def _change_account(standin: StandIn, body: Any) -> Result:  # noqa: ANN401 - JSON
    try:
        standin.portal.account = standin.portal.account.changed(body)
    except ValueError as error:
        return plain_error(HTTPStatus.BAD_REQUEST, str(error))
    return HTTPStatus.OK, asdict(standin.portal.account)


def _done(act: Callable[[], None]) -> Result:
    act()
    return HTTPStatus.OK, None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    standin: StandIn
    admin: ClassVar[Mapping[str, Act]] = {
        "GET /_standin/state": lambda s, _: (HTTPStatus.OK, s.state()),
        "GET /_standin/calls": lambda s, _: (HTTPStatus.OK, s.report()),
        "GET /_standin/traffic": lambda s, _: (
            HTTPStatus.OK,
            traffic_of(s.calls, time.time_ns() // 1_000_000),
        ),
        "GET /_standin/faults": lambda s, _: (
            HTTPStatus.OK,
            [fault.model_dump() for fault in s.faults.list()],
        ),
        "POST /_standin/faults": _switch_on,
        "DELETE /_standin/faults": lambda s, _: _done(s.faults.clear),
        "POST /_standin/scopes": _change_scopes,
        "POST /_standin/account": _change_account,
        "POST /_standin/rules": _change_rules,
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

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_request  # noqa: N815 - http.server's names

    def _call(self, path: str, raw: bytes) -> None:
        started = time.monotonic()
        found = find(self.command, path)
        family = found[0].family if found else Family.CALLS
        reached = self._reached()
        headers, refusal = reached.limiter.admit(reached.portal.clock.now_ms(), family)
        fault = self.standin.faults.take(self.command, path) or Fault()
        self.standin.stopping.wait(fault.delay_ms / 1000)
        status, body, more = self._outcome(fault, refusal, found, raw)
        self._record(found[0].endpoint(path) if found else "", raw, 0 if fault.drop else status, started)
        if fault.drip_ms:
            drip(self, fault.drip_ms / 1000, self.standin.stopping)
        if fault.drop:
            cut(self)
        else:
            self._answer(status, body, {**headers, **more, **fault.headers}, fault.truncate)

    def _outcome(
        self, fault: Fault, refusal: Mapping[str, Any] | None, found: Found | None, raw: bytes
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Return what becomes of a call that has to suffer a fault, or is one too many, with its headers."""
        fault.before()
        status, body, headers = fault.status or 0, fault.body, {}
        if fault.formed:
            path = unquote(urlsplit(self.path).path)
            answered = fault.formed.answer(path, raw, lambda part: self._limited(refusal, found, part))
            status, body, headers = answered.status, answered.body, dict(answered.headers)
        elif not fault.status:
            status, body = self._limited(refusal, found, raw) if fault.drop != "before" else (0, None)
        fault.after()
        if fault.forget and isinstance(body, Mapping):
            body = {**body, "results": list(body.get("results", ()))[1::2]}
        return (fault.answer, None, {}) if fault.answer else (status, body, headers)

    def _limited(self, refusal: Mapping[str, Any] | None, found: Found | None, raw: bytes) -> Result:
        return (HTTPStatus.TOO_MANY_REQUESTS, refusal) if refusal else self._process(found, raw)

    def _process(self, found: Found | None, raw: bytes) -> Result:
        """Answer a call as HubSpot does: token, route, scopes, body, and then what it asks for."""
        portal = self._reached().portal
        is_open = found is not None and found[0].family is Family.FREE
        if not is_open and not self._is_authorised():
            return unauthorised()
        if found is None:
            return plain_error(HTTPStatus.NOT_FOUND, "resource not found")
        return answer(found, portal, urlsplit(self.path).query, raw, self.standin.scopes)

    def _reached(self) -> Played:
        authorization = self.headers.get("authorization", "")
        return self.standin.accounts.reached_by(authorization, urlsplit(self.path).query)

    def _is_authorised(self) -> bool:
        good = self.standin.own_tokens.union(self.standin.accounts.further)
        return self.headers.get("authorization") in {f"Bearer {token}" for token in good}

    def _look_in(self, path: str, raw: bytes) -> Result:
        act = self.admin.get(f"{self.command} {path}")
        if act is None:
            return plain_error(HTTPStatus.NOT_FOUND, "resource not found")
        body = parsed(raw)
        return invalid_json("Unexpected character") if body is None else act(self.standin, body)

    def _record(self, endpoint: str, raw: bytes, status: int, started: float) -> None:
        body, target = parsed(raw), urlsplit(self.path)
        call = {
            "method": self.command,
            "portal_id": self._reached().portal_id,
            "path": unquote(target.path),
            "endpoint": endpoint,
            "query": target.query,
            "status": status,
            "inputs": len(body["inputs"]) if isinstance(body, dict) and "inputs" in body else None,
            "body": body,
            "at_ms": time.time_ns() // 1_000_000,
            "ms": round((time.monotonic() - started) * 1000, 1),
        }
        self.standin.calls.append(call)

    def _answer(self, status: int, body: Any, headers: Mapping[str, str], only: int | None = None) -> None:  # noqa: ANN401 - JSON
        content, kind = encoded(body)
        own = dict(own_headers(body))
        if status != HTTPStatus.NO_CONTENT:
            own |= {"Content-Type": kind, "Content-Length": str(len(content))}
        if self.close_connection:
            own["Connection"] = "close"
        self.send_response(status)
        # An empty one is left out: what stands in front of HubSpot has not all that HubSpot has.
        wanted = {name.lower(): value for name, value in {**own, **headers}.items()}
        for name, value in wanted.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[:only])
        self.close_connection = self.close_connection or only is not None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Stay silent: calls are recorded, see `StandIn.calls`."""
