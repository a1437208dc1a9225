"""Alarms and graphs look at metrics that are written, reach somebody, and say what to do."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from cloudformation import PARAMETERS, RESOURCES, Names, resolve
from journaling import Journaling
from watching import (
    ALARMS,
    FILTERED,
    FILTERS,
    METRIC_ALARMS,
    PARTS,
    STACK,
    TOLD,
    Watched,
    metrics_of,
    plotted,
    watched,
)

from relay.core.metrics import Metric

# What just happens and is over: that it has ended is no news.
HAPPENS = frozenset(
    {
        "IngestErrorsAlarm",
        "SenderErrorsAlarm",
        "ApiErrorsAlarm",
        "TooManyRequestsAlarm",
        "IngestThrottlesAlarm",
        "SenderThrottlesAlarm",
        "IngestRefusedAlarm",
        "StrangersAlarm",
        "MemoryThrottlesAlarm",
        "ExpiredAlarm",
    }
)
# AWS's own metrics: those of a namespace under its one dimension, and the kind of resource that it names.
# docs.aws.amazon.com: apigateway http-api-metrics, lambda monitoring-metrics-types, SQSDeveloperGuide
# sqs-available-cloudwatch-metrics, amazondynamodb metrics-dimensions.
AWS_METRICS: Mapping[str, tuple[str, str, frozenset[str]]] = {
    "AWS/ApiGateway": ("ApiId", "AWS::Serverless::HttpApi", frozenset({"Count", "4xx", "5xx", "Latency"})),
    "AWS/Lambda": (
        "FunctionName",
        "AWS::Serverless::Function",
        frozenset({"Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"}),
    ),
    "AWS/SQS": (
        "QueueName",
        "AWS::SQS::Queue",
        frozenset(
            {
                "ApproximateNumberOfMessagesVisible",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
                "ApproximateAgeOfOldestMessage",
                "NumberOfMessagesSent",
                "NumberOfMessagesReceived",
                "NumberOfMessagesDeleted",
                "NumberOfEmptyReceives",
            }
        ),
    ),
    "AWS/DynamoDB": (
        "TableName",
        "AWS::DynamoDB::Table",
        frozenset(
            {
                "ConsumedReadCapacityUnits",
                "ConsumedWriteCapacityUnits",
                "ReadThrottleEvents",
                "WriteThrottleEvents",
            }
        ),
    ),
}


def aws_metrics() -> list[Watched]:
    return [each for each in (*watched(), *plotted()) if each.namespace != STACK]


def own_metrics() -> list[Watched]:
    return [each for each in (*watched(), *plotted()) if each.namespace == STACK]


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return what the sender writes of every metric, with the template's own namespace and service."""
    variables = RESOURCES["SenderFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == {"Ref": STACK}
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", STACK)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", variables["POWERTOOLS_SERVICE_NAME"])
    journaling = Journaling()
    for metric in Metric:
        journaling.meter.note(metric, 1)
    journaling.meter.write()
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def found_as(emitted: list[dict[str, Any]]) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Yield namespace, name, unit and dimensions, as CloudWatch takes them from lines."""
    for line in emitted:
        for directive in line["_aws"]["CloudWatchMetrics"]:
            for metric in directive["Metrics"]:
                for names in directive["Dimensions"]:
                    dimensions = {name: line[name] for name in names}
                    yield directive["Namespace"], metric["Name"], metric["Unit"], dimensions


@pytest.mark.parametrize("metric", own_metrics(), ids=lambda each: f"{each.name}-{each.stat}")
def test_a_metric_of_our_own_is_written_with_the_same_namespace_and_dimensions(
    metric: Watched, emitted: list[dict[str, Any]]
) -> None:
    if metric.name in FILTERED:
        assert metric.dimensions == {}
        return
    written = [(namespace, name, dimensions) for namespace, name, _, dimensions in found_as(emitted)]

    assert (metric.namespace, metric.name, metric.dimensions) in written


@pytest.mark.parametrize("metric", aws_metrics(), ids=lambda each: f"{each.name}-{each.stat}")
def test_a_metric_of_aws_is_one_that_the_resource_has(metric: Watched) -> None:
    dimension, kind, names = AWS_METRICS[metric.namespace]

    assert metric.name in names
    ((name, value),) = metric.dimensions.items()
    # SAM's functions and tables go by their Ref, queues by an attribute.
    logical_id, _, attribute = value.partition(".")
    assert (name, RESOURCES[logical_id]["Type"]) == (dimension, kind)
    assert attribute == ("QueueName" if kind == "AWS::SQS::Queue" else "")


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_is_quiet_without_data_and_says_what_it_is_about(alarm: str) -> None:
    assert ALARMS[alarm]["TreatMissingData"] == "notBreaching"
    assert ALARMS[alarm]["AlarmDescription"].endswith(".")


@pytest.mark.parametrize("alarm", METRIC_ALARMS)
def test_no_alarm_looks_back_further_than_cloudwatch_does(alarm: str) -> None:
    periods = METRIC_ALARMS[alarm]["EvaluationPeriods"]
    most = PARAMETERS["QuietHours"]["MaxValue"] if periods == {"Ref": "QuietHours"} else periods

    # PutMetricAlarm: a day, or seven where a period is an hour at least.
    assert period_s(alarm) * most <= (604_800 if period_s(alarm) >= 3_600 else 86_400)


def period_s(alarm: str) -> int:
    given = METRIC_ALARMS[alarm]
    periods = {each["MetricStat"]["Period"] for each in given.get("Metrics", ()) if "MetricStat" in each}
    (period,) = periods or {given["Period"]}
    return int(period)


@pytest.mark.parametrize("alarm", TOLD)
@pytest.mark.parametrize("reached", [[], ["AlarmTopicArn"], ["AlarmTopic"], ["AlarmTopicArn", "AlarmTopic"]])
def test_an_alarm_reaches_whoever_is_named_and_says_when_it_is_over_if_it_lasts(
    alarm: str, reached: list[str]
) -> None:
    given = resolve(
        TOLD[alarm],
        Names(),
        {"HasAlarmTopic": "AlarmTopicArn" in reached, "HasAlarmEmail": "AlarmTopic" in reached},
    )

    assert given["AlarmActions"] == reached
    assert given.get("OKActions", []) == ([] if alarm in HAPPENS else reached)


def test_there_is_an_alarm_for_each_thing_that_a_person_should_know() -> None:
    own = "sender"
    seen = {
        (name, each.name, *each.dimensions.values())
        for name, alarm in METRIC_ALARMS.items()
        for each in metrics_of(alarm)
    }

    assert seen == {
        *(
            (alarm, f"ApproximateNumberOfMessages{each}", "RejectsQueue.QueueName")
            for alarm in ("RejectsAlarm", "OldRejectsAlarm")
            for each in ("Visible", "NotVisible")
        ),
        ("OldEventsAlarm", "ApproximateAgeOfOldestMessage", "EventsQueue.QueueName"),
        ("OldEventsAlarm", Metric.OLDEST_WAITING_AGE.value, own),
        ("ExpiredAlarm", "EventsExpired"),
        ("IngestRefusedAlarm", "RequestsRefused"),
        ("IngestRefusedAlarm", "EventsRefused"),
        ("StrangersAlarm", "RequestsMisaddressed"),
        ("StrangersAlarm", "RequestsNowhere"),
        ("NoEventsAlarm", "EventsAccepted"),
        ("EventsCameAlarm", "EventsAccepted"),
        *(
            ("MemoryThrottlesAlarm", f"{each}ThrottleEvents", table)
            for each in ("Read", "Write")
            for table in ("ProfileTable", "BucketTable")
        ),
        # What is there all the time, and counts for nothing.
        ("MemoryThrottlesAlarm", "ApproximateNumberOfMessagesVisible", "EventsQueue.QueueName"),
        ("WaitingAlarm", "ApproximateAgeOfOldestMessage", "EventsQueue.QueueName"),
        ("OldestWaitingAlarm", Metric.OLDEST_WAITING_AGE.value, own),
        ("PausedAlarm", "ApproximateNumberOfMessagesVisible", "EventsQueue.QueueName"),
        ("PausedAlarm", "NumberOfMessagesReceived", "EventsQueue.QueueName"),
        ("DayBudgetAlarm", Metric.DAY_USED.value, own),
        ("DaySpentAlarm", "DaySpent"),
        ("AccessTokenRefusedAlarm", "AccessTokenRefused"),
        ("WrongAccountAlarm", "WrongAccount"),
        ("RefusedAlikeAlarm", "RefusedAlike"),
        ("WaitsForPersonAlarm", "WaitsForPerson"),
        ("ForeignAnswersAlarm", Metric.CALLS_FOREIGN.value, own),
        ("NotMadeAlarm", "NotMade"),
        ("IngestErrorsAlarm", "Errors", "IngestFunction"),
        ("SenderErrorsAlarm", "Errors", "SenderFunction"),
        ("ApiErrorsAlarm", "5xx", "HttpApi"),
        ("TooManyRequestsAlarm", "TooManyRequests"),
        ("IngestThrottlesAlarm", "Throttles", "IngestFunction"),
        ("SenderThrottlesAlarm", "Throttles", "SenderFunction"),
    }


def test_the_alarm_on_what_waits_outlasts_the_time_between_two_tries() -> None:
    alarm = ALARMS["OldestWaitingAlarm"]

    assert (alarm["Statistic"], alarm["Threshold"]) == ("Maximum", 3600)
    # A record is hidden for 15 minutes at most; invocations in between may have nothing that waits.
    assert alarm["Period"] > 900


def test_a_page_now_and_then_rings_no_bell_and_one_that_stays_does() -> None:
    alarm = ALARMS["ForeignAnswersAlarm"]

    assert (alarm["Statistic"], alarm["Threshold"], alarm["EvaluationPeriods"]) == ("Sum", 0, 2)
    # A record that waits is looked at within 15 minutes, so each period has a call while it lasts.
    assert alarm["Period"] > 900


def test_the_alarm_on_the_day_is_about_the_portal_that_has_used_most() -> None:
    alarm = ALARMS["DayBudgetAlarm"]

    assert (alarm["Statistic"], alarm["ComparisonOperator"]) == ("Maximum", "GreaterThanThreshold")
    assert alarm["Threshold"] == {"Ref": "DayBudgetAlarmPercent"}
    assert (PARAMETERS["DayBudgetAlarmPercent"]["Default"], Metric.DAY_USED.unit) == (80, "Percent")
    assert alarm["Period"] > 900


def test_a_queue_counts_as_paused_if_messages_stand_in_it_for_longer_than_any_invocation() -> None:
    alarm = ALARMS["PausedAlarm"]
    by_id = {each["Id"]: each for each in alarm["Metrics"]}
    shown = by_id.pop("standing")

    assert shown["ReturnData"] is True
    assert {name: each["ReturnData"] for name, each in by_id.items()} == {"waiting": False, "received": False}
    # A metric without data would leave the whole expression without any.
    assert shown["Expression"] == "IF(waiting > 0 AND FILL(received, 0) == 0, 1, 0)"
    assert {name: each["MetricStat"]["Stat"] for name, each in by_id.items()} == {
        "waiting": "Minimum",
        "received": "Sum",
    }
    assert "DatapointsToAlarm" not in alarm
    assert (
        alarm["EvaluationPeriods"] * period_s("PausedAlarm") >= PARAMETERS["SenderTimeoutSeconds"]["MaxValue"]
    )


def test_only_our_own_alarms_may_publish_to_the_topic_of_the_mails() -> None:
    topic, policy = RESOURCES["AlarmTopic"], RESOURCES["AlarmTopicPolicy"]
    names = Names(
        {"AWS::StackName": "relay", "AWS::Region": "r", "AWS::AccountId": "1", "AWS::Partition": "aws"}
    )

    assert topic["Condition"] == policy["Condition"] == "HasAlarmEmail"
    assert topic["Properties"]["Subscription"] == [{"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}]
    (statement,) = resolve(policy["Properties"], names, {})["PolicyDocument"]["Statement"]
    assert statement == {
        "Sid": "PublishAlarms",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": "AlarmTopic",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "1"},
            "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:r:1:alarm:relay-*"},
        },
    }
    # Named by CloudFormation: the stack's name comes first.
    assert not [name for name, alarm in {**TOLD, **PARTS}.items() if "AlarmName" in alarm]


@pytest.mark.parametrize(
    ("text", "fits"), [("", True), ("ops@example.org", True), ("ops", False), ("a@b c", False), ("@", False)]
)
def test_what_is_no_address_is_refused(text: str, fits: bool) -> None:  # noqa: FBT001 - a table
    assert bool(re.fullmatch(PARAMETERS["AlarmEmail"]["AllowedPattern"], text)) is fits


def test_what_is_read_from_logs_is_put_under_the_stacks_name() -> None:
    for each in FILTERS.values():
        (transformation,) = each["MetricTransformations"]
        assert transformation["MetricNamespace"] == {"Ref": STACK}
        # Without a value for other lines an alarm could not recover.
        assert transformation["DefaultValue"] == 0
