"""Searches for companies: which terms go into one call, and what a page of the answer holds. Pure.

Sources: HubSpot's guide to searching the CRM and its OpenAPI file.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from relay.core.refusals import mappings, text, text_mapping

# HubSpot refuses a longer body; it speaks of characters, and bytes are never fewer.
MAX_BODY_BYTES = 3_000
PAGE = 200
DOMAINS, FURTHER = "domain", "hs_additional_domains"
# The longest place at which a further page may begin: HubSpot shows no more than 10,000 results.
_LAST_PAGE = "9800"


class Term(NamedTuple):
    """What is searched for: the value of a property, in lower case, as HubSpot wants it."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Search:
    """One call's worth of terms."""

    terms: tuple[Term, ...]

    def halves(self) -> tuple["Search", "Search"]:
        """Split in two, to find the term that spoils the whole; needs at least two terms."""
        middle = len(self.terms) // 2
        return Search(self.terms[:middle]), Search(self.terms[middle:])


@dataclass(frozen=True, slots=True)
class Match:
    """A company: HubSpot's id of it, and what it is known by; `domains` begins with its own."""

    object_id: str
    domains: tuple[str, ...]
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """Companies in HubSpot's order; `after` is where the next page begins, "" if this is the last."""

    matches: tuple[Match, ...]
    after: str


def searches_for(terms: Iterable[Term]) -> list[Search]:
    """Cut terms into as few calls as their length allows. A term that is too long for any is left out."""
    wanted = list(dict.fromkeys(terms))
    room = MAX_BODY_BYTES - _bytes(body_of(Search(_empty(wanted)), _LAST_PAGE))
    searches: list[list[Term]] = []
    left = 0
    for term in wanted:
        # A comma comes with it.
        needed = _bytes(term.value) + 1
        if needed > room:
            continue
        if needed > left:
            searches.append([])
            left = room
        searches[-1].append(term)
        left -= needed
    return [Search(tuple(search)) for search in searches]


def body_of(search: Search, after: str = "") -> Mapping[str, object]:
    """Return the body of the call; the oldest company comes first."""
    names = list(dict.fromkeys(term.name for term in search.terms))
    groups = [
        {"filters": [{"propertyName": name, "operator": "IN", "values": _values(search.terms, name)}]}
        for name in names
    ]
    body = {
        "filterGroups": groups,
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
    return Match(str(result["id"]), tuple(domain.strip().lower() for domain in domains), properties)


def _values(terms: Iterable[Term], name: str) -> list[str]:
    return [term.value for term in terms if term.name == name]


def _empty(terms: Iterable[Term]) -> tuple[Term, ...]:
    return tuple(Term(name, "") for name in dict.fromkeys(term.name for term in terms))


def _bytes(value: object) -> int:
    # As httpx writes it.
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
