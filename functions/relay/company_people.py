"""Who belongs to a company: remembered, so that one that was deleted comes back with its people.

HubSpot ends the associations of a record that is deleted, and the one that is made in its place has none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from relay.core.outcomes import Deferred, Delivered, Outcome
from relay.core.profiles import Profile, people_key, with_linked
from relay.labels import Pair
from relay.links import Link, Links
from relay.memory import UNAVAILABLE, Memory

_NOBODY = Profile()


@dataclass(frozen=True, slots=True)
class Staff:
    """A company's key, the record that it has now, and the contacts that were linked to that just now."""

    company: str
    company_id: str
    linked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompanyPeople:
    """Links the people of former records of companies to the present ones."""

    memory: Memory
    links: Links

    def see_to(self, staffs: Sequence[Staff], deadline_ms: int) -> Mapping[str, Deferred]:
        """Link whom each company had before, and remember whom it has; return by key what has to wait.

        A contact that HubSpot will not link to the new record is forgotten.
        """
        keys = {key for staff in staffs for key in (staff.company, people_key(staff.company))}
        known = self.memory.store.load(keys) if keys else {}
        if known is None:
            return {staff.company: UNAVAILABLE for staff in staffs}
        due = {staff.company: list(_due(staff, known)) for staff in staffs}
        pairs = [Link(contact, staff.company_id) for staff in staffs for contact in due[staff.company]]
        ends = self.links.settle(pairs, deadline_ms) if pairs else {}
        waiting = {
            staff.company: each
            for staff in staffs
            for each in _outcomes(staff, due[staff.company], ends)
            if isinstance(each, Deferred)
        }
        news: dict[str, Profile] = {}
        for staff in staffs:
            done = [contact for contact in due[staff.company] if _is_done(staff, contact, ends)]
            news |= _remembered(staff, done, known, is_open=staff.company in waiting)
        if self.memory.keep({key: each for key, each in news.items() if each != known.get(key, _NOBODY)}):
            return waiting
        return {staff.company: UNAVAILABLE for staff in staffs}


def _due(staff: Staff, known: Mapping[str, Profile]) -> Iterator[str]:
    people = known.get(people_key(staff.company), _NOBODY)
    if people.object_id not in ("", staff.company_id):
        yield from (contact for contact in people.linked if contact not in staff.linked)


def _outcomes(staff: Staff, due: Iterable[str], ends: Mapping[Pair, Outcome]) -> Iterator[Outcome]:
    for contact in due:
        yield ends[contact, staff.company_id]


def _is_done(staff: Staff, contact: str, ends: Mapping[Pair, Outcome]) -> bool:
    return isinstance(ends[contact, staff.company_id], Delivered)


def _remembered(
    staff: Staff, done: Iterable[str], known: Mapping[str, Profile], *, is_open: bool
) -> Mapping[str, Profile]:
    """Return what is remembered of a company's people; as long as some wait, all are due once more."""
    key = people_key(staff.company)
    people, company = known.get(key, _NOBODY), known.get(staff.company, _NOBODY)
    if is_open:
        return {key: replace(people, linked=with_linked(people.linked, staff.linked))}
    before = people.linked if people.object_id == staff.company_id else tuple(done)
    linked = with_linked(before, staff.linked)
    now = {key: Profile(staff.company_id, linked=linked)} if linked else {}
    is_there = company.object_id == staff.company_id
    return {**now, **({staff.company: replace(company, linked=(staff.company_id,))} if is_there else {})}
