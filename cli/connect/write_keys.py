"""One more write key in the stack's parameter. Pure; no text of a refusal holds a key."""

import json
import re
from collections.abc import Sequence

from cli.connect.refusal import RefusedError
from cli.connect.settings import MAX_BYTES
from relay.core.write_keys import ANY, InvalidWriteKeys, read_write_keys

# As browsers write one in `Origin`: without a path.
_ORIGIN = re.compile(r"https?://[^\s/?#@]+")


def with_key(stored: str, key: str, destination: str, origins: Sequence[str]) -> str:
    """Return the parameter with one more key.

    Raises:
        RefusedError: what is stored or an origin is wrong, or it would be too long.
    """
    if not all(origin == ANY or _ORIGIN.fullmatch(origin) for origin in origins):
        raise RefusedError("An origin is like https://www.example.org, without a path; or *.")
    entry = {"destination": destination} | ({"origins": list(origins)} if origins else {})
    known = read_write_keys(stored)
    if isinstance(known, InvalidWriteKeys):
        raise RefusedError(f"The write keys cannot be changed: {known.problem}.")
    keys = {**json.loads(stored or "{}"), key: entry}
    written = json.dumps(keys, separators=(",", ":"))
    if len(written.encode()) > MAX_BYTES:
        raise RefusedError(f"{len(keys)} write keys are more than the {MAX_BYTES} bytes that SSM holds.")
    return written
