"""An address that another record has already: the same person's, or another's, which HubSpot is asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from relay.core.answers import Confirmed
from relay.core.handles import EMAIL, RECORD
from relay.core.known import FoundContact
from relay.core.outcomes import Deferred, Delivered
from relay.core.planning import Input
from relay.lookup import Lookup
from relay.writer import Writer, Written

CONFLICT = Deferred("conflict")
OF_ANOTHER = {EMAIL: "email_of_another_contact"}


def claimed(found: Sequence[tuple[Input, FoundContact]]) -> Mapping[str, Input]:
    """Return, by trace id, how to write inputs whose address a contact has that their value did not find.

    A contact without a value of the property is the same person, and the input is written to its record; of
    several that say so the newest is. One with another value is somebody else, to whom nothing is written.
    """
    owners: dict[str, str] = {}
    for entry, contact in sorted(found, key=lambda each: each[0].newest_ms):
        if contact.match_value in ("", entry.ref.id):
            owners[contact.object_id] = entry.trace_id
    return {
        entry.trace_id: _claimed(entry, contact, is_own=owners.get(contact.object_id) == entry.trace_id)
        for entry, contact in found
    }


def _claimed(entry: Input, contact: FoundContact, *, is_own: bool) -> Input:
    without = entry.without({EMAIL})
    return replace(without, record_id=contact.object_id, kept_as=entry.handle) if is_own else without


@dataclass(frozen=True, slots=True)
class Claims:
    """Writes inputs once more whose address belongs to a record already."""

    lookup: Lookup
    writer: Writer

    def after(self, written: Mapping[str, Written], deadline_ms: int) -> Mapping[str, Written]:
        """Return `written` with what became of those that were in conflict about their address.

        Where HubSpot does not name the record that is in the way, a read by the address tells it.
        """
        disputed = {t: each for t, each in written.items() if each.existing_id or _unnamed(each)}
        if not disputed:
            return written
        mended = _mended(disputed.values(), self._found(disputed.values(), deadline_ms))
        sendable = [each for each in mended.values() if isinstance(each, Input) and not each.is_idle]
        again = self.writer.write(sendable, deadline_ms)
        ends = {
            trace_id: _told(disputed[trace_id], each, again.get(trace_id))
            for trace_id, each in mended.items()
        }
        return {**written, **ends}

    def _found(
        self, disputed: Iterable[Written], deadline_ms: int
    ) -> Mapping[str, FoundContact | Deferred | None]:
        """Return the contacts that are in the way, by the trace ids of the inputs."""
        # Of a contact that is known by its record there is nothing to find out: it is not the other one.
        named = {each.entry.trace_id: each.existing_id for each in disputed if not each.entry.record_id}
        unnamed = {each.entry.trace_id: email for each in disputed if (email := _unnamed(each))}
        records = list(dict.fromkeys(filter(None, named.values())))
        by_record = self.lookup.find(records, deadline_ms, RECORD) if records else {}
        by_email = self.lookup.find(list(dict.fromkeys(unnamed.values())), deadline_ms) if unnamed else {}
        return {
            **{trace_id: by_record.get(record_id) for trace_id, record_id in named.items()},
            **{trace_id: by_email[email] for trace_id, email in unnamed.items()},
        }


def _unnamed(each: Written) -> str:
    """Return the address of a contact that is in conflict with a record that nobody has named, or ""."""
    entry = each.entry
    if each.existing_id or entry.record_id or each.outcome != CONFLICT:
        return ""
    return entry.ref.id if entry.ref.id_property == EMAIL else entry.properties.get(EMAIL, "")


def _mended(
    disputed: Iterable[Written], found: Mapping[str, FoundContact | Deferred | None]
) -> Mapping[str, Input | Deferred]:
    """Return inputs as they are to be sent again, or why they have to wait."""
    mended: dict[str, Input | Deferred] = {}
    claims: list[tuple[Input, FoundContact]] = []
    for entry, contact in ((each.entry, found.get(each.entry.trace_id)) for each in disputed):
        if isinstance(contact, FoundContact) and entry.ref.id_property == EMAIL:
            mended[entry.trace_id] = entry.of_record(contact.object_id, contact.email)
        elif isinstance(contact, FoundContact):
            claims.append((entry, contact))
        elif entry.record_id and EMAIL in entry.properties:
            mended[entry.trace_id] = entry.without({EMAIL})
        else:
            # Nobody knows what is in conflict, or the record is gone by now: it comes back.
            mended[entry.trace_id] = contact or CONFLICT
    return {**mended, **claimed(claims)}


def _told(each: Written, entry: Input | Deferred, again: Written | None) -> Written:
    if isinstance(entry, Deferred):
        return replace(each, outcome=entry, existing_id="")
    is_left_out = EMAIL in each.entry.properties and entry.record_id in ("", each.entry.record_id)
    left_out = {**each.left_out, **(OF_ANOTHER if is_left_out else {})}
    if again:
        return replace(again, left_out={**left_out, **again.left_out})
    confirmed = Confirmed(entry.record_id)
    return Written(Delivered(entry.record_id), entry, left_out, confirmed)
