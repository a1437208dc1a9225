"""What only fills: HubSpot is asked first what it has, where nobody remembers that."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from relay.core.answers import Confirmed
from relay.core.filling import Weighed, answered, answered_none, unanswered, with_values
from relay.core.handles import RECORD, ref_of
from relay.core.identity import People
from relay.core.known import FoundContact
from relay.core.outcomes import Deferred, Skipped
from relay.core.planning import Input
from relay.core.profiles import email_key
from relay.core.succession import record_of
from relay.lookup import Lookup
from relay.writer import Written

UNKNOWN = Skipped("contact_unknown")
# By which property a contact is asked for, and its value there.
_Name: TypeAlias = tuple[str, str]
_Answer: TypeAlias = FoundContact | Deferred | None


@dataclass(frozen=True, slots=True)
class Asked:
    """An input without open offers, and its `end` if it needs no further call."""

    weighed: Weighed
    end: Written | Deferred | Skipped | None = None

    @property
    def entry(self) -> Input:
        """The input itself."""
        return self.weighed.entry


@dataclass(frozen=True, slots=True)
class Filling:
    """Asks HubSpot about the open offers of inputs."""

    lookup: Lookup
    now_ms: Callable[[], int]

    def ask(
        self, weighed: Sequence[Weighed], resting: Mapping[str, Deferred], people: People, deadline_ms: int
    ) -> list[Asked]:
        """Return the inputs as they are to be sent, or what became of them.

        Nobody is asked about those that are `resting`. Starts no call after `deadline_ms`.
        """
        wanted = [each for each in weighed if each.open and each.entry.trace_id not in resting]
        answers = self._answers(wanted, people, deadline_ms)
        told = {
            each.entry.trace_id: self._asked(each, answers[each.entry.trace_id], people) for each in wanted
        }
        rested = {
            each.entry.trace_id: Asked(unanswered(each, why), None if each.is_unchanged else why)
            for each in weighed
            if (why := resting.get(each.entry.trace_id))
        }
        asked = {**told, **rested}
        return [asked.get(each.entry.trace_id) or Asked(each) for each in weighed]

    def _answers(self, wanted: Sequence[Weighed], people: People, deadline_ms: int) -> Mapping[str, _Answer]:
        """Return for each trace id the contact with what HubSpot has of it."""
        names = {each.entry.trace_id: _name(each.entry, people) for each in wanted}
        properties = sorted({name for each in wanted for name in each.open})
        found: dict[_Name, _Answer] = {}
        for kind in dict.fromkeys(kind for kind, _ in names.values()):
            found |= self._find(kind, names.values(), properties, deadline_ms)
        return {trace_id: found[name] for trace_id, name in names.items()}

    def _find(
        self, id_property: str, names: Collection[_Name], properties: Sequence[str], deadline_ms: int
    ) -> Mapping[_Name, _Answer]:
        ids = list(dict.fromkeys(value for kind, value in names if kind == id_property))
        found = self.lookup.find(ids, deadline_ms, id_property, properties=properties)
        return {(id_property, value): each for value, each in found.items()}

    def _asked(self, weighed: Weighed, answer: _Answer, people: People) -> Asked:
        address = weighed.entry.handle
        profile = people.profile(address)
        if isinstance(answer, Deferred):
            # What else is asked of the contact does not wait for it.
            is_more = weighed.is_unchanged or not weighed.entry.only_fills
            return Asked(unanswered(weighed, answer), None if is_more else answer)
        if answer is None:
            is_wanted = weighed.entry.may_create or weighed.entry.record_id
            return Asked(answered_none(weighed, profile), None if is_wanted else UNKNOWN)
        told = answered(weighed, answer.properties, profile)
        values = {name: text for name, text in answer.properties.items() if name in weighed.open}
        people.put(email_key(address), with_values(profile, values, self.now_ms()))
        entry = told.entry
        if not entry.record_id and not people.former(address):
            entry = entry.of_record(answer.object_id, answer.email)
        return Asked(replace(told, entry=entry), None if told.is_unchanged else _seen(entry))


def _name(entry: Input, people: People) -> _Name:
    """Return by what a contact is asked for; one that gets another address has its former one until then."""
    record = entry.record_id or record_of(people, entry.handle)
    if record:
        return RECORD, record
    ref = ref_of(people.former(entry.handle) or entry.handle)
    return ref.id_property, ref.id


def _seen(entry: Input) -> Written | None:
    """Return the end of an input of which nothing is left, now that HubSpot has told of the contact."""
    if not entry.is_idle:
        return None
    return Written(Skipped("unchanged"), entry, confirmed=Confirmed(entry.record_id))
