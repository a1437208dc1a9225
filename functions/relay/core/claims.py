"""Whose is what releases up to 0.2.0 have remembered under a destination's name? Pure.

They kept one memory for a name, whatever account its token was of. The first account to which a destination
delivers after the update claims it, once and for all; a destination that has none has nothing to claim later.
"""

from dataclasses import dataclass

from relay.core.accounts import Account

NOBODY = 0
# By then everything that was remembered under the name has expired.
LASTS_MS = 400 * 86_400_000
# A sender of the older release runs for a quarter of an hour at most; what it has left in doubt when it
# crashed is seen by whoever holds its lease after it.
OLD_SENDERS_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Claim:
    """The account of what lies under a destination's name, `NOBODY` if there is nothing, and since when."""

    portal_id: int
    at_ms: int

    def is_of(self, account: Account, now_ms: int) -> bool:
        """Say whether the account's memory has a part under the destination's name."""
        return self.portal_id == account.portal_id and now_ms < self.at_ms + LASTS_MS

    def wants_old_lease(self, account: Account, now_ms: int) -> bool:
        """Say whether a sender of the older release may be at work for the account."""
        return self.portal_id == account.portal_id and now_ms < self.old_senders_until_ms

    @property
    def old_senders_until_ms(self) -> int:
        """Until when senders of the older release may write under the destination's name."""
        return self.at_ms + OLD_SENDERS_MS
