"""Each bad request of the table gets its answer from the whole handler, and leaves nothing behind."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from intakes import FakeParameters, FakeQueue, front_door
from refusals.table import CLOSED_KEYS, DESTINATIONS, KEYS, Refusal
from refusals.tracking import TRACKING_API
from refusals.webhooks import WEBHOOK

from ingest import app
from relay.front_door import FrontDoor


def door(state: str, queue: FakeQueue) -> FrontDoor:
    keys = {"closed": json.dumps(CLOSED_KEYS), "bad keys": "{"}.get(state, json.dumps(KEYS))
    parameters = FakeParameters(None if state == "ssm down" else {**DESTINATIONS, "": {"write-keys": keys}})
    return front_door(parameters, queue, waits_ms=[1_200] if state == "busy" else [])


def event_of(refusal: Refusal) -> Mapping[str, Any]:
    body, is_base64 = refusal.body, refusal.is_base64
    if isinstance(body, bytes):
        body, is_base64 = base64.b64encode(body).decode(), True
    return {
        "requestContext": {"http": {"method": refusal.method}},
        "rawPath": refusal.path,
        "headers": refusal.headers,
        "queryStringParameters": refusal.query,
        "body": body,
        "isBase64Encoded": is_base64,
    }


@pytest.mark.parametrize(
    "refusal", [*WEBHOOK, *TRACKING_API], ids=lambda refusal: f"{refusal.path[:20]} {refusal.what}"
)
def test_a_bad_request_gets_its_answer(refusal: Refusal, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = FakeQueue(stores=refusal.state != "queue down")
    monkeypatch.setattr(app, "front_door", lambda: door(refusal.state, queue))

    answer: Any = app.handler(event_of(refusal), None)

    expected: dict[str, Any] = {"success": False, "code": refusal.code, "message": refusal.message}
    if refusal.rejected is not None:
        expected["rejected"] = [{"index": n, "reason": reason} for n, reason in enumerate(refusal.rejected)]
    assert (answer["statusCode"], json.loads(answer["body"])) == (refusal.status, expected)
    assert answer["headers"] == headers_of(refusal)
    assert refusal.state == "queue down" or not queue.bodies


def headers_of(refusal: Refusal) -> Mapping[str, str]:
    headers = {"content-type": "application/json"}
    if refusal.retry_after:
        headers["retry-after"] = refusal.retry_after
    if refusal.origin:
        headers |= {
            "access-control-allow-origin": refusal.origin,
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": "retry-after",
            "vary": "origin",
        }
    return headers


def test_the_table_is_long_enough_and_says_nothing_twice() -> None:
    assert min(len(WEBHOOK), len(TRACKING_API)) >= 30
    for table in (WEBHOOK, TRACKING_API):
        assert len({(each.path, each.what) for each in table}) == len(table)
    assert sum(each.over_http for each in (*WEBHOOK, *TRACKING_API)) >= 12
