"""An HTTP body as its sender wrote it: undo what API Gateway and the sender's encoding did to it."""

import base64
import binascii
import zlib
from dataclasses import dataclass

# Lambda hands over no more in one event; Segment's largest batch is 4 MB, RudderStack's too.
MAX_BODY_BYTES = 6 * 1024 * 1024
# Of somebody who has shown nothing yet but what everybody can read: a public key, or none beside the body,
# which has to be read to find one. Browsers, phones and libraries that name their key in the body alone keep
# to Segment's 500 KB a batch, or RudderStack's 512 KB. This is four times that, and a third of the largest.
MAX_PUBLIC_BODY_BYTES = 2 * 1024 * 1024
# How gzip begins (RFC 1952). JSON never does, so nobody has to be believed who says `content-encoding: gzip`.
_GZIP_MAGIC = b"\x1f\x8b"
# Whether API Gateway takes gzipped JSON for text is unknown. Then it reads the bytes as Latin-1, which can be
# undone, or as UTF-8, which cannot: the second byte is none.
_LATIN_1_GZIP = "\x1f\x8b"
_GARBLED_GZIP = "\x1f\ufffd"
_GZIP = 16 + zlib.MAX_WBITS
# A stream may have several members, one after the other (RFC 1952, section 2.2); nobody needs many.
_MAX_MEMBERS = 16


@dataclass(frozen=True, slots=True)
class BadBody:
    """A body that cannot be read; `too_large` if only its size is wrong."""

    message: str
    too_large: bool = False


def raw_bytes(body: str, *, is_base64: bool, at_most: int = MAX_BODY_BYTES) -> bytes | BadBody:
    """Return the bytes that a signature covers: base64 undone if flagged, gzip undone up to so many bytes."""
    if not is_base64 and body.startswith(_GARBLED_GZIP):
        return BadBody("The gzip body was taken for text on its way: send it as application/octet-stream.")
    try:
        raw = base64.b64decode(body, validate=True) if is_base64 else _bytes(body)
    except (binascii.Error, ValueError):
        return BadBody("The body is not valid base64.")
    if raw.startswith(_GZIP_MAGIC):
        return _gunzipped(raw, at_most)
    return raw if len(raw) <= at_most else _too_large(at_most)


def _too_large(at_most: int) -> BadBody:
    return BadBody(f"The body is larger than {at_most} bytes.", too_large=True)


def _bytes(body: str) -> bytes:
    if body.startswith(_LATIN_1_GZIP):
        return body.encode("latin-1", "replace")
    return body.encode("utf-8", "surrogatepass")


def _gunzipped(raw: bytes, at_most: int) -> bytes | BadBody:
    plain = b""
    for _ in range(_MAX_MEMBERS):
        inflater = zlib.decompressobj(wbits=_GZIP)
        try:
            plain += inflater.decompress(raw, at_most + 1 - len(plain))
        except zlib.error:
            return BadBody("The body is not valid gzip.")
        if len(plain) > at_most:
            return _too_large(at_most)
        if not inflater.eof:
            return BadBody("The gzip body is cut short.")
        raw = inflater.unused_data
        if not raw:
            return plain
    return BadBody("The gzip body has too many members.")
