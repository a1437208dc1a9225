"""Lines of the log that stay within their bounds, whatever an event names. Pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import islice

# 64 KB, less 1,536 bytes for what Lambda puts around a line. An event's line has at most, a character taking
# up to 12 bytes where it is escaped: ten texts of 200 characters (24,000), a reason and HubSpot's words of
# 1,300 together (15,600), a list (20,000), what the list is short of (20 words, 1,200), names and numbers
# (2,000): 62,800 bytes.
MAX_LINE_BYTES = 64_000
MAX_CHARS = 200
MAX_REASON_CHARS = 1_000
MAX_ENTRIES = 100
MAX_LIST_BYTES = 20_000
MASK = "***"
# Percent-encoded as well. Looked for from the beginning of a word only: from each of its characters, a word
# of 40,000 would take 10 s of CPU, should one ever come here.
ADDRESS = re.compile(r"(?<![^\s\"'<>(),;:=\[\]{}])[^\s\"'<>(),;:=\[\]{}]+(?:@|%40)[^\s\"'<>(),;\[\]{}]+")
_DIGEST_BYTES = 8


def to_line(fields: Mapping[str, object]) -> str:
    """Return a line as JSON of 64,000 bytes at most; of one that would be longer, what is short of it.

    What is no JSON is told by its kind alone.
    """
    text = _json(fields)
    try:
        size = len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        # Lone surrogates cannot be written as they are.
        text = _json(fields, ascii_only=True)
        size = len(text)
    if size <= MAX_LINE_BYTES:
        return text
    short = {name: clipped(value) if isinstance(value, str) else value for name, value in fields.items()}
    plain = {name: value for name, value in short.items() if isinstance(value, str | int | float)}
    return _json({**dict(islice(plain.items(), 25)), "cut_bytes": size}, ascii_only=True)


def clipped(text: str, most: int = MAX_CHARS) -> str:
    """Return a text of `most` characters; what is cut off one is told by a digest, so that two stay two."""
    if len(text) <= most:
        return text
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()
    return f"{text[: most - len(digest) - 3]}...{digest}"


def within(fields: Mapping[str, object], longer: Sequence[str] = ()) -> dict[str, object]:
    """Return fields whose texts are clipped: those of the names in `longer` to 1,000 characters."""
    return {
        name: clipped(value, MAX_REASON_CHARS if name in longer else MAX_CHARS)
        if isinstance(value, str)
        else value
        for name, value in fields.items()
    }


def listed(entries: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Return as many of the first entries as a line may list: 100, and 20,000 bytes."""
    found: list[Mapping[str, object]] = []
    size = 0
    for entry in islice(entries, MAX_ENTRIES):
        size += len(_json(entry, ascii_only=True)) + 1
        if size > MAX_LIST_BYTES:
            break
        found.append(entry)
    return found


def without_addresses(name: str) -> str:
    """Return a name that somebody has chosen, without addresses in it."""
    return ADDRESS.sub(MASK, name) if "@" in name or "%40" in name else name


def _json(value: object, *, ascii_only: bool = False) -> str:
    # An unknown object's text may hold anything.
    return json.dumps(
        value, separators=(",", ":"), ensure_ascii=ascii_only, default=lambda unknown: type(unknown).__name__
    )
