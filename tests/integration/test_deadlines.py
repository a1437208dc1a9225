"""Calls that end at their deadline, whatever the server does.

The time-outs that sockets are given, on a clock of the test's own; and once over a real connection.
"""

import gzip
import socket
import threading
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx
import pytest
from fakes import Clock

from relay.adapters import exchange as module
from relay.adapters.clock import steady_ms
from relay.adapters.deadlines import CONNECT_S, WRITE_BYTES, Transport, Until
from relay.adapters.exchange import client, exchange
from relay.adapters.legacy_track import LegacyTrack
from relay.core.answers import Answer, NoReply, Reply

URL = "http://hub.example"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TIMEOUT_MS = 10_000
FAR = 2**53
ADDRESSES = ("192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6", "192.0.2.7")


@dataclass
class Wire(httpcore.NetworkStream, httpcore.NetworkBackend):
    """A connection that takes its time for each step: it notes what each was given, and what was sent."""

    pieces: list[bytes] = field(default_factory=list)
    every_ms: int = 9_000
    write_ms: int = 0
    connect_ms: int = 0
    dead: frozenset[str] = frozenset()
    clock: Clock = field(default_factory=Clock)
    given_s: list[tuple[str, float | None]] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    tls: list[str | None] = field(default_factory=list)

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *_: Any) -> "Wire":
        self._note(host, timeout)
        self.clock.now += self.connect_ms
        if host in self.dead:
            self._pass(60_000, timeout, httpcore.ConnectTimeout)
        assert port in {80, 443}
        return self

    def start_tls(self, _: Any, server_hostname: str | None = None, timeout: float | None = None) -> "Wire":
        self._note("tls", timeout)
        self.tls.append(server_hostname)
        return self

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        assert max_bytes
        self._note("read", timeout)
        self._pass(self.every_ms, timeout, httpcore.ReadTimeout)
        return self.pieces.pop(0) if self.pieces else b""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._note("write", timeout)
        self._pass(self.write_ms, timeout, httpcore.WriteTimeout)
        self.sent.append(buffer)

    def close(self) -> None:
        return

    def get_extra_info(self, info: str) -> object:
        return {"ssl_object": None, "is_readable": False}.get(info)

    def _note(self, step: str, timeout: float | None) -> None:
        self.given_s.append((step, None if timeout is None else float(timeout)))

    def _pass(self, takes_ms: int, timeout: float | None, over: type[Exception]) -> None:
        assert timeout is not None
        self.clock.now += min(takes_ms, int(timeout * 1000))
        if takes_ms > timeout * 1000:
            raise over

    def given(self, step: str) -> list[float | None]:
        return [seconds for found, seconds in self.given_s if found == step]


