"""Finds companies by domain or by key, many in a call, and follows the pages of the answers."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol, TypeAlias

from relay.core.answers import MISSING_SCOPE, Answer, Reply, content, rejected, why_not
from relay.core.outcomes import Deferred, Rejected
from relay.core.searching import PAGE, Match, Search, Term, matches_of, read_page, searches_for

# A term that HubSpot refuses costs about 14 calls to find by halving; many of them must not cost hundreds.
MAX_EXTRA_CALLS = 32
# HubSpot shows no more than 10,000 results.
MAX_PAGES = 10_000 // PAGE
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
        """Return for each term its companies, or why they are unknown; nothing for one that is too long."""
        searches = searches_for(terms)
        found: dict[Term, Answered] = {}
        for each in self.threads.map(lambda search: self._find(search, deadline_ms), searches):
            found |= each
        return found

    def _find(self, search: Search, deadline_ms: int) -> Mapping[Term, Answered]:
        """Search; halve what HubSpot refuses until the term at fault stands alone."""
        found: dict[Term, Answered] = {}
        calls_left = 1 + MAX_EXTRA_CALLS
        todo = [search]
        while todo:
            part = todo.pop()
            matches = self._matches(part, deadline_ms) if calls_left else Deferred("too_many_refusals")
            calls_left -= bool(calls_left)
            if isinstance(matches, Reply) and len(part.terms) > 1:
                todo += part.halves()
            else:
                found |= {term: _found(term, matches) for term in part.terms}
        return found

    def _matches(self, search: Search, deadline_ms: int) -> Answered | Reply:
        """Return all that a search finds, or why nothing is known, or HubSpot's refusal of what is asked."""
        # What is made or changed in between may show up on two pages.
        matches: dict[str, Match] = {}
        after = ""
        for _ in range(MAX_PAGES):
            answer = self.api.search_companies(search, after, deadline_ms)
            page = read_page(content(answer))
            if page is None:
                return _why_not(answer)
            matches |= {match.object_id: match for match in page.matches if match.object_id not in matches}
            after = page.after
            if not after:
                break
        return list(matches.values())


def _found(term: Term, found: Answered | Reply) -> Answered:
    if isinstance(found, Reply):
        return rejected("search_refused", found)
    return found if isinstance(found, Deferred | Rejected) else matches_of(term, found)


def _why_not(answer: Answer) -> Failure | Reply:
    match answer:
        case Reply(HTTPStatus.BAD_REQUEST):
            return answer
        case Reply(HTTPStatus.FORBIDDEN):
            return rejected(MISSING_SCOPE, answer)
        case Reply(HTTPStatus.OK):
            return Deferred("search_unreadable")
        case _:
            return why_not(answer)
