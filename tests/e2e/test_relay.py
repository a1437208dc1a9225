"""From a signed request to HubSpot, through the real template, handlers and queue."""

import json
import os
import uuid
from pathlib import Path

import httpx
import pytest
from e2e.posting import delivered, emails, held, outcomes, person, wait_for

from cli.embedded.aws import EmbeddedAws
from cli.local import LocalRelay
from cli.samples import signature
from cli.standin.server import StandIn

pytestmark = pytest.mark.stack


def test_a_signed_event_becomes_a_contact(relay: LocalRelay, hubspot: StandIn) -> None:
    event = person(plan="team", **{"shoe size": 39})

    lines = delivered(relay, event)

    (contact,) = held(hubspot).values()
    assert (contact["email"], contact["plan"]) == (event["traits"]["email"], "team")
    assert [(line.outcome, dict(line.dropped)) for line in lines.values()] == [
        ("delivered", {"shoe size": "unknown_property"})
    ]


def test_what_hubspot_has_already_is_not_sent_again_whoever_says_it(
    relay: LocalRelay, hubspot: StandIn
) -> None:
    event = person(plan="team") | {"userId": uuid.uuid4().hex}
    delivered(relay, event)
    calls = len(hubspot.calls)
    again = {**event, "messageId": f"{event['messageId']}-again"}
    # The address is remembered of the user id.
    by_id = {**again, "messageId": f"{event['messageId']}-by-id", "traits": {"plan": "team"}}

    assert outcomes(delivered(relay, again)) == outcomes(delivered(relay, by_id)) == {"skipped: unchanged"}
    assert len(hubspot.calls) == calls


def test_only_what_is_news_of_a_known_person_is_sent(relay: LocalRelay, hubspot: StandIn) -> None:
    event = person(plan="team") | {"userId": uuid.uuid4().hex}
    delivered(relay, event)
    news = {**event, "messageId": f"{event['messageId']}-news", "traits": {"plan": "free"}}

    assert outcomes(delivered(relay, news)) == {"delivered"}
    assert held(hubspot)[event["traits"]["email"]]["plan"] == "free"


def test_a_wrong_signature_is_refused_as_json_and_stores_nothing(relay: LocalRelay) -> None:
    body = json.dumps(person()).encode()

    answer = httpx.post(relay.webhook_url, content=body, headers={"x-signature": signature(body, "wrong")})

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_signature")
    assert answer.headers["content-type"] == "application/json"
    assert relay.waiting() == 0


def test_an_unknown_destination_is_not_found(relay: LocalRelay) -> None:
    body = json.dumps(person()).encode()

    answer = httpx.post(
        f"{relay.url}/webhook/elsewhere", content=body, headers={"x-signature": signature(body)}
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_destination")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("content_type", ["application/json", "application/cloudevents+json", None])
def test_any_method_and_content_type_of_segments_webhooks_is_taken(
    relay: LocalRelay, hubspot: StandIn, method: str, content_type: str | None
) -> None:
    event = person(firstname="Søren")
    body = json.dumps(event, ensure_ascii=False).encode()
    headers = {"x-signature": signature(body)} | ({"content-type": content_type} if content_type else {})

    assert httpx.request(method, relay.webhook_url, content=body, headers=headers).status_code == 200
    wait_for(lambda: held(hubspot).get(event["traits"]["email"], {}).get("firstname") == "Søren")


def test_a_batch_of_a_thousand_people_takes_few_calls_and_stays_within_the_limit(
    relay: LocalRelay, hubspot: StandIn
) -> None:
    events = [person(score=n) for n in range(1000)]

    lines = delivered(relay, *events)

    assert outcomes(lines) == {"delivered"}
    assert held(hubspot).keys() == emails(events)
    report = hubspot.report()
    assert (report["rate_limited"], report["calls"][-1]["status"]) == (0, 200)
    # 10 calls carry a thousand; the queue may hand the messages over in several portions.
    assert len(report["calls"]) <= 20


def test_neither_secrets_nor_personal_data_are_in_any_log(relay: LocalRelay, hubspot: StandIn) -> None:
    event = person(firstname="Wilhelmine")
    delivered(relay, event)

    logs = relay.aws.client("logs")
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    text = json.dumps([logs.filter_log_events(logGroupName=group)["events"] for group in groups])
    assert event["messageId"] in text
    for private in (event["traits"]["email"], "Wilhelmine", hubspot.access_token, "local-signing-secret"):
        assert private not in text


def test_nothing_is_left_behind_and_nothing_of_the_users_shell_reaches_the_functions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-does-not-exist")
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", "pat-na1-users-own")
    with EmbeddedAws() as aws:
        group, folder = aws.process_group, aws.folder
        assert aws.client("sqs").list_queues()
        environment = Path(f"/proc/{group}/environ").read_bytes()

    assert b"users-own" not in environment
    assert b"AWS_PROFILE" not in environment
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