@pytest.fixture(autouse=True)
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `hub.example` is at; other names are what they are."""
    found, ask = list(ADDRESSES[:1]), socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host != "hub.example":
            return ask(host, port, *args, **kwargs)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr("relay.adapters.deadlines.socket.getaddrinfo", look_up)
    return found


@contextmanager
def over(wire: Wire) -> Iterator[httpx.Client]:
    with httpx.Client(transport=Transport(1, wire)) as http:
        yield http


def ask(wire: Wire, url: str = URL, content: bytes | None = None, max_bytes: int = 1_000_000) -> Answer:
    with over(wire) as http:
        return exchange(
            http,
            http.build_request("POST" if content else "GET", url, content=content),
            answer_by_ms=wire.clock.now + TIMEOUT_MS,
            max_bytes=max_bytes,
            now_ms=wire.clock.now_ms,
        )


def drips(before: bytes, drip: bytes) -> list[bytes]:
    return [before, *[drip] * 1_000]


@pytest.mark.parametrize(
    "pieces",
    [
        drips(b"HTTP/1.1 200 OK\r\nx-slow: ", b"a"),
        drips(b"HTTP/1.1 200 OK\r\n", b"x-one: more\r\n"),
        drips(b"H", b"T"),
        drips(b"HTTP/1.1 102 Processing\r\n\r\n", b"HTTP/1.1 102 Processing\r\n\r\n"),
        drips(HEAD + b"Content-Length: 5000\r\n\r\n", b" "),
        drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1", b"0"),
        drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"x-trailer: more\r\n"),
    ],
    ids=["value", "headers", "status", "informational", "body", "chunks", "chunk-size", "trailers"],
)
@pytest.mark.parametrize("every_ms", [9_000, 900, 90])
def test_an_answer_that_drips_is_ended_after_ten_seconds(pieces: list[bytes], every_ms: int) -> None:
    """A read is given what is left, and none is begun when nothing is."""
    wire = Wire(list(pieces), every_ms)
    started = wire.clock.now

    answer = ask(wire)

    assert isinstance(answer, NoReply)
    assert answer.reason in {"no_answer: ReadTimeout", "no_answer: too slow or too long"}
    assert wire.clock.now - started in {TIMEOUT_MS, TIMEOUT_MS - TIMEOUT_MS % every_ms + every_ms}
    # The handful of seconds that were left, less with each.
    assert wire.given("read") == [(TIMEOUT_MS - n * every_ms) / 1000 for n in range(len(wire.given("read")))]


def test_a_server_that_takes_a_request_slowly_is_given_up() -> None:
    wire = Wire(write_ms=4_000)

    assert ask(wire, content=b"x" * 10 * WRITE_BYTES) == NoReply("no_answer: WriteTimeout")

    assert wire.given("write") == [10.0, 6.0, 2.0]
    assert wire.given("read") == []


def test_nothing_is_sent_after_the_deadline() -> None:
    """Whoever was stopped between connecting and sending wakes, and finds that it is over."""
    wire = Wire(connect_ms=120_000)

    assert ask(wire) == NoReply("no_answer: WriteTimeout")
    assert wire.sent == []


def test_of_many_dead_addresses_none_gets_all_the_time_and_all_together_get_ten_seconds(
    addresses: list[str],
) -> None:
    addresses[:] = ADDRESSES
    wire = Wire(dead=frozenset(ADDRESSES))
    started = wire.clock.now

    assert ask(wire) == NoReply("no_answer: ConnectTimeout")

    assert [seconds for _, seconds in wire.given_s] == [CONNECT_S] * 5
    assert wire.clock.now - started == TIMEOUT_MS


def test_the_second_address_is_tried_when_the_first_is_dead(addresses: list[str]) -> None:
    addresses[:] = ADDRESSES[:2]
    wire = Wire([HEAD + b"Content-Length: 2\r\n\r\n{}"], 1, dead=frozenset(ADDRESSES[:1]))

    assert ask(wire) == Reply(200, {}, {"content-type": "application/json", "content-length": "2"})


@pytest.mark.parametrize("found", [[], None])
def test_a_host_that_has_no_address_is_no_answer(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch, found: list[str] | None
) -> None:
    addresses.clear()

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror

    if found is None:
        monkeypatch.setattr("relay.adapters.deadlines.socket.getaddrinfo", fail)

    assert ask(Wire()) == NoReply("no_answer: ConnectError")


def test_the_handshake_gets_what_is_left_and_the_hosts_name(addresses: list[str]) -> None:
    addresses[:] = ADDRESSES[:2]
    wire = Wire([HEAD + b"Content-Length: 2\r\n\r\n{}"], 1, dead=frozenset(ADDRESSES[:1]))

    assert isinstance(ask(wire, "https://hub.example"), Reply)

    assert wire.given("tls") == [8.0]
    assert wire.tls == ["hub.example"]


def test_the_tracking_host_has_the_same_patience() -> None:
    wire = Wire(drips(b"HTTP/1.1 200 OK\r\nx-slow: ", b"a"))
    started = wire.clock.now

    with over(wire) as http:
        track = LegacyTrack(http, URL, TIMEOUT_MS / 1000, wire.clock.now_ms)
        assert track.trigger("_n=Bought", FAR) == NoReply("no_answer: ReadTimeout")

    assert wire.clock.now - started == TIMEOUT_MS


def answer_of(content: bytes, **headers: str) -> Wire:
    lines = b"".join(f"{name.replace('_', '-')}: {value}\r\n".encode() for name, value in headers.items())
    head = HEAD + lines + f"Content-Length: {len(content)}\r\n\r\n".encode()
    return Wire([head, *[content[at : at + 65_536] for at in range(0, len(content), 65_536)]], 0)


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("gzip", gzip.compress(b'{"a": 1}', mtime=0)),
        ("X-GZIP", gzip.compress(b'{"a": 1}', mtime=0)),
        ("deflate", zlib.compress(b'{"a": 1}')),
        ("identity", b'{"a": 1}'),
        ("gzip", b'{"a": 1}'),
    ],
)
def test_an_answer_is_unpacked(encoding: str, content: bytes) -> None:
    answer = ask(answer_of(content, content_encoding=encoding))

    assert isinstance(answer, Reply)
    assert answer.body == {"a": 1}


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("br", b"\x0b\x03\x80"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0)),
        ("gzip", gzip.compress(b'{"a": 1}', mtime=0)[:12]),
    ],
)
def test_what_cannot_be_unpacked_is_unreadable(encoding: str, content: bytes) -> None:
    answer = ask(answer_of(content, content_encoding=encoding))

    assert isinstance(answer, Reply)
    assert (answer.body, answer.is_unreadable) == (None, True)


def test_an_answer_that_unpacks_to_much_more_is_given_up_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A hundred kilobytes become a hundred megabytes. No piece is larger than 64 KB."""
    sizes: list[int] = []
    unpack = module._inflated  # noqa: SLF001 - to look at its pieces

    def look(packed: Iterable[bytes]) -> Iterator[bytes]:
        for piece in unpack(packed):
            sizes.append(len(piece))
            yield piece

    monkeypatch.setattr(module, "_inflated", look)
    packed = gzip.compress(b" " * 100_000_000)

    assert ask(answer_of(packed, content_encoding="gzip")) == NoReply("no_answer: too slow or too long")

    assert max(sizes) <= 65_536
    assert sum(sizes) <= 1_000_000 + 65_536


