"""Which of the properties that were sent does a refusal blame? Pure.

HubSpot names them beside its sentences or inside them, in many forms. Of a sentence of unknown form the one
name is believed that stands in it as a whole word: sent once more without it, the rest is accepted or not.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from relay.core.refusals import TAKEN, Detail, Refusal

# `PropertyValueCoordinates{… propertyName=plan, value=gold}`; the value may hold anything.
_COORDINATES = re.compile(r"\bpropertyName\s*[=:]\s*[\"']?(\w+)", re.ASCII)
_COORDINATE_VALUE = re.compile(r"\bvalue=(.*)\} on \w+\.", re.DOTALL)
_READ_ONLY = re.compile(r"[\"'`]?(\w+)[\"'`]? is an? (?:read[- ]?only|calculated)\b", re.ASCII)
# Only what a sentence sets apart: `name` and `value` are words, too.
_SET_APART = re.compile(r"(?:(?<!\w)[\"'`]|[\[(,])\s*(\w+)(?=\s*[\"'`\]),])", re.ASCII)
_OPTIONS = re.compile(r"\boptions?\b.*", re.DOTALL)
_REQUIRED_CODE = re.compile(
    r"MISSING\w*REQUIRED|REQUIRED_(?:PROPERT|FIELD|VALUE)|(?:PROPERTY|VALUE)_REQUIRED"
)
_REQUIRED = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"[Vv]alues? for [\"'`]?(\w+)[\"'`]? must be (?:provided|set|given)",
        r"^[\"'`]?(\w+)[\"'`]? is (?:a )?(?:required|mandatory)\b",
        r"[Pp]roperty [\"'`]?(\w+)[\"'`]? is (?:a )?(?:required|mandatory)\b",
        r"[Rr]equired propert(?:y|ies)\b[^:\[\"'`]{0,60}[:\[\"'`]+\s*[\"'`]?(\w+(?:,\s*\w+)*)",
    )
)
_NAME = re.compile(r"[A-Za-z_]\w{0,99}", re.ASCII)
_NO_NAMES = frozenset({"is", "are", "were", "was", "not", "missing", "must", "it", "this", "value"})


@dataclass(frozen=True, slots=True)
class Blame:
    """The properties that a refusal blames, each with HubSpot's code for what is wrong, "" where it has none.

    It `is_guess` if nothing but their words in a sentence speaks for it.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    is_guess: bool = False


def blamed(refusal: Refusal, sent: Mapping[str, str], own: Iterable[str] = ()) -> Blame:
    """Return which properties of `sent` a refusal blames.

    Those in `own`, which say whose they are, are never guessed.
    """
    named: dict[str, str] = {}
    for detail in refusal.details or (refusal.whole,):
        named = {**dict(_named(detail, sent)), **named}
    named = named or dict(_named(refusal.whole, sent))
    if named:
        return Blame(named)
    guesses = {name for each in refusal.all for name in _words(each, sent, own)}
    return Blame(dict.fromkeys(guesses, ""), is_guess=True) if len(guesses) == 1 else Blame()


def tells_value(refusal: Refusal, name: str, value: str) -> bool:
    """Say whether what a refusal says of a property tells this value of it, as a whole."""
    about = [each for each in refusal.all if name in each.names or name in each.message]
    return bool(value) and any(_tells(each, value) for each in about)


def required(refusal: Refusal, sent: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the properties that HubSpot requires and nobody has sent, None if it complains of none.

    Sources: HubSpot's page on the validation of writes from 2026-09 on; an empty tuple is one that is not
    named.
    """
    found = [_required(each, sent) for each in refusal.all]
    told = [names for names in found if names is not None]
    lacking = dict.fromkeys(name for names in told for name in names if name not in sent)
    if lacking or (told and not any(told)):
        return tuple(lacking)
    return None


def _named(detail: Detail, sent: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the names that stand beside a sentence, or in it in a form that is known."""
    for name in detail.names:
        if name in sent:
            yield name, _code(detail)
    if not any(name in sent for name in detail.names):
        yield from ((name, _code(detail)) for name in _in_sentence(detail.message, sent) if name in sent)


def _code(detail: Detail) -> str:
    return TAKEN if detail.is_taken else detail.code


def _in_sentence(sentence: str, sent: Mapping[str, str]) -> Iterator[str]:
    coordinates = _COORDINATES.search(sentence)
    if coordinates:
        yield coordinates[1]
        return
    told = _without_values(sentence, sent)
    yield from _READ_ONLY.findall(told)
    if "propert" in told.lower():
        yield from _SET_APART.findall(_OPTIONS.sub("", told))


def _words(detail: Detail, sent: Mapping[str, str], own: Iterable[str]) -> Iterator[str]:
    told = _without_values(_OPTIONS.sub("", detail.message), sent)
    words = set(re.findall(r"\w+", told)).union(*detail.context.values())
    yield from (name for name in sent if name in words and name not in own)


def _without_values(sentence: str, sent: Mapping[str, str]) -> str:
    """Return a sentence without the values that hold more than a name: a name in them names nothing."""
    names = sent.keys()
    for value in sorted({each.strip() for each in sent.values()}, key=len, reverse=True):
        if value and value not in names and value in sentence:
            sentence = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", " ", sentence)
    return sentence


def _tells(detail: Detail, value: str) -> bool:
    # HubSpot writes addresses in lower case.
    wanted = value.lower()
    if any(wanted == one.lower() for told in detail.context.values() for one in told):
        return True
    message = detail.message.lower()
    coordinates = _COORDINATE_VALUE.search(message)
    if coordinates:
        return coordinates[1] == wanted
    return bool(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", message))


def _required(detail: Detail, sent: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the names of required properties, None if a detail is about something else.

    What somebody has sent as a value is none: such a sentence tells what the value lacks.
    """
    if _REQUIRED_CODE.search(detail.code) and detail.names:
        return detail.names
    found = [match[1] for match in (pattern.search(detail.message) for pattern in _REQUIRED) if match]
    names = [name for each in found for name in re.split(r",\s*", each)]
    others = _NO_NAMES | {value.strip().lower() for value in sent.values()}
    wanted = tuple(each for each in names if _NAME.fullmatch(each) and each.lower() not in others)
    return wanted if wanted or _REQUIRED_CODE.search(detail.code) else None
