"""The contacts that a portal holds, and to whom each address belongs.

An address, primary or further, belongs to one contact only (HubSpot's contacts guide).
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.standin.answers import now
from cli.standin.validation import EMAIL, FURTHER_EMAILS, addresses_in


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as it is at one moment."""

    id: str
    properties: Mapping[str, str]
    created_at: str
    updated_at: str

    def to_json(self, **more: object) -> dict[str, Any]:
        """Return it as HubSpot's API shows an object."""
        return {
            "id": self.id,
            "properties": {
                **self.properties,
                "createdate": self.created_at,
                "hs_object_id": self.id,
                "lastmodifieddate": self.updated_at,
            },
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "archived": False,
            **more,
        }


@dataclass
class Contacts:
    """All contacts by id. `blocked` are addresses that nobody may use any more."""

    live: dict[str, Contact] = field(default_factory=dict)
    archived: dict[str, Contact] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    _owners: dict[str, str] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(501))

    def by_email(self, address: str) -> Contact | None:
        """Return the contact that owns an address, as its primary or a further one."""
        return self.live.get(self._owners.get(address.lower(), ""))

    def find(self, key: str, id_property: object) -> Contact | None:
        """Return the contact with this address if `id_property` is `email`, else the one with this id."""
        return self.by_email(key) if id_property == EMAIL else self.live.get(key)

    def rival(self, contact_id: str, properties: Mapping[str, str]) -> Contact | None:
        """Return a contact other than `contact_id` that owns one of the addresses in `properties`."""
        owners = (self.by_email(address) for address in _addresses(properties))
        return next((owner for owner in owners if owner and owner.id != contact_id), None)

    def create(self, properties: Mapping[str, str]) -> Contact:
        """Add a contact under a new id."""
        at = now()
        return self._put(Contact(str(next(self._ids)), properties, at, at))

    def replace(self, contact: Contact, properties: Mapping[str, str]) -> Contact:
        """Give a contact other properties; addresses that it no longer has are free."""
        self._disown(contact)
        return self._put(Contact(contact.id, properties, contact.created_at, now()))

    def archive(self, contact_id: str) -> None:
        """Put a contact into the recycling bin, if there is one of that id; its addresses are free."""
        contact = self.live.pop(contact_id, None)
        if contact:
            self._disown(contact)
            self.archived[contact_id] = contact

    def erase(self, contact_id: str) -> None:
        """Delete a contact for good, from the recycling bin too; its addresses are free."""
        self.archive(contact_id)
        self.archived.pop(contact_id, None)

    def snapshot(self) -> tuple[Mapping[str, Contact], Mapping[str, str]]:
        """Return what `restore` needs to undo every write from now on."""
        return dict(self.live), dict(self._owners)

    def restore(self, snapshot: tuple[Mapping[str, Contact], Mapping[str, str]]) -> None:
        """Undo every write since `snapshot`; ids that were given out stay used."""
        live, owners = snapshot
        self.live, self._owners = dict(live), dict(owners)

    def clear(self) -> None:
        """Forget every contact and every blocked address."""
        for part in (self.live, self.archived, self.blocked, self._owners):
            part.clear()

    def _put(self, contact: Contact) -> Contact:
        self.live[contact.id] = contact
        self._owners |= dict.fromkeys(_addresses(contact.properties), contact.id)
        return contact

    def _disown(self, contact: Contact) -> None:
        for address in _addresses(contact.properties):
            self._owners.pop(address, None)


def _addresses(properties: Mapping[str, str]) -> list[str]:
    primary = properties.get(EMAIL, "").lower()
    return [*([primary] if primary else []), *addresses_in(properties.get(FURTHER_EMAILS, ""))]
