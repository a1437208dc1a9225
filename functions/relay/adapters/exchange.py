"""One exchange over httpx, limited in time and size: an answer of any status is a value, and so is none."""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from relay.adapters.deadlines import Transport, Until, timeouts
from relay.core.answers import Answer, NoReply, Reply

TOO_MUCH = NoReply("no_answer: too slow or too long")
# Whatever else a server offers, it is asked for this or nothing.
ENCODINGS = {"accept-encoding": "gzip"}
# zlib's own number for: 32 KB of window, and gzip or zlib, whichever it is.
_ANY_WBITS = 32 + zlib.MAX_WBITS
# What is unpacked at a time.
_CHUNK_BYTES = 64 * 1024


def client(connections: int) -> httpx.Client:
    """Return a client with so many connections, which keeps to deadlines and keeps no cookies.

    An API has no use for them, and what a server wants remembered would be sent with each later call.
    """
    nobody = DefaultCookiePolicy(allowed_domains=[])
    return httpx.Client(transport=Transport(connections), cookies=CookieJar(nobody))


def exchange(
    http: httpx.Client,
    request: httpx.Request,
    *,
    answer_by_ms: int,
    max_bytes: int,
    now_ms: Callable[[], int],
) -> Answer:
    """Send `request`; return what came until `answer_by_ms`. No redirect is followed.

    Nothing is sent or waited for after that moment, be it a connection, a header or the body; more than
    `max_bytes` of a body are not taken, packed or unpacked.
    """
    request.extensions["timeout"] = timeouts(Until.moment(answer_by_ms, now_ms))
    try:
        response = http.send(request, stream=True, follow_redirects=False)
        content = bytearray()
        try:
            for chunk in _unpacked(response):
                content += chunk
                if now_ms() >= answer_by_ms or len(content) > max_bytes:
                    return TOO_MUCH
        finally:
            response.close()
    except httpx.RequestError as error:
        return NoReply(f"no_answer: {type(error).__name__}")
    headers = {name.lower(): value for name, value in response.headers.items()}
    body = _parsed(bytes(content))
    return Reply(response.status_code, body, headers, is_unreadable=body is None and bool(content.strip()))


def _unpacked(response: httpx.Response) -> Iterator[bytes]:
    """Yield the body in pieces of bounded size, however well it was packed."""
    if response.is_stream_consumed:
        # A transport that has it all hands it over unpacked.
        return response.iter_bytes()
    packed = response.iter_raw()
    if response.headers.get("content-encoding", "").strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return packed
    return _inflated(packed)


def _inflated(packed: Iterable[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(_ANY_WBITS)
    for chunk in packed:
        rest = chunk
        while rest and not inflate.eof:
            try:
                yield inflate.decompress(rest, _CHUNK_BYTES)
            except zlib.error:
                # It is no JSON either.
                yield rest
                return
            rest = inflate.unconsumed_tail


def _parsed(content: bytes) -> object:
    try:
        parsed: object = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return parsed
