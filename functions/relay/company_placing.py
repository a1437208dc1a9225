"""Which company an input is about: one that is remembered, one that HubSpot has, or one to be made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from relay.company_creation import not_yet
from relay.company_memory import CompanyMemory
from relay.company_search import Answered, CompanySearch
from relay.core.groups import DOMAIN
from relay.core.outcomes import Deferred, Rejected, Skipped
from relay.core.planning import Input
from relay.core.profiles import Profile, company_key
from relay.core.searching import Match, Term
from relay.memory import UNAVAILABLE

UNKNOWN = Skipped("company_unknown")


@dataclass(frozen=True, slots=True)
class Placed:
    """An input as it is to be written, or why it cannot be.

    `duplicates` are further companies of the same domain. If the domain is a further one of the company,
    `owner` is the company's own.
    """

    entry: Input | Skipped | Deferred | Rejected
    duplicates: int = 0
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Placing:
    """Places inputs. Unless it `creates`, companies that HubSpot does not have are left alone."""

    search: CompanySearch
    creates: bool
    now_ms: Callable[[], int]

    def place(self, inputs: Sequence[Input], memory: CompanyMemory, deadline_ms: int) -> Mapping[str, Placed]:
        """Return for each trace id how the input is to be written."""
        records = {entry.trace_id: memory.of(company_key(entry.ref.id)).object_id for entry in inputs}
        known = [entry for entry in inputs if records[entry.trace_id]]
        placed = {entry.trace_id: Placed(self._known(entry, records[entry.trace_id])) for entry in known}
        unknown = [entry for entry in inputs if entry.trace_id not in placed]
        return {**placed, **self._looked_up(unknown, memory, deadline_ms)}

    def _known(self, entry: Input, object_id: str) -> Input:
        if entry.ref.id_property == DOMAIN:
            # It was found by this domain; whatever else its own may be by now, that stays.
            return entry.of_record(object_id)
        # By the key HubSpot updates, and makes anew what is gone.
        return entry if self.creates else replace(entry, record_id=object_id)

    def _looked_up(
        self, inputs: Sequence[Input], memory: CompanyMemory, deadline_ms: int
    ) -> Mapping[str, Placed]:
        searched_at_ms = self.now_ms()
        wanted = {entry.trace_id: self._terms(entry) for entry in inputs}
        found = self.search.find((term for terms in wanted.values() for term in terms), deadline_ms)
        placed: dict[str, Placed] = {}
        taken: set[str] = set()
        for entry in inputs:
            answers = {term: found.get(term, ()) for term in wanted[entry.trace_id]}
            placed[entry.trace_id] = _found(entry, answers, taken) or Placed(
                self._missing(entry, memory, searched_at_ms)
            )
        owners = {company_key(each.owner) for each in placed.values() if each.owner}
        if memory.recall(owners):
            return placed
        return {trace_id: Placed(UNAVAILABLE) if each.owner else each for trace_id, each in placed.items()}

    def _terms(self, entry: Input) -> Sequence[Term]:
        domain = domain_of_input(entry)
        by_domain = (Term(DOMAIN, domain),) if domain else ()
        if entry.ref.id_property == DOMAIN:
            return by_domain
        # Without a domain nothing but the key can say whether there is such a company: writing it tells.
        is_asked = domain or not self.creates
        return (Term(entry.ref.id_property, entry.ref.id.lower()), *by_domain) if is_asked else ()

    def _missing(
        self, entry: Input, memory: CompanyMemory, searched_at_ms: int
    ) -> Input | Skipped | Deferred:
        """Return how a company is made that HubSpot does not have, or why it is not, or not now."""
        if not self.creates:
            return UNKNOWN
        domain = domain_of_input(entry)
        marks = memory.of(company_key(domain)) if domain else Profile()
        return not_yet(marks, searched_at_ms, self.now_ms()) or entry.anew()


def domain_of_input(entry: Input) -> str:
    """Return the domain of the company that an input is about, "" if it has none."""
    return entry.ref.id if entry.ref.id_property == DOMAIN else entry.properties.get(DOMAIN, "")


def _found(entry: Input, answers: Mapping[Term, Answered], taken: set[str]) -> Placed | None:
    """Return how an input is written by what was searched for it, None if it is about no company yet."""
    found: dict[str, Sequence[Match]] = {}
    for term, answer in answers.items():
        if isinstance(answer, Deferred | Rejected):
            return Placed(answer)
        found[term.name] = answer
    if entry.ref.id_property == DOMAIN:
        return _by_domain(entry, found[DOMAIN])
    return _by_key(entry, found.get(entry.ref.id_property, ()), found.get(DOMAIN, ()), taken)


def _by_domain(entry: Input, matches: Sequence[Match]) -> Placed | None:
    if not matches:
        return None
    match, *others = matches
    own = match.domains[0]
    return Placed(entry.of_record(match.object_id), len(others), "" if own == entry.ref.id else own)


def _by_key(
    entry: Input, by_key: Sequence[Match], by_domain: Sequence[Match], taken: set[str]
) -> Placed | None:
    """Return the input as an update of the company that has its key, or of one that has none yet."""
    name = entry.ref.id_property
    # Of the domain's companies, one that is another group's stays so.
    nobodys = [each for each in by_domain if not each.properties.get(name) and each.object_id not in taken]
    match = next(iter((*by_key, *nobodys)), None)
    if match is None:
        return None
    taken.add(match.object_id)
    others = [each for each in by_domain if each.object_id != match.object_id]
    return Placed(replace(entry, record_id=match.object_id), len(others))
