"""Deletes the contacts of people whom Segment says to delete: by record, never by an address.

An address that HubSpot does not know must not be handed to it for deletion, for it would be put on a block
list for good (HubSpot's page on permanent deletions).
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from relay.core.answers import Answer, Reply, rejected, why_not
from relay.core.deletions import Removal
from relay.core.known import FoundContact
from relay.core.outcomes import Deferred, Delivered, Outcome, Skipped
from relay.core.speakers import not_hubspot
from relay.lookup import Lookup

# A contact that is gone already is as good as deleted.
_GONE = frozenset({HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND})


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
        return list(self.threads.map(lambda each: self._delete(each, deadline_ms), known))

    def _delete(self, known: "str | FoundContact | Deferred | None", deadline_ms: int) -> Outcome:
        if isinstance(known, Deferred):
            return known
        if not known:
            return Skipped("contact_unknown")
        record_id = known.object_id if isinstance(known, FoundContact) else known
        answer = self.api.delete_contact(record_id, deadline_ms, for_good=self.for_good)
        if not isinstance(answer, Reply) or not_hubspot(answer):
            return why_not(answer)
        if answer.status in _GONE:
            return Delivered(record_id)
        return rejected("refused", answer) if answer.status == HTTPStatus.BAD_REQUEST else why_not(answer)
