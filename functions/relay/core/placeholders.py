"""Which ids name nobody: what clients send that ask too early, or print something that is no id. Pure.

What is remembered under such an id would be everybody's. Text that merely contains one of the words is an id
like others: `user-null-7`, `nullable`, `00042`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from unicodedata import category, normalize
from urllib.parse import unquote_plus

from relay.core.blanks import visible
from relay.core.placeholder_words import HOLDER, PRINTED, defaults, row_ends, rows, words

NOBODYS: frozenset[str] = frozenset()
# Odd ids that come again are many events of one mistake; longer ones would fill the memory.
_KNOWN_IDS, _KNOWN_CHARS = 10_000, 200
# Most ids are spelt with these alone, which no printed object is; a first colon is that of a template.
_PLAIN = re.compile(r"[A-Za-z0-9_.@+-][A-Za-z0-9_.@+|:/=~-]*")
_PUNCTUATION = "-_.+@|:/=~*#;,!? "
_ZEROS = "0" + _PUNCTUATION
# Those of other scripts come in rows.
_FOREIGN_QUOTES = (0xAB, 0xBB, *range(0x2018, 0x2020), 0x2039, 0x203A, *range(0x3008, 0x3012))
_QUOTES = "\"'`\\()[]{}<> " + "".join(map(chr, _FOREIGN_QUOTES))
_EDGES = _QUOTES + _PUNCTUATION + "$%&^"
_PREFIXES = ("urn:uuid:", "0x")
_ODD_STARTS = ("system.", *_PREFIXES)
# What printed objects have in them, or begin with.
_MARKS = frozenset("[]{}()<>=:%$#@*'\"\\")
_PRINTED_STARTS = ("system.", "class ", "some ", "just ", "optional ", "maybe ", "an instance of ")
_WORDS = words()
_BARE = _WORDS | defaults()
_ROWS, _ROW_ENDS = rows(), row_ends()
_ENTITY = re.compile(r"&#?\w+;")
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}|&#?\w+;")
# An id may have been encoded by the page, and again by what sends it on.
_DECODINGS = 3
# Stands for a character that could not be read.
_LOST = "\ufffd"
_SHOWN_CHARS = 1_000
_HALF = _SHOWN_CHARS // 2
# The minus sign and a dash.
_DASHES = str.maketrans("\u2212\u2013", "--")


def is_placeholder(text: str, more: frozenset[str] = NOBODYS, allowed: frozenset[str] = NOBODYS) -> bool:
    """Say whether an id names nobody.

    `more` are further words, as `bare` gives them. What is in `allowed`, as `folded` gives it, is somebody's.
    """
    if allowed and folded(text) in allowed:
        return False
    return _is_built_in(text) or bool(more and bare(text) in more)


def folded(text: str) -> str:
    """Return an id as it is compared: lower case, compatible forms as one, without what cannot be seen."""
    if text.isascii() and text.isalnum():
        return text.lower()
    return _legible(text).casefold()


def bare(text: str) -> str:
    """Return an id as it is compared, without quotes and brackets around it."""
    return folded(text).strip(_QUOTES)


def _is_built_in(text: str) -> bool:
    if _PLAIN.fullmatch(text):
        lower = text.lower()
        core = lower.strip(_PUNCTUATION)
        if lower in _BARE or core in _WORDS or not lower.strip(_ZEROS):
            return True
        # Java prints its objects with an @ too, but what follows is no domain.
        has_domain = "@" not in lower or "." in lower.rpartition("@")[2]
        if has_domain and core[-3:] not in _ROW_ENDS and not lower.startswith(_ODD_STARTS):
            return False
    return _is_odd(text) if len(text) <= _KNOWN_CHARS else _is_nobodys(text)


@lru_cache(maxsize=_KNOWN_IDS)
def _is_odd(text: str) -> bool:
    return _is_nobodys(text)


def _is_nobodys(text: str) -> bool:
    return any(map(_reads_as_nobodys, _readings(text)))


def _readings(text: str) -> Iterator[str]:
    """Return a text, and what it says if it is one for an URL or a page."""
    yield text
    for _ in range(_DECODINGS):
        if not _ENCODED.search(text):
            return
        text = _ENTITY.sub(lambda found: unescape(found[0].lower()), unquote_plus(text))
        yield text


def _reads_as_nobodys(text: str) -> bool:
    legible = _legible(text)
    # What stands in the middle of a long text tells nothing of what it is.
    shown = legible if len(legible) <= _SHOWN_CHARS else legible[:_HALF] + legible[-_HALF:]
    seen = legible.casefold()
    return not any(map(_is_telling, seen)) or _is_nothing(seen) or _is_printed(shown)


def _legible(text: str) -> str:
    return visible(normalize("NFKC", text)).translate(_DASHES)


def _is_printed(shown: str) -> bool:
    """Say whether a text is what a language prints of an object, or a template that nobody has filled."""
    lower = shown.casefold()
    if _MARKS.isdisjoint(lower) and not lower.startswith(_PRINTED_STARTS):
        return False
    return any(pattern.match(shown) for pattern in PRINTED.values()) or _is_held_nothing(lower)


def _is_held_nothing(lower: str) -> bool:
    start = 0
    while held := HOLDER.match(lower, start):
        start = held.end()
    return start > 0 and _is_nothing(lower[start:])


def _is_nothing(seen: str) -> bool:
    """Say whether a text is a word or a default value in quotes, or has nothing but zeros and punctuation."""
    inner = seen.strip(_QUOTES)
    for prefix in _PREFIXES:
        inner = inner.removeprefix(prefix)
    core = seen.strip(_EDGES)
    return inner in _BARE or core in _WORDS or not inner.strip(_ZEROS) or bool(_ROWS.fullmatch(core))


def _is_telling(char: str) -> bool:
    """Say whether a character can tell ids apart: letters, digits and pictures can, punctuation cannot."""
    if char.isascii():
        return char.isalnum()
    return category(char)[0] not in "CMPZ" and char != _LOST


@dataclass(frozen=True, slots=True)
class IdRules:
    """What a destination's owner says of ids: `placeholders` name nobody, `real` ones name somebody."""

    placeholders: frozenset[str] = NOBODYS
    real: frozenset[str] = NOBODYS

    @classmethod
    def of(cls, placeholders: Iterable[str], real: Iterable[str]) -> "IdRules":
        """Return the rules for words in any case and form."""
        return cls(frozenset(map(bare, placeholders)) - {""}, frozenset(map(folded, real)) - {""})

    def is_placeholder(self, text: str) -> bool:
        """Say whether an id names nobody."""
        return is_placeholder(text, self.placeholders, self.real)
