"""How each input names its contact: by its address, or by the record that the contact is known to have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from relay.core.identity import FoundContact, People
from relay.core.outcomes import Deferred, Skipped
from relay.core.planning import Input
from relay.lookup import RECORD, Lookup

UNKNOWN = Skipped("contact_unknown")


def by_record(entry: Input, people: People) -> Input:
    """Return an input as an update of the record that is known, whose address stays what it is in HubSpot.

    Only an event that changes the address on purpose sets it.
    """
    address = entry.ref.id
    if people.former(address):
        return entry
    if owner := people.owner(address):
        return entry.of_record(owner.object_id, owner.email)
    object_id = people.profile(address).object_id
    return entry.of_record(object_id, address) if object_id else entry


@dataclass(frozen=True, slots=True)
class Addressing:
    """Addresses inputs that are not known by record."""

    lookup: Lookup

    def address(
        self, inputs: Sequence[Input], people: People, deadline_ms: int
    ) -> Mapping[str, Input | Skipped | Deferred]:
        """Return each input, by trace id, as it is to be sent; or why it cannot be."""
        unknown = [entry for entry in inputs if not entry.record_id]
        gone = self._gone([entry for entry in inputs if entry.is_idle], deadline_ms)
        changed = {
            entry.trace_id: object_id
            for entry in unknown
            if people.former(entry.ref.id) and (object_id := _changing(entry, people))
        }
        asked = {
            entry.trace_id: people.former(entry.ref.id) or entry.ref.id
            for entry in unknown
            if entry.trace_id not in changed and (not entry.may_create or people.former(entry.ref.id))
        }
        found = self.lookup.find(list(dict.fromkeys(asked.values())), deadline_ms)
        known = {**changed, **{trace_id: found.get(address) for trace_id, address in asked.items()}}
        addressed = {
            entry.trace_id: _addressed(entry, asked.get(entry.trace_id, ""), known.get(entry.trace_id))
            for entry in inputs
        }
        return {**addressed, **gone}

    def _gone(self, idle: Sequence[Input], deadline_ms: int) -> Mapping[str, Input | Skipped | Deferred]:
        """Return those of idle inputs whose contact is gone, as they are to be sent, or may be."""
        found = self.lookup.find([entry.record_id for entry in idle], deadline_ms, RECORD) if idle else {}
        ends: dict[str, Input | Skipped | Deferred] = {}
        for entry in idle:
            known = found[entry.record_id]
            if known is None:
                ends[entry.trace_id] = entry.anew() if entry.may_create else UNKNOWN
            elif isinstance(known, Deferred):
                ends[entry.trace_id] = known
        return ends


def _changing(entry: Input, people: People) -> str:
    """Return the record of the contact that is to get the address of an input, "" where it is unknown."""
    owner = people.owner(people.former(entry.ref.id))
    return people.profile(entry.ref.id).object_id or (owner.object_id if owner else "")


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
    is_change = asked == known.email != entry.ref.id
    return (
        replace(entry, record_id=known.object_id)
        if is_change
        else entry.of_record(known.object_id, known.email)
    )
