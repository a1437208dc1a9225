"""The sender's metrics, read from what the handler writes in CloudWatch's embedded metric format."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import boto3
import pytest
from functional.sender import KIM, SAMPLES, identify, invoke, invoke_with, outcomes, put_off

from cli.standin.faults import Fault
from cli.standin.server import StandIn
from relay.core.envelopes import Envelope, pack
from relay.core.metrics import Metric
from relay.log_guard import UnhandledError
from sender import app

SECONDLY = {"status": "error", "policyName": "SECONDLY", "message": "secondly limit"}
RECEIVED_AT_MS = 1_700_000_000_000


class Written:
    """The metrics of one invocation, as CloudWatch would take them from its output."""

    def __init__(self, output: str) -> None:
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in output.splitlines()]
        self.values: dict[str, list[float]] = {}
        for line in self.lines:
            (directive,) = line["_aws"]["CloudWatchMetrics"]
            for metric in directive["Metrics"]:
                assert metric["Unit"] == Metric(metric["Name"]).unit
                self.values.setdefault(metric["Name"], []).extend(line[metric["Name"]])

    @property
    def counts(self) -> dict[str, float]:
        """The sums of all that is counted."""
        return {name: sum(found) for name, found in self.values.items() if Metric(name).unit == "Count"}

    def with_prefix(self, prefix: str) -> dict[str, float]:
        return {name: count for name, count in self.counts.items() if name.startswith(prefix)}


def written(capsys: pytest.CaptureFixture[str]) -> Written:
    return Written(capsys.readouterr().out)


def by_status(calls: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """Return what HubSpot has seen: each request by the class of its answer."""
    return Counter(f"HubSpotCalls{_class(call['status'])}" for call in calls)


def _class(status: int) -> str:
    return {0: "Unanswered", 429: "429"}.get(status, f"{status // 100}xx")


def record_of(*events: Mapping[str, object], record_id: str = "r-1") -> dict[str, Any]:
    (body,) = pack(Envelope("default", RECEIVED_AT_MS, events))
    attributes = {"ApproximateReceiveCount": "1"}
    return {"messageId": record_id, "receiptHandle": "h", "body": body, "attributes": attributes}


def settle(**settings: object) -> None:
    """Give the destination other settings."""
    ssm = boto3.client("ssm")
    held = json.loads(ssm.get_parameter(Name="/relay/default/settings")["Parameter"]["Value"])
    value = json.dumps({**held, **settings})
    ssm.put_parameter(Name="/relay/default/settings", Value=value, Type="String", Overwrite=True)


def test_what_is_counted_is_what_the_lines_say_and_what_hubspot_has_seen(
    hubspot: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    _, lines = invoke(*SAMPLES)

    found = written(capsys)
    ends = Counter(f"Events{outcome.partition(':')[0].title()}" for outcome in outcomes(lines).values())
    assert len(ends) > 1
    assert found.with_prefix("Events") == ends
    assert found.with_prefix("HubSpotCalls") == by_status(hubspot.calls)
    assert len(found.values["TokenWait"]) == len(hubspot.calls)


def test_metrics_go_under_the_stacks_name_with_the_service_as_their_only_dimension(
    hubspot: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    invoke_with(identify())

    (line,) = written(capsys).lines
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert hubspot.calls
    assert (directive["Namespace"], directive["Dimensions"]) == ("relay", [["service"]])
    assert line["service"] == "sender"
    assert line.keys() == {"_aws", "service"} | {metric["Name"] for metric in directive["Metrics"]}


def test_each_attempt_counts_by_its_status_and_a_lost_answer_too(
    hubspot: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    hubspot.faults.add([Fault(path="account-info", status=500)])
    invoke_with(identify())
    assert written(capsys).with_prefix("HubSpotCalls") == {"HubSpotCalls5xx": 1}
    hubspot.calls.clear()
    hubspot.faults.add(
        [
            # The second of two tries is answered; it waits for its token until HubSpot may be asked again.
            Fault(path="properties", status=429, body=SECONDLY),
            Fault(path="upsert", drop="after"),
        ]
    )

    answer, lines = invoke_with(identify())

    found = written(capsys)
    assert answer == {"batchItemFailures": []}
    assert put_off() == 2
    assert found.with_prefix("HubSpotCalls") == by_status(hubspot.calls) | {
        "HubSpotCalls429": 1,
        "HubSpotCallsUnanswered": 1,
    }
    assert found.with_prefix("Events") == {"EventsDeferred": 1}
    assert max(found.values["TokenWait"]) > 0
    assert "DeliveryAge" not in found.values
    (line,) = [line for line in lines if line["message"] == "event"]
    assert found.values["OldestWaitingAge"] == [pytest.approx(line["age_ms"] / 1000, abs=60)]


def test_calls_to_the_tracking_host_count_as_well(
    hubspot: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    settle(events="legacy", track_url=hubspot.url)
    track = {"type": "track", "event": "Seen", "messageId": "m-2", "properties": {"email": KIM}}
    hubspot.faults.add([Fault(path="/v1/event", status=503)])

    invoke_with(record_of(track))

    assert [call["status"] for call in hubspot.calls if call["path"] == "/v1/event"] == [503]
    assert written(capsys).with_prefix("HubSpotCalls") == by_status(hubspot.calls)


def test_how_much_of_the_limits_is_used_is_told_once_for_each_portal_and_invocation(
    hubspot: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    # What HubSpot leaves of the day goes with its answers.
    hubspot.limiter.daily = 20
    settle(daily_limit=20, burst_limit=20)

    invoke_with(identify())

    found = written(capsys)
    # One call has told whose the token is, and ten tokens were lent for the rest.
    assert found.values["WindowUsed"] == [55]
    assert found.values["DayUsed"] == [55]
    assert len(hubspot.calls) < 10


def test_the_events_of_a_record_have_one_age(hubspot: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    people = [
        {"type": "identify", "messageId": f"m-{n}", "traits": {"email": f"{n}@example.org"}} for n in range(3)
    ]

    _, lines = invoke_with(record_of(*people))

    (age_ms,) = written(capsys).values["DeliveryAge"]
    assert hubspot.calls
    assert {line["age_ms"] for line in lines if line["message"] == "event"} == {age_ms}


def test_with_more_values_than_a_line_may_hold_none_is_lost(
    hubspot: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    records = [
        record_of({"type": "identify", "messageId": f"m-{n}", "traits": {"email": KIM}}, record_id=f"r-{n}")
        for n in range(250)
    ]

    invoke_with(*records)

    found = written(capsys)
    assert hubspot.calls
    assert len(found.values["DeliveryAge"]) == found.counts["EventsDelivered"] == 250
    assert len(found.lines) == 3


def test_nothing_waits_is_said_too_so_that_an_alarm_recovers(
    hubspot: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    hubspot.faults.add([Fault(path="upsert", status=503)])

    invoke_with(identify())
    (waited_s,) = written(capsys).values["OldestWaitingAge"]
    invoke_with(identify())

    assert waited_s > 3600
    assert written(capsys).values["OldestWaitingAge"] == [0]


def test_only_rejects_in_the_rejects_queue_count_as_stored(
    hubspot: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.adapters.queue.PAUSE_S", 0)
    bad: dict[str, object] = {"type": "identify", "messageId": "m-1", "traits": 7}
    invoke_with(record_of(bad))
    first = written(capsys)
    sqs = boto3.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="rejects")["QueueUrl"])

    answer, _ = invoke_with(record_of(bad))

    second = written(capsys)
    assert hubspot.calls == []
    assert first.counts == {"EventsRejected": 1, "RejectsStored": 1}
    # It goes back by itself, and counts as rejected once it is among the rejects.
    assert (answer, put_off()) == ({"batchItemFailures": []}, 1)
    assert second.counts == {"EventsDeferred": 1}
    assert second.values["OldestWaitingAge"][0] > 0


@pytest.mark.parametrize("access_token", ["pat-refused", ""])
def test_events_without_an_access_token_that_hubspot_takes_are_parked(
    hubspot: StandIn, capsys: pytest.CaptureFixture[str], access_token: str
) -> None:
    ssm, name = boto3.client("ssm"), "/relay/default/access-token"
    if access_token:
        ssm.put_parameter(Name=name, Value=access_token, Type="SecureString", Overwrite=True)
    else:
        ssm.delete_parameter(Name=name)

    invoke_with(identify())

    found = written(capsys)
    assert found.with_prefix("Events") == {"EventsDeferred": 1, "EventsParked": 1}
    assert found.with_prefix("HubSpotCalls") == by_status(hubspot.calls)


def test_an_invocation_that_fails_still_tells_of_its_calls_and_claims_no_delivery(
    hubspot: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a surprise")

    with monkeypatch.context() as patch:
        patch.setattr(app.Session, "close", fail)
        with pytest.raises(UnhandledError):
            invoke_with(identify())
    failed, made = written(capsys), list(hubspot.calls)
    hubspot.calls.clear()

    invoke_with(identify())

    assert failed.counts == by_status(made)
    assert failed.counts["HubSpotCalls2xx"] > 0
    assert failed.values.keys() == {*by_status(made), "TokenWait"}
    # And the next one counts only what is its own.
    assert written(capsys).with_prefix("HubSpotCalls") == by_status(hubspot.calls)
