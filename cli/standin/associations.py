"""Which contact belongs to which company, and which of them is its primary one.

Source: HubSpot's associations guide. What becomes of the primary company when that association ends is not
documented; here no other takes its place.
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
# By contact and company: the type ids.
Links: TypeAlias = Mapping[str, Mapping[str, frozenset[int]]]


@dataclass
class Associations:
    """All associations of contacts with companies."""

    _links: dict[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)

    def add(self, contact_id: str, company_id: str, type_ids: Collection[int] = ()) -> None:
        """Associate; a contact's first company is its primary one, of which it never has two."""
        links = self._links.get(contact_id, {})
        is_primary = PRIMARY in type_ids or not links
        if is_primary:
            links = {key: kept - {PRIMARY} for key, kept in links.items()}
        more = {DEFAULT, PRIMARY} if is_primary else {DEFAULT}
        self._links[contact_id] = {**links, company_id: links.get(company_id, frozenset()) | more}

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


def as_contact(object_type: ObjectType, type_id: object) -> int | None:
    """Return a type id as a contact sees it, None if objects of this type have no such association."""
    return next((seen for seen, own in SEEN_FROM[object_type.name].items() if own == type_id), None)
