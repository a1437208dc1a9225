"""A proxy between the functions and the embedded AWS: records every call, and lets some of them go wrong."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx

from cli.embedded.aws import EmbeddedAws
from cli.embedded.aws_faults import AwsFault, AwsFaults, AwsRequest, split_off
from cli.embedded.servers import HOP_BY_HOP, LoopbackServer, cut, drip

TIMEOUT_S = 30
_JSON = "application/x-amz-json-1.0"
# X-Amz-Target's names of the services that the functions use.
_SERVICES = {"DynamoDB_20120810": "DynamoDB", "AmazonSQS": "SQS", "AmazonSSM": "SSM"}
# Of one connection; or only true of unchanged bytes.
_OWN = HOP_BY_HOP | {"host", "content-length", "x-amz-crc32"}


@dataclass(frozen=True, slots=True)
class AwsCall:
    """One call that reached AWS, or was answered in its place. `status` is 0 where no answer was given."""

    request: AwsRequest
    status: int
    answer: bytes

    @property
    def response(self) -> Mapping[str, Any]:
        """What was answered."""
        answered: Mapping[str, Any] = json.loads(self.answer or b"{}")
        return answered


class AwsProxy(LoopbackServer):
    """Passes the AWS calls of functions on to the embedded AWS. Use as a context manager.

    `calls` are all that have ended, in that order; `faults` is the switch for what goes wrong.
    """

    def __init__(self, upstream_url: str) -> None:
        self.calls: list[AwsCall] = []
        self.faults = AwsFaults()
        self.stopping = threading.Event()
        # As many as functions have connections: a wait in here would look like a slow AWS.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        self.upstream = httpx.Client(base_url=upstream_url, timeout=TIMEOUT_S, trust_env=False, limits=limits)
        super().__init__(type("Handler", (_Handler,), {"proxy": self}), 0)

    def __exit__(self, *error: Any) -> None:  # noqa: ANN401, PYI036 - handed on to the base class
        self.stopping.set()
        super().__exit__(*error)
        self.upstream.close()

    def serve(self, aws: EmbeddedAws, name: str) -> None:
        """Let a function call AWS through here; its processes are started anew."""
        functions = aws.client("lambda")
        known = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**known, "AWS_ENDPOINT_URL": self.url}}
        )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are written apart: without this the second waits for the first one's receipt.
    disable_nagle_algorithm = True
    proxy: AwsProxy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        target, _, operation = self.headers.get("x-amz-target", "").partition(".")
        agent = self.headers.get("user-agent", "")
        request = AwsRequest(f"{_SERVICES.get(target, target)}.{operation}", body, agent)
        fault = self.proxy.faults.take(request) or AwsFault("")
        self.proxy.stopping.wait(fault.delay_s)
        if fault.before:
            fault.before(request)
        status, answer, headers = self._answer_to(request, fault)
        if fault.after:
            fault.after(request)
        self.proxy.calls.append(AwsCall(request, 0 if fault.cut else status, answer))
        if fault.drip_s:
            drip(self, fault.drip_s, self.proxy.stopping)
        if fault.cut:
            cut(self)
        else:
            self._answer(status, answer[: fault.truncate], headers)

    def _answer_to(self, request: AwsRequest, fault: AwsFault) -> tuple[int, bytes, Mapping[str, str]]:
        if fault.error:
            status, code = fault.error
            return status, json.dumps({"__type": code, "message": code}).encode(), {"content-type": _JSON}
        if fault.cut == "before":
            return 0, b"", {}
        if not fault.unprocessed:
            return self._passed_on(request)
        rest, handed_back = split_off(request, fault.unprocessed)
        empty = 200, b'{"Responses": {}}', {"content-type": _JSON}
        status, answer, headers = self._passed_on(rest) if rest else empty
        return status, json.dumps({**json.loads(answer), **handed_back}).encode(), headers

    def _passed_on(self, request: AwsRequest) -> tuple[int, bytes, Mapping[str, str]]:
        # The signature covers the host, which is another one now: the embedded AWS does not look at it.
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
        answer = self.proxy.upstream.post(self.path, headers=headers, content=request.body)
        kept = {name: value for name, value in answer.headers.items() if name not in _OWN}
        return answer.status_code, answer.content, kept

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response_only(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Stay silent: calls are recorded."""
