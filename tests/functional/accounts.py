"""Destinations that point to one HubSpot account or another, and events for them."""

import json
from collections.abc import Mapping
from itertools import count
from typing import Any

import boto3

from cli.standin.server import StandIn
from relay.core.accounts import bucket_key, token_hash
from relay.core.envelopes import Envelope, pack
from sender import app

ACCOUNT = "/account-info/2026-09/details"
_RECORDS = count()


def point(
    destination: str, standin: StandIn, token: str = "", *, hub_id: int = 0, **settings: object
) -> None:
    """Point a destination to a HubSpot, as a person does in SSM; the process reads it anew."""
    own = {"hub_id": hub_id or standin.portal.account.portal_id, "hubspot_url": standin.url, **settings}
    put(destination, "settings", json.dumps(own))
    put(destination, "access-token", token or standin.access_token)
    app.parameters.cache_clear()


def put(destination: str, name: str, value: str) -> None:
    boto3.client("ssm").put_parameter(
        Name=f"/relay/{destination}/{name}", Value=value, Type="String", Overwrite=True
    )


def record(destination: str, *events: Mapping[str, object], received_at_ms: int = 1_795_557_700_000) -> Any:
    (body,) = pack(Envelope(destination, received_at_ms, tuple(dict(each) for each in events)))
    name = f"r-{next(_RECORDS)}"
    attributes = {"ApproximateReceiveCount": "1"}
    return {"messageId": name, "receiptHandle": "h", "body": body, "attributes": attributes}


def person(message_id: str, at: str = "2026-11-01T08:00:00Z", /, **traits: object) -> Mapping[str, object]:
    told = {"email": "kim@example.org", **traits}
    return {"type": "identify", "messageId": message_id, "userId": "u-1", "timestamp": at, "traits": told}


def group(message_id: str, at: str = "2026-11-01T08:00:00Z", /, **traits: object) -> Mapping[str, object]:
    told = {"website": "https://acme.example.com", **traits}
    fields = {"userId": "u-1", "groupId": "g-1", "timestamp": at, "traits": told}
    return {"type": "group", "messageId": message_id, **fields}


def buckets() -> Mapping[str, Mapping[str, Any]]:
    """Return the token buckets by their keys."""
    found = boto3.client("dynamodb").scan(TableName="buckets")["Items"]
    return {item["pk"]["S"]: item for item in found if item["pk"]["S"].startswith("bucket#")}


def bucket_of(standin: StandIn) -> str:
    return bucket_key(token_hash(standin.access_token))


def written(standin: StandIn) -> list[str]:
    """Return the paths of the calls that have changed something."""
    return [
        call["path"]
        for call in standin.calls
        if call["method"] != "GET" and not call["path"].endswith(("/search", "/read", "access-token-info"))
    ]
