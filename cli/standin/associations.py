"""Which contact belongs to which company, and which of them is its primary one.

Source: HubSpot's associations guide, also for this: where a pair has labels, those that are sent take their
place. Whether that goes for the primary company too, and what becomes of it when that association ends, is
not documented; here it stays, and no other takes its place.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from cli.standin.object_types import CONTACTS, ObjectType

# The type ids as a contact sees them; for a company the same associations have numbers of their own.
DEFAULT, PRIMARY = 279, 1
SEEN_FROM: Mapping[str, Mapping[int, int]] = {
    "contacts": {DEFAULT: DEFAULT, PRIMARY: PRIMARY},
    "companies": {DEFAULT: 280, PRIMARY: 2},
}
# The numbers of an account's own labels differ from account to account.
FIRST_OWN = 27
# By contact and company: the type ids.
Links: TypeAlias = Mapping[str, Mapping[str, frozenset[int]]]


@dataclass
class Associations:
    """All associations of contacts with companies."""

    _links: dict[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)
    # The account's own labels, by type id as a contact sees them; a company sees the next number.
    labels: dict[int, str] = field(default_factory=dict)

    def define(self, label: str) -> int:
        """Make a label of the account's own; return its type id as a contact sees it."""
        type_id = FIRST_OWN + 2 * len(self.labels)
        self.labels[type_id] = label
        return type_id

    def as_contact(self, object_type: ObjectType, type_id: object) -> int | None:
        """Return a type id as a contact sees it, None if objects of this type have no such association."""
        known = {**SEEN_FROM[object_type.name], **{own: self._seen(object_type, own) for own in self.labels}}
        return next((seen for seen, own in known.items() if own == type_id), None)

    def as_seen(self, object_type: ObjectType, type_id: int) -> int:
        """Return a contact's type id as an object of this type sees it."""
        return SEEN_FROM[object_type.name].get(type_id) or self._seen(object_type, type_id)

    def _seen(self, object_type: ObjectType, own: int) -> int:
        return own if object_type is CONTACTS else own + 1

    def add(
        self, contact_id: str, company_id: str, type_ids: Collection[int] = (), *, replaces: bool = False
    ) -> None:
        """Associate; a contact's first company is its primary one, of which it never has two.

        The account's own labels of the pair are added to, or replaced.
        """
        links = self._links.get(contact_id, {})
        is_primary = PRIMARY in type_ids or not links
        if is_primary:
            links = {key: kept - {PRIMARY} for key, kept in links.items()}
        more = {DEFAULT, PRIMARY} if is_primary else {DEFAULT}
        kept = links.get(company_id, frozenset()) - (self.labels.keys() if replaces else frozenset())
        own = self.labels.keys() & set(type_ids)
        self._links[contact_id] = {**links, company_id: kept | more | own}

    def remove(self, contact_id: str, company_id: str) -> None:
        """End an association, if there is one."""
        links = self._links.get(contact_id, {})
        self._links[contact_id] = {key: kept for key, kept in links.items() if key != company_id}

    def of(self, object_type: ObjectType, object_id: str) -> Mapping[str, frozenset[int]]:
        """Return the objects with which one is associated, with the type ids as a contact sees them."""
        if object_type is CONTACTS:
            return self._links.get(object_id, {})
        return {contact: links[object_id] for contact, links in self._links.items() if object_id in links}

    def forget(self, object_type: ObjectType, object_id: str) -> None:
        """End all associations of an object."""
        for other in [*self.of(object_type, object_id)]:
            contact_id, company_id = (object_id, other) if object_type is CONTACTS else (other, object_id)
            self.remove(contact_id, company_id)

    def snapshot(self) -> Links:
        """Return what `restore` needs."""
        return dict(self._links)

    def restore(self, links: Links) -> None:
        """Be as at the time of a snapshot."""
        self._links = dict(links)
