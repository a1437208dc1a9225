"""Write keys: which destination the events of a source go to, and whether browsers may send with its key.

They are kept as one JSON object, by write key: `{"…": {"destination": "default", "origins": ["https://…"]}}`.
A key with `origins` is a browser's, which everybody can read; one without is a secret of servers. This is
read by hand, because ingest has no time for pydantic.
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

_DESTINATION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
# Whoever guesses must not succeed; Segment's own have 32 characters. A colon ends the name in Basic
# credentials.
_KEY = re.compile(r"[!-9;-~]{16,128}")
ANY = "*"


@dataclass(frozen=True, slots=True)
class Source:
    """Whose write key it is: where its events go, and from which pages browsers may send them."""

    destination: str
    origins: frozenset[str] = frozenset()

    def allows(self, origin: str) -> bool:
        """Say whether pages of `origin` may send; "" stands for whoever is no browser."""
        return not origin or ANY in self.origins or origin.lower() in self.origins


@dataclass(frozen=True, slots=True)
class InvalidWriteKeys:
    """The parameter cannot be used; `problem` says why, without a key in it."""

    problem: str


def is_destination(name: str) -> bool:
    """Say whether `name` can be that of a destination."""
    return bool(_DESTINATION.fullmatch(name))


def read_write_keys(text: str) -> Mapping[str, Source] | InvalidWriteKeys:
    """Read the parameter; nothing in it is nobody's key."""
    try:
        content = json.loads(text or "{}")
    except ValueError:
        return InvalidWriteKeys("not JSON")
    if not isinstance(content, dict):
        return InvalidWriteKeys("not a JSON object")
    sources: dict[str, Source] = {}
    for number, (key, entry) in enumerate(content.items(), start=1):
        source = _source(key, entry)
        if isinstance(source, str):
            return InvalidWriteKeys(f"entry {number}: {source}")
        sources[key] = source
    return sources


def find(sources: Mapping[str, Source], given: str) -> Source | None:
    """Return the source with that write key; in a time that does not tell which keys there are."""
    wanted = given.encode("utf-8", "replace")
    found = [source for key, source in sources.items() if hmac.compare_digest(key.encode(), wanted)]
    return found[0] if found else None


def basic_credentials(header: str) -> tuple[str, str]:
    """Return user name and password of an `Authorization: Basic` header; empty texts where it is none.

    A missing colon is tolerated, as Segment does.
    """
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name.strip(), password.strip()


def _source(key: str, entry: object) -> Source | str:
    if not _KEY.fullmatch(key):
        return "a write key has 16 to 128 printable characters, without a colon"
    if not isinstance(entry, dict) or entry.keys() - {"destination", "origins"}:
        return 'write {"destination": …} and, for browsers, "origins"'
    destination, origins = entry.get("destination"), entry.get("origins", [])
    if not isinstance(destination, str) or not is_destination(destination):
        return "destination: not the name of one"
    if not isinstance(origins, list) or not all(isinstance(origin, str) for origin in origins):
        return "origins: not a list of texts"
    return Source(destination, frozenset(origin.lower().rstrip("/") for origin in origins))
