"""HubSpot's words on a refusal: whole, for a person who may see the event; and fit for a log. Pure.

A log holds no address and no value. What stands in a sentence for one is masked: what was sent, what HubSpot
quotes and nobody has sent, ids, numbers and the lists of a property's options. Names of properties, codes and
scopes stay.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import unescape

from relay.core.log_lines import ADDRESS, MASK
from relay.core.property_names import required
from relay.core.refusals import Detail, Refusal

# Long enough for HubSpot's longest useful sentence; a list of all options of a property can run to 100 KB.
MAX_MESSAGE_CHARS = 1000
MAX_LOG_CHARS = 300
_MOST_DETAILS = 5
# What is looked at of one value; HubSpot quotes values from their beginning.
_MAX_VALUE_CHARS = 2_000
# Says nothing if there is a detail beside it.
_EMPTY_WORDS = re.compile(
    r"(?:the )?propert(?:y|ies)(?: values?)?(?: provided)? (?:is|are|was|were) (?:invalid|not valid)|"
    r"(?:one or more |some )?(?:validation )?errors?\b(?: occurred| found)?|invalid input|bad request|"
    r"an error (?:has )?occurred|validation error|multiple errors|see below|invalid\W*$",
    re.IGNORECASE,
)
_URL = re.compile(r"\b\w+://\S+|\bwww\.\S+")
# Access tokens of private apps, and whatever follows the name of their scheme.
_TOKEN = re.compile(r"\bpat-\w+-[\w-]+|(?<=\bbearer )\S+", re.IGNORECASE)
_COORDINATE_VALUE = re.compile(r"\bvalue ?= ?(?:.*(?=\})|.*)", re.DOTALL)
_OPTIONS = re.compile(r"(\boptions?\b[^\[(:]{0,20})[\[(:].*", re.DOTALL)
# The value comes first, and HubSpot may have changed it.
_LEADING = re.compile(r"^.{1,1000}?(?= (?:was|is) not (?:one of|a valid)\b| is at \d)", re.DOTALL)
_ADDRESS = re.compile(r"(?<=mail address ).{1,500}?(?= (?:is|was|has)\b)", re.DOTALL)
_QUOTED = re.compile(r"(?<!\w)([\"'`])(.{0,1000}?)\1(?!\w)", re.DOTALL)
# Quotation marks of other scripts, as those of ASCII.
_MARKS_OF_OTHERS = dict.fromkeys(map(ord, "«»“”„"), '"') | dict.fromkeys(
    (0x2018, 0x2019, 0x2039, 0x203A), "'"
)
_IDS = re.compile(r"(?i)(\b(?:ids?|vid|portalid|objectid|on)\b\W{0,4})\d+|\b\d+(?= already\b)")
_NUMBER = re.compile(r"\+?\d(?:[\s().:/-]*\d){4,}[\d.]*")
_WORD = re.compile(r"\w+")
_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_SUB_CATEGORY = re.compile(r"[A-Za-z][\w.]{1,99}", re.ASCII)
_MASKS = re.compile(rf"{re.escape(MASK)}(?:[\s,;]*{re.escape(MASK)})+")
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,99}", re.ASCII)
# Of a value of several words these tell nothing.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a all allowed already an and another any are as at be because been by can cannot company companies "
        "contact contacts could do does doesn email error exist exists for from has have if in invalid is it "
        "its longer must no not object of on one only option options or out property properties provided "
        "read record required rule set that the this to too unique unknown valid value values was were with",
    )
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent: `names` of properties stay in a log, `values` do not."""

    names: frozenset[str] = frozenset()
    values: tuple[str, ...] = field(default=(), repr=False)


NOTHING = Sent()


def words_of(refusal: Refusal, *also: str) -> str:
    """Return HubSpot's words, those that name a property or a rule, and `also` at their end."""
    return _joined(refusal, also, _as_told)[:MAX_MESSAGE_CHARS]


