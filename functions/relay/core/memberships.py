"""Which companies people belong to, as far as is remembered, and which links are yet to be made. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from relay.core.events import Event
from relay.core.identifiers import id_keys, named_keys, seen_keys
from relay.core.identity import People
from relay.core.profiles import LinkState, Profile, email_key, with_linked

# How long a link waits for its contact.
LINK_WAITS_MS = 30 * 86_400_000
# Whoever is to be linked to more companies than these has to be identified first.
MAX_WAITING = 500


class Expected(Enum):
    """Whether a link waits: it does, nobody is there to wait for, or too many wait already."""

    WAITS = "waits"
    FOR_NOBODY = "for_nobody"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Memberships:
    """The links of one invocation's people, each to the company of a key, or of one of HubSpot's ids."""

    people: People
    _touched: set[str] = field(default_factory=set)

    def is_linked(self, address: str, company: str, company_id: str, *, is_remade: bool) -> bool:
        """Say whether the contact of an address is linked to the company that has this record now.

        What an earlier version has linked counts unless the company's record `is_remade` since then.
        """
        profile = self.people.profile(address)
        link = profile.links.get(company)
        return company_id in profile.linked or bool(link and link.is_done and not is_remade)

    def expect(self, event: Event, address: str, company: str) -> Expected:
        """Remember that whom an event names is to be linked to a company, once the contact is known.

        Where no id names the person the `address` does. What came with a public write key waits for that
        key's own word of its visitor alone.
        """
        keys = list(seen_keys(event) if event.grant else named_keys(event))
        if not keys and address:
            self.people.call(address)
            keys = [email_key(address)]
        if not keys:
            return Expected.FOR_NOBODY
        # It waits from now on, however long ago the event happened: history may be sent again.
        waits = [self._wait(key, company, event.received_at_ms) for key in keys]
        return Expected.WAITS if all(waits) else Expected.TOO_MANY

    def pending(self, event: Event, address: str, *, is_sure: bool) -> list[str]:
        """Return the keys of the companies to which the contact of an event's ids is still to be linked.

        What waits for an id waits for the person's own word: only then it `is_sure` whose the id is.
        """
        oldest_ms = event.received_at_ms - LINK_WAITS_MS
        ids = id_keys(event) if is_sure else ()
        keys = [key for key in (*ids, *seen_keys(event)) if self.people.address_at(key) == address]
        return [
            company
            for key in (*keys, email_key(address))
            for company, link in self.people.at(key).links.items()
            if not link.is_done and link.at_ms >= oldest_ms
        ]

    def linked(self, event: Event, address: str, company: str, company_id: str) -> None:
        """Remember that the contact of an address is linked to a company, and wait for it no longer."""
        home = email_key(address)
        for key in (*id_keys(event), *seen_keys(event), home):
            profile = self.people.at(key)
            if company in profile.links:
                links = {other: link for other, link in profile.links.items() if other != company}
                self._put(key, replace(profile, links=links))
        profile = self.people.at(home)
        self._put(home, replace(profile, linked=with_linked(profile.linked, [company_id])))

    def forget_contact(self, address: str) -> None:
        """Forget that HubSpot has the contact of an address: it is made or found anew."""
        known = self.people.profile(address)
        self._put(email_key(address), Profile(email=address, resting_until_ms=known.resting_until_ms))

    def news(self) -> Mapping[str, Profile]:
        """Return what is to be stored."""
        return self.people.news_of(self._touched)

    def _wait(self, key: str, company: str, since_ms: int) -> bool:
        """Let a link wait under a key, and forget those that have waited long enough; False if it is full."""
        profile = self.people.at(key)
        links = {
            other: link
            for other, link in profile.links.items()
            if other != company and (link.is_done or link.at_ms >= since_ms - LINK_WAITS_MS)
        }
        is_full = len(links) >= MAX_WAITING
        self._put(key, replace(profile, links=links if is_full else links | {company: LinkState(since_ms)}))
        return not is_full

    def _put(self, key: str, profile: Profile) -> None:
        self.people.put(key, profile)
        self._touched.add(key)
