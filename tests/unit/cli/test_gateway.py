"""The gateway passes on every byte."""

import gzip
import http.client
import json
import socket
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

import httpx
import pytest

from cli.embedded.gateway import MAX_BODY_BYTES, Gateway
from cli.embedded.ports import PortInUseError, check_port, free_port
from cli.embedded.servers import LoopbackServer


class Echo(BaseHTTPRequestHandler):
    """Remembers what it was sent, and answers with what it is told to."""

    seen: ClassVar[list[dict[str, Any]]] = []
    status: ClassVar[int]
    answer: ClassVar[bytes]
    headers_of_answer: ClassVar[list[tuple[str, str]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        self.seen.append({"method": self.command, "path": self.path, "headers": self.headers, "body": body})
        self.send_response_only(self.status)
        for name, value in self.headers_of_answer:
            self.send_header(name, value)
        if self.command != "HEAD" and self.status != HTTPStatus.NO_CONTENT:
            self.send_header("content-length", str(len(self.answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.answer)

    do_PUT = do_GET = do_HEAD = do_OPTIONS = do_POST  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    Echo.seen.clear()
    Echo.status, Echo.answer, Echo.headers_of_answer = 207, b'{"x":"\xc3\xb8"} ', []
    with LoopbackServer(Echo, 0) as upstream:
        api, options = f"{upstream.url}/api/$default", f"{upstream.url}/options"
        with Gateway(api, 0, options) as front:
            yield front.url


@pytest.mark.parametrize(
    "body",
    [b"", b'{"x":"\xc3\xb8"}', bytes(range(256)), gzip.compress(b"hello" * 1000, mtime=0), b"x" * 1_000_000],
)
def test_bodies_arrive_as_they_were_sent(url: str, body: bytes) -> None:
    answer = httpx.post(f"{url}/webhook/default", content=body)

    assert Echo.seen[-1]["body"] == body
    assert (answer.status_code, answer.content) == (207, b'{"x":"\xc3\xb8"} ')


def test_method_path_query_and_headers_arrive_as_they_were_sent(url: str) -> None:
    headers = {
        "X-Signature": "abc",
        "Content-Type": "application/cloudevents+json",
        "Authorization": "Basic bG9jYWw6",
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


def raw(url: str, request: bytes) -> tuple[int, Any]:
    """Send bytes as they are, and nothing after them; return the answer's status and JSON."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, json.loads(answer.read())


CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("chunks", [[b"a", b"b"], [bytes(range(256)) * 4000] * 3, []])
def test_a_chunked_body_arrives_as_one(url: str, chunks: list[bytes]) -> None:
    assert httpx.post(url, content=iter(chunks)).status_code == 207

    seen = Echo.seen[-1]
    assert seen["body"] == b"".join(chunks)
    assert seen["headers"].get_all("content-length") == [str(len(seen["body"]))]
    assert "transfer-encoding" not in seen["headers"]


def test_extensions_and_trailers_of_a_chunked_body_are_passed_over(url: str) -> None:
    body = b"2;a=b\r\nhe\r\n03\r\nllo\r\n0\r\nX-Signature: abc\r\n\r\n"

    assert raw(url, CHUNKED + body)[0] == 207
    assert Echo.seen[-1]["body"] == b"hello"
    assert "x-signature" not in Echo.seen[-1]["headers"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (CHUNKED + f"{MAX_BODY_BYTES + 1:x}\r\n".encode(), 413),
        (CHUNKED + b"1\r\na\r\n" + f"{MAX_BODY_BYTES:x}\r\n".encode(), 413),
        (CHUNKED + b"zz\r\n", 400),
        (CHUNKED + b"-1\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"\r\n", 400),
        (CHUNKED + b"1\r\nabc\r\n0\r\n\r\n", 400),
        (CHUNKED + b"5\r\nab", 400),
        (CHUNKED + b"1\r\na\r\n", 400),
        (CHUNKED + b"1;" + b"x" * 9000 + b"\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED.replace(b"chunked", b"gzip, chunked"), 501),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\na", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na", 400),
        (b"POST / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"BREW / HTTP/1.1\r\n\r\n", 501),
    ],
)
def test_what_is_no_request_is_refused_in_the_words_of_api_gateway_and_goes_no_further(
    url: str, request_: bytes, status: int
) -> None:
    answered, body = raw(url, request_)

    assert answered == status
    assert list(body) == ["message"]
    assert Echo.seen == []


def test_the_answers_headers_are_passed_on_but_for_those_of_the_connection(url: str) -> None:
    kept = [
        ("access-control-allow-origin", "*"),
        ("retry-after", "5"),
        ("cache-control", "no-store"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("content-type", "application/json; charset=utf-8"),
    ]
    Echo.headers_of_answer = [*kept, ("keep-alive", "timeout=5"), ("connection", "keep-alive")]

    answer = httpx.get(url)

    assert answer.headers.multi_items() == [*kept, ("content-length", str(len(Echo.answer)))]


def test_a_compressed_answer_stays_compressed(url: str) -> None:
    Echo.answer = gzip.compress(b"hello")
    Echo.headers_of_answer = [("content-encoding", "gzip")]

    with httpx.stream("GET", url) as answer:
        assert b"".join(answer.iter_raw()) == Echo.answer
    assert answer.headers["content-encoding"] == "gzip"


def test_the_function_is_told_which_host_and_protocol_the_client_has_used(url: str) -> None:
    httpx.get(url, headers={"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.1"})

    headers = Echo.seen[-1]["headers"]
    assert headers.get_all("host") == [url.removeprefix("http://")]
    assert headers.get_all("x-forwarded-proto") == ["http"]
    assert headers.get_all("x-forwarded-for") == ["127.0.0.1"]
    assert headers.get_all("x-forwarded-port") == [url.rpartition(":")[2]]


def test_a_compressed_body_is_never_read_as_text(url: str) -> None:
    body = gzip.compress(b"{}")
    headers = {"content-type": "text/plain", "content-encoding": "gzip"}

    httpx.post(url, content=body, headers=headers)

    seen = Echo.seen[-1]
    assert seen["body"] == body
    assert seen["headers"].get_all("content-type") == ["application/octet-stream"]
    assert seen["headers"]["content-encoding"] == "gzip"


def test_options_go_to_where_they_are_not_answered_by_the_embedded_api(url: str) -> None:
    answer = httpx.options(f"{url}/v1/t?x=1", headers={"origin": "https://www.example.org"})

    assert answer.status_code == 207
    assert (Echo.seen[-1]["method"], Echo.seen[-1]["path"]) == ("OPTIONS", "/options/v1/t?x=1")
    assert Echo.seen[-1]["headers"]["origin"] == "https://www.example.org"


@pytest.mark.parametrize(("method", "status"), [("HEAD", 207), ("GET", 204)])
def test_an_answer_without_a_body_has_none_and_the_next_request_is_served(
    url: str, method: str, status: int
) -> None:
    Echo.status, Echo.answer = status, b""

    with httpx.Client() as client:
        answers = [client.request(method, url) for _ in range(2)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(status, b"")] * 2
    assert all("content-length" not in answer.headers for answer in answers)


def test_what_a_function_has_died_of_is_told_to_nobody(url: str) -> None:
    Echo.status, Echo.answer = 502, b'{"errorMessage":"...","stackTrace":["..."]}'

    answer = httpx.post(url, content=b"1")

    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


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
