"""What is lost rings and what is not does not: what senders do not repeat, and what gets old."""

import json
from collections.abc import Callable, Mapping, Sequence
from operator import gt, le
from typing import Any

import pytest
from access_lines import UNKNOWN, VARIABLES, answered, refused, written
from cloudformation import PARAMETERS, RESOURCES
from log_patterns import matcher
from watching import ALARMS, COMPOSITES, FILTERS, METRIC_ALARMS, PARTS

HOURS_OF_A_WEEK = 7 * 24
# The worst that each variable can hold (docs: HTTP API access logs); none holds words of others.
WORST = {
    "requestId": "JKJaXmPLvHcESHA=",
    "requestTime": "01/Dec/2026:02:19:54 +0000",
    "routeKey": "$default",
    # Tokens of RFC 9110: no quote, no backslash.
    "httpMethod": "M-SEARCH!#$%&'*+.^_`|~0",
    "status": "200",
    "responseLength": "6291456",
    "responseLatency": "30000",
    "integration.status": "200",
    "integration.integrationStatus": "200",
    # Of a list of API Gateway's.
    "error.responseType": "INTEGRATION_TIMEOUT",
}


def counted(log_group: str, line: Mapping[str, Any]) -> set[str]:
    """Return the metrics in which a line of a log group counts."""
    return {
        each["MetricTransformations"][0]["MetricName"]
        for each in FILTERS.values()
        if each["LogGroupName"] == {"Ref": log_group} and matcher(each["FilterPattern"])(line)
    }


def expressions(alarm: str) -> dict[str, str]:
    return {each["Id"]: each["Expression"] for each in ALARMS[alarm]["Metrics"] if "Expression" in each}


def stats(alarm: str) -> set[str]:
    return {each["MetricStat"]["Stat"] for each in ALARMS[alarm]["Metrics"] if "MetricStat" in each}


@pytest.mark.parametrize("unknown", [False, True])
def test_an_access_log_line_is_json_whatever_happens(unknown: bool) -> None:  # noqa: FBT001 - a table
    line = json.loads(written({} if unknown else WORST))

    # One with words in it (error.message, integrationErrorMessage) may hold a quote, which ends the JSON.
    assert set(VARIABLES) == WORST.keys()
    assert set(line.values()) == ({UNKNOWN} if unknown else set(WORST.values()))


@pytest.mark.parametrize(
    ("line", "metrics"),
    [
        (refused(413), {"RequestsRefused"}),
        # Lambda takes 6 MB, the API 10.
        (refused(413, lambdas="413"), {"RequestsRefused"}),
        (refused(429), {"TooManyRequests"}),
        (refused(400), {"RequestsNowhere"}),
        (refused(403), {"RequestsNowhere"}),
        (refused(404), {"RequestsNowhere"}),
        (refused(431), {"RequestsNowhere"}),
        (refused(500), set()),
        (refused(503, lambdas="429"), set()),
        # What the function has refused is counted by its own line.
        (answered(413), set()),
        (answered(401), set()),
        (answered(200), set()),
        (answered(429), {"TooManyRequests"}),
    ],
)
def test_what_the_function_never_sees_is_counted_too(line: Mapping[str, Any], metrics: set[str]) -> None:
    assert counted("AccessLogGroup", line) == metrics


@pytest.mark.parametrize(
    ("status", "code", "metrics"),
    [
        # A word of a release to come, nobody has thought of it here.
        (400, "of_a_newer_relay", {"RequestsRefused"}),
        (422, "of_a_newer_relay", {"RequestsRefused"}),
        (429, "of_a_newer_relay", set()),
        (503, "of_a_newer_relay", set()),
        # With 404 nobody is known by that name; with 503 a write key's destination is to be set up yet.
        (404, "unknown_destination", {"RequestsMisaddressed"}),
        (503, "unknown_destination", set()),
        (200, None, set()),
    ],
)
def test_an_answer_counts_by_its_status_unless_its_code_says_more(
    status: int, code: str | None, metrics: set[str]
) -> None:
    line = {"status": status, "code": code, "accepted": 0, "rejected_events": 0, "bad_events": 0}

    assert counted("IngestLogGroup", line) == metrics


def test_one_refusal_rings_and_only_many_strangers_do() -> None:
    refusals, strangers = ALARMS["IngestRefusedAlarm"], ALARMS["StrangersAlarm"]

    assert expressions("IngestRefusedAlarm") == {"refused": "SUM([requests, events])"}
    assert refusals["Threshold"] == {"Ref": "RefusedAlarmCount"}
    assert PARAMETERS["RefusedAlarmCount"]["Default"] == 0
    assert expressions("StrangersAlarm") == {
        "strange": "MAX([misaddressed, nowhere])",
        "nowhere": "paths / 100",
    }
    assert strangers["Threshold"] == {"Ref": "StrangersAlarmCount"}
    assert PARAMETERS["StrangersAlarmCount"]["Default"] == 10
    assert stats("IngestRefusedAlarm") == stats("StrangersAlarm") == {"Sum"}
    assert {each["ComparisonOperator"] for each in (refusals, strangers)} == {"GreaterThanThreshold"}
    # Only what the expression gives is compared.
    for alarm in (refusals, strangers):
        assert [each["Id"] for each in alarm["Metrics"] if each["ReturnData"]] == [alarm["Metrics"][0]["Id"]]


