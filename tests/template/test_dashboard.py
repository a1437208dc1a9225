"""The dashboard tells the whole story, and shows only what is really there."""

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import pytest
from cloudformation import PARAMETERS, RESOURCES, Names, resolve
from watching import DASHBOARD, FILTERED, STACK, TOLD, body, plotted, watched

from relay.core.metrics import Metric

WIDGETS: list[dict[str, Any]] = body()["widgets"]
GRAPHS = [widget["properties"] for widget in WIDGETS if widget["type"] == "metric"]


def titled(title: str) -> Mapping[str, Any]:
    found: Mapping[str, Any]
    (found,) = [graph for graph in GRAPHS if graph["title"].startswith(title)]
    return found


def markdown(address: str) -> str:
    (text,) = [each["properties"]["markdown"] for each in body(address)["widgets"] if each["type"] == "text"]
    return str(text)


def test_the_dashboard_is_one_of_the_account_for_each_stack_and_region_and_can_be_left_out() -> None:
    assert RESOURCES[DASHBOARD]["Condition"] == "HasDashboard"
    assert PARAMETERS["Dashboard"]["Default"] == "true"
    name = RESOURCES[DASHBOARD]["Properties"]["DashboardName"]
    assert resolve(name, Names({"AWS::StackName": "relay", "AWS::Region": "eu-north-1"}), {}) == (
        "relay-eu-north-1"
    )


def test_every_metric_of_the_sender_is_shown_and_so_is_what_is_read_from_logs() -> None:
    shown = {metric.name for metric in plotted() if metric.namespace == STACK}

    # The others of FILTERED are states of a portal, for which there are alarms.
    states = {"DaySpent", "AccessTokenRefused", "WrongAccount", "RefusedAlike", "WaitsForPerson", "NotMade"}
    assert states <= FILTERED
    assert shown == {metric.value for metric in Metric} | FILTERED - states


def test_what_aws_tells_of_the_front_door_the_queue_and_the_bill_is_shown() -> None:
    shown = {(metric.namespace.partition("/")[2], metric.name) for metric in plotted()}

    assert shown >= {
        *(("ApiGateway", name) for name in ("Count", "4xx", "5xx")),
        *(("Lambda", name) for name in ("Errors", "Throttles", "Duration")),
        ("SQS", "ApproximateNumberOfMessagesVisible"),
        ("SQS", "ApproximateAgeOfOldestMessage"),
        *(("SQS", f"NumberOf{each}") for each in ("MessagesSent", "MessagesReceived", "EmptyReceives")),
        *(("DynamoDB", f"Consumed{each}CapacityUnits") for each in ("Read", "Write")),
    }


def test_an_age_is_shown_by_its_percentiles_and_a_share_by_its_maximum() -> None:
    stats = {(metric.name, metric.stat) for metric in plotted()}

    assert {("DeliveryAge", "p50"), ("DeliveryAge", "p99")} <= stats
    assert {stat for name, stat in stats if name in {"WindowUsed", "DayUsed"}} == {"Maximum"}
    counts = {metric.value for metric in Metric if metric.unit == "Count"}
    assert {stat for name, stat in stats if name in counts} == {"Sum"}


def test_all_is_on_one_screen_and_nothing_covers_anything() -> None:
    for widget in WIDGETS:
        assert widget["x"] + widget["width"] <= 24
        # A row of the grid is about 45 pixels high.
        assert widget["y"] + widget["height"] <= 22
    for one, other in combinations(WIDGETS, 2):
        apart = [
            one[start] + one[size] <= other[start] or other[start] + other[size] <= one[start]
            for start, size in (("x", "width"), ("y", "height"))
        ]
        assert any(apart), (one, other)


def test_every_alarm_is_shown() -> None:
    (shown,) = [each["properties"]["alarms"] for each in WIDGETS if each["type"] == "alarm"]

    assert sorted(shown) == sorted(f"{name}.Arn" for name in TOLD)
    (without,) = [
        each["properties"]["alarms"]
        for each in body(watches_quiet=False)["widgets"]
        if each["type"] == "alarm"
    ]
    assert set(shown) - set(without) == {"QuietAlarm.Arn"}


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: str(graph["title"]))
def test_a_graph_has_its_region_its_period_and_a_name_for_each_line(graph: Mapping[str, Any]) -> None:
    lines = [entry[-1] for entry in graph["metrics"] if entry[-1].get("visible", True)]

    assert (graph["region"], graph["period"]) == ("AWS::Region", 300)
    labels = [line["label"] for line in lines]
    assert len(labels) == len(set(labels))


def test_gigabyte_seconds_are_reckoned_with_the_memory_of_each_function() -> None:
    graph = titled("Cost: Lambda")
    ids = {entry[-1]["id"] for entry in graph["metrics"] if "id" in entry[-1]}

    assert dict(gb_seconds(graph)) == {
        "ingest": PARAMETERS["IngestMemorySize"]["Default"],
        "sender": PARAMETERS["SenderMemorySize"]["Default"],
    }
    assert ids == {"ingest", "sender"}


def gb_seconds(graph: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for entry in graph["metrics"]:
        if found := re.fullmatch(r"(\w+) / 1000 \* (\d+) / 1024", entry[-1].get("expression", "")):
            yield found[1], int(found[2])


def test_the_day_has_a_line_where_its_alarm_goes_off() -> None:
    (line,) = titled("HubSpot's limits")["annotations"]["horizontal"]

    assert line["value"] == PARAMETERS["DayBudgetAlarmPercent"]["Default"]


def test_the_text_links_to_the_documentation_where_its_address_is_known_and_names_it_elsewhere() -> None:
    address = "https://example.org/docs"

    assert f"]({address}/operations.md#alarms)" in markdown(address)
    assert f"]({address}/metrics.md)" in markdown(address)
    assert "docs/operations.md" in markdown("")
    assert "](http" not in markdown("")


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("", True),
        ("https://example.org/docs", True),
        ("https://example.org/docs/", False),
        ("http://example.org/docs", False),
        # Either would end the text, or the link, in the middle.
        ('https://example.org/"docs', False),
        ("https://example.org/docs)", False),
    ],
)
def test_an_address_that_would_break_the_dashboard_is_refused(address: str, fits: bool) -> None:  # noqa: FBT001 - a table
    pattern = PARAMETERS["DocumentationUrl"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, address)) is fits


def test_a_metric_that_is_watched_is_shown() -> None:
    shown = {(metric.namespace, metric.name) for metric in plotted()}
    states = {"DaySpent", "AccessTokenRefused", "WrongAccount", "RefusedAlike", "WaitsForPerson", "NotMade"}

    assert {(each.namespace, each.name) for each in watched() if each.name not in states} <= shown
