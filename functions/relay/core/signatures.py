"""Segment's `X-Signature`: HMAC-SHA1 in lower-case hex over the raw bytes of the first event.

Which bytes that is was recorded from Segment's own code, for each of its webhook destinations:

- one event: the whole body;
- a batch (an array): the raw slice of its first element, so later elements are not covered;
- a batch of the Extensible Webhook: the first element without its `{"json":…}` wrapper.

The bytes are never parsed and written again: Python and JavaScript print numbers differently.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable

_WRAPPER = b'{"json":'


def is_signed(raw: bytes, signature: str, secrets: Iterable[str]) -> bool:
    """Say whether any of `secrets` made `signature` for the body `raw`, in constant time for each."""
    given = signature.strip().lower().encode("utf-8", "replace")
    messages = signed_slices(raw)
    # A list, not a generator: each is computed, so that the time says nothing about which matched.
    return any(
        [  # noqa: C419 - as above
            hmac.compare_digest(hmac.new(secret.encode(), message, hashlib.sha1).hexdigest().encode(), given)
            for secret in secrets
            for message in messages
        ]
    )


def signed_slices(raw: bytes) -> tuple[bytes, ...]:
    """Return the byte strings that Segment may have signed in `raw`; none if no JSON begins there."""
    body = raw.lstrip(b" \t\r\n")
    if body.startswith(b"{"):
        return (raw,)
    first = _first_element(body) if body.startswith(b"[") else b""
    if not first:
        return ()
    if first.startswith(_WRAPPER) and first.endswith(b"}"):
        return (first, first[len(_WRAPPER) : -1])
    return (first,)


def _first_element(body: bytes) -> bytes:
    try:
        text = body.decode("utf-8")
        start = len(text) - len(text[1:].lstrip(" \t\r\n"))
        _, end = json.JSONDecoder().raw_decode(text, start)
        return text[start:end].encode("utf-8")
    except (ValueError, RecursionError):
        return b""
