"""The account that the stand-in plays: its number, details and the scopes that its token starts with.

Source: HubSpot's OpenAPI file of the account information API.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from http import HTTPStatus
from typing import Any

from cli.standin.answers import Result, plain_error

ACCESS_TOKEN = "pat-na1-stand-in"  # noqa: S105 - opens nothing but this stand-in
HUB_ID = 7_654_321
APP_ID = 303
# Enough to write contacts and companies. On top of that properties are created with `crm.schemas.….write`,
# custom events are sent with `analytics.behavioral_events.send`, and defined with
# `behavioral_events.event_definitions.read_write`.
SCOPES = frozenset(
    {
        "oauth",
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.schemas.contacts.read",
        "crm.objects.companies.read",
        "crm.objects.companies.write",
        "crm.schemas.companies.read",
    }
)


@dataclass(frozen=True, slots=True)
class HubSpotAccount:
    """Which account is played.

    Attributes:
        portal_id: Its number (Hub ID).
        kind: HubSpot's word for it: STANDARD, SANDBOX, DEVELOPER_TEST or APP_DEVELOPER.
        region: Where its data lies, such as na1 or eu1.
        time_zone: Its day ends at midnight there.
    """

    portal_id: int = HUB_ID
    kind: str = "STANDARD"
    region: str = "na1"
    time_zone: str = "Europe/Copenhagen"

    def changed(self, changes: Mapping[str, Any]) -> "HubSpotAccount":
        """Return this with some attributes changed.

        Raises:
            ValueError: there is no such attribute.
        """
        known = {each.name for each in fields(self)}
        if unknown := sorted(changes.keys() - known):
            raise ValueError(f"an account has no {unknown[0]}; it has {', '.join(sorted(known))}")
        return replace(self, **changes)


OWN = HubSpotAccount()


def details(account: HubSpotAccount) -> Mapping[str, Any]:
    """Return the account details."""
    host = "app.hubspot.com" if account.region == "na1" else f"app-{account.region}.hubspot.com"
    return {
        "portalId": account.portal_id,
        "accountType": account.kind,
        "timeZone": account.time_zone,
        "companyCurrency": "EUR",
        "additionalCurrencies": [],
        "utcOffset": "+01:00",
        "utcOffsetMilliseconds": 3_600_000,
        "uiDomain": host,
        "dataHostingLocation": account.region,
    }


def token_info(account: HubSpotAccount, scopes: Iterable[str], *, is_told: bool) -> Result:
    """Return what HubSpot tells about an access token; of an OAuth token this call knows nothing.

    HubSpot documents neither the status nor the words for that.
    """
    if not is_told:
        return plain_error(HTTPStatus.NOT_FOUND, "The access token was not found")
    told = {"userId": 101, "hubId": account.portal_id, "appId": APP_ID, "scopes": sorted(scopes)}
    return HTTPStatus.OK, told
