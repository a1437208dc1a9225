"""The account that the stand-in plays: its number, details and the scopes that its token starts with.

Source: HubSpot's OpenAPI file of the account information API.
"""

from collections.abc import Iterable, Mapping
from typing import Any

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


def details() -> Mapping[str, Any]:
    """Return the account details."""
    return {
        "portalId": HUB_ID,
        "accountType": "STANDARD",
        "timeZone": "Europe/Copenhagen",
        "companyCurrency": "EUR",
        "additionalCurrencies": [],
        "utcOffset": "+01:00",
        "utcOffsetMilliseconds": 3_600_000,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }


def token_info(scopes: Iterable[str]) -> Mapping[str, Any]:
    """Return what HubSpot tells about an access token."""
    return {"userId": 101, "hubId": HUB_ID, "appId": APP_ID, "scopes": sorted(scopes)}
