"""What a HubSpot account knows: properties and event definitions, read from it or HubSpot's standard ones."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from cli.standin.object_types import COMPANIES, CONTACTS, ObjectType
from cli.standin.schema import first_properties
from relay.adapters.hubspot import HubSpotClient
from relay.adapters.hubspot_calls import Calls
from relay.adapters.hubspot_events import HubSpotEvents
from relay.core.answers import Answer, NoReply, Reply, content, why_not
from relay.core.bucket import Family, Observation
from relay.core.purse import Token
from relay.core.refusals import text_mapping
from relay.settings import Destination

TIMEOUT_S = 30
# A portal has 500 definitions at most, and a page holds 100.
MAX_PAGES = 10

Entry = Mapping[str, Any]


class SchemaError(Exception):
    """HubSpot does not show its properties; the text says why."""


@dataclass(frozen=True, slots=True)
class PortalSchema:
    """Properties of contacts and companies and definitions of events, each in the shape of HubSpot's API.

    `source` says in words where they are from; `notes` what could not be read.
    """

    contacts: Sequence[Entry]
    companies: Sequence[Entry]
    events: Sequence[Entry] = ()
    source: str = "HubSpot's standard properties"
    notes: tuple[str, ...] = ()


class FreeTokens:
    """As many calls as anybody wants, with no bucket that knows of them."""

    wants_time_zone = False

    def take(self, family: Family, deadline_ms: int) -> Token:
        """Return a token."""
        return Token(family, 0, deadline_ms)

    def settle(self, token: Token, answered_at_ms: int | None, seen: Observation | None = None) -> None:
        """There is no bucket that wants to know."""


def standard_schema() -> PortalSchema:
    """Return the properties that HubSpot has in every account, and no event definitions."""
    return PortalSchema(_standard(CONTACTS), _standard(COMPANIES))


def read_schema(settings: Destination, access_token: str) -> PortalSchema:
    """Read what the destination's account has. Makes GET calls only: three or four, beside the bucket.

    Raises:
        SchemaError: HubSpot does not show the properties of contacts.
    """
    with httpx.Client() as http:
        calls = Calls(http, FreeTokens(), lambda _: access_token, settings.hubspot_url, TIMEOUT_S)
        crm = HubSpotClient(calls, settings.api_version, settings.sensitive_properties)
        by_ms = time.time_ns() // 1_000_000 + 4 * TIMEOUT_S * 1000
        contacts = crm.properties("contacts", by_ms)
        if not content(contacts).get("results"):
            raise SchemaError(f"{settings.hubspot_url} does not show its properties: {_why(contacts)}.")
        companies = crm.properties("companies", by_ms)
        events, trouble = _definitions(HubSpotEvents(calls, settings.api_version), by_ms)
    notes = [f"Event definitions could not be read ({trouble}); none are assumed."] if trouble else []
    listed = _results(companies)
    if not listed:
        why = _why(companies)
        notes.append(f"The properties of companies could not be read ({why}); standard ones are assumed.")
    return PortalSchema(
        _results(contacts),
        listed or _standard(COMPANIES),
        events,
        f"the account behind {settings.hubspot_url}",
        tuple(notes),
    )


def _definitions(api: HubSpotEvents, by_ms: int) -> tuple[Sequence[Entry], str]:
    found: list[Entry] = []
    after = ""
    for _ in range(MAX_PAGES):
        answer = api.definitions(after, by_ms)
        if not content(answer):
            return (), _why(answer)
        found += _results(answer)
        following = text_mapping(text_mapping(content(answer).get("paging")).get("next")).get("after")
        if not following:
            break
        after = str(following)
    return found, ""


def _standard(object_type: ObjectType) -> Sequence[Entry]:
    # The stand-in has some properties of our samples beside HubSpot's own.
    return [entry for entry in first_properties(object_type).values() if entry["hubspotDefined"]]


def _results(answer: Answer) -> list[Entry]:
    results = content(answer).get("results")
    return [each for each in results if isinstance(each, Mapping)] if isinstance(results, list) else []


def _why(answer: Answer) -> str:
    if isinstance(answer, NoReply):
        return answer.reason
    return _said(answer) or why_not(answer).reason


def _said(reply: Reply) -> str:
    message = text_mapping(reply.body).get("message")
    return f"status {reply.status}: {message}" if isinstance(message, str) else f"status {reply.status}"
