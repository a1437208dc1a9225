"""The gateway passes on every byte."""

import gzip
import http.client
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

import httpx
import pytest

from cli.embedded.gateway import MAX_BODY_BYTES, Gateway
from cli.embedded.ports import PortInUseError, check_port, free_port
from cli.embedded.servers import LoopbackServer


class Echo(BaseHTTPRequestHandler):
    """Remembers what it was sent, and answers 207 with a body of its own."""

    seen: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        self.seen.append({"method": self.command, "path": self.path, "headers": self.headers, "body": body})
        self.send_response(207)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "11")
        self.end_headers()
        self.wfile.write(b'{"x":"\xc3\xb8"} ')

    do_PUT = do_GET = do_POST  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    Echo.seen.clear()
    with LoopbackServer(Echo, 0) as upstream, Gateway(f"{upstream.url}/api/$default", 0) as front:
        yield front.url


@pytest.mark.parametrize(
    "body", [b"", b'{"x":"\xc3\xb8"}', bytes(range(256)), gzip.compress(b"hello" * 1000), b"x" * 1_000_000]
)
def test_bodies_arrive_as_they_were_sent(url: str, body: bytes) -> None:
    answer = httpx.post(f"{url}/webhook/default", content=body)

    assert Echo.seen[-1]["body"] == body
    assert (answer.status_code, answer.content) == (207, b'{"x":"\xc3\xb8"} ')


def test_method_path_query_and_headers_arrive_as_they_were_sent(url: str) -> None:
    headers = {
        "X-Signature": "abc",
        "Content-Type": "application/cloudevents+json",
        "Content-Encoding": "gzip",
    }

    httpx.put(f"{url}/webhook/a%2Fb?x=1&x=%20", content=b"1", headers=headers)

    seen = Echo.seen[-1]
    assert (seen["method"], seen["path"]) == ("PUT", "/api/$default/webhook/a%2Fb?x=1&x=%20")
    for name, value in headers.items():
        assert seen["headers"][name] == value


def test_a_connection_serves_several_requests(url: str) -> None:
    with httpx.Client() as client:
        assert [client.post(url, content=b"1").status_code for _ in range(3)] == [207, 207, 207]


def test_a_body_larger_than_api_gateway_takes_is_refused(url: str) -> None:
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    connection.request("POST", "/", headers={"content-length": str(MAX_BODY_BYTES + 1)})
    answer = connection.getresponse()

    assert (answer.status, json.loads(answer.read())) == (413, {"message": "Request Entity Too Large"})
    assert Echo.seen == []
    connection.close()


def test_a_body_of_unknown_length_is_refused_clearly(url: str) -> None:
    answer = httpx.post(url, content=iter([b"a", b"b"]))

    assert (answer.status_code, answer.json()) == (411, {"message": "Send a Content-Length."})


def test_an_api_that_is_down_is_unavailable() -> None:
    with Gateway(f"http://127.0.0.1:{free_port()}", 0) as front:
        answer = httpx.post(front.url, content=b"1")

    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})


def test_a_port_in_use_is_found_before_anything_is_started(url: str) -> None:
    port = int(url.rpartition(":")[2])

    with pytest.raises(PortInUseError, match=f"RELAY_PORT={port + 1} make run"):
        check_port(port)
    with pytest.raises(PortInUseError):
        Gateway(url, port)
    check_port(0)
