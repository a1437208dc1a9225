"""A proxy between a client and the gateway: records every request, and lets some of them go wrong."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx

from cli.embedded.servers import LoopbackServer, cut

# Of one connection, not of the request (RFC 9110, section 7.6.1).
_OWN = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of a client, and what it was answered: `status` is 0 where the answer was lost."""

    method: str
    path: str
    status: int
    message_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a request with events.

    It is answered with `status` in the relay's place, in the form that the relay has; with 0, the relay takes
    it, and its answer is lost.
    """

    status: int
    retry_after_s: int = 0

    def answer(self, origin: str | None) -> httpx.Response:
        headers = {"content-type": "application/json", "retry-after": str(self.retry_after_s)}
        if origin:
            # Without them a browser is told of no answer at all.
            headers |= {"access-control-allow-origin": origin, "access-control-expose-headers": "retry-after"}
        content = {"success": False, "code": "slow_down", "message": "Please come back later."}
        return httpx.Response(self.status, headers=headers, json=content)


class Proxy(LoopbackServer):
    """Passes requests on to `upstream_url`. Use as a context manager.

    `exchanges` are all that have ended; `faults` answer the next requests with events, one each.
    """

    def __init__(self, upstream_url: str, faults: Sequence[Fault] = ()) -> None:
        self.exchanges: list[Exchange] = []
        self.faults = list(faults)
        self.upstream = httpx.Client(base_url=upstream_url, timeout=30, trust_env=False)
        super().__init__(type("Handler", (_Handler,), {"proxy": self}), 0)

    def __exit__(self, *error: Any) -> None:  # noqa: PYI036 - handed on to the base class
        super().__exit__(*error)
        self.upstream.close()

    @property
    def uploads(self) -> Sequence[Exchange]:
        """The requests that carried events."""
        return [exchange for exchange in self.exchanges if exchange.message_ids]

    @property
    def accepted(self) -> Sequence[str]:
        """The message ids of all events that were taken, as often as they were."""
        taken = (exchange for exchange in self.uploads if exchange.status == HTTPStatus.OK)
        return [message_id for exchange in taken for message_id in exchange.message_ids]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are written apart: without this the second waits for the first one's receipt.
    disable_nagle_algorithm = True
    proxy: Proxy

    def handle_request(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        message_ids = _message_ids(body, self.headers.get("content-encoding"))
        fault = self.proxy.faults.pop(0) if message_ids and self.proxy.faults else None
        is_faked = fault is not None and fault.status != 0
        answer = fault.answer(self.headers.get("origin")) if fault and is_faked else self._passed_on(body)
        status = fault.status if fault else answer.status_code
        self.proxy.exchanges.append(Exchange(self.command, self.path, status, message_ids))
        if status:
            self._answer(answer)
        else:
            cut(self)

    do_GET = do_POST = do_OPTIONS = handle_request  # noqa: N815 - http.server's names

    def _passed_on(self, body: bytes) -> httpx.Response:
        # The host stays: the relay's settings name the address that they were asked at.
        headers = [(name, value) for name, value in self.headers.items() if name.lower() not in _OWN]
        return self.proxy.upstream.request(self.command, self.path, headers=headers, content=body)

    def _answer(self, answer: httpx.Response) -> None:
        self.send_response_only(answer.status_code)
        kept = {name: value for name, value in answer.headers.items() if name not in _OWN}
        for name, value in {**kept, "content-length": str(len(answer.content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Stay silent: requests are recorded."""


def _message_ids(body: bytes, encoding: str | None) -> Sequence[str]:
    if not body:
        return ()
    content = json.loads(gzip.decompress(body) if encoding == "gzip" else body)
    return [event["messageId"] for event in content.get("batch", [content]) if "messageId" in event]
