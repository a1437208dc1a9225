"""Deletes the contacts of people whom Segment says to delete: by record, never by an address.

An address that HubSpot does not know must not be handed to it for deletion, for it would be put on a block
list for good (HubSpot's page on permanent deletions).
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol, TypeAlias

from relay.core.answers import Answer, Reply, rejected, why_not
from relay.core.deletions import Removal
from relay.core.handles import RECORD
from relay.core.known import FoundContact
from relay.core.outcomes import Deferred, Delivered, Outcome, Skipped
from relay.core.paths import UNKNOWN_PATH, is_unknown
from relay.core.speakers import not_hubspot
from relay.lookup import Lookup

# A contact that is gone already is as good as deleted.
_GONE = frozenset({HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND})
NO_CALL = Deferred(f"{UNKNOWN_PATH}: contacts")
_Known: TypeAlias = str | FoundContact | Deferred | None


class DeleteApi(Protocol):
    """HubSpot's calls to delete a contact."""

    def delete_contact(self, record_id: str, deadline_ms: int, *, for_good: bool) -> Answer:
        """Archive a contact, or delete it for good."""
        ...


@dataclass(frozen=True, slots=True)
class Removals:
    """Deletes contacts, or archives them unless it is `for_good`."""

    api: DeleteApi
    lookup: Lookup
    threads: Executor
    for_good: bool

    def remove(self, removals: Sequence[Removal], deadline_ms: int) -> Sequence[Outcome]:
        """Delete the contacts of people; return what became of each, in their order."""
        unknown = {each.address: None for each in removals if each.address and not each.object_id}
        found = self.lookup.find_all(unknown, deadline_ms)
        known = [each.object_id or found.get(each.address) for each in removals]
        ends = list(self.threads.map(lambda each: self._delete(each, deadline_ms), known))
        # HubSpot may not have the contact, or not the call: whoever is still there was not deleted.
        unsure = [_record_id(each) for each, end in zip(known, ends, strict=True) if end == NO_CALL]
        there = self.lookup.find(unsure, deadline_ms, RECORD) if unsure else {}
        return [
            _gone(_record_id(each), there) if end == NO_CALL else end
            for each, end in zip(known, ends, strict=True)
        ]

    def _delete(self, known: _Known, deadline_ms: int) -> Outcome:
        if isinstance(known, Deferred):
            return known
        if not known:
            return Skipped("contact_unknown")
        record_id = _record_id(known)
        answer = self.api.delete_contact(record_id, deadline_ms, for_good=self.for_good)
        if not isinstance(answer, Reply) or not_hubspot(answer):
            return why_not(answer)
        if is_unknown(answer):
            return NO_CALL
        if answer.status in _GONE:
            return Delivered(record_id)
        return rejected("refused", answer) if answer.status == HTTPStatus.BAD_REQUEST else why_not(answer)


def _record_id(known: _Known) -> str:
    return known.object_id if isinstance(known, FoundContact) else known if isinstance(known, str) else ""


def _gone(record_id: str, there: Mapping[str, FoundContact | Deferred | None]) -> Outcome:
    """Return what became of a contact that HubSpot's router would not delete, by what HubSpot has of it."""
    found = there[record_id]
    if found is None:
        return Delivered(record_id)
    return found if isinstance(found, Deferred) else NO_CALL
