"""What goes wrong between us and HubSpot, or on our own side, and costs no event."""

import uuid

import pytest
from e2e.posting import TIMEOUT_S, delivered, emails, held, outcomes, person, post, wait_for

from cli.embedded.processes import kill
from cli.local import LocalRelay
from cli.standin.faults import Fault
from cli.standin.server import StandIn
from relay.core.envelopes import Envelope, unpack

pytestmark = pytest.mark.stack

UPSERT = "batch/upsert"


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

    kill(relay.aws, "SenderFunction")

    lines = relay.journal.wait_for(frozenset(event["messageId"] for event in events), TIMEOUT_S)
    assert outcomes(lines) == {"delivered"}
    assert emails(events) <= held(hubspot).keys()
    assert relay.wait_until_empty(TIMEOUT_S)


def test_what_hubspot_refuses_is_kept_with_its_words_and_the_rest_is_delivered(
    relay: LocalRelay, hubspot: StandIn
) -> None:
    good, bad = person(plan="team"), person(plan="team")
    # As if the person had been deleted for good: HubSpot never takes the address again.
    hubspot.portal.contacts.blocked.add(bad["traits"]["email"])

    lines = delivered(relay, good, bad)

    assert lines[good["messageId"]].outcome == "delivered"
    assert lines[bad["messageId"]].outcome == "rejected: refused"
    assert held(hubspot).keys() == emails([good])
    letter = take_reject(relay)
    assert [event["messageId"] for event in letter.events] == [bad["messageId"]]
    (rejection,) = letter.rejections
    assert (rejection.category, "INVALID_EMAIL" in rejection.message) == ("VALIDATION_ERROR", True)
    # A mixed answer tells it in its header.
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
