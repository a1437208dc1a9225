"""Each way that an event can end undelivered is counted by what its row of the page names, and told of."""

import io
import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from access_lines import answered
from ends_table import ANSWERS, NOT_TAKEN, ROWS, Row, by_outcome
from functional.ends import CAUSES
from functional.sender import identify, invoke_with
from functional.test_ingest_refusals import door, event_of
from intakes import FakeQueue
from log_patterns import matcher, value_of
from reasons_in_code import given_back_by, given_to, put_in_place
from refusals.table import TRACKS_KEY, basic
from refusals.tracking import TRACKING_API
from refusals.webhooks import WEBHOOK
from watching import ALARMS, COMPOSITES, FILTERS, PARTS, STACK, metrics_of

from cli import reasons
from cli.reference import SKIPPED
from cli.rejected import RECEIVED_TOO_OFTEN
from cli.samples import WRITE_KEY
from cli.standin.server import StandIn
from ingest import app as ingest
from relay.core.outcomes import Deferred, Outcome, Rejected, Skipped
from relay.reports import Report
from sender import app as sender

REJECTED, DEFERRED = by_outcome("rejected"), by_outcome("deferred")
# What nobody's reason is, but is counted with others.
EVERY_LOOK = {"OldestWaitingAge"}
# Where rejects are stored, their queue tells of them.
NO_ALARM = {"RejectsStored"}
# Words that are passed on, and where they come from: calls whose reason does not stand in them.
PASSED_ON = {
    # NoReply's own words; forbidden()'s three.
    "Deferred": ("relay/core/waiting.py", "relay/company_creation.py", "relay/fates.py"),
    "NoReply": ("relay/adapters/hubspot_calls.py",),
    "Rejected": ("relay/core/waiting.py",),
    "rejected": ("relay/links.py", "relay/outbox.py"),
    "error": ("relay/intake.py",),
}
FURTHER = {
    "Deferred": {
        *("missing_scope", "missing_tier", "forbidden", "company_may_be_coming", "company_creation_unknown"),
        *("reject_not_stored", "window_full", "blocked", "day_spent", "bucket_unavailable"),
    },
    # The word of a document that is nested too deeply.
    "Unreadable": {"too_deep"},
    # Links that are refused so are looked up again: no event ends so.
    "rejected": {"refused"},
}


def metrics_in(log_group: str, line: Mapping[str, Any]) -> set[str]:
    """Return the metrics of the template's filters in which a line counts for something."""
    return {
        given["MetricName"]
        for each in FILTERS.values()
        for given in each["MetricTransformations"]
        if each["LogGroupName"] == {"Ref": log_group}
        and matcher(each["FilterPattern"])(line)
        and value_of(given["MetricValue"], line)
    }


def watched_by(alarm: str) -> set[tuple[str, str]]:
    """Return the namespaces and names of what an alarm looks at."""
    alarms = PARTS.values() if alarm in COMPOSITES else [ALARMS[alarm]]
    return {(each.namespace, each.name) for given in alarms for each in metrics_of(given)}


def looks_at(alarm: str, metric: str) -> bool:
    """Say whether an alarm looks at a metric, which is AWS's if its namespace stands before it, or alone."""
    namespace, _, name = metric.rpartition(" ") if " " in metric else ("", "", metric)
    seen = watched_by(alarm)
    return (namespace or STACK, name) in seen or any(each == metric for each, _ in seen)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.kind} {min(row.reasons, default='')}")
def test_each_alarm_of_a_row_looks_at_its_metric(row: Row) -> None:
    assert row.metrics
    assert bool(row.alarms) is not bool(row.why_none)
    for alarm in row.alarms:
        assert any(looks_at(alarm, metric) for metric in row.metrics), alarm
    for metric in set(row.metrics) - NO_ALARM:
        assert not row.alarms or any(looks_at(alarm, metric) for alarm in row.alarms), metric


