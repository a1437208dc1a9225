"""How each input names its contact: by its address, or by the record that the contact is known to have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from relay.claims import claimed
from relay.core.handles import EMAIL, RECORD, is_address
from relay.core.identity import FoundContact, People
from relay.core.outcomes import Deferred, Skipped
from relay.core.planning import Input
from relay.core.profiles import Profile, has_told
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
        unknown = [entry for entry in inputs if not entry.record_id]
        gone = self._gone([entry for entry in inputs if entry.is_idle], deadline_ms)
        changed = {
            entry.trace_id: object_id
            for entry in unknown
            if people.former(entry.handle) and (object_id := people.profile(entry.handle).object_id)
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
            if addressed[entry.trace_id] == UNKNOWN and asked[entry.trace_id] == entry.handle
        ]
        return {**addressed, **gone, **self._claimed(lacking, deadline_ms)}

    def _claimed(
        self, lacking: Sequence[Input], deadline_ms: int
    ) -> Mapping[str, Input | Skipped | Deferred]:
        """Return, as they are to be sent, those whose value no contact has, but whose address one has."""
        emails = {
            entry.trace_id: entry.properties[EMAIL]
            for entry in lacking
            if not is_address(entry.handle) and EMAIL in entry.properties
        }
        found = self.lookup.find(list(dict.fromkeys(emails.values())), deadline_ms) if emails else {}
        return {
            entry.trace_id: _unless_anothers(entry, found[emails[entry.trace_id]])
            for entry in lacking
            if entry.trace_id in emails
        }

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


def _unless_anothers(entry: Input, found: FoundContact | Deferred | None) -> Input | Skipped | Deferred:
    if not isinstance(found, FoundContact):
        return found or UNKNOWN
    own = claimed(entry, found)
    return own if own.record_id else UNKNOWN


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
