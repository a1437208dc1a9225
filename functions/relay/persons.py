"""Whose an event is where its contact's record is not known: HubSpot is asked, a hundred people in a call.

An event by address would make a contact that nobody may make, or a second one of a person whose address
somebody has changed by hand.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from relay.core.addresses import address_of
from relay.core.events import Event
from relay.core.handles import RECORD, handle_for, is_address
from relay.core.identity import FoundContact, People
from relay.core.occurrences import Occurrence
from relay.core.outcomes import Deferred, Skipped
from relay.core.profiles import email_key, object_key
from relay.lookup import Lookup
from relay.memory import Memory

UNKNOWN = Skipped("contact_unknown")


@dataclass(frozen=True, slots=True)
class Draft:
    """What happened, in which event, and to the contact of which handle; "" if that is nobody known."""

    event: Event
    occurrence: Occurrence
    handle: str


# An occurrence as it is to be sent, or why not; None where the event's contact is nobody.
Whose: TypeAlias = Occurrence | Skipped | Deferred | None


@dataclass(frozen=True, slots=True)
class Persons:
    """Finds the contacts of events. If these are sent `by_address`, a contact's current one is read."""

    lookup: Lookup
    memory: Memory
    may_create: Callable[[Event], bool]
    by_address: bool

    def find(self, drafts: Sequence[Draft], people: People, deadline_ms: int) -> Mapping[int, Whose]:
        """Return each occurrence, by its source, as it is to be sent. Starts no call after `deadline_ms`."""
        asked = {each.occurrence.source: self._asked(each) for each in drafts}
        found = self._found(asked.values(), deadline_ms)
        # A value that no contact has says nothing; then the event's address does.
        plainer = {
            each.occurrence.source: _by_address(each)
            for each in drafts
            if not is_address(each.handle) and found.get(asked[each.occurrence.source], UNKNOWN) is None
        }
        again = {source: self._asked(each) for source, each in plainer.items()}
        found = {**found, **self._found(again.values(), deadline_ms)}
        ends = {}
        for draft in drafts:
            source = draft.occurrence.source
            ends[source] = self._whose(plainer.get(source, draft), found, again.get(source, asked[source]))
        self._remember([each for each in drafts if not each.occurrence.object_id], found, people)
        return ends

    def _asked(self, draft: Draft) -> str:
        """Return the handle of which HubSpot is asked, "" if nothing is to be found out."""
        record_id = draft.occurrence.object_id
        if record_id:
            return handle_for(RECORD, record_id) if self.by_address else ""
        is_certain = is_address(draft.handle) and self.may_create(draft.event)
        return "" if is_certain else draft.handle

    def _found(
        self, handles: Iterable[str], deadline_ms: int
    ) -> Mapping[str, FoundContact | Deferred | None]:
        asked = dict.fromkeys(filter(None, handles))
        return self.lookup.find_all(asked, deadline_ms) if asked else {}

    def _whose(self, draft: Draft, found: Mapping[str, FoundContact | Deferred | None], asked: str) -> Whose:
        contact = found.get(asked)
        if isinstance(contact, Deferred):
            return contact
        if contact:
            email = contact.email if self.by_address else draft.occurrence.email
            return replace(draft.occurrence, object_id=contact.object_id, email=email)
        is_sendable = bool(draft.occurrence.person) and not asked
        is_gone = bool(draft.occurrence.object_id) and self.may_create(draft.event)
        if is_sendable or (asked and is_gone):
            return draft.occurrence
        return UNKNOWN if asked and is_address(draft.handle) else None

    def _remember(
        self, drafts: Sequence[Draft], found: Mapping[str, FoundContact | Deferred | None], people: People
    ) -> None:
        """Remember the records of contacts; what cannot be remembered is found again."""
        contacts = {
            each.handle: (each.event.occurred_at_ms, contact)
            for each in drafts
            if isinstance(contact := found.get(each.handle), FoundContact)
        }
        ids = {contact.object_id for _, contact in contacts.values()}
        if not ids or not self.memory.recall_records(people, ids):
            return
        for handle, (at_ms, contact) in contacts.items():
            holder = people.holder(contact.object_id)
            if holder and is_address(handle):
                people.learn_further(handle, holder, at_ms)
            else:
                people.keep_under(handle, contact.object_id, at_ms)
            names = {handle, holder} - {""}
            people.learn_pointers([object_key(contact.object_id), *map(email_key, names)])
        self.memory.keep(people.learned())


def _by_address(draft: Draft) -> Draft:
    """Return an event as one of the address that it names, if it names any."""
    address = address_of(draft.event) or ""
    return replace(draft, handle=address, occurrence=replace(draft.occurrence, email=address))
