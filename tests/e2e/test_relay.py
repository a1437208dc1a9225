"""From a signed request to HubSpot, through the real template, handlers and queue, with faults on the way."""

import json
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.embedded.aws import EmbeddedAws
from cli.journal import Line
from cli.local import LocalRelay
from cli.samples import signature
from cli.standin.faults import Fault
from cli.standin.server import StandIn
from relay.core.envelopes import Envelope, unpack

pytestmark = pytest.mark.stack

UPSERT = "batch/upsert"
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


def test_a_signed_event_becomes_a_contact(relay: LocalRelay, hubspot: StandIn) -> None:
    event = person(plan="team", **{"shoe size": 39})

    lines = delivered(relay, event)

    (contact,) = held(hubspot).values()
    assert (contact["email"], contact["plan"]) == (event["traits"]["email"], "team")
    assert [(line.outcome, dict(line.dropped)) for line in lines.values()] == [
        ("delivered", {"shoe size": "unknown_property"})
    ]


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


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(path=UPSERT, status=500, times=3), id="500 for a while"),
        pytest.param(Fault(path=UPSERT, status=503, body="<html>down</html>", times=2), id="503 in HTML"),
        pytest.param(
            Fault(path=UPSERT, status=429, body={"policyName": "TEN_SECONDLY_ROLLING"}, times=2), id="429"
        ),
        pytest.param(
            Fault(path=UPSERT, status=200, body={"status": "COMPLETE", "results": []}), id="empty 200"
        ),
        pytest.param(Fault(path=UPSERT, status=200, body="not JSON"), id="200 that is no JSON"),
        pytest.param(Fault(path=UPSERT, drop="before"), id="connection cut before processing"),
        pytest.param(Fault(path=UPSERT, drop="after"), id="answer lost after processing"),
        pytest.param(Fault(path=UPSERT, truncate=20), id="answer cut short"),
        pytest.param(Fault(path=UPSERT, delay_ms=4_000), id="no answer in time"),
    ],
)
def test_a_fault_of_hubspot_delays_events_and_loses_none(
    relay: LocalRelay, hubspot: StandIn, fault: Fault
) -> None:
    events = [person(plan="team") for _ in range(3)]
    hubspot.faults.add([fault])

    lines = delivered(relay, *events)

    assert outcomes(lines) == {"delivered"}
    assert hubspot.faults.list() == []
    assert emails(events) <= held(hubspot).keys()
    assert relay.rejected() == 0


def sender_processes() -> list[int]:
    """Return the processes that run the sender function."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = entry.read_bytes()
        except OSError:
            continue
        if b"SenderFunction" in arguments:
            found.append(int(entry.parent.name))
    return found


@pytest.mark.parametrize(
    "fault", [Fault(path=UPSERT, delay_ms=1_500), Fault(path=UPSERT, delay_ms=1_500, drop="after")]
)
def test_a_sender_that_is_killed_in_mid_flight_loses_nothing(
    relay: LocalRelay, hubspot: StandIn, fault: Fault
) -> None:
    """Also while it holds the portal's lease and the bucket's tokens."""
    events = [person(plan="team") for _ in range(3)]
    hubspot.faults.add([fault])
    post(relay, *events)
    wait_for(lambda: not hubspot.faults.list())

    for process in sender_processes():
        os.kill(process, signal.SIGKILL)

    lines = relay.journal.wait_for(frozenset(event["messageId"] for event in events), TIMEOUT_S)
    assert outcomes(lines) == {"delivered"}
    assert emails(events) <= held(hubspot).keys()
    assert relay.wait_until_empty(TIMEOUT_S)


def test_what_hubspot_refuses_is_kept_with_its_words_and_the_rest_is_delivered(
    relay: LocalRelay, hubspot: StandIn
) -> None:
    good, bad = person(plan="team"), person(birthday="not a date")

    lines = delivered(relay, good, bad)

    assert lines[good["messageId"]].outcome == "delivered"
    assert lines[bad["messageId"]].outcome == "rejected: refused"
    assert held(hubspot).keys() == emails([good])
    letter = take_reject(relay)
    assert [event["messageId"] for event in letter.events] == [bad["messageId"]]
    (rejection,) = letter.rejections
    assert (rejection.category, "birthday" in rejection.message) == ("VALIDATION_ERROR", True)
    assert str(uuid.UUID(rejection.correlation_id)) == rejection.correlation_id


def take_reject(relay: LocalRelay) -> Envelope:
    sqs, url = relay.aws.client("sqs"), relay.stack.outputs["RejectsQueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    letter = unpack(message["Body"])
    assert isinstance(letter, Envelope)
    return letter


def test_a_record_that_is_no_envelope_is_put_aside(relay: LocalRelay) -> None:
    sqs = relay.aws.client("sqs")
    sqs.send_message(QueueUrl=relay.stack.outputs["EventsQueueUrl"], MessageBody="hello")

    wait_for(relay.rejected)

    url = relay.stack.outputs["RejectsQueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert message["Body"] == "hello"
    assert message["MessageAttributes"]["reason"]["StringValue"] == "not_json"
    assert relay.wait_until_empty(TIMEOUT_S)


def test_a_rotated_access_token_is_picked_up_without_a_deployment(
    relay: LocalRelay, hubspot: StandIn
) -> None:
    delivered(relay, person())
    old, hubspot.access_token = hubspot.access_token, "pat-na1-rotated"
    name = f"{relay.stack.outputs['ParameterPrefix']}/default/access-token"
    ssm = relay.aws.client("ssm")
    ssm.put_parameter(Name=name, Value="pat-na1-rotated", Type="SecureString", Overwrite=True)
    try:
        assert outcomes(delivered(relay, person())) == {"delivered"}
    finally:
        hubspot.access_token = old
        ssm.put_parameter(Name=name, Value=old, Type="SecureString", Overwrite=True)


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
