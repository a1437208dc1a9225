"""How each input names its contact: by its address, or by the record that the contact is known to have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from relay.core.identity import People
from relay.core.outcomes import Deferred, Skipped
from relay.core.planning import Input
from relay.lookup import Found, Lookup

UNKNOWN = Skipped("contact_unknown")


@dataclass(frozen=True, slots=True)
class Addressing:
    """Addresses inputs. Unless it `creates`, contacts that HubSpot does not have are left alone."""

    lookup: Lookup
    creates: bool

    def address(
        self, inputs: Sequence[Input], people: People, deadline_ms: int
    ) -> Mapping[str, Input | Skipped | Deferred]:
        """Return each input, by trace id, as it is to be sent; or why it cannot be."""
        wanted = {entry.trace_id: people.former(entry.ref.id) or entry.ref.id for entry in inputs}
        records = {entry.trace_id: people.profile(entry.ref.id).object_id for entry in inputs}
        unknown = {
            wanted[entry.trace_id]: None
            for entry in inputs
            if not records[entry.trace_id] and (not self.creates or people.former(entry.ref.id))
        }
        found = self.lookup.find(list(unknown), deadline_ms)
        return {
            entry.trace_id: self._addressed(
                entry, wanted[entry.trace_id], records[entry.trace_id] or found.get(wanted[entry.trace_id])
            )
            for entry in inputs
        }

    def _addressed(
        self, entry: Input, address: str, known: "str | Found | Deferred | None"
    ) -> Input | Skipped | Deferred:
        if isinstance(known, Deferred):
            return known
        if not known:
            return entry if self.creates else UNKNOWN
        if isinstance(known, Found):
            # By a further address the contact is found, but it keeps its own.
            return (
                replace(entry, record_id=known.record_id)
                if known.email == address
                else entry.of_record(known.record_id)
            )
        is_as_ever = self.creates and address == entry.ref.id
        return entry if is_as_ever else replace(entry, record_id=known)
