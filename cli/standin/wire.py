"""From bytes to a call, and from an answer to bytes; and the state as whoever looks in sees it."""

import json
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from cli.standin.answers import Result, plain_error
from cli.standin.calls import Call
from cli.standin.form_bodies import GATEWAYS
from cli.standin.object_types import BY_NAME, CONTACTS
from cli.standin.portal import Portal

_NO_TOKEN = "Authentication credentials not found. This API supports OAuth 2.0 authentication."  # noqa: S105 - a text


def call_of(parts: Mapping[str, str | None], query: str, raw: bytes, scopes: frozenset[str]) -> Call:
    """Return a call: the parts of its path that vary, its query, its body (empty if it is no JSON object)."""
    body = parsed(raw)
    return Call(
        version=parts.get("version") or parts.get("v4") or "",
        key=parts.get("key") or "",
        query=dict(parse_qsl(query)),
        body=body if isinstance(body, Mapping) else {},
        scopes=scopes,
        object_type=BY_NAME.get(parts.get("object_type") or "", CONTACTS),
        to_type=BY_NAME.get(parts.get("to_type") or "", CONTACTS),
        to_key=parts.get("to_key") or "",
        size=len(raw.decode(errors="replace")),
    )


def parsed(raw: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON of a body, an empty object for an empty one, None for what is no JSON."""
    try:
        return json.loads(raw or b"{}")
    except ValueError:
        return None


def encoded(body: Any) -> tuple[bytes, str]:  # noqa: ANN401 - JSON
    """Return the bytes and the content type of a body: a text is HTML, bytes are a picture."""
    if isinstance(body, bytes):
        return body, "image/gif"
    if isinstance(body, str):
        return body.encode(), "text/html"
    return b"" if body is None else json.dumps(body).encode(), "application/json;charset=utf-8"


def correlation_id(body: Any) -> str:  # noqa: ANN401 - JSON
    """Return the correlation id that the body has; its header repeats it (error handling page)."""
    found = body.get("correlationId") if isinstance(body, Mapping) else None
    return str(found or uuid.uuid4())


def own_headers(body: Any) -> Mapping[str, str]:  # noqa: ANN401 - JSON
    """Return the header by which HubSpot's answers are known; none with a page, or what a gateway says."""
    is_foreign = isinstance(body, str) or body in GATEWAYS
    return {} if is_foreign else {"X-HubSpot-Correlation-Id": correlation_id(body)}


def unauthorised() -> Result:
    """Return the 401 for a wrong token or none."""
    return plain_error(HTTPStatus.UNAUTHORIZED, _NO_TOKEN, "INVALID_AUTHENTICATION")


def state_of(portal: Portal) -> Mapping[str, Any]:
    """Return what a portal holds; the `associations` of a contact are type ids by company id."""
    contacts = [
        contact.to_json(associations=_links(portal, contact.id)) for contact in portal.contacts.live.values()
    ]
    companies = [company.to_json() for company in portal.companies.live.values()]
    return {
        "contacts": contacts,
        "count": len(contacts),
        "companies": companies,
        "company_count": len(companies),
        "occurrences": [each.to_json() for each in portal.occurrences],
        "event_definitions": [each["fullyQualifiedName"] for each in portal.event_definitions.live.values()],
        "legacy_events": [each.to_json() for each in portal.legacy_events.received],
    }


def _links(portal: Portal, contact_id: str) -> Mapping[str, Any]:
    links = portal.associations.of(CONTACTS, contact_id)
    return {company_id: sorted(type_ids) for company_id, type_ids in links.items()}
