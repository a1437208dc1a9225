"""The account that the stand-in plays: its number, details and the scopes that its token starts with.

Source: HubSpot's OpenAPI file of the account information API.
"""

from collections.abc import Iterable, Mapping
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


def token_info(scopes: Iterable[str], *, is_told: bool) -> Result:
    """Return what HubSpot tells about an access token; of an OAuth token this call knows nothing.

    HubSpot documents neither the status nor the words for that.
    """
    if not is_told:
        return plain_error(HTTPStatus.NOT_FOUND, "The access token was not found")
    return HTTPStatus.OK, {"userId": 101, "hubId": HUB_ID, "appId": APP_ID, "scopes": sorted(scopes)}
