"""Whose an event is where its contact's record is not known: HubSpot is asked, a hundred people in a call.

An event by address would make a contact that nobody may make, or a second one of a person whose address
somebody has changed by hand.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from relay.core.addresses import address_of
from relay.core.events import Event
from relay.core.handles import RECORD, handle_for, is_address, ref_of
from relay.core.identity import People
from relay.core.known import FoundContact
from relay.core.occurrences import Occurrence
from relay.core.outcomes import Deferred, Skipped
from relay.core.profiles import email_key, object_key
from relay.core.succession import keep_under
from relay.lookup import Lookup
from relay.memory import Memory

UNKNOWN = Skipped("contact_unknown")

# What HubSpot has by each handle.
Found: TypeAlias = Mapping[str, FoundContact | Deferred | None]
# An occurrence as it is to be sent, or why not; None where the event's contact is nobody.
Whose: TypeAlias = Occurrence | Skipped | Deferred | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What happened, in which event, and to the contact of which handle; "" if that is nobody known."""

    event: Event
    occurrence: Occurrence
    handle: str


@dataclass(frozen=True, slots=True)
class Persons:
    """Finds the contacts of events. If these are sent `by_address`, a contact's current one is read."""

    lookup: Lookup
    memory: Memory
    may_create: Callable[[Event], bool]
    by_address: bool

    def find(self, drafts: Sequence[Draft], people: People, deadline_ms: int) -> Mapping[int, Whose]:
        """Return each occurrence, by its source, as it is to be sent. Starts no call after `deadline_ms`."""
        found = self._found(map(self._asked, drafts), deadline_ms)
        # A value that no contact has says nothing; then the event's address does.
        plain = [each for each in drafts if self._is_nobody(each, found)]
        further = self._found((address_of(each.event) or "" for each in plain), deadline_ms)
        self._remember([each for each in drafts if not each.occurrence.object_id], found, people)
        return {
            **{each.occurrence.source: self._whose(each, found) for each in drafts},
            **{each.occurrence.source: self._by_address(each, further) for each in plain},
        }

    def _asked(self, draft: Draft) -> str:
        """Return the handle of which HubSpot is asked, "" if nothing is to be found out."""
        record_id = draft.occurrence.object_id
        if record_id:
            return handle_for(RECORD, record_id) if self.by_address else ""
        is_certain = is_address(draft.handle) and self.may_create(draft.event)
        return "" if is_certain else draft.handle

    def _is_nobody(self, draft: Draft, found: Found) -> bool:
        return not is_address(draft.handle) and found.get(self._asked(draft), UNKNOWN) is None

    def _found(self, handles: Iterable[str], deadline_ms: int) -> Found:
        asked = dict.fromkeys(filter(None, handles))
        return self.lookup.find_all(asked, deadline_ms) if asked else {}

    def _whose(self, draft: Draft, found: Found) -> Whose:
        asked = self._asked(draft)
        contact = found.get(asked)
        if isinstance(contact, Deferred):
            return contact
        if contact:
            return self._of(draft, contact)
        if asked and not self.may_create(draft.event):
            return UNKNOWN
        return draft.occurrence

    def _by_address(self, draft: Draft, found: Found) -> Whose:
        """Return an event of a contact that HubSpot does not have as one of the address that it names."""
        address = address_of(draft.event) or ""
        contact = found.get(address)
        if isinstance(contact, Deferred):
            return contact
        if contact:
            ref = ref_of(draft.handle)
            is_by_value = ref.id_property == self.lookup.match_property
            is_anothers = is_by_value and contact.match_value not in ("", ref.id)
            return None if is_anothers else self._of(draft, contact)
        if address:
            by_address = replace(draft.occurrence, email=address, object_id="")
            return by_address if self.may_create(draft.event) else UNKNOWN
        visitor = replace(draft.occurrence, object_id="")
        return visitor if visitor.person and not self.by_address else None

    def _of(self, draft: Draft, contact: FoundContact) -> Occurrence:
        email = contact.email if self.by_address else draft.occurrence.email
        return replace(draft.occurrence, object_id=contact.object_id, email=email)

    def _remember(self, drafts: Sequence[Draft], found: Found, people: People) -> None:
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
            # By a further address a contact is found, but it keeps its own.
            own = (holder or contact.email) if is_address(handle) else handle
            keep_under(people, own, contact.object_id, at_ms)
            if own != handle:
                people.learn_further(handle, own, at_ms)
            names = {handle, own, holder} - {""}
            people.learn_pointers([object_key(contact.object_id), *map(email_key, names)])
        self.memory.keep(people.learned())
