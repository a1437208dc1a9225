"""Groups: companies, and who belongs to them. A link waits for its contact where that is unknown yet."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from relay.companies import Companies, Company
from relay.core.events import Event, to_id
from relay.core.group_ids import group_pointers
from relay.core.groups import COMPANIES, DOMAIN, Keying, MappedCompany, company_for
from relay.core.identity import People
from relay.core.memberships import Expected, Memberships
from relay.core.outcomes import NO_TIME, Deferred, Delivered, Outcome, Skipped, merged
from relay.core.planning import Change, Input, merge
from relay.core.profiles import Profile, company_key, group_key
from relay.core.resolution import Resolved
from relay.core.rules import Rules
from relay.core.schema import Schema
from relay.core.succession import record_of
from relay.core.tellings import TOLD, Telling, tellings
from relay.linking import Linking, Wish
from relay.links import Links
from relay.looks import Ended, Look, Looks, Mapper
from relay.memory import UNAVAILABLE, Memory
from relay.properties import Properties
from relay.reception import Who
from relay.reports import Report

PENDING = {"company": "link_pending"}
UNCONFIRMED = {"company": "unconfirmed"}
TOO_MANY = {"company": "too_many_pending"}
_NOTES = {Expected.WAITS: PENDING, Expected.FOR_NOBODY: UNCONFIRMED, Expected.TOO_MANY: TOO_MANY}


@dataclass(frozen=True, slots=True)
class Affiliations:
    """Writes what a group says of its company, and links its people. Without `links`, nobody is linked.

    With `links_context`, events that name a group in their context link too.
    """

    rules: Rules
    keying: Keying
    properties: Properties
    looks: Looks
    companies: Companies
    links: Links | None
    memory: Memory
    now_ms: Callable[[], int]
    links_context: bool = False

    def note_new_contacts(self, addresses: Iterable[str]) -> None:
        """Note that HubSpot may be about to make the companies of contacts that were made just now.

        If the memory fails to note it, `companies` knows it all the same, as long as this process lives.
        """
        domains = {address.rpartition("@")[2] for address in addresses}
        if domains:
            self.companies.note_new_contacts(domains, self.now_ms())

    def add(
        self,
        events: Sequence[Event],
        who: Who,
        reports: Sequence[Report],
        people: People,
        until_ms: tuple[int, int],
    ) -> list[Report]:
        """Add to `reports` what became of companies and links.

        `until_ms` is until when calls may start, and until when confirmations are in doubt.
        """
        told = list(reports)
        settled = self._companies(events, who, told, until_ms)
        if not self.links:
            return told
        members = Memberships(people)
        wishes = list(self._wishes(events, who, settled, told, members))
        others, untold = self._others(events, who, members)
        wishes += others
        linking = Linking(self.links, self.memory, events, members, until_ms[0])
        renewed = {n: (key, each.object_id) for n, (key, each) in settled.items() if each.is_renewed}
        for source, outcome in linking.settle(wishes, renewed):
            told[source] = told[source].and_also(outcome, {})
        for n in self._unconfirmed(events, who):
            told[n] = told[n].with_notes({"context.groupId": "unconfirmed"})
        groups = self._groups_news(events, settled)
        if groups is None or not self.memory.keep({**members.news(), **groups}):
            untold = {*untold, *settled, *(wish.source for wish in wishes)}
        return [Report(UNAVAILABLE, each.dropped) if n in untold else each for n, each in enumerate(told)]

    def _companies(
        self,
        events: Sequence[Event],
        who: Who,
        told: list[Report],
        until_ms: tuple[int, int],
    ) -> Mapping[int, tuple[str, Company]]:
        """Write the companies; return for each group its company, and the key by which it is remembered."""
        groups = [
            n for n, event in enumerate(events) if event.type == "group" and isinstance(who[n], Resolved)
        ]
        unread = Schema({}, COMPANIES)
        mapper = Mapper[MappedCompany](
            lambda n, schema: self._mapped(events[n], schema) if self.now_ms() < until_ms[0] else NO_TIME
        )
        # A group that names no company is no reason to read what companies have.
        named = {n: mapper.map(n, unread) for n in groups}
        wanted = [n for n, each in named.items() if isinstance(each, MappedCompany)]
        schema = self.properties.current(until_ms[0]) if wanted else Deferred("not_read")
        if isinstance(schema, Deferred):
            unnamed = {n: each for n, each in named.items() if n not in wanted}
            look = Look[MappedCompany](mapper, unread, {**unnamed, **dict.fromkeys(wanted, schema)})
        else:
            look = self.looks.at(groups, mapper, schema, until_ms[0])

        def once_more(fresh: Mapping[int, MappedCompany]) -> tuple[list[Ended], Mapping[int, Report]]:
            ended, by_source = self._settled(merge(_changes(events, fresh)), {}, until_ms)
            return ended, {n: _report(each, by_source[n][1]) for n, each in fresh.items()}

        inputs = merge(_changes(events, look.found))
        told_by = tellings(inputs, events, look.found, by_domain=self.keying.by == DOMAIN)
        ended, by_source = self._settled(inputs, told_by, until_ms)
        for n, each in look.found.items():
            told[n] = _report(each, by_source[n][1]) if isinstance(each, MappedCompany) else Report(each)
        told[:] = self.looks.after(look, ended, told, once_more, until_ms[0])
        return by_source

    def _settled(
        self, inputs: Sequence[Input], told_by: Mapping[str, Telling], until_ms: tuple[int, int]
    ) -> tuple[list[Ended], Mapping[int, tuple[str, Company]]]:
        """Return how inputs ended; and for each event the key of its company, and what became of it."""
        ends = (
            self.companies.settle(inputs, until_ms[0], doubted_until_ms=until_ms[1], tellings=told_by)
            if inputs
            else {}
        )
        ended = [Ended(each, ends[each.trace_id].left_out, ends[each.trace_id].outcome) for each in inputs]
        return ended, {
            n: (company_key(entry.ref.id), _shared(ends[entry.trace_id], is_newest=n == entry.sources[-1]))
            for entry in inputs
            for n in entry.sources
        }

    def _wishes(
        self,
        events: Sequence[Event],
        who: Who,
        settled: Mapping[int, tuple[str, Company]],
        told: list[Report],
        members: Memberships,
    ) -> Iterator[Wish]:
        """Yield the links that groups ask for; let those wait whose contact is not known yet."""
        for n, (key, company) in settled.items():
            person = who[n]
            if not isinstance(person, Resolved):
                continue
            told[n] = told[n].with_notes(person.dropped)
            address = members.people.canonical(person.owner) if person.owner else ""
            is_ready = bool(record_of(members.people, address) and company.object_id)
            if is_ready and not members.is_linked(
                address, key, company.object_id, is_remade=company.is_remade
            ):
                yield Wish(n, address, key, company.object_id)
            if is_ready and person.is_sure:
                continue
            # Whose ids they are is not sure yet: the person's own word makes the link as well.
            is_nobodys = bool(person.address and not person.owner)
            expected = Expected.FOR_NOBODY if is_nobodys else members.expect(events[n], address, key)
            if not is_ready and (person.address or events[n].user_id or events[n].anonymous_id):
                told[n] = told[n].with_notes(_NOTES[expected])

    def _others(
        self, events: Sequence[Event], who: Who, members: Memberships
    ) -> tuple[list[Wish], Collection[int]]:
        """Return the links of events other than groups: that have waited for their contact, or by context.

        And the events of whose links the memory could not tell.
        """
        addresses = {
            n: members.people.canonical(person.owner)
            for n, person in who.items()
            if isinstance(person, Resolved) and events[n].type != "group"
        }
        named = self._named(events, addresses)
        waiting = {
            n: keys
            for n, each in addresses.items()
            if each and (keys := members.pending(events[n], each, is_sure=_is_sure(who[n])))
        }
        groups = self._recalled(named.values())
        # A group of which nothing was ever told means no company.
        by_context = {n: [groups[key].points_to] for n, key in named.items() if groups and key in groups}
        wanted = [(n, key) for asked in (waiting, by_context) for n, keys in asked.items() for key in keys]
        companies = self._recalled(key for _, key in wanted)
        if groups is None or companies is None:
            return [], named.keys() | waiting.keys()
        wishes = []
        for n, key in wanted:
            company = companies.get(key, Profile())
            company_id, is_remade = company.object_id, company.linked not in ((), (company.object_id,))
            is_ready = bool(company_id and record_of(members.people, addresses[n]))
            if is_ready and not members.is_linked(addresses[n], key, company_id, is_remade=is_remade):
                wishes.append(Wish(n, addresses[n], key, company_id))
            elif not is_ready and key in by_context.get(n, ()):
                # Whether it waits is told of groups alone.
                members.expect(events[n], addresses[n], key)
        return wishes, ()

    def _unconfirmed(self, events: Sequence[Event], who: Who) -> Iterator[int]:
        """Yield the events with a public write key whose `context.groupId` nobody confirms."""
        for n, person in who.items():
            is_nobodys = isinstance(person, Resolved) and person.address and not person.owner
            if is_nobodys and self.links_context and to_id(events[n].context.get("groupId")):
                yield n

    def _named(self, events: Sequence[Event], sources: Iterable[int]) -> Mapping[int, str]:
        """Return the key of the group that each event's `context.groupId` names, if that is wanted."""
        return {
            n: group_key(group_id)
            for n in sources
            if self.links_context and (group_id := to_id(events[n].context.get("groupId")))
        }

    def _recalled(self, keys: Iterable[str]) -> Mapping[str, Profile] | None:
        asked = set(keys)
        return self.memory.store.load(asked) if asked else {}

    def _groups_news(
        self, events: Sequence[Event], settled: Mapping[int, tuple[str, Company]]
    ) -> Mapping[str, Profile] | None:
        """Return which company each group's id means, as far as that is news; None if the memory fails."""
        told = [(events[n], key) for n, (key, _) in settled.items()] if self.links_context else []
        known = self._recalled(group_key(event.group_id) for event, _ in told if event.group_id)
        return None if known is None else group_pointers(told, known)

    def _mapped(self, event: Event, schema: Schema) -> MappedCompany | Skipped | Deferred:
        return company_for(event, schema, self.rules, self.keying)


def _changes(events: Sequence[Event], found: Mapping[int, MappedCompany | Outcome]) -> Iterator[Change]:
    for n, each in found.items():
        if isinstance(each, MappedCompany):
            yield Change(n, events[n].order, each.intent)


def _report(asked: MappedCompany, company: Company) -> Report:
    """Return what became of a group: told what it has named itself, and if there are more of its domain."""
    mine = {*asked.intent.properties, DOMAIN, *TOLD}
    left_out = {name: why for name, why in company.left_out.items() if name in mine}
    return Report(company.outcome, {**asked.dropped, **left_out})


def _is_sure(person: Resolved | Outcome) -> bool:
    return isinstance(person, Resolved) and person.is_sure


def _shared(company: Company, *, is_newest: bool) -> Company:
    """Return what became of a company for one of the events that shared its input.

    An event that has come back, for its link or for another event, ends as what it has done.
    """
    outcome = Delivered(company.object_id) if company.is_repeated else company.outcome
    return replace(company, outcome=outcome if is_newest else merged(outcome))
