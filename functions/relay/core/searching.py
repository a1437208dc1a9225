"""Searches for companies: which terms go into one call, and what a page of the answer holds. Pure.

HubSpot keeps a domain as whoever wrote it has spelt it, and by `IN` finds only what is spelt alike. So one or
two domains are searched for as parts of longer texts, too, and more of them among all companies that have a
domain in another form, or further ones; of what is found so, `matches_of` takes what means the same.

Sources: HubSpot's guide to searching the CRM and its OpenAPI file.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal, NamedTuple, TypeAlias

from relay.core.domains import in_own_letters, same_domain
from relay.core.refusals import mappings, text, text_mapping

# HubSpot refuses a longer body; it speaks of characters, and bytes are never fewer.
MAX_BODY_BYTES = 3_000
PAGE = 200
DOMAINS, FURTHER = "domain", "hs_additional_domains"
# The longest place at which a further page may begin: HubSpot shows no more than 10,000 results.
_LAST_PAGE = "9800"
MAX_GROUPS = 5
# How people and tools begin and end what they write as a domain, the most usual first.
_STARTS = ("www.", "https://www.", "https://", "http://www.", "http://", "")
_FORMS = [(start, end) for end in ("", "/", ".") for start in _STARTS if start or end]
_FORMS_BYTES = 1_500

# Spelt so, `exact`; or also as a part of a text, `near`; or also any company with a domain of an `odd` form.
Kind: TypeAlias = Literal["exact", "near", "odd"]
_Filter: TypeAlias = Mapping[str, object]


class Term(NamedTuple):
    """What is searched for: the value of a property, in lower case, as HubSpot wants it."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Search:
    """One call's worth of terms."""

    terms: tuple[Term, ...]
    kind: Kind = "exact"

    @property
    def is_wide(self) -> bool:
        """Whether it may find domains in other forms, and so companies that no term means."""
        return self.kind != "exact"

    def plain(self) -> "Search":
        """Return the search for the same terms as they are spelt."""
        return replace(self, kind="exact")

    def halves(self) -> tuple["Search", "Search"]:
        """Split in two, to find the term that spoils the whole; needs at least two terms."""
        middle = len(self.terms) // 2
        return replace(self, terms=self.terms[:middle]), replace(self, terms=self.terms[middle:])


@dataclass(frozen=True, slots=True)
class Match:
    """A company: HubSpot's id of it, and what it is known by; `domains`, as the relay spells them.

    They begin with the company's own.
    """

    object_id: str
    domains: tuple[str, ...]
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """Companies in HubSpot's order; `after` is where the next page begins, "" if this is the last."""

    matches: tuple[Match, ...]
    after: str


def searches_for(terms: Iterable[Term]) -> list[Search]:
    """Cut terms into as few calls as their length allows. A term that is too long for any is left out.

    If there are domains among them, the last call is a wide one, which may find them in any form.
    """
    wanted = tuple(dict.fromkeys(terms))
    if not _has_domain(wanted):
        return _packed(wanted)
    near = Search(wanted, "near")
    if len(list(_near(wanted))) <= MAX_GROUPS and _size(near) <= MAX_BODY_BYTES:
        return [near]
    *others, last = _packed(wanted)
    odd = replace(last, kind="odd")
    return [*others, odd] if _size(odd) <= MAX_BODY_BYTES else [*others, last, Search((), "odd")]


def body_of(search: Search, after: str = "") -> Mapping[str, object]:
    """Return the body of the call; the oldest company comes first."""
    names = list(dict.fromkeys(term.name for term in search.terms))
    body = {
        "filterGroups": [{"filters": [each]} for each in _FILTERS[search.kind](search.terms)],
        "properties": [*dict.fromkeys((DOMAINS, FURTHER, *names))],
        "sorts": [{"propertyName": "createdate", "direction": "ASCENDING"}],
        "limit": PAGE,
    }
    return {**body, "after": after} if after else body


