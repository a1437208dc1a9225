"""Whose is what older releases have remembered under a destination's name."""

from relay.core.accounts import Account
from relay.core.claims import LASTS_MS, NOBODY, OLD_SENDERS_MS, Claim

SEVEN, EIGHT = Account(7), Account(8)


def test_a_claim_is_of_one_account_until_all_has_expired() -> None:
    claim = Claim(7, 1_000)

    assert claim.is_of(SEVEN, 1_000 + LASTS_MS - 1)
    assert not claim.is_of(SEVEN, 1_000 + LASTS_MS)
    assert not claim.is_of(EIGHT, 1_000)


def test_the_old_lease_is_wanted_while_old_senders_may_have_left_something() -> None:
    claim = Claim(7, 1_000)

    assert claim.wants_old_lease(SEVEN, 1_000 + OLD_SENDERS_MS - 1)
    assert not claim.wants_old_lease(SEVEN, 1_000 + OLD_SENDERS_MS)
    assert not claim.wants_old_lease(EIGHT, 1_000)


def test_what_is_nobodys_is_no_accounts() -> None:
    assert not Claim(NOBODY, 1_000).is_of(SEVEN, 1_000)
    assert not Claim(NOBODY, 1_000).wants_old_lease(SEVEN, 1_000)