def test_headers_without_end_are_given_up() -> None:
    wire = Wire([b"HTTP/1.1 200 OK\r\n", *[b"x-more: " + b"a" * 10_000 + b"\r\n"] * 100], 0)

    assert ask(wire) == NoReply("no_answer: RemoteProtocolError")
    assert wire.pieces != []


def test_cookies_are_neither_kept_nor_sent() -> None:
    """A server that set a new one with each answer would have our requests grow until it refuses them."""
    with client(1) as http:
        cookies = http.cookies
    answer = HEAD + b"Set-Cookie: a=b; Path=/\r\nContent-Length: 2\r\n\r\n{}"
    wire = Wire([answer, answer], 0)
    with httpx.Client(transport=Transport(1, wire), cookies=cookies.jar) as http:
        for _ in range(2):
            exchange(
                http,
                http.build_request("GET", URL),
                answer_by_ms=wire.clock.now + TIMEOUT_MS,
                max_bytes=100,
                now_ms=wire.clock.now_ms,
            )

    assert len(wire.sent) == 2
    assert b"cookie" not in b"".join(wire.sent).lower()


@pytest.mark.parametrize(
    ("environ", "first"),
    [
        ({"http_proxy": "http://proxy.example:80"}, b"GET http://hub.example/ "),
        ({"all_proxy": "http://proxy.example:80"}, b"GET http://hub.example/ "),
        ({"http_proxy": "http://proxy.example:80", "no_proxy": "hub.example"}, b"GET / "),
        ({"http_proxy": "http://proxy.example:80", "no_proxy": "hub.example:8080"}, b"GET http://hub."),
        ({"http_proxy": "http://proxy.example:80", "no_proxy": "other.example"}, b"GET http://hub."),
        ({"http_proxy": "proxy.example:80"}, b"GET http://hub.example/ "),
    ],
)
def test_a_proxy_that_the_environment_names_is_used(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], first: bytes, addresses: list[str]
) -> None:
    assert addresses
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("relay.adapters.deadlines._addresses", lambda *_: ["192.0.2.1"])
    wire = Wire([HEAD + b"Content-Length: 2\r\n\r\n{}"], 1)

    assert isinstance(ask(wire), Reply)
    assert wire.sent[0].startswith(first)


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http", "https", "no", "all"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)
    monkeypatch.setattr("relay.adapters.deadlines._addresses", lambda *_: ["192.0.2.1"])
    return monkeypatch


