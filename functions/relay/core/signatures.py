"""Segment's signatures: HMAC-SHA1 in lower-case hex over bytes of the body, keyed with the shared secret.

Which bytes that is was read in Segment's own code, and recorded from it, for each of its webhook
destinations:

- `X-Segment-Signature`, where the destination's setting of that name is on: the whole body;
- `X-Signature`, of one event: the whole body;
- `X-Signature`, of a batch (an array): the raw slice of its first element, so later elements are not covered;
- `X-Signature`, of a batch of the Extensible Webhook: the first element without its `{"json":…}` wrapper.

The bytes are never parsed and written again: Python and JavaScript print numbers differently. Webhook
Audiences with extra fields sign an event before these are merged in: no bytes of such a body are what was
signed.
"""

import hashlib
import hmac
from collections.abc import Sequence
from enum import Enum

from relay.core.documents import value_at

WHOLE_BODY_HEADER = "x-segment-signature"
FIRST_EVENT_HEADER = "x-signature"
_WRAPPER = b'{"json":'
# How far the end of a first event is looked for: that much of a stranger's body is read before anything is
# known of its sender. An event has 500,000 bytes at most, of Segment's 32,000.
MAX_FIRST_CHARS = 600_000


class Cover(Enum):
    """What of a body a signature vouches for."""

    NOTHING = 0
    FIRST = 1
    WHOLE = 2


def covered(raw: bytes, signature: str, secrets: Sequence[str]) -> Cover:
    """Return what of `raw` was signed with `signature` and any of `secrets`, in constant time for each."""
    given = signature.strip().lower().encode("utf-8", "replace")
    if not given:
        return Cover.NOTHING
    firsts = [_is_made_of(part, given, secrets) for part in _first_elements(raw)]
    if _is_made_of(raw, given, secrets):
        return Cover.WHOLE
    return Cover.FIRST if any(firsts) else Cover.NOTHING


def _is_made_of(message: bytes, given: bytes, secrets: Sequence[str]) -> bool:
    # A list, not a generator: each is computed, so that the time says nothing about which matched.
    return any(
        [  # noqa: C419 - as above
            hmac.compare_digest(hmac.new(secret.encode(), message, hashlib.sha1).hexdigest().encode(), given)
            for secret in secrets
        ]
    )


def _first_elements(raw: bytes) -> Sequence[bytes]:
    """Return the byte strings of a batch that Segment may have signed for all of it; none of other bodies."""
    first = _first_element(raw.lstrip(b" \t\r\n"))
    if first.startswith(_WRAPPER) and first.endswith(b"}"):
        return (first, first[len(_WRAPPER) : -1])
    return (first,) if first else ()


def _first_element(body: bytes) -> bytes:
    if not body.startswith(b"["):
        return b""
    try:
        text = body.decode("utf-8")
        start = len(text) - len(text[1:].lstrip(" \t\r\n"))
        _, end = value_at(text[: start + MAX_FIRST_CHARS], start)
        return text[start:end].encode("utf-8")
    except (ValueError, RecursionError):
        return b""
