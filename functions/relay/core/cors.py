"""What browsers want to be told before a page may send to another origin (the Fetch standard, CORS protocol).

Nothing here depends on cookies, so an origin that may send at all may send with credentials: some users set
`credentials: include`, and browsers then want the origin by its name.
"""

import re
from collections.abc import Iterable, Mapping

from relay.core.write_keys import Source

# A day; browsers cut it to what they like. Without it each event would cost a second request.
MAX_AGE_S = 86_400
# Headers that libraries send: Segment's, RudderStack's. Others are allowed as they are asked for.
_HEADERS = "authorization, content-type, x-retry-count, anonymousid"
# What comes back in a header has to fit into one; no browser says anything else.
_ORIGIN = re.compile(r"[!-~]+")
_HEADER_NAMES = re.compile(r"[a-z0-9!#$%&'*+.^_`|~, -]{1,1000}", re.IGNORECASE)


def cors_headers(origin: str, sources: Iterable[Source]) -> Mapping[str, str]:
    """Return the headers that let a page of `origin` read an answer; none if no source is open to it."""
    is_open = any(source.allows(origin) for source in sources)
    if not is_open or not _ORIGIN.fullmatch(origin):
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        # Without this a page cannot see how long it is to wait.
        "access-control-expose-headers": "retry-after",
        "vary": "origin",
    }


def preflight_headers(asked: str) -> Mapping[str, str]:
    """Return what a preflight is told besides; `asked` are the headers that the page wants to send."""
    return {
        "access-control-allow-methods": "POST, GET, OPTIONS",
        "access-control-allow-headers": asked if _HEADER_NAMES.fullmatch(asked) else _HEADERS,
        "access-control-max-age": str(MAX_AGE_S),
    }
