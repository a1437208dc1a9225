"""An HTTP body as its sender wrote it: undo what API Gateway and the sender's encoding did to it."""

import base64
import binascii
import zlib
from dataclasses import dataclass

# Segment's largest batch is 4 MB; API Gateway itself takes no more than 10 MB.
MAX_BODY_BYTES = 10 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class BadBody:
    """A body that cannot be read; `too_large` if only its size is wrong."""

    message: str
    too_large: bool = False


def raw_bytes(body: str, *, is_base64: bool, content_encoding: str) -> bytes | BadBody:
    """Return the bytes that a signature covers: base64 undone if flagged, gzip undone up to the size cap."""
    try:
        raw = base64.b64decode(body, validate=True) if is_base64 else body.encode("utf-8", "surrogatepass")
    except binascii.Error:
        return BadBody("The body is not valid base64.")
    if content_encoding.strip().lower() == "gzip":
        return _gunzipped(raw)
    return raw if len(raw) <= MAX_BODY_BYTES else _TOO_LARGE


_TOO_LARGE = BadBody(f"The body is larger than {MAX_BODY_BYTES} bytes.", too_large=True)


def _gunzipped(raw: bytes) -> bytes | BadBody:
    inflater = zlib.decompressobj(wbits=_GZIP)
    try:
        plain = inflater.decompress(raw, MAX_BODY_BYTES + 1)
    except zlib.error:
        return BadBody("The body is not valid gzip.")
    if len(plain) > MAX_BODY_BYTES:
        return _TOO_LARGE
    return plain if inflater.eof else BadBody("The gzip body is cut short.")
