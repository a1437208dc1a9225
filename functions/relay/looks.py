"""A look at events: mapped by what HubSpot has, once more by what it has now where that may say more.

That goes for values without a form that fits, before anything is sent, and for those that HubSpot refuses:
what it takes after all, by its newest list, is sent in the same look. What it does not take is noted, so that
it costs no call again for a while.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from relay.core.groups import MappedCompany
from relay.core.handles import handle_of
from relay.core.made_names import LOOKS_LIKE_DATA, by_persons, not_to_be_made, with_reasons
from relay.core.mapping import Mapped
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped, combined
from relay.core.planning import Input
from relay.core.rules import Rules
from relay.core.schema import Schema
from relay.core.second_looks import NO_PROPERTY, is_doubtful, newly, of_the_form, told_anew
from relay.properties import Explained, Properties
from relay.refused_values import RefusedValues
from relay.reports import Report

# What an event asks for.
A = TypeVar("A", Mapped, MappedCompany)
_ASKED = Mapped | MappedCompany


@dataclass(frozen=True)
class Look(Generic[A]):
    """What events ask for, by their place, as far as a schema has room for it."""

    mapper: "Mapper[A]"
    schema: Schema
    found: Mapping[int, A | Outcome]


@dataclass(frozen=True)
class Mapper(Generic[A]):
    """How the event of a place is mapped, by what its object is known, and if properties are made for it."""

    map: Callable[[int, Schema], A | Outcome]
    handle: Callable[[A], str] = lambda asked: handle_of(asked.intent.ref)
    may_make: Callable[[int], bool] = lambda _: False


class Ended(NamedTuple):
    """What was sent of an object, what HubSpot has left out of it, and why, and what became of it."""

    entry: Input
    left_out: Mapping[str, str]
    outcome: Outcome


# Sends what events ask for, by their place; returns what became of the objects, and of the events.
Send: TypeAlias = Callable[[Mapping[int, A]], tuple[Sequence[Ended], Mapping[int, Report]]]


@dataclass(frozen=True, slots=True)
class Looks:
    """Looks at events of one object type."""

    properties: Properties
    refused: RefusedValues
    rules: Rules = field(default_factory=Rules)

    def at(self, places: Iterable[int], mapper: Mapper[A], schema: Schema, deadline_ms: int) -> Look[A]:
        """Map events; once more if a newer schema may know what this one does not."""
        places = list(places)
        self.refused.recall()
        found = self._mapped(places, mapper, schema)
        asked = [each for each in found.values() if isinstance(each, _ASKED)]
        if not any(each.unknown or is_doubtful(each.dropped) for each in asked):
            return Look(mapper, schema, found)
        explained, made = Explained(), frozenset[str]()
        # What HubSpot turns out to have no more may have to be made, too.
        for _ in range(2):
            wanted = self._to_make(found, mapper, made)
            more = self.properties.explain(wanted, deadline_ms) if wanted or not made else Explained()
            explained, made = explained.and_also(more), made.union(*wanted)
            found = self._mapped(places, mapper, more.schema) if more.schema else found
        told = {n: self._told(each, explained, may_make=mapper.may_make(n)) for n, each in found.items()}
        return Look(mapper, explained.schema or schema, told)

    def after(
        self,
        look: Look[A],
        ends: Sequence[Ended],
        reports: Sequence[Report],
        send: Send[A],
        deadline_ms: int,
    ) -> list[Report]:
        """Note what HubSpot has refused of a look; send once more what it may take by its newest schema.

        Return the reports, which are by place, with what has become of that.
        """
        told = list(reports)
        refused = self._noted(look, ends)
        newer = self.properties.fresher(deadline_ms) if refused else None
        if newer is None:
            return told
        second = self.at(refused, look.mapper, newer, deadline_ms)
        news = ((n, _news(look.found[n], second.found[n], names)) for n, names in refused.items())
        fresh = {n: each for n, each in news if each}
        ended, again = send(fresh) if fresh else ((), {})
        self._noted(second, ended)
        for n in refused:
            told[n] = _told_anew(told[n], look.found[n], second.found[n], fresh.get(n), again.get(n))
        return told

    def _mapped(self, places: Iterable[int], mapper: Mapper[A], schema: Schema) -> dict[int, A | Outcome]:
        found = {n: mapper.map(n, schema) for n in places}
        return {n: self._spared(each, mapper, schema) for n, each in found.items()}

    def _spared(self, found: A | Outcome, mapper: Mapper[A], schema: Schema) -> A | Outcome:
        """Leave out what HubSpot is known to refuse."""
        if not isinstance(found, _ASKED) or not self.refused.is_any:
            return found
        intent = found.intent
        values = {name: text for name, text in intent.properties.items() if name != intent.ref.id_property}
        why = self.refused.why({**found.fills, **values}, mapper.handle(found), schema)
        if not why:
            return found
        kept = {name: text for name, text in intent.properties.items() if name not in why}
        fills = {name: text for name, text in found.fills.items() if name not in why}
        intent = replace(intent, properties=kept)
        return replace(found, intent=intent, fills=fills, dropped={**found.dropped, **why})

    def _to_make(
        self, found: Mapping[int, A | Outcome], mapper: Mapper[A], made: frozenset[str]
    ) -> list[Mapping[str, object]]:
        """Return the values for properties that are to be made, but for those that are `made` already."""
        wanted = []
        for asked in (each for n, each in found.items() if mapper.may_make(n) and isinstance(each, _ASKED)):
            done = made | (not_to_be_made(asked.dropped) - self._named if asked.unknown else frozenset())
            wanted.append({name: value for name, value in asked.unknown.items() if name not in done})
        return [values for values in wanted if values]

    def _told(self, found: A | Outcome, explained: Explained, *, may_make: bool) -> A | Outcome:
        if not isinstance(found, _ASKED) or not may_make or not self.properties.creates:
            return found
        # Sent without properties that are to be created, their values would be lost.
        waits = found.unknown.keys() & explained.waiting.keys()
        if waits:
            return explained.waiting[min(waits)]
        data = dict.fromkeys(not_to_be_made(found.dropped) - self._named, LOOKS_LIKE_DATA)
        not_made = {**explained.not_made, **data}
        return replace(found, dropped=with_reasons(found.dropped, not_made, self.rules.renamed))

    @property
    def _named(self) -> frozenset[str]:
        return by_persons(self.rules.traits, self.rules.properties_to_contact)

    def _noted(self, look: Look[A], ends: Iterable[Ended]) -> Mapping[int, frozenset[str]]:
        """Note what HubSpot has refused; return for each event of the others which properties it was."""
        refused: dict[int, frozenset[str]] = {}
        for entry, left_out, outcome in ends:
            told = {name: why for name, why in left_out.items() if not self._is_early(name, why)}
            values = {**{name: fill.text for name, fill in entry.fills.items()}, **entry.properties}
            self.refused.note(values, told, entry.handle, look.schema)
            if of_the_form(told) and isinstance(outcome, Delivered | Skipped):
                refused |= dict.fromkeys(entry.sources, of_the_form(told))
        self.refused.keep()
        return refused

    def _is_early(self, name: str, why: str) -> bool:
        return why == NO_PROPERTY and self.properties.is_new(name)


def _news(before: A | Outcome, now: A | Outcome, refused: frozenset[str]) -> A | None:
    """Return what of an event was not sent before, None if there is nothing."""
    if not isinstance(before, _ASKED) or not isinstance(now, _ASKED):
        return None
    ref, properties = now.intent.ref, now.intent.properties
    sets = newly(before.intent.properties, properties, refused, ref.id_property)
    fills = newly(before.fills, now.fills, refused, ref.id_property)
    if not sets and not fills:
        return None
    identity = {name: text for name, text in properties.items() if name == ref.id_property}
    intent = replace(now.intent, properties={**sets, **identity})
    return replace(now, intent=intent, fills=fills, dropped={})


def _told_anew(
    report: Report, before: A | Outcome, now: A | Outcome, fresh: A | None, again: Report | None
) -> Report:
    if not isinstance(before, _ASKED) or not isinstance(now, _ASKED):
        return replace(report, outcome=now) if isinstance(now, Deferred) else report
    if fresh is None or again is None or isinstance(again.outcome, Rejected):
        return replace(report, dropped=told_anew(report.dropped, before.dropped, now.dropped, ()))
    sent = (fresh.intent.properties.keys() | fresh.fills.keys()) - again.dropped.keys()
    dropped = told_anew(report.dropped, before.dropped, now.dropped, sent)
    return Report(combined((report.outcome, again.outcome)), {**again.dropped, **dropped})
