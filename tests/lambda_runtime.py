"""Lambda's own runtime client around our handlers, against a Runtime API of a few lines."""

import json
import os
import queue
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from cli.embedded.servers import LoopbackServer
from cli.local import LocalRelay

ROOT = Path(__file__).parents[1]
# As Lambda's own runtime is told where lines of the log are to be written, apart from standard output.
TELEMETRY = "_LAMBDA_TELEMETRY_LOG_FD"
# Long after any test.
NEVER_MS = 4_102_444_800_000


class RuntimeApi(LoopbackServer):
    """Hands out events, each with a deadline, and collects answers, as Lambda's Runtime API does.

    `reports` are what Lambda was told of invocations that ended in an exception: headers and body. `process`
    is what it runs.
    """

    process: "subprocess.Popen[bytes]"

    def __init__(self) -> None:
        self.events: queue.Queue[tuple[Mapping[str, Any], int]] = queue.Queue()
        self.answers: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.reports: list[str] = []
        super().__init__(type("Handler", (_Handler,), {"api": self}), 0)

    def invoke(self, event: Mapping[str, Any], deadline_ms: int = NEVER_MS) -> tuple[str, Any]:
        """Return what became of one invocation: `response` or `error`, and its body."""
        self.begin(event, deadline_ms)
        return self.answer()

    def begin(self, event: Mapping[str, Any], deadline_ms: int = NEVER_MS) -> None:
        """Begin an invocation, which must have ended at `deadline_ms`."""
        self.events.put((event, deadline_ms))

    def answer(self) -> tuple[str, Any]:
        """Wait for the end of an invocation; return what became of it."""
        return self.answers.get(timeout=60)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: RuntimeApi

    def do_GET(self) -> None:
        event, deadline_ms = self.api.events.get()
        body = json.dumps(event).encode()
        self.send_response(200)
        # The runtime client crashes without it.
        self.send_header("Content-Type", "application/json")
        self.send_header("Lambda-Runtime-Aws-Request-Id", f"request-of-{id(self.api)}")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(deadline_ms))
        self.send_header(
            "Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:f"
        )
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        kind = self.path.rpartition("/")[2]
        if kind == "error":
            self.api.reports.append(f"{self.headers}\n{body.decode()}")
        self.api.answers.put((kind, json.loads(body)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Function:
    """A function of the stack: its handler, and the variables that it is given there."""

    handler: str
    environment: Mapping[str, str]

    @contextmanager
    def run(
        self, environment: Mapping[str, str] | None = None, written: Path | None = None
    ) -> Iterator[RuntimeApi]:
        """Run it under the runtime client, with what `environment` says instead.

        What it writes goes to files below `written`: `out`, and `telemetry` if the environment names that.
        """
        with RuntimeApi() as api, ExitStack() as opened:
            variables = {**self.environment, **(environment or {})}
            variables["AWS_LAMBDA_RUNTIME_API"] = api.url.removeprefix("http://")
            out = opened.enter_context((written / "out").open("ab")) if written else None
            descriptors = []
            if written and TELEMETRY in variables:
                descriptors.append(opened.enter_context((written / "telemetry").open("ab")).fileno())
                variables[TELEMETRY] = str(descriptors[0])
            api.process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-m", "awslambdaric", self.handler],
                cwd=ROOT / "functions",
                env=variables,
                stdout=out,
                stderr=out,
                pass_fds=descriptors,
            )
            try:
                yield api
            finally:
                api.process.kill()
                api.process.wait()
                # Let the handler thread that still waits for work go.
                api.begin({})


def function_of(relay: LocalRelay, logical_id: str) -> Function:
    """Return a function of the stack that runs."""
    name = relay.stack.outputs[f"{logical_id}Name"]
    configuration = relay.aws.client("lambda").get_function_configuration(FunctionName=name)
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": relay.aws.endpoint_url,
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        **configuration["Environment"]["Variables"],
    }
    return Function(configuration["Handler"], environment)
