"""Companies that HubSpot may be making of the domains of contacts that were made just now."""

from collections.abc import Collection
from dataclasses import replace

from relay.company_creation import COMING_MS
from relay.company_memory import CompanyMemory
from relay.core.domains import mail_domains
from relay.core.profiles import company_key


class Coming:
    """When contacts were made, by the keys of their domains: the memory may have failed to note it."""

    def __init__(self) -> None:
        self._at_ms: dict[str, int] = {}

    def note(self, domains: Collection[str], at_ms: int) -> Collection[str]:
        """Note contacts with mailboxes at `domains`; return the keys of the companies that may come."""
        keys = {company_key(domain) for each in domains for domain in mail_domains(each)}
        recent = {key: then for key, then in self._at_ms.items() if then + COMING_MS > at_ms}
        self._at_ms = recent | {key: max(recent.get(key, 0), at_ms) for key in keys}
        return keys

    def tell(self, memory: CompanyMemory, keys: Collection[str]) -> None:
        """Let a memory know what is noted under these keys."""
        for key in self._at_ms.keys() & frozenset(keys):
            profile = memory.of(key)
            # A company that is there is not made.
            if not profile.object_id:
                memory.learn(key, replace(profile, at_ms=max(profile.at_ms, self._at_ms[key])))
