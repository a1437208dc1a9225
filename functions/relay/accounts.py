"""Use case of the sender: whose is a destination's access token? Known before anything is written with it.

HubSpot is asked once a token, and the answer is remembered by the token's hash: another token is asked about
anew. Where HubSpot does not tell, or tells another account than the settings, nothing is written.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

from relay.core.accounts import (
    Account,
    KnownAccount,
    Usage,
    account_from_details,
    account_from_token_info,
    account_unknown,
    bucket_key,
    why_untold,
    wrong_account,
)
from relay.core.answers import Answer
from relay.core.outcomes import Deferred
from relay.core.speakers import NOT_HUBSPOT
from relay.targets import Target


class Line(Protocol):
    """A way to ask HubSpot with one access token; each call takes a token of its bucket."""

    def details(self, deadline_ms: int) -> Answer:
        """Ask for the account's details."""
        ...

    def token_info(self, deadline_ms: int) -> Answer:
        """Ask what HubSpot knows of the access token."""
        ...

    def follow(self, key: str) -> None:
        """Make no call before those that were made by another bucket are past."""
        ...

    def close(self) -> None:
        """Give back what is shared with other senders."""
        ...


class AccountStore(Protocol):
    """Where the accounts of access tokens are remembered, by their hashes."""

    def load(self, token_hash: str) -> KnownAccount | None:
        """Return the account of a token, if it is known."""
        ...

    def save(self, token_hash: str, known: KnownAccount) -> None:
        """Remember the account of a token."""
        ...


class UsageStore(Protocol):
    """Where it is noted with which token each destination was last used."""

    def load(self, destination: str) -> Usage | None:
        """Return the last use of a destination."""
        ...

    def save(self, destination: str, usage: Usage) -> bool:
        """Note a use; False if that has failed."""
        ...


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of destinations. Kept between invocations; what it has found out is in `known` and `used`.

    `connect` opens a line to HubSpot with the token of a target.
    """

    connect: Callable[[Target], Line]
    store: AccountStore
    usages: UsageStore
    now_ms: Callable[[], int]
    known: dict[str, KnownAccount] = field(default_factory=dict)
    used: dict[str, Usage] = field(default_factory=dict)
    doubted: dict[str, int] = field(default_factory=dict)

    def doubt(self, destination: str) -> None:
        """Ask HubSpot anew for the account of a destination, with the next delivery."""
        self.doubted[destination] = self.now_ms()

    def of(self, target: Target, deadline_ms: int) -> Account | Deferred:
        """Return the account of a target's token, or why nothing must be written with it.

        Starts no call after `deadline_ms`.
        """
        account = self._followed(target, deadline_ms)
        if isinstance(account, Deferred):
            return account
        self._note(target, account)
        return wrong_account(account, target.settings.hub_id) or account

    def _followed(self, target: Target, deadline_ms: int) -> Account | Deferred:
        """Find out the account; with a token that is new here, when the calls with the last one are past."""
        last = self.used.get(target.destination) or self.usages.load(target.destination)
        account = self._remembered(target)
        may_overlap = _may_be_of_one_app(target, account, last)
        if account and not may_overlap:
            return account
        with closing(self.connect(target)) as line:
            if may_overlap:
                line.follow(bucket_key(last.token_hash) if last else target.settings.former_bucket_key)
            return account or self._asked_again(target, line, deadline_ms)

    def _remembered(self, target: Target) -> Account | None:
        known = self._known(target.token_hash)
        if known is None or known.read_at_ms < self.doubted.get(target.destination, 0):
            return None
        return known.account if known.is_current(self.now_ms()) else None

    def _known(self, token_hash: str) -> KnownAccount | None:
        known = self.known.get(token_hash) or self.store.load(token_hash)
        if known:
            self.known[token_hash] = known
        return known

    def _asked_again(self, target: Target, line: Line, deadline_ms: int) -> Account | Deferred:
        """Ask for the account; while HubSpot does not tell, what it told before goes on to count."""
        account = self._asked(target, line, deadline_ms)
        known = self._known(target.token_hash) if isinstance(account, Deferred) else None
        return known.account if known else account

    def _asked(self, target: Target, line: Line, deadline_ms: int) -> Account | Deferred:
        """Ask for the account's details; if they are kept from us for good, what the token is."""
        details = line.details(deadline_ms)
        account = account_from_details(details)
        if account is None:
            # Where something else has answered, HubSpot may answer the other question.
            if (passing := why_untold(details)) and not passing.reason.startswith(NOT_HUBSPOT):
                return passing
            info = line.token_info(deadline_ms)
            account = account_from_token_info(info)
            if account is None:
                return why_untold(info) or account_unknown(details, info)
        known = self.known[target.token_hash] = KnownAccount(account, self.now_ms())
        self.store.save(target.token_hash, known)
        return account

    def _note(self, target: Target, account: Account) -> None:
        usage = Usage(target.token_hash, account)
        if self.used.get(target.destination) != usage and self.usages.save(target.destination, usage):
            self.used[target.destination] = usage


def _may_be_of_one_app(target: Target, account: Account | None, last: Usage | None) -> bool:
    """Say whether another token was used before, whose calls HubSpot may count together with this one's."""
    if last is None:
        return True
    is_other_account = account is not None and account.portal_id != last.account.portal_id
    return last.token_hash != target.token_hash and not is_other_account
