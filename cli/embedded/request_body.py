"""The body of an HTTP request as a server reads it: of a known length, or in chunks."""

import re
from collections.abc import Iterator
from email.message import Message
from http import HTTPStatus
from io import BufferedIOBase

_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,15}")
# A chunk's size with its extensions, or a trailer.
_MAX_LINE_BYTES = 8192


class BodyError(Exception):
    """The body cannot be taken; `status` says why. What is left of it has not been read."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


def read_body(headers: Message, stream: BufferedIOBase, max_bytes: int) -> bytes:
    """Read a request's body, at most `max_bytes` of it; chunk extensions and trailers are passed over.

    Raises:
        BodyError: it is larger, or is not what its headers say.
    """
    encoding = headers.get("transfer-encoding")
    if encoding is None:
        return _read(stream, _length(headers.get("content-length", "0")), max_bytes)
    if encoding.lower() != "chunked":
        raise BodyError(HTTPStatus.NOT_IMPLEMENTED)
    return b"".join(_chunks(stream, max_bytes))


def _length(text: str) -> int:
    if not _LENGTH.fullmatch(text):
        raise BodyError(HTTPStatus.BAD_REQUEST)
    return int(text)


def _read(stream: BufferedIOBase, size: int, max_bytes: int) -> bytes:
    if size > max_bytes:
        raise BodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    body = stream.read(size)
    if len(body) < size:
        raise BodyError(HTTPStatus.BAD_REQUEST)
    return body


def _chunks(stream: BufferedIOBase, max_bytes: int) -> Iterator[bytes]:
    """Yield the chunks of a body (RFC 9112, section 7.1)."""
    while size := _chunk_size(stream):
        yield _read(stream, size, max_bytes)
        max_bytes -= size
        if _line(stream):
            raise BodyError(HTTPStatus.BAD_REQUEST)
    while _line(stream):
        pass


def _chunk_size(stream: BufferedIOBase) -> int:
    size = _line(stream).partition(b";")[0].strip()
    if not _CHUNK_SIZE.fullmatch(size):
        raise BodyError(HTTPStatus.BAD_REQUEST)
    return int(size, 16)


def _line(stream: BufferedIOBase) -> bytes:
    line = stream.readline(_MAX_LINE_BYTES)
    if not line.endswith(b"\n"):
        raise BodyError(HTTPStatus.BAD_REQUEST)
    return line.strip()