def read_page(body: object) -> Page | None:
    """Return the companies of an answer, None if it holds no list of them: that is not to have found none."""
    found = text_mapping(body)
    if not isinstance(found.get("results"), list):
        return None
    matches = tuple(_match(result) for result in mappings(found["results"]) if result.get("id"))
    following = text_mapping(text_mapping(found.get("paging")).get("next")).get("after")
    return Page(matches, str(following) if following else "")


def matches_of(term: Term, matches: Sequence[Match]) -> list[Match]:
    """Return the companies that a term means, in their order, those whose own domain it is before others."""
    if term.name != DOMAINS:
        return [match for match in matches if match.properties.get(term.name, "").lower() == term.value]
    own = [match for match in matches if match.domains[:1] == (term.value,)]
    return own + [match for match in matches if term.value in match.domains[1:]]


def _match(result: Mapping[str, object]) -> Match:
    found = text_mapping(result.get("properties"))
    properties = {name: value for name, value in found.items() if isinstance(value, str)}
    further = text(properties.get(FURTHER)).split(";")
    domains = (text(properties.get(DOMAINS)), *further)
    return Match(str(result["id"]), tuple(map(same_domain, domains)), properties)


def _packed(terms: Sequence[Term]) -> list[Search]:
    names = dict.fromkeys(term.name for term in terms)
    room = MAX_BODY_BYTES - _size(Search(tuple(Term(name, "") for name in names)))
    searches: list[list[Term]] = []
    left = 0
    for term in terms:
        # A comma comes with each.
        needed = sum(_bytes(value) + 1 for value in _spellings(term))
        if needed > room:
            continue
        if needed > left:
            searches.append([])
            left = room
        searches[-1].append(term)
        left -= needed
    return [Search(tuple(search)) for search in searches]


def _exact(terms: Sequence[Term]) -> Iterator[_Filter]:
    for name in dict.fromkeys(term.name for term in terms):
        yield _filter(name, "IN", values=_values(terms, name))


def _near(terms: Sequence[Term]) -> Iterator[_Filter]:
    yield from _exact([term for term in terms if term.name != DOMAINS])
    spelt = _values(terms, DOMAINS)
    # How HubSpot parts a text into tokens is not documented: the usual forms are named as well.
    forms = [f"{start}{each}{end}" for start, end in _FORMS for each in spelt]
    room = accumulate(_bytes(form) + 1 for form in forms)
    named = [form for form, used in zip(forms, room, strict=True) if used <= _FORMS_BYTES]
    yield _filter(DOMAINS, "IN", values=[*spelt, *named])
    for name in (DOMAINS, FURTHER):
        for each in spelt:
            yield _filter(name, "CONTAINS_TOKEN", value=f"*{each}*")


def _odd(terms: Sequence[Term]) -> Iterator[_Filter]:
    plain = list(_exact(terms))
    tokens = [_filter(DOMAINS, "CONTAINS_TOKEN", value=token) for token in ("www*", "http*", "*/*")]
    yield from (*plain, *[_filter(FURTHER, "HAS_PROPERTY"), *tokens][: MAX_GROUPS - len(plain)])


_FILTERS = {"exact": _exact, "near": _near, "odd": _odd}


def _filter(name: str, operator: str, **asked: object) -> _Filter:
    return {"propertyName": name, "operator": operator, **asked}


def _has_domain(terms: Iterable[Term]) -> bool:
    return any(term.name == DOMAINS for term in terms)


def _values(terms: Iterable[Term], name: str) -> list[str]:
    return [value for term in terms if term.name == name for value in _spellings(term)]


def _spellings(term: Term) -> Sequence[str]:
    """Return a term's value; of a domain also as it is written in letters of its own, if it has such."""
    own = in_own_letters(term.value) if term.name == DOMAINS else term.value
    return (term.value,) if own == term.value else (term.value, own)


def _size(search: Search) -> int:
    return _bytes(body_of(search, _LAST_PAGE))


def _bytes(value: object) -> int:
    # As httpx writes it.
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
