"""Connections whose reads and writes all end at one moment.

httpx limits each read and each write, not the whole: an answer that sends a byte of its headers now and
then keeps a call for ever. Here a time-out may be an `Until`, and each step gets what is left of it. A
process that was stopped in the middle finds nothing left, and sends nothing more.
"""

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

if TYPE_CHECKING:
    import ssl

# The first of several addresses may be dead: none gets all the time that there is.
CONNECT_S = 2.0
# TLS' largest record. Time is looked at before each.
WRITE_BYTES = 16 * 1024
# As httpx does: HubSpot's own is longer.
KEEP_ALIVE_S = 5.0


class Until(float):
    """Seconds until a moment. As a number, what was left when it was made."""

    _left: Callable[[], float]

    @classmethod
    def moment(cls, ends_at_ms: int, now_ms: Callable[[], int]) -> Self:
        """Return the time-out that ends at `ends_at_ms` of a clock."""

        def left() -> float:
            return (ends_at_ms - now_ms()) / 1000

        until = cls(left())
        until._left = left
        return until

    def left_s(self) -> float:
        """Return what is left, which may be less than nothing."""
        return self._left()


def timeouts(until: Until) -> dict[str, float]:
    """Return the time-outs of a request, as its extension `timeout` holds them."""
    return dict.fromkeys(("connect", "read", "write", "pool"), until)


class Stream(httpcore.NetworkStream):
    """A connection; its steps take what is left of an `Until`, at most."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what comes. Raises httpcore.ReadTimeout."""
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it. Raises httpcore.WriteTimeout."""
        for at in range(0, len(buffer), WRITE_BYTES):
            part = buffer[at : at + WRITE_BYTES]
            self._stream.write(part, _left(timeout, httpcore.WriteTimeout))

    def start_tls(
        self,
        ssl_context: "ssl.SSLContext",
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Shake hands. Raises httpcore.ConnectTimeout."""
        left_s = _left(timeout, httpcore.ConnectTimeout)
        return Stream(self._stream.start_tls(ssl_context, server_hostname, left_s))

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def get_extra_info(self, info: str) -> object:
        """Return what is asked for of the connection."""
        return self._stream.get_extra_info(info)


class Backend(httpcore.NetworkBackend):
    """Opens such connections."""

    def __init__(self, backend: httpcore.NetworkBackend | None = None) -> None:
        self._backend = backend or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: "Iterable[httpcore.SOCKET_OPTION] | None" = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of a host's addresses that takes it.

        Raises httpcore.ConnectTimeout or httpcore.ConnectError.
        """
        failure: Exception = httpcore.ConnectError("no address")
        for address in _addresses(host, port):
            left_s = _left(timeout, httpcore.ConnectTimeout)
            limit_s = CONNECT_S if left_s is None else min(CONNECT_S, left_s)
            try:
                return Stream(
                    self._backend.connect_tcp(address, port, limit_s, local_address, socket_options)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class Body(httpx.SyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(self, stream: httpcore.Response) -> None:
        self._response = stream

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._response.iter_stream()

    def close(self) -> None:
        """Give the connection back, or up if there is more to come."""
        self._response.close()


class Transport(httpx.BaseTransport):
    """httpx's way to a server, over such connections; through the proxy that the environment names."""

    def __init__(self, connections: int, backend: httpcore.NetworkBackend | None = None) -> None:
        self._connections = connections
        self._backend = Backend(backend)
        self._tls = httpx.create_ssl_context()
        self._pools: dict[str, httpcore.ConnectionPool] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; return the answer when its headers are there. Raises httpx.TransportError."""
        url = request.url
        asked = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx():
            answer = self._pool_for(url).handle_request(asked)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=Body(answer), extensions=answer.extensions
        )

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.close()

    def _pool_for(self, url: httpx.URL) -> httpcore.ConnectionPool:
        # Some of those that need none are named with their port.
        needs_none = proxy_bypass(url.host) or proxy_bypass(url.netloc.decode())
        named = {} if needs_none else getproxies()
        proxy = named.get(url.scheme) or named.get("all", "")
        # Two threads that make it at once do no harm: one of the two is used.
        return self._pools.get(proxy) or self._pools.setdefault(proxy, self._made(proxy))

    def _made(self, name: str) -> httpcore.ConnectionPool:
        if name:
            proxy = _proxy(name)
            return httpcore.HTTPProxy(
                httpcore.URL(
                    scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target="/"
                ),
                proxy_auth=proxy.raw_auth,
                ssl_context=self._tls,
                max_connections=self._connections,
                keepalive_expiry=KEEP_ALIVE_S,
                network_backend=self._backend,
            )
        return httpcore.ConnectionPool(
            ssl_context=self._tls,
            max_connections=self._connections,
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=self._backend,
        )


def _proxy(name: str) -> httpx.Proxy:
    """Read the name of a proxy, which may lack its scheme, as httpx does.

    Raises httpcore.ProxyError: a name that leads to none must not end the work on others.
    """
    try:
        proxy = httpx.Proxy(name if "://" in name else f"http://{name}")
    except (ValueError, httpx.InvalidURL) as error:
        raise httpcore.ProxyError("no proxy has such a name") from error
    if proxy.url.scheme not in {"http", "https"} or not proxy.url.host:
        raise httpcore.ProxyError("no such proxies are used")
    return proxy


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _left(timeout: float | None, over: type[httpcore.TimeoutException]) -> float | None:
    """Return what is left of a time-out; raise `over` if it is nothing."""
    if not isinstance(timeout, Until):
        return timeout
    left_s = timeout.left_s()
    if left_s <= 0:
        raise over
    return left_s


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Let httpcore's errors be httpx's, which have the same names."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise getattr(httpx, type(error).__name__, httpx.TransportError)(str(error)) from error
