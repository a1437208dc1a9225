"""HubSpot's two calls that tell whose an access token is."""

from dataclasses import dataclass

from relay.adapters.hubspot_calls import Calls, Request
from relay.core.answers import Answer
from relay.core.versions import Versions

TOKEN_INFO = "/oauth/v2/private-apps/get/access-token-info"  # noqa: S105 - a path


@dataclass(frozen=True, slots=True)
class HubSpotAccount:
    """The account that `calls` reach, in these `versions` of the API."""

    calls: Calls
    versions: Versions

    def details(self, deadline_ms: int) -> Answer:
        """Ask for the account's details; every token may."""
        path = f"/account-info/{self.versions.account_info}/details"
        return self.calls.make(Request("GET", path), deadline_ms)

    def token_info(self, deadline_ms: int) -> Answer:
        """Ask what HubSpot knows of the token; it answers for private apps and service keys."""
        return self.calls.make(
            Request("POST", TOKEN_INFO, {"tokenKey": self.calls.access_token}), deadline_ms
        )
