"""Packed bytes → what they hold, as far as there is room for it: no bomb is ever whole in memory. Pure."""

import zlib
from dataclasses import dataclass

from relay.core.budgets import Load

# So much is inflated at a time, and counted before there is more.
PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class TooLarge:
    """What there is no room for; `seen` of it was unpacked until that was clear."""

    seen: Load


def values_in(text: str | bytes) -> int:
    """Return how many values JSON has at most: commas, brackets and braces stand for them."""
    return sum(map(text.count, ",[{") if isinstance(text, str) else map(text.count, (b",", b"[", b"{")))


def inflated(packed: bytes, room: Load) -> bytes | TooLarge:
    """Return what zlib has packed. Raises zlib.error or ValueError for what is broken, or cut short."""
    inflater = zlib.decompressobj()
    pieces: list[bytes] = []
    seen = Load()
    rest = packed
    while not inflater.eof:
        piece = inflater.decompress(rest, PIECE_BYTES)
        rest = inflater.unconsumed_tail
        if not piece and not rest and not inflater.eof:
            raise ValueError("cut short")
        seen += Load(len(piece), values_in(piece))
        if not seen.fits(room):
            return TooLarge(seen)
        pieces.append(piece)
    return b"".join(pieces)
