"""The handlers under Lambda's own runtime client, against a Runtime API of a few lines."""

import json
import os
import queue
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from cli.embedded.servers import LoopbackServer
from cli.local import LocalRelay

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(sys.platform != "linux", reason="Lambda's runtime client is made for Linux"),
]

ROOT = Path(__file__).parents[2]


class RuntimeApi(LoopbackServer):
    """Hands out events and collects answers, as Lambda's Runtime API does."""

    def __init__(self) -> None:
        self.events: queue.Queue[Mapping[str, Any]] = queue.Queue()
        self.answers: queue.Queue[tuple[str, Any]] = queue.Queue()
        super().__init__(type("Handler", (_Handler,), {"api": self}), 0)

    def invoke(self, event: Mapping[str, Any]) -> tuple[str, Any]:
        """Return what became of one invocation: `response` or `error`, and its body."""
        self.events.put(event)
        return self.answers.get(timeout=60)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: RuntimeApi

    def do_GET(self) -> None:
        body = json.dumps(self.api.events.get()).encode()
        self.send_response(200)
        # The runtime client crashes without it.
        self.send_header("Content-Type", "application/json")
        self.send_header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        self.send_header("Lambda-Runtime-Deadline-Ms", "4102444800000")
        self.send_header(
            "Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:f"
        )
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.api.answers.put((self.path.rpartition("/")[2], json.loads(body)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def function(relay: LocalRelay, logical_id: str) -> Iterator[RuntimeApi]:
    """Run a function of the stack, with the stack's own variables, under the runtime client."""
    name = relay.stack.outputs[f"{logical_id}Name"]
    configuration = relay.aws.client("lambda").get_function_configuration(FunctionName=name)
    with RuntimeApi() as api:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "awslambdaric", configuration["Handler"]],
            cwd=ROOT / "functions",
            env={
                "PATH": os.environ["PATH"],
                "AWS_LAMBDA_RUNTIME_API": api.url.removeprefix("http://"),
                "AWS_ENDPOINT_URL": relay.aws.endpoint_url,
                "AWS_ACCESS_KEY_ID": "000000000000",
                "AWS_SECRET_ACCESS_KEY": "local",
                "AWS_DEFAULT_REGION": "us-east-1",
                **configuration["Environment"]["Variables"],
            },
        )
        try:
            yield api
        finally:
            process.kill()
            process.wait()
            # Let the handler thread that still waits for work go.
            api.events.put({})


def sample(path: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / path).read_text(encoding="utf-8"))
    return event


def test_ingest_answers_and_its_events_are_delivered(relay: LocalRelay) -> None:
    with function(relay, "IngestFunction") as ingest:
        kind, answer = ingest.invoke(sample("ingest/batch.json"))
        _, refusal = ingest.invoke(sample("ingest/batch.json") | {"headers": {}})

    assert (kind, answer["statusCode"], json.loads(answer["body"])["accepted"]) == ("response", 200, 5)
    assert refusal["statusCode"] == 401
    assert relay.wait_until_empty(60)


def test_the_sender_delivers_and_names_no_failures(relay: LocalRelay) -> None:
    with function(relay, "SenderFunction") as sender:
        kind, answer = sender.invoke(sample("sender/identify.json"))

    assert (kind, answer) == ("response", {"batchItemFailures": []})
    assert set(relay.contacts(["kim.larsen@example.org"], ["email"])) == {"kim.larsen@example.org"}