@pytest.mark.parametrize("alarm", ["RejectsAlarm", "OldRejectsAlarm"])
def test_whoever_looks_at_rejects_does_not_end_their_alarm(alarm: str) -> None:
    # A message that is looked at is not visible, but in flight.
    assert expressions(alarm) == {"lying": "SUM([visible, handed_out])"}
    assert stats(alarm) == {"Maximum"}
    assert {each["MetricStat"]["Metric"]["MetricName"] for each in ALARMS[alarm]["Metrics"][1:]} == {
        "ApproximateNumberOfMessagesVisible",
        "ApproximateNumberOfMessagesNotVisible",
    }
    # So nothing in it can be anywhere else.
    assert "DelaySeconds" not in RESOURCES["RejectsQueue"]["Properties"]


def test_an_alarm_on_age_leaves_days_to_act() -> None:
    days = {name: ALARMS[name]["Threshold"] / 86_400 for name in ("OldEventsAlarm",)}
    rejects = ALARMS["OldRejectsAlarm"]
    retention_s = RESOURCES["RejectsQueue"]["Properties"]["MessageRetentionPeriod"]

    assert days == {"OldEventsAlarm": 10}
    assert expressions("OldEventsAlarm") == {"oldest": "MAX([tried, not_taken])"}
    assert stats("OldEventsAlarm") == {"Maximum"}
    period_s = rejects["Metrics"][1]["MetricStat"]["Period"]
    assert "DatapointsToAlarm" not in rejects
    assert retention_s - period_s * rejects["EvaluationPeriods"] == 7 * 86_400


def test_a_table_that_turns_one_call_away_is_no_news() -> None:
    alarm = ALARMS["MemoryThrottlesAlarm"]

    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"], alarm["Threshold"]) == (3, 2, 0)
    # DynamoDB tells nothing while nothing is turned away, and an alarm on that alone would stay on then:
    # SUM goes by those that have data, and the queue's depth always has.
    assert expressions("MemoryThrottlesAlarm") == {
        "throttles": "SUM([profile_reads, profile_writes, bucket_reads, bucket_writes, pulse])",
        "pulse": "depth * 0",
    }


def test_a_flood_is_said_to_be_larger_than_it_looks() -> None:
    assert "API Gateway may neither log nor count all" in ALARMS["TooManyRequestsAlarm"]["AlarmDescription"]


def is_on(alarm: Mapping[str, Any], hours: Sequence[int | None], periods: int) -> bool:
    """Say whether an alarm on these sums of hours is on, the newest last; None is an hour without data."""
    seen = [None] * max(0, periods - len(hours)) + list(hours)[-periods:]
    breaching: Mapping[str, Callable[[int, int], bool]] = {
        "GreaterThanThreshold": gt,
        "LessThanOrEqualToThreshold": le,
    }
    compares = breaching[alarm["ComparisonOperator"]]
    missing: bool = alarm["TreatMissingData"] == "breaching"
    count = sum(missing if value is None else compares(value, alarm["Threshold"]) for value in seen)
    enough: int = alarm.get("DatapointsToAlarm", periods)
    return count >= enough


def is_quiet(hours: Sequence[int | None], quiet_hours: int = 24) -> bool:
    """Say whether QuietAlarm is on after these hours."""
    (rule,) = COMPOSITES["QuietAlarm"]["AlarmRule"].values()
    assert rule == 'ALARM("${NoEventsAlarm}") AND ALARM("${EventsCameAlarm}")'
    no_events, came = METRIC_ALARMS["NoEventsAlarm"], METRIC_ALARMS["EventsCameAlarm"]
    assert no_events["EvaluationPeriods"] == {"Ref": "QuietHours"}
    return is_on(no_events, hours, quiet_hours) and is_on(came, hours, came["EvaluationPeriods"])


@pytest.mark.parametrize("silence", [None, 0])
def test_silence_after_events_rings_until_nobody_can_remember_them(silence: int | None) -> None:
    """No data, as without a request, or a zero, as where only strangers come."""
    assert not is_quiet([5] + [silence] * 23)
    assert is_quiet([5] + [silence] * 24)
    assert is_quiet([5] + [silence] * (HOURS_OF_A_WEEK - 1))
    assert not is_quiet([5] + [silence] * HOURS_OF_A_WEEK)
    assert not is_quiet([5] + [silence] * 30 + [1])


@pytest.mark.parametrize("hours", [[], [None] * 500, [0] * 500, [0, None] * 100])
def test_a_new_stack_without_events_is_not_missed(hours: list[int | None]) -> None:
    assert not is_quiet(hours)


def test_the_parameter_says_after_how_long_and_the_events_before_are_still_seen_then() -> None:
    most = PARAMETERS["QuietHours"]["MaxValue"]

    assert PARAMETERS["QuietHours"]["Default"] == 24
    assert most <= HOURS_OF_A_WEEK - 24
    assert not is_quiet([5] + [0] * (most - 1), most)
    assert is_quiet([5] + [0] * most, most)
    assert {each["Period"] for each in PARTS.values()} == {3_600}


def test_there_is_no_such_alarm_where_it_is_not_wanted_or_nothing_is_logged() -> None:
    assert {RESOURCES[name]["Condition"] for name in (*COMPOSITES, *PARTS)} == {"WatchesQuiet"}
    assert not any("AlarmActions" in each for each in PARTS.values())
