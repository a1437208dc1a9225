"""HubSpot's two calls that tell whose an access token is."""

from dataclasses import dataclass

from relay.adapters.hubspot_calls import Calls, Request
from relay.core.answers import Answer

TOKEN_INFO = "/oauth/v2/private-apps/get/access-token-info"  # noqa: S105 - a path


@dataclass(frozen=True, slots=True)
class HubSpotAccount:
    """The account that `calls` reach, in one `version` of the API."""

    calls: Calls
    version: str

    def details(self, deadline_ms: int) -> Answer:
        """Ask for the account's details; every token may."""
        return self.calls.make(Request("GET", f"/account-info/{self.version}/details"), deadline_ms)

    def token_info(self, deadline_ms: int) -> Answer:
        """Ask what HubSpot knows of the token; it answers for private apps and service keys."""
        return self.calls.make(
            Request("POST", TOKEN_INFO, {"tokenKey": self.calls.access_token}), deadline_ms
        )