def test_every_reason_of_the_code_has_a_row() -> None:
    for callee, files in PASSED_ON.items():
        unread = given_to(callee, 1 if callee == "error" else 0).unread
        assert {each.partition(":")[0] for each in unread} == set(files), callee
    rejected = given_to("Rejected").words | given_to("rejected").words | given_to("Unreadable").words
    rejected |= FURTHER["Unreadable"]
    deferred = given_to("Deferred").words | given_to("NoReply").words | FURTHER["Deferred"]
    replaced = {word.strip("_") for word in put_in_place()} - {"schema", "definitions"}

    assert rejected | {RECEIVED_TOO_OFTEN} <= REJECTED.keys()
    assert {word.strip("_") for word in deferred} <= DEFERRED.keys()
    assert replaced <= {*REJECTED, *DEFERRED, "definitions_status", "schema_status"}
    assert {each.partition("_status")[0] for each in DEFERRED} >= reasons.DEFERRED.keys()
    # Those of releases before this one lie in the queue at most.
    assert reasons.REJECTED.keys() - {"missing_scope", "missing_tier"} <= REJECTED.keys()
    # All of them are in the row of the skipped, which leads to the page that lists them.
    assert given_to("Skipped").words <= SKIPPED.keys()
    codes = given_to("error", 1).words | given_to("BadDocument").words
    assert codes == {each.partition(" ")[2] for each in ANSWERS}
    gate = (("Gate", "admit"), ("Gate", "_objection"), ("", "_too_much"))
    words = (given_back_by("relay/core/admission.py", *each) for each in gate)
    assert {word for each in words for word in each} == NOT_TAKEN.keys()


def test_every_row_has_a_reason_of_the_code() -> None:
    """`expired` and SQS's own aside, nothing stands there that nobody says."""
    said = given_to("Rejected").words | given_to("rejected").words | given_to("Unreadable").words
    said |= FURTHER["Unreadable"]
    later = given_to("Deferred").words | given_to("NoReply").words | FURTHER["Deferred"]

    assert REJECTED.keys() - said - put_in_place() <= {RECEIVED_TOO_OFTEN, "expired"}
    assert {each for each in DEFERRED if "_status" not in each} <= {each.strip("_") for each in later}


