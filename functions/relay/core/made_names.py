"""Names for what is made in HubSpot: which come from a person, and which are data. Pure.

A name that was made once is never free again, and an account has room for a thousand properties and five
hundred events. A sender that puts ids, dates or addresses into names would fill it. So what looks like data
is not made; whoever wants such a name makes it in HubSpot, and it is used.
"""

import re
from collections.abc import Mapping
from itertools import pairwise

from relay.core.names import property_name, squashed

# Why something was not made; the word of `dropped`, before what the limit or the name is about.
NOT_MADE = "not_made"
LOOKS_LIKE_DATA = f"{NOT_MADE}: looks_like_data"
_UNKNOWN = frozenset({"unknown_property", "unknown_event_property"})
_OF_TRACKS = "context.traits."

_TOKEN = re.compile(r"[a-z0-9]+")
_RUN = re.compile(r"\d+|[a-z]+")
_HEX = re.compile(r"[0-9a-f]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEAR_AND_PART = re.compile(r"(?:19|20)\d\d[wmd]\d\d?")
# A day, a month or a week, beside a year.
_PART = re.compile(r"(?:0?[1-9]|[1-4]\d|5[0-3]|w\d\d?)(?:st|nd|rd|th)?")
_MONTHS = re.compile(
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?"
)
# An address or a URL, and the path of a page.
_ADDRESS = re.compile(r"@|://|^/|^www\.")
# An address of which a name of HubSpot has left no more than its ends.
_FLAT_ADDRESS = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+_com")
# Longer than the number of a year, of a form or of a page.
MOST_DIGITS = 4
# Hexadecimal digits and letters that take turns are no word from here on; any from there on.
_LEAST_HEX, _LEAST_ANY = 4, 6
_TURNS_HEX, _TURNS_ANY = 2, 3
# Pure letters of a hash.
_LONG_HEX = 16
# Words with digits that take turns all the same.
_WORDS = frozenset({"b2b2c", "b2b2b"})


def looks_like_data(name: str) -> bool:
    """Whether a name holds an id, a hash, a date, a number or an address rather than words alone.

    Small numbers are words (`address_2`, `q1`, `last_30_days`), and so is a year by itself.
    """
    text = name.strip().lower()
    if _ADDRESS.search(text) or _FLAT_ADDRESS.fullmatch(text):
        return True
    tokens = _TOKEN.findall(text)
    return any(map(_is_id, tokens)) or _is_date(tokens) or _is_number(tokens)


def not_to_be_made(dropped: Mapping[str, str]) -> frozenset[str]:
    """Return the names of properties that traits without one would get, and that look like data."""
    return frozenset(
        property_name(trait.removeprefix(_OF_TRACKS))
        for trait, reason in dropped.items()
        if reason in _UNKNOWN and _is_of_data(trait.removeprefix(_OF_TRACKS))
    )


def with_reasons(
    dropped: Mapping[str, str], not_made: Mapping[str, str], renamed: Mapping[str, str | None]
) -> Mapping[str, str]:
    """Return what was left out, with the reason why the properties were `not_made` for which it is."""
    if not not_made:
        return dropped
    return {
        trait: not_made.get(_name_of(trait, renamed), reason) if reason in _UNKNOWN else reason
        for trait, reason in dropped.items()
    }


def by_persons(traits: Mapping[str, str | None], taken: Mapping[str, Mapping[str, str]]) -> frozenset[str]:
    """Return the properties that the settings name: what a person has written down is no data."""
    names = {*traits.values(), *(name for each in taken.values() for name in each.values())}
    return frozenset(filter(None, names))


def _name_of(trait: str, renamed: Mapping[str, str | None]) -> str:
    path = trait.removeprefix(_OF_TRACKS)
    return renamed.get(squashed(path)) or property_name(path)


def _is_of_data(trait: str) -> bool:
    # A name in another alphabet is shown by the numbers of its letters.
    is_shown_as_it_is = "\\" not in trait
    return looks_like_data(property_name(trait)) or (is_shown_as_it_is and looks_like_data(trait))


def _is_id(token: str) -> bool:
    runs = _RUN.findall(token)
    numbers = [run for run in runs if run.isdigit()]
    if any(map(_is_long, numbers)) or _YEAR_AND_PART.fullmatch(token):
        return True
    if token in _WORDS:
        return False
    turns, is_hex = len(runs) - 1, bool(_HEX.fullmatch(token))
    is_hash = is_hex and ((len(token) >= _LEAST_HEX and turns >= _TURNS_HEX) or len(token) >= _LONG_HEX)
    return is_hash or (len(token) >= _LEAST_ANY and turns >= _TURNS_ANY)


def _is_long(number: str) -> bool:
    return len(number) > MOST_DIGITS - (not _YEAR.fullmatch(number))


def _is_date(tokens: list[str]) -> bool:
    return any(_is_of_year(one, other) or _is_of_year(other, one) for one, other in pairwise(tokens))


def _is_of_year(year: str, part: str) -> bool:
    return bool(_YEAR.fullmatch(year) and (_PART.fullmatch(part) or _MONTHS.fullmatch(part)))


def _is_number(tokens: list[str]) -> bool:
    """Whether three numbers follow on each other: a date, a version, an address of a network, a telephone."""
    are_numbers = [token.removeprefix("v").isdigit() for token in tokens]
    return any(all(are_numbers[n : n + 3]) for n in range(len(tokens) - 2))
