"""Which characters show nothing, and text without them around it. Pure."""

from functools import lru_cache
from unicodedata import category, combining

# White space, controls, and what only directs other characters (Unicode's general categories).
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
# Characters of other categories that show nothing: a joiner, fillers of Hangul, vowels of Khmer, the blank
# pattern of Braille, the place of an object that was not copied along, the mark of byte order read backwards.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc\ufffe\uffff")
# Signs that stand before a number or a word are to be seen, although they direct it as well (Unicode's
# Prepended_Concatenation_Mark).
_SEEN = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd",
)
# They choose the form of the character before them: without it they show nothing, but they belong to it.
_SELECTORS = ((0x180B, 0x180D), (0x180F, 0x180F), (0xFE00, 0xFE0F), (0xE0000, 0xE0FFF))
# After the sign that takes a letter's vowel they choose the letter's form: names in Malayalam end so.
_JOINERS = "\u200c\u200d"
_VIRAMA = 9
_ASCII_BLANKS = "".join(map(chr, (*range(0x21), 0x7F)))
# Most text uses few characters.
_KNOWN_CHARACTERS = 4_096


def trimmed(text: str) -> str:
    """Return `text` without blanks and invisible characters at its ends, "" if nothing is to be seen."""
    if text.isascii():
        return text.strip(_ASCII_BLANKS)
    start, end = 0, len(text)
    while start < end and _is_unseen(text[start]):
        start += 1
    while end > start and _is_blank_end(text, end - 1):
        end -= 1
    return text[start:end]


def visible(text: str) -> str:
    """Return what is to be seen of `text`, with one space for white space of any kind and none around it."""
    seen = text if text.isascii() and text.isprintable() else "".join(filter(_is_seen, text))
    return " ".join(seen.split())


def _is_blank_end(text: str, place: int) -> bool:
    char = text[place]
    if not _is_unseen(char) or _is_selector(char):
        return False
    return char not in _JOINERS or combining(text[place - 1]) != _VIRAMA


def _is_seen(char: str) -> bool:
    return char.isspace() or not _is_unseen(char)


@lru_cache(maxsize=_KNOWN_CHARACTERS)
def _is_unseen(char: str) -> bool:
    is_control = category(char) in _UNSEEN_CATEGORIES and char not in _SEEN
    return is_control or char in _UNSEEN or _is_selector(char)


def _is_selector(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in _SELECTORS)
