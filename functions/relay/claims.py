"""An address that another record has already: the same person's, or another's, which HubSpot is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from relay.core.answers import Confirmed
from relay.core.handles import EMAIL, RECORD
from relay.core.identity import FoundContact
from relay.core.outcomes import Deferred, Delivered
from relay.core.planning import Input
from relay.lookup import Lookup
from relay.writer import Writer, Written

CONFLICT = Deferred("conflict")
OF_ANOTHER = {EMAIL: "email_of_another_contact"}


def claimed(entry: Input, found: FoundContact) -> Input:
    """Return how to write an input whose address a contact has that was not found by its property.

    A contact without a value of the property is the same person; one with another value is somebody else,
    to whom nothing is written.
    """
    without = entry.without({EMAIL})
    if found.match_value and found.match_value != entry.ref.id:
        return without
    return replace(without, record_id=found.object_id, kept_as=entry.handle)


@dataclass(frozen=True, slots=True)
class Claims:
    """Writes inputs once more whose address belongs to a record already."""

    lookup: Lookup
    writer: Writer

    def after(self, written: Mapping[str, Written], deadline_ms: int) -> Mapping[str, Written]:
        """Return `written` with what became of those that were in conflict about their address."""
        disputed = {trace_id: each for trace_id, each in written.items() if each.existing_id}
        if not disputed:
            return written
        # Of a contact that is known by its record there is nothing to find out: it is not the other one.
        asked = {each.existing_id: None for each in disputed.values() if not each.entry.record_id}
        found = self.lookup.find(list(asked), deadline_ms, RECORD)
        mended = {trace_id: _mended(each, found.get(each.existing_id)) for trace_id, each in disputed.items()}
        sendable = [each for each in mended.values() if isinstance(each, Input) and not each.is_idle]
        again = self.writer.write(sendable, deadline_ms)
        ends = {
            trace_id: _told(disputed[trace_id], each, again.get(trace_id))
            for trace_id, each in mended.items()
        }
        return {**written, **ends}


def _mended(each: Written, found: FoundContact | Deferred | None) -> Input | Deferred:
    """Return an input as it is to be sent again, or why it has to wait."""
    entry = each.entry
    if isinstance(found, Deferred):
        return found
    if entry.record_id and EMAIL in entry.properties:
        return entry.without({EMAIL})
    # Nobody knows what is in conflict, or it is gone by now: it comes back.
    return claimed(entry, found) if found else CONFLICT


def _told(each: Written, entry: Input | Deferred, again: Written | None) -> Written:
    if isinstance(entry, Deferred):
        return replace(each, outcome=entry, existing_id="")
    is_left_out = EMAIL in each.entry.properties and entry.record_id in ("", each.entry.record_id)
    left_out = {**each.left_out, **(OF_ANOTHER if is_left_out else {})}
    if again:
        return replace(again, left_out={**left_out, **again.left_out})
    confirmed = Confirmed(entry.record_id)
    return Written(Delivered(entry.record_id), entry, left_out, confirmed)
