"""How each input names its contact: by its address, or by the record that the contact is known to have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from relay.claims import claimed
from relay.core.handles import EMAIL, RECORD, is_address
from relay.core.identity import People
from relay.core.known import FoundContact
from relay.core.outcomes import Deferred, Skipped
from relay.core.planning import Input
from relay.core.profiles import Profile, has_told
from relay.core.succession import predecessor, record_of, taken_over
from relay.lookup import Lookup

UNKNOWN = Skipped("contact_unknown")


def by_record(entry: Input, people: People) -> Input:
    """Return an input as an update of the record that is known, whose address stays what it is in HubSpot.

    Only an event that changes the address on purpose sets it.
    """
    handle = entry.handle
    if people.former(handle):
        return entry
    if owner := people.owner(handle):
        return entry.of_record(owner.object_id, owner.email)
    profile = people.profile(handle)
    if not profile.object_id:
        return entry
    return _without_old_address(entry, profile).of_record(profile.object_id, handle)


def _without_old_address(entry: Input, profile: Profile) -> Input:
    """Leave out an address that was the last one told: whatever it is now, somebody has changed by hand."""
    is_old = entry.ref.id_property != EMAIL and has_told(profile, EMAIL, entry.properties.get(EMAIL, ""))
    return entry.withholding(EMAIL) if is_old else entry


@dataclass(frozen=True, slots=True)
class Addressing:
    """Addresses inputs that are not known by record."""

    lookup: Lookup

    def address(
        self, inputs: Sequence[Input], people: People, deadline_ms: int
    ) -> Mapping[str, Input | Skipped | Deferred]:
        """Return each input, by trace id, as it is to be sent; or why it cannot be."""
        taken_over = self._taken_over(inputs, people, deadline_ms)
        unknown = [each for each in inputs if not each.record_id and each.trace_id not in taken_over]
        gone = self._gone([entry for entry in inputs if entry.is_idle], deadline_ms)
        changed = {
            entry.trace_id: object_id
            for entry in unknown
            if people.former(entry.handle) and (object_id := _changing(entry, people))
        }
        asked = {
            entry.trace_id: people.former(entry.handle) or entry.handle
            for entry in unknown
            if entry.trace_id not in changed and (not entry.may_create or people.former(entry.handle))
        }
        found = self.lookup.find_all(dict.fromkeys(asked.values()), deadline_ms)
        known = {**changed, **{trace_id: found.get(address) for trace_id, address in asked.items()}}
        addressed = {
            entry.trace_id: _addressed(entry, asked.get(entry.trace_id, ""), known.get(entry.trace_id))
            for entry in inputs
        }
        lacking = [
            entry
            for entry in unknown
            if addressed[entry.trace_id] == UNKNOWN and asked.get(entry.trace_id) == entry.handle
        ]
        return {**addressed, **gone, **self._claimed(lacking, deadline_ms), **taken_over}

    def _taken_over(
        self, inputs: Sequence[Input], people: People, deadline_ms: int
    ) -> Mapping[str, Input | Deferred]:
        """Return, as they are to be sent, those of contacts that were known as something else until now.

        They are written to that record, unless it has another value of the property and is somebody else's.
        """
        records = {
            entry.trace_id: record_of(people, entry.handle)
            for entry in inputs
            if not entry.record_id and predecessor(people, entry.handle)
        }
        found = (
            self.lookup.find(list(dict.fromkeys(records.values())), deadline_ms, RECORD) if records else {}
        )
        owners = [(each, found[records[each.trace_id]]) for each in inputs if each.trace_id in records]
        claims = claimed([(each, owner) for each, owner in owners if isinstance(owner, FoundContact)])
        own = [each for each, _ in owners if each.trace_id in claims and claims[each.trace_id].record_id]
        waiting = {each.trace_id: owner for each, owner in owners if isinstance(owner, Deferred)}
        return {**waiting, **{each.trace_id: _as_before(each, people) for each in own}}

    def _claimed(
        self, lacking: Sequence[Input], deadline_ms: int
    ) -> Mapping[str, Input | Skipped | Deferred]:
        """Return, as they are to be sent, those whose value no contact has, but whose address one has."""
        by_address = [each for each in lacking if not is_address(each.handle) and EMAIL in each.properties]
        emails = list(dict.fromkeys(each.properties[EMAIL] for each in by_address))
        found = self.lookup.find(emails, deadline_ms) if emails else {}
        owners = [(each, found[each.properties[EMAIL]]) for each in by_address]
        known = claimed([(each, owner) for each, owner in owners if isinstance(owner, FoundContact)])
        waiting = {each.trace_id: owner for each, owner in owners if isinstance(owner, Deferred)}
        return {**waiting, **{t: each for t, each in known.items() if each.record_id}}

    def _gone(self, idle: Sequence[Input], deadline_ms: int) -> Mapping[str, Input | Skipped | Deferred]:
        """Return those of idle inputs whose contact is gone, as they are to be sent, or may be."""
        found = self.lookup.find([entry.record_id for entry in idle], deadline_ms, RECORD) if idle else {}
        ends: dict[str, Input | Skipped | Deferred] = {}
        for entry in idle:
            known = found[entry.record_id]
            if known is None:
                ends[entry.trace_id] = entry.anew() if entry.can_be_made else UNKNOWN
            elif isinstance(known, Deferred):
                ends[entry.trace_id] = known
        return ends


def _changing(entry: Input, people: People) -> str:
    """Return the record of the contact that is to get the address of an input, "" where it is unknown."""
    owner = people.owner(people.former(entry.handle))
    return people.profile(entry.handle).object_id or (owner.object_id if owner else "")


def _as_before(entry: Input, people: People) -> Input:
    """Return an input for the record of whom its contact was known as; it gets the value of the property."""
    known = _without_old_address(entry, taken_over(people, entry.handle))
    return replace(known, record_id=record_of(people, entry.handle), kept_as=entry.handle)


def _addressed(
    entry: Input, asked: str, known: "str | FoundContact | Deferred | None"
) -> Input | Skipped | Deferred:
    if isinstance(known, Deferred):
        return known
    if isinstance(known, str):
        return replace(entry, record_id=known)
    if known is None:
        return entry if entry.may_create or entry.record_id else UNKNOWN
    # By a further address the contact is found, but it keeps its own.
    is_change = asked != entry.handle and (asked == known.email or not is_address(asked))
    return (
        replace(entry, record_id=known.object_id)
        if is_change
        else entry.of_record(known.object_id, known.email if is_address(entry.handle) else entry.handle)
    )