def words_for_log(refusal: Refusal, sent: Sent = NOTHING, *also: str) -> str:
    """Return the same words without addresses and values, in ASCII."""
    named = {name for each in refusal.all for name in each.names}
    named |= {*(required(refusal, {}) or ())}
    told = {value.strip().lower() for value in sent.values}
    # What HubSpot calls a property is one, unless it is what somebody has told.
    names = sent.names | {name for name in named if _NAME.fullmatch(name) and name.lower() not in told}
    values = _values(sent.values, names)
    said = _joined(refusal, also, lambda detail: _masked(_as_told(detail), names, values))
    printable = "".join(each if each.isprintable() else " " for each in said[:MAX_LOG_CHARS])
    return printable.encode("ascii", "backslashreplace").decode()[:MAX_LOG_CHARS]


def _joined(refusal: Refusal, also: Iterable[str], told: Callable[[Detail], str]) -> str:
    details = [words for each in refusal.details[:_MOST_DETAILS] if (words := _with_code(told(each), each))]
    whole = told(refusal.whole).rstrip(": ")
    if details and (_EMPTY_WORDS.match(refusal.whole.message) or any(whole in each for each in details)):
        whole = ""
    listed = "; ".join(dict.fromkeys(filter(None, (whole, *details))))
    sub = refusal.sub_category
    return ": ".join(filter(None, (listed + (f" ({sub})" if _SUB_CATEGORY.fullmatch(sub) else ""), *also)))


def _with_code(words: str, detail: Detail) -> str:
    """Return the words of a detail with HubSpot's code, by which its documentation can be searched."""
    return f"{words} ({detail.code})" if words and detail.code not in words else words


def _as_told(detail: Detail) -> str:
    """Return the words of a detail; with the property before it that its sentence does not name."""
    said = detail.message.strip()
    names = [name for name in detail.names if _NAME.fullmatch(name)]
    missing = [name for name in names if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said)]
    return ": ".join(filter(None, (", ".join(missing[:5]), said or detail.code)))


@dataclass(frozen=True, slots=True)
class _Values:
    """Values to mask: as they are, the longest first, and the words of them."""

    whole: tuple[str, ...]
    words: frozenset[str]


def _values(values: Iterable[str], names: frozenset[str]) -> _Values:
    cut = {_plain(each[:_MAX_VALUE_CHARS]).strip() for each in values}
    whole = sorted((each.lower() for each in cut if each and each not in names), key=len, reverse=True)
    words = {word for each in whole for word in _WORD.findall(each)}
    return _Values(tuple(whole), frozenset(words - _COMMON) | frozenset(whole))


def _masked(sentence: str, names: frozenset[str], values: _Values) -> str:
    said = _COORDINATE_VALUE.sub(f"value={MASK}", _plain(sentence[:MAX_MESSAGE_CHARS]))
    said = _OPTIONS.sub(rf"\1: {MASK}", said)
    said = _LEADING.sub(lambda found: _named(found[0], names), said)
    said = _ADDRESS.sub(MASK, ADDRESS.sub(MASK, _TOKEN.sub(MASK, _URL.sub(MASK, said))))
    said = _QUOTED.sub(lambda found: found[0] if _is_name(found[2], names) else MASK, said)
    for value in values.whole:
        said = _without(said, value)
    said = _WORD.sub(lambda found: _word(found[0], names, values), said)
    said = _NUMBER.sub(MASK, _IDS.sub(lambda found: f"{found[1] or ''}{MASK}", said))
    return _MASKS.sub(MASK, said)


def _named(leading: str, names: frozenset[str]) -> str:
    """Return what stands before a verdict: the property that is named there, and nothing of the value."""
    name = leading.partition(": ")[0]
    if set(name.split(", ")) <= names:
        return f"{name}: {MASK}"
    quoted = _QUOTED.search(leading)
    return leading if quoted and _is_name(quoted[2], names) else MASK


def _plain(text: str) -> str:
    return unescape(text).translate(_MARKS_OF_OTHERS)


def _is_name(quoted: str, names: frozenset[str]) -> bool:
    return quoted in names or bool(_CODE.fullmatch(quoted))


def _without(said: str, value: str) -> str:
    if value not in said.lower():
        return said
    # Not every script parts its words.
    bounds = (r"(?<!\w)", r"(?!\w)") if value.isascii() or len(value) == 1 else ("", "")
    return re.sub(f"{bounds[0]}{re.escape(value)}{bounds[1]}", MASK, said, flags=re.IGNORECASE)


def _word(word: str, names: frozenset[str], values: _Values) -> str:
    return word if word in names or word.lower() not in values.words else MASK