@pytest.mark.parametrize(
    ("exempt", "first"), [("hub.example:443", b"GET / "), ("hub.example:80", b"GET http:")]
)
def test_a_host_that_needs_no_proxy_may_be_named_with_its_port(
    no_proxies: pytest.MonkeyPatch, exempt: str, first: bytes
) -> None:
    no_proxies.setenv("http_proxy", "http://proxy.example:80")
    no_proxies.setenv("no_proxy", exempt)
    wire = Wire([HEAD + b"Content-Length: 2\r\n\r\n{}"], 1)

    assert isinstance(ask(wire, f"{URL}:443"), Reply)

    assert wire.sent[0].startswith(first)


@pytest.mark.parametrize(("scheme", "name"), [("http", "http_proxy"), ("https", "https_proxy")])
@pytest.mark.parametrize("proxy", ["http://me:pa%40ss@proxy.example:80", "me:pa%40ss@proxy.example:80"])
def test_a_proxy_is_told_the_name_and_the_password_that_the_environment_holds(
    no_proxies: pytest.MonkeyPatch, scheme: str, name: str, proxy: str
) -> None:
    no_proxies.setenv(name, proxy)
    wire = Wire([HEAD + b"Content-Length: 2\r\n\r\n{}"], 1)

    ask(wire, f"{scheme}://hub.example")

    assert b"\r\nProxy-Authorization: Basic " + b64encode(b"me:pa@ss") + b"\r\n" in wire.sent[0]


@pytest.mark.parametrize(
    "proxy",
    [
        "ftp://proxy.example",
        "socks5://proxy.example",
        "http://[::1",
        "http://",
        "http://proxy.example:x",
        "::",
    ],
)
def test_what_is_no_proxy_is_no_answer(no_proxies: pytest.MonkeyPatch, proxy: str) -> None:
    """It is nothing that ends an invocation."""
    no_proxies.setenv("http_proxy", proxy)
    wire = Wire()

    assert ask(wire) == NoReply("no_answer: ProxyError")
    assert wire.sent == []


def test_a_time_out_that_is_a_number_is_one() -> None:
    """What uses the same connections without a deadline."""
    wire = Wire([HEAD + b"Content-Length: 2\r\n\r\n{}"], 1)

    with over(wire) as http:
        assert http.get(URL, timeout=3).json() == {}

    assert {seconds for _, seconds in wire.given_s} == {2.0, 3.0}


def test_what_is_left_may_be_less_than_nothing() -> None:
    clock = Clock()
    until = Until.moment(clock.now + 1_500, clock.now_ms)
    clock.now += 2_000

    assert (until, until.left_s()) == (1.5, -0.5)


MOST_DRIPS = 4_000


def test_a_real_server_that_drips_is_left_before_it_has_finished() -> None:
    """It would finish after so many drips; whoever waits for that gets an answer. The deadline is 0.3 s."""
    wait, dripped = threading.Event(), 0

    def serve(listening: socket.socket) -> None:
        nonlocal dripped
        connection, _ = listening.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(HEAD + b"x-slow: ")
            try:
                while dripped < MOST_DRIPS:
                    connection.sendall(b"a")
                    dripped += 1
                    wait.wait(0.005)
                connection.sendall(b"\r\nContent-Length: 2\r\n\r\n{}")
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listening, client(1) as http:
        server = threading.Thread(target=serve, args=(listening,))
        server.start()
        answer = exchange(
            http,
            http.build_request("GET", f"http://127.0.0.1:{listening.getsockname()[1]}"),
            answer_by_ms=steady_ms() + 300,
            max_bytes=100,
            now_ms=steady_ms,
        )
    server.join()

    assert answer == NoReply("no_answer: ReadTimeout")
    assert dripped < MOST_DRIPS
