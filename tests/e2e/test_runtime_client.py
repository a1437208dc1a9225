"""The handlers under Lambda's own runtime client."""

import json
import sys
from typing import Any

import pytest
from lambda_runtime import ROOT, function_of

from cli.local import LocalRelay

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(sys.platform != "linux", reason="Lambda's runtime client is made for Linux"),
]


def sample(path: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / path).read_text(encoding="utf-8"))
    return event


def test_ingest_answers_and_its_events_are_delivered(relay: LocalRelay) -> None:
    with function_of(relay, "IngestFunction").run() as ingest:
        kind, answer = ingest.invoke(sample("ingest/batch.json"))
        _, refusal = ingest.invoke(sample("ingest/batch.json") | {"headers": {}})

    assert (kind, answer["statusCode"], json.loads(answer["body"])["accepted"]) == ("response", 200, 5)
    assert refusal["statusCode"] == 401
    assert relay.wait_until_empty(60)


def test_the_sender_delivers_and_names_no_failures(relay: LocalRelay) -> None:
    with function_of(relay, "SenderFunction").run() as sender:
        kind, answer = sender.invoke(sample("sender/identify.json"))

    assert (kind, answer) == ("response", {"batchItemFailures": []})
    assert set(relay.contacts(["kim.larsen@example.org"], ["email"])) == {"kim.larsen@example.org"}
