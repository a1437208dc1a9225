"""Which companies people belong to, as far as is remembered, and which links are yet to be made. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from relay.core.events import Event
from relay.core.identifiers import id_keys, named_keys, seen_keys
from relay.core.identity import People
from relay.core.profiles import LinkState, Profile, email_key

# How long a link waits for its contact.
LINK_WAITS_MS = 30 * 86_400_000


@dataclass(frozen=True, slots=True)
class Memberships:
    """The links of one invocation's people, each to the company of a key."""

    people: People
    _touched: set[str] = field(default_factory=set)

    def is_linked(self, address: str, company: str) -> bool:
        """Say whether the contact of an address is linked to a company."""
        link = self.people.profile(address).links.get(company)
        return link is not None and link.is_done

    def expect(self, event: Event, company: str) -> bool:
        """Remember that whom an event names is to be linked to a company, once the contact is known.

        Return whether there is somebody to wait for. What came with a public write key waits for that key's
        own word of its visitor alone.
        """
        keys = list(seen_keys(event) if event.grant else named_keys(event))
        for key in keys:
            # It waits from now on, however long ago the event happened: history may be sent again.
            self._set(key, company, LinkState(event.received_at_ms))
        return bool(keys)

    def pending(self, event: Event, address: str) -> list[str]:
        """Return the keys of the companies to which the contact of an event's ids is still to be linked."""
        oldest_ms = event.received_at_ms - LINK_WAITS_MS
        return [
            company
            for key in (*id_keys(event), *seen_keys(event))
            if self.people.address_at(key) == address
            for company, link in self.people.at(key).links.items()
            if not link.is_done and link.at_ms >= oldest_ms
        ]

    def linked(self, event: Event, address: str, company: str) -> None:
        """Remember that the contact of an address is linked to a company, and wait for it no longer."""
        for key in (*id_keys(event), *seen_keys(event)):
            if company in self.people.at(key).links:
                self._set(key, company, None)
        self._set(email_key(address), company, LinkState(event.occurred_at_ms, is_done=True))

    def forget_contact(self, address: str) -> None:
        """Forget that HubSpot has the contact of an address: it is made or found anew."""
        known = self.people.profile(address)
        self.people.put(email_key(address), Profile(email=address, resting_until_ms=known.resting_until_ms))
        self._touched.add(email_key(address))

    def news(self) -> Mapping[str, Profile]:
        """Return what is to be stored."""
        return self.people.news_of(self._touched)

    def _set(self, key: str, company: str, state: LinkState | None) -> None:
        profile = self.people.at(key)
        links = {other: link for other, link in profile.links.items() if other != company}
        self.people.put(key, replace(profile, links=links | ({company: state} if state else {})))
        self._touched.add(key)
