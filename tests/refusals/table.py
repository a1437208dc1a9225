"""Bad requests, and the exact answer that each of them gets. It is read as a reference as well."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cli.samples import BROWSER_WRITE_KEY, SIGNING_SECRET, WRITE_KEY

HEADER_SECRET = "refusals-header-secret"
PAGE, ELSEWHERE = "https://www.example.org", "https://elsewhere.example"
PAGE_KEY, TRACKS_KEY, BROKEN_KEY, NOWHERE_KEY, LIMITED_KEY = (
    "page-write-key-01",
    "tracks-write-key1",
    "broken-write-key1",
    "nowhere-write-key",
    "limited-write-key",
)
# Which keys there are where every page is closed but one, and besides those one for any page.
CLOSED_KEYS: Mapping[str, Any] = {
    WRITE_KEY: {"destination": "default"},
    PAGE_KEY: {"destination": "default", "origins": [PAGE], "events_a_second": 100},
    TRACKS_KEY: {"destination": "default", "types": ["track"]},
    BROKEN_KEY: {"destination": "broken"},
    NOWHERE_KEY: {"destination": "nowhere"},
    LIMITED_KEY: {"destination": "limited"},
}
KEYS = {**CLOSED_KEYS, BROWSER_WRITE_KEY: {"destination": "default", "origins": ["*"]}}
DESTINATIONS: Mapping[str, Mapping[str, str]] = {
    "default": {"settings": "{}", "signing-secret": SIGNING_SECRET, "header-secret": HEADER_SECRET},
    "strict": {
        "settings": '{"require_header":true}',
        "signing-secret": SIGNING_SECRET,
        "header-secret": HEADER_SECRET,
    },
    "strict-new": {"settings": '{"require_header":true}', "signing-secret": SIGNING_SECRET},
    "new": {"settings": "{}"},
    "broken": {"settings": "{", "signing-secret": SIGNING_SECRET},
    "limited": {"settings": '{"ingest_limit":100}', "header-secret": HEADER_SECRET},
}
IDENTIFY = b'{"type":"identify","messageId":"m-1","userId":"u-1"}'
TRACK = b'{"type":"track","messageId":"m-2","userId":"u-1","event":"Trial Started"}'
BATCH = b"[" + IDENTIFY + b"," + TRACK + b"]"
DELETE = b'{"type":"delete","userId":"u-1"}'
MANY = b",".join([b"{}"] * 4_001)
MANY_KEYS = b",".join(b'"k%d":0' % n for n in range(5_001))
NOT_JSON = "The body is not valid JSON."
LATER = "Please try again."


def basic(name: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(name.encode()).decode()}


@dataclass(frozen=True)
class Refusal:
    """A bad request and its answer.

    `state` is how things stand: `usual`, `closed` (no key is open to any page), `ssm down`, `bad keys`,
    `queue down` or `busy`. `origin` is what `access-control-allow-origin` says. `over_http`: the local relay
    answers the same, just as it is set up by itself.
    """

    what: str
    status: int
    code: str
    message: str
    body: bytes | str
    headers: Mapping[str, str]
    path: str
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict)
    rejected: Sequence[str] | None = None
    retry_after: str | None = None
    origin: str | None = None
    state: str = "usual"
    is_base64: bool = False
    over_http: bool = False


def refusal(usual: Mapping[str, Any], said: Sequence[Any], more: Mapping[str, Any]) -> Refusal:
    """Return the row of a table: `said` are its first cells, `usual` what is not said."""
    return Refusal(**{**usual, **dict(zip(Refusal.__match_args__, said, strict=False)), **more})
