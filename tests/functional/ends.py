"""How the sender comes to each of its ends: how things stand at HubSpot and in the settings."""

import base64
import json
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import boto3
from functional.sender import EVENT_SCOPES, KIM, identify, record_of, set_up_enterprise, start_cold

from cli.standin.faults import Fault
from cli.standin.server import HUB_ID, StandIn
from relay.core.envelopes import VERSION, Envelope, pack

Records: TypeAlias = Sequence[Mapping[str, Any]]
TRACK = {"type": "track", "messageId": "m-1", "event": "Seen", "properties": {"email": KIM}}
GROUP = {
    "type": "group",
    "messageId": "m-1",
    "userId": "u-1",
    "groupId": "g-1",
    "traits": {"website": "https://acme.com", "name": "Acme"},
}
SEEN = {"label": "Seen", "includeDefaultProperties": False, "propertyDefinitions": []}


def _put(hubspot: StandIn, **settings: object) -> None:
    held = {"hub_id": HUB_ID, "hubspot_url": hubspot.url, **settings}
    boto3.client("ssm").put_parameter(
        Name="/relay/default/settings", Value=json.dumps(held), Type="String", Overwrite=True
    )
    start_cold()


def _fault(path: str, **more: Any) -> Callable[[StandIn], Records]:
    def act(hubspot: StandIn) -> Records:
        hubspot.faults.add([Fault(path=path, times=None, **more)])
        return [identify()]

    return act


def _set(**settings: object) -> Callable[[StandIn], Records]:
    def act(hubspot: StandIn) -> Records:
        _put(hubspot, **settings)
        return [identify()]

    return act


def _raw(body: str) -> Callable[[StandIn], Records]:
    record = {
        "messageId": "r-1",
        "receiptHandle": "h",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
    }
    return lambda _: [record]


def _inflating(size: int) -> str:
    """Return a message that is small and unpacks to so many bytes."""
    packed = zlib.compress(b'{"events":[{"x":"' + b"x" * size + b'"}]}')
    return json.dumps({"v": VERSION, "destination": "default", "zlib": base64.b64encode(packed).decode()})


def _nested(levels: int) -> str:
    (body,) = pack(Envelope("default", 0, ({"x": 7},)))
    return body.replace("7", "[" * levels + "]" * levels)


def _token_refused(hubspot: StandIn) -> Records:
    hubspot.access_token = "another one"
    return [identify()]


def _day_spent(hubspot: StandIn) -> Records:
    hubspot.limiter.daily = 0
    return [identify()]


def _without_scope(hubspot: StandIn) -> Records:
    set_up_enterprise(hubspot, events="custom")
    hubspot.revoke(*EVENT_SCOPES)
    return [record_of(TRACK)]


def _without_tier(hubspot: StandIn) -> Records:
    set_up_enterprise(hubspot, events="custom")
    hubspot.portal.tier = "professional"
    return [record_of(TRACK)]


def _undefined(hubspot: StandIn) -> Records:
    set_up_enterprise(hubspot, events="custom")
    return [record_of(TRACK)]


def _refused_alike(hubspot: StandIn) -> Records:
    _fault("upsert", form="required_property", property="jobtitle")(hubspot)
    people = tuple(
        {"type": "identify", "messageId": f"m-{n}", "traits": {"email": f"{n}@example.org"}} for n in range(9)
    )
    # After a day they are rejected.
    (body,) = pack(Envelope("default", time.time_ns() // 1_000_000 - 60_000, people))
    return _raw(body)(hubspot)


def _without_token(_: StandIn) -> Records:
    boto3.client("ssm").delete_parameter(Name="/relay/default/access-token")
    return [identify()]


def _match_property(*, is_there: bool) -> Callable[[StandIn], Records]:
    def act(hubspot: StandIn) -> Records:
        if is_there:
            hubspot.portal.add_property("customer_id")
        _put(hubspot, match_property="customer_id")
        return [identify(user_id="u-1")]

    return act


def _search_refused(hubspot: StandIn) -> Records:
    body = {
        "status": "error",
        "message": "no such filter",
        "category": "VALIDATION_ERROR",
        "correlationId": "c",
    }
    hubspot.faults.add([Fault(path="companies/search", status=400, body=body, times=None)])
    return [record_of(GROUP)]


def _without_table(table: str) -> Callable[[StandIn], Records]:
    def act(_: StandIn) -> Records:
        boto3.client("dynamodb").delete_table(TableName=table)
        return [identify()]

    return act


_REFUSAL = {"status": "error", "message": "Property values were not valid", "category": "VALIDATION_ERROR"}
_NO_ROUTE = {"status": "error", "message": "resource not found", "correlationId": "c-1"}
_INACTIVE = {
    "status": "error",
    "message": "This account is inactive",
    "category": "BANNED",
    "correlationId": "c",
}
CAUSES: Mapping[tuple[str, str], Callable[[StandIn], Records]] = MappingProxyType(
    {
        ("rejected", "refused"): _fault("upsert", status=400, body=_REFUSAL),
        ("rejected", "required_property"): _fault("upsert", form="required_property", property="jobtitle"),
        ("rejected", "no_definition"): _undefined,
        ("rejected", "search_refused"): _search_refused,
        ("rejected", "malformed_event"): lambda _: [
            record_of({"type": "identify", "messageId": "m", "traits": 7})
        ],
        ("rejected", "not_json"): _raw("{"),
        ("rejected", "unknown_version"): _raw('{"v": 99}'),
        ("rejected", "malformed"): _raw(f'{{"v": {VERSION}, "events": 7}}'),
        ("rejected", "too_large_for_sender"): _raw(_inflating(64_000_000)),
        ("rejected", "too_deep"): _raw(_nested(150)),
        ("deferred", "day_spent"): _day_spent,
        ("deferred", "access_token_refused"): _token_refused,
        ("deferred", "wrong_account"): _set(hub_id=42),
        ("deferred", "refused_alike"): _refused_alike,
        ("deferred", "missing_scope"): _without_scope,
        ("deferred", "missing_tier"): _without_tier,
        ("deferred", "forbidden"): _fault("upsert", status=403, body=_INACTIVE),
        ("deferred", "unknown_path"): _fault("contacts/batch/upsert", status=404, body=_NO_ROUTE),
        ("deferred", "no_settings"): lambda _: [identify("nowhere")],
        ("deferred", "invalid_settings"): _set(no_such="setting"),
        ("deferred", "no_access_token"): _without_token,
        ("deferred", "match_property_missing"): _match_property(is_there=False),
        ("deferred", "match_property_not_unique"): _match_property(is_there=True),
        ("deferred", "not_hubspot"): _fault("upsert", form="html_503"),
        ("deferred", "status"): _fault("upsert", status=503, body={"status": "error", "message": "later"}),
        ("deferred", "schema_status"): _fault(
            "/crm/properties", status=503, body={"status": "error", "message": "later"}
        ),
        ("deferred", "no_answer"): _fault("upsert", drop="before"),
        ("deferred", "bucket_unavailable"): _without_table("buckets"),
        ("deferred", "missing_outcome"): _fault(
            "upsert", status=200, body={"status": "COMPLETE", "results": []}
        ),
        ("skipped", "no_email"): lambda _: [identify(traits={})],
        ("skipped", "events_off"): lambda _: [record_of(TRACK)],
    }
)
