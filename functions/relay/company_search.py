"""Finds companies by domain or by key, many in a call, and follows the pages of the answers."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol, TypeAlias

from relay.core.answers import Answer, Reply, content, rejected, why_not
from relay.core.outcomes import Deferred, Rejected
from relay.core.searching import DOMAINS, PAGE, Match, Search, Term, matches_of, read_page, searches_for
from relay.core.speakers import not_hubspot

# A term that HubSpot refuses costs about 14 calls to find by halving; many of them must not cost hundreds.
MAX_EXTRA_CALLS = 32
# HubSpot shows no more than 10,000 results.
MAX_PAGES = 10_000 // PAGE
# Where a wide search finds more, its domains are searched for one by one.
MAX_PAGES_NEAR, MAX_PAGES_ODD = 5, 25
Failure: TypeAlias = Deferred | Rejected
# What is found for a term, the oldest company first, or why nothing is known.
Answered: TypeAlias = Sequence[Match] | Failure


class SearchApi(Protocol):
    """HubSpot's call to search companies."""

    def search_companies(self, search: Search, after: str, deadline_ms: int) -> Answer:
        """Return one page of the companies that any term of `search` means, the oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class CompanySearch:
    """Searches companies."""

    api: SearchApi
    threads: Executor

    def find(self, terms: Iterable[Term], deadline_ms: int) -> Mapping[Term, Answered]:
        """Return for each term its companies, or why they are unknown; nothing for one that is too long.

        Domains are found in whatever form HubSpot has them. What it refuses to search for so, or shows too
        much for, is searched for as the relay spells it, and then one by one in other forms.
        """
        searches = searches_for(terms)
        wide = next((search for search in searches if search.is_wide), Search(()))
        seen, is_whole = self._seen(wide, deadline_ms)
        is_answer = is_whole and not isinstance(seen, Reply)
        plain = [each.plain() for each in searches if each.terms and not (each.is_wide and is_answer)]
        found: dict[Term, Answered] = {}
        for each in self.threads.map(lambda search: self._find(search, deadline_ms), plain):
            found |= each
        asked = [term for search in searches for term in search.terms]
        told = {term: found.get(term) or _found_otherwise(term, seen) for term in asked}
        is_told = is_whole or wide.kind == "near"
        return told if is_told else {**told, **self._one_by_one(told, deadline_ms)}

    def _seen(self, wide: Search, deadline_ms: int) -> tuple[Answered | Reply, bool]:
        if not wide.is_wide:
            return (), True
        return self._matches(wide, deadline_ms, MAX_PAGES_NEAR if wide.kind == "near" else MAX_PAGES_ODD)

    def _one_by_one(self, told: Mapping[Term, Answered], deadline_ms: int) -> Mapping[Term, Answered]:
        lost = [term for term, found in told.items() if term.name == DOMAINS and not found]
        near = (Search((term,), "near") for term in lost)
        seen = self.threads.map(lambda search: self._seen(search, deadline_ms)[0], near)
        return {term: _found_otherwise(term, each) for term, each in zip(lost, seen, strict=True)}

    def _find(self, search: Search, deadline_ms: int) -> Mapping[Term, Answered]:
        """Search; halve what HubSpot refuses until the term at fault stands alone."""
        found: dict[Term, Answered] = {}
        calls_left = 1 + MAX_EXTRA_CALLS
        todo = [search]
        while todo:
            part = todo.pop()
            matches: Answered | Reply = Deferred("too_many_refusals")
            if calls_left:
                matches, _ = self._matches(part, deadline_ms)
            calls_left -= bool(calls_left)
            if isinstance(matches, Reply) and len(part.terms) > 1:
                todo += part.halves()
            else:
                found |= {term: _found(term, matches) for term in part.terms}
        return found

    def _matches(
        self, search: Search, deadline_ms: int, most_pages: int = MAX_PAGES
    ) -> tuple[Answered | Reply, bool]:
        """Return what a search finds, why nothing is known, or HubSpot's refusal; and whether that is all."""
        # What is made or changed in between may show up on two pages.
        matches: dict[str, Match] = {}
        after = ""
        for _ in range(most_pages):
            answer = self.api.search_companies(search, after, deadline_ms)
            page = read_page(content(answer))
            if page is None:
                return _why_not(answer), True
            matches |= {match.object_id: match for match in page.matches if match.object_id not in matches}
            after = page.after
            if not after:
                break
        return list(matches.values()), not after


def _found(term: Term, found: Answered | Reply) -> Answered:
    if isinstance(found, Reply):
        return rejected("search_refused", found)
    return found if isinstance(found, Deferred | Rejected) else matches_of(term, found)


def _found_otherwise(term: Term, found: Answered | Reply) -> Answered:
    return () if isinstance(found, Reply) else _found(term, found)


def _why_not(answer: Answer) -> Failure | Reply:
    if not isinstance(answer, Reply) or not_hubspot(answer):
        return why_not(answer)
    match answer.status:
        case HTTPStatus.BAD_REQUEST:
            return answer
        case HTTPStatus.OK:
            return Deferred("search_unreadable")
        case _:
            return why_not(answer)
