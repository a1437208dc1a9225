"""The accounts that are played on one host: a call reaches that of its access token, as at HubSpot."""

from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from cli.standin.limiter import Limiter
from cli.standin.portal import Portal


@dataclass(frozen=True, slots=True)
class Played:
    """One account: what it holds, and the count of the calls that reach it."""

    portal: Portal
    limiter: Limiter

    @property
    def portal_id(self) -> int:
        """Its number (Hub ID)."""
        return self.portal.account.portal_id


@dataclass(frozen=True, slots=True)
class Accounts:
    """The account that is there from the start, and `further` ones by their access tokens."""

    first: Played
    further: dict[str, Played] = field(default_factory=dict)

    def add(self, portal_id: int, access_token: str) -> Portal:
        """Play a further account, with the limits of the first one.

        Raises:
            ValueError: the account or its token is played already.
        """
        known = {each.portal_id for each in (self.first, *self.further.values())}
        if portal_id in known or access_token in self.further:
            raise ValueError(f"account {portal_id}, or its token, is played already")
        portal = Portal()
        name_account(portal, portal_id)
        self.further[access_token] = Played(portal, self.first.limiter.another())
        return portal

    def reached_by(self, authorization: str, query: str) -> Played:
        """Return the account of a call's token: the first one's if no other has it.

        A call without a token names its account itself: the legacy event URL does, as `_a`.
        """
        if authorization:
            return self.further.get(authorization.removeprefix("Bearer "), self.first)
        named = dict(parse_qsl(query)).get("_a")
        return next((each for each in self.further.values() if str(each.portal_id) == named), self.first)


def name_account(portal: Portal, portal_id: int) -> None:
    """Give a portal its number."""
    portal.account = replace(portal.account, portal_id=portal_id)
    portal.event_definitions.hub_id = portal_id