@pytest.fixture
def ingested(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    log = io.StringIO()
    monkeypatch.setattr(ingest.logger.registered_handler, "stream", log)
    return log


def line_of(log: io.StringIO, state: str, event: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let ingest answer; return its line."""
    log.truncate(log.seek(0))
    queue = FakeQueue(stores=state != "queue down")
    monkeypatch.setattr(ingest, "front_door", lambda: door(state, queue))
    ingest.handler(event, None)
    return json.loads(log.getvalue())


def counted_at_the_door(line: Mapping[str, Any]) -> set[str]:
    """Return the metrics in which a request counts, by ingest's line and by the API's."""
    found = metrics_in("IngestLogGroup", line) | metrics_in("AccessLogGroup", answered(line["status"]))
    return found | ({"AWS/ApiGateway 5xx"} if line["status"] >= 500 else set())


def test_every_answer_of_ingest_counts_in_the_metric_of_its_row_and_in_no_other(
    ingested: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    driven = set()
    for refusal in (*WEBHOOK, *TRACKING_API):
        line = line_of(ingested, refusal.state, event_of(refusal), monkeypatch)
        answer = f"{line['status']} {line['code']}"
        driven.add(answer)
        expected = set(ANSWERS[answer].metrics)
        if refusal.rejected is not None:
            expected = {metric for word in refusal.rejected for metric in NOT_TAKEN[word].metrics}
            expected |= {"EventsNotTaken"} if refusal.rejected else set()
        assert counted_at_the_door(line) == expected, (refusal.what, line)

    assert driven == ANSWERS.keys()


BAD: Mapping[str, Any] = {
    "missing_type": {},
    "unknown_type": {"type": "purchase"},
    "not_an_object": 7,
    "delete_not_allowed": {"type": "delete", "userId": "u-1"},
    "too_large": {"type": "track", "event": "x", "properties": {"x": "x" * 500_000}},
    "type_not_allowed": {"type": "identify", "userId": "u-1"},
    "too_many_values": {"type": "track", "event": "x", "properties": {"x": [0] * 10_001}},
    "too_many_keys": {"type": "track", "event": "x", "properties": dict.fromkeys(map(str, range(5_001)), 0)},
    "too_deep": None,
}
DEEP = '{"type":"track","x":' + "[" * 101 + "]" * 101 + "}"


@pytest.mark.parametrize("reason", sorted(NOT_TAKEN))
def test_an_event_that_is_not_taken_beside_a_good_one_is_counted(
    reason: str, ingested: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = '{"type":"track","messageId":"m-1","userId":"u-1","event":"Seen"}'
    bad = DEEP if reason == "too_deep" else json.dumps(BAD[reason])
    key = TRACKS_KEY if reason == "type_not_allowed" else WRITE_KEY
    event = {
        "requestContext": {"http": {"method": "POST"}},
        "rawPath": "/v1/batch",
        "headers": basic(f"{key}:"),
        "body": f'{{"batch":[{good},{bad},{bad}]}}',
    }

    line = line_of(ingested, "usual", event, monkeypatch)

    assert (line["status"], line["accepted"], {each["reason"] for each in line["rejected"]}) == (
        200,
        1,
        {reason},
    )
    assert line["rejected_events"] == 2
    is_wanted = reason != "type_not_allowed"
    assert line["bad_events"] == (2 if is_wanted else 0)
    assert counted_at_the_door(line) == {"EventsAccepted", "EventsNotTaken", *NOT_TAKEN[reason].metrics}


def test_the_line_of_many_bad_events_counts_them_all(
    ingested: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = {
        "requestContext": {"http": {"method": "POST"}},
        "rawPath": "/v1/batch",
        "headers": basic(f"{WRITE_KEY}:"),
        "body": json.dumps({"batch": [{}] * 4_000}),
    }

    line = line_of(ingested, "usual", event, monkeypatch)

    assert (len(line["rejected"]), line["rejected_events"], line["bad_events"]) == (100, 4_000, 4_000)


def sent(records: Any, capsys: pytest.CaptureFixture[str]) -> tuple[list[Any], set[str]]:
    """Invoke the sender; return the lines of what was not delivered, and the metrics in which it counts."""
    capsys.readouterr()
    _, lines = invoke_with(*records)
    found = {
        name
        for emitted in map(json.loads, capsys.readouterr().out.splitlines())
        for directive in emitted["_aws"]["CloudWatchMetrics"]
        for name in (metric["Name"] for metric in directive["Metrics"])
        if any(emitted[name])
    }
    ended = [line for line in lines if line["message"] in {"event", "unreadable_record"}]
    for line in ended:
        found |= metrics_in("SenderLogGroup", line)
    return ended, found | ({"AWS/SQS"} if _rejects() else set())


def _rejects() -> int:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="rejects")["QueueUrl"]
    name: Any = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def word_of(line: Mapping[str, Any]) -> str:
    """Return the first word of a line's reason, without a status that ends it."""
    word = str(line["reason"]).partition(":")[0]
    return word.rpartition("status_")[0] + "status" if "status_" in word else word


@pytest.mark.parametrize(("outcome", "reason"), CAUSES)
def test_the_sender_really_ends_so_and_it_counts(
    outcome: str, reason: str, hubspot: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, found = sent(CAUSES[outcome, reason](hubspot), capsys)

    assert {(line.get("outcome", "rejected"), word_of(line)) for line in lines} == {(outcome, reason)}
    assert expected_of(outcome, reason) <= found
    assert alarming(found) == alarming(expected_of(outcome, reason))


def expected_of(outcome: str, reason: str) -> set[str]:
    """Return the metrics of an end's row, and of the row of all that wait."""
    if outcome == "skipped":
        return {"EventsSkipped"}
    if outcome == "rejected":
        return set(REJECTED[reason].metrics)
    return set(DEFERRED[reason].metrics) | EVERY_LOOK


def alarming(metrics: set[str]) -> set[str]:
    """Return those that a filter reads from lines, or that are AWS's."""
    own = {given["MetricName"] for each in FILTERS.values() for given in each["MetricTransformations"]}
    return {each for each in metrics if each in own or "/" in each}


ALL: Mapping[str, Any] = {"rejected": REJECTED, "deferred": DEFERRED, "skipped": SKIPPED}
# Records that are no envelope have no events, and SQS asks nobody.
NOT_OF_EVENTS = {
    *("not_json", "unknown_version", "malformed", "too_deep", "too_large", "too_large_for_sender"),
    RECEIVED_TOO_OFTEN,
}
GIVEN = [
    (outcome, reason)
    for outcome, each in ALL.items()
    for reason in sorted(each)
    if (outcome, reason) not in CAUSES and reason not in NOT_OF_EVENTS
]


@pytest.mark.parametrize(("outcome", "reason"), GIVEN)
def test_whatever_a_portal_says_of_an_event_counts(
    outcome: str,
    reason: str,
    hubspot: StandIn,  # noqa: ARG001 - the handler's surroundings
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The ends that are not caused above: the portal says so, and all else is the real handler."""
    end = given_end(outcome, reason)
    monkeypatch.setattr(sender.Session, "deliver", lambda _, events, *__, **___: [Report(end)] * len(events))

    lines, found = sent([identify()], capsys)

    assert {(line["outcome"], word_of(line)) for line in lines} == {(outcome, reason)}
    assert expected_of(outcome, reason) <= found
    assert alarming(found) == alarming(expected_of(outcome, reason))


def given_end(outcome: str, reason: str) -> Outcome:
    """Return an outcome with a reason as the code gives it, something following it where that may be."""
    if outcome == "skipped":
        return Skipped(reason)
    if outcome == "rejected":
        return Rejected(f"{reason}: waited 13 days" if reason == "expired" else reason)
    return Deferred(f"{reason}_503" if reason.endswith("status") else f"{reason}: something")
