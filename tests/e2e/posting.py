"""Posting events to a whole relay, and looking at what became of them."""

import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import httpx
import pytest

from cli.embedded.aws import ACCOUNT, REGION
from cli.journal import Line
from cli.local import LocalRelay
from cli.standin.server import StandIn

TIMEOUT_S = 60


def person(**traits: object) -> dict[str, Any]:
    """Return an identify of somebody new."""
    key = uuid.uuid4().hex[:12]
    return {"type": "identify", "messageId": f"m-{key}", "traits": {"email": f"{key}@example.org", **traits}}


def post(relay: LocalRelay, *events: Mapping[str, object]) -> httpx.Response:
    return relay.post(json.dumps(events if len(events) > 1 else events[0]).encode())


def delivered(relay: LocalRelay, *events: Mapping[str, Any]) -> Mapping[str, Line]:
    """Post events and wait until nothing more will happen to any of them."""
    assert post(relay, *events).json()["accepted"] == len(events)
    lines = relay.journal.wait_for(frozenset(event["messageId"] for event in events), TIMEOUT_S)
    assert relay.wait_until_empty(TIMEOUT_S)
    return lines


def outcomes(lines: Mapping[str, Line]) -> set[str]:
    return {line.outcome for line in lines.values()}


def held(hubspot: StandIn) -> dict[str, dict[str, str]]:
    """Return the portal's contacts by address."""
    return {contact["properties"]["email"]: contact["properties"] for contact in hubspot.state()["contacts"]}


def emails(events: Iterable[Mapping[str, Any]]) -> set[str]:
    return {event["traits"]["email"] for event in events}


def wait_for(what: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + TIMEOUT_S
    while not what():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def as_deployed(relay: LocalRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let boto3 find the embedded AWS where it looks for the real one."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", relay.aws.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
