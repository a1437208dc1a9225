"""What the alarms and the dashboard of our template look at, each metric in one form."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudformation import PARAMETERS, RESOURCES, Names, of_type, resolve

STACK = "AWS::StackName"
DASHBOARD = "StoryDashboard"
METRIC_ALARMS = of_type("AWS::CloudWatch::Alarm")
# Made of other alarms, which tell nobody by themselves.
COMPOSITES = of_type("AWS::CloudWatch::CompositeAlarm")
PARTS = {
    name: METRIC_ALARMS[name]
    for each in COMPOSITES.values()
    for name in re.findall(r"\$\{(\w+)\}", each["AlarmRule"]["Fn::Sub"])
}
ALARMS = {name: each for name, each in METRIC_ALARMS.items() if name not in PARTS}
# Whatever tells somebody.
TOLD = {**ALARMS, **COMPOSITES}
FILTERS = of_type("AWS::Logs::MetricFilter")
FILTERED = frozenset(
    transformation["MetricName"]
    for each in FILTERS.values()
    for transformation in each["MetricTransformations"]
)


@dataclass(frozen=True)
class Watched:
    """A metric as it is asked for; values of dimensions and namespaces are logical ids of the template."""

    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(hash=False)
    stat: str


def watched() -> Iterator[Watched]:
    """Yield the metrics of all alarms."""
    for alarm in METRIC_ALARMS.values():
        yield from metrics_of(alarm)


def metrics_of(alarm: Mapping[str, Any]) -> Iterator[Watched]:
    """Yield the metrics of an alarm: the one that it names, or those of its expression."""
    given = resolve(alarm, Names(), dict.fromkeys(("HasAlarmTopic", "HasAlarmEmail"), False))
    if "Metrics" not in given:
        yield _watched(given, given["Statistic"])
    for each in given.get("Metrics", ()):
        if "MetricStat" in each:
            yield _watched(each["MetricStat"]["Metric"], each["MetricStat"]["Stat"])


def _watched(given: Mapping[str, Any], stat: str) -> Watched:
    dimensions = {each["Name"]: each["Value"] for each in given.get("Dimensions", ())}
    return Watched(given["Namespace"], given["MetricName"], dimensions, stat)


def body(documentation: str = "", *, watches_quiet: bool = True) -> dict[str, Any]:
    """Return the dashboard as CloudWatch gets it; names are logical ids, parameters have their defaults."""
    names = Names({name: str(spec["Default"]) for name, spec in PARAMETERS.items() if "Default" in spec})
    names["DocumentationUrl"] = documentation
    text = RESOURCES[DASHBOARD]["Properties"]["DashboardBody"]
    conditions = {"HasDocumentation": bool(documentation), "WatchesQuiet": watches_quiet}
    found: dict[str, Any] = json.loads(resolve(text, names, conditions))
    return found


def plotted() -> Iterator[Watched]:
    """Yield the metrics of all graphs of the dashboard."""
    for widget in body()["widgets"]:
        if widget["type"] == "metric":
            yield from _plotted(widget["properties"])


def _plotted(graph: Mapping[str, Any]) -> Iterator[Watched]:
    before: list[str] = []
    for entry in graph["metrics"]:
        given, options = entry[:-1], entry[-1]
        if "expression" in options:
            continue
        # "." is what the line before has at this place, "..." all of it.
        path = before if given == ["..."] else [_same(n, part, before) for n, part in enumerate(given)]
        before = path
        namespace, name, *pairs = path
        dimensions = dict(zip(pairs[::2], pairs[1::2], strict=True))
        yield Watched(namespace, name, dimensions, options.get("stat", graph.get("stat", "")))


def _same(place: int, part: str, before: list[str]) -> str:
    return before[place] if part == "." else part
