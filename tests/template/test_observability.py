"""Saved queries and metric filters ask for what the functions really write."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cloudformation import RESOURCES, of_type
from journaling import unmade_lines, written_lines
from watching import FILTERED, FILTERS

from relay.core.metrics import Metric

DOCS = Path(__file__).parents[2] / "docs"
COMMANDS = frozenset({"filter", "fields", "unnest", "stats", "sort"})
FUNCTIONS = frozenset({"ispresent", "jsonParse", "count_distinct", "coalesce", "latest"})
WORDS = frozenset({"and", "or", "as", "by", "into", "asc", "desc"})
# What Logs Insights adds to every line.
ADDED = frozenset({"@timestamp", "@message"})


QUERIES = of_type("AWS::Logs::QueryDefinition")
SENDERS = [name for name, each in FILTERS.items() if each["LogGroupName"] == {"Ref": "SenderLogGroup"}]


def commands(query: str) -> list[str]:
    return [command.strip() for command in QUERIES[query]["QueryString"].split("|")]


def fields_of(value: object, path: str = "") -> Iterator[str]:
    """Yield the names by which Logs Insights knows the fields of a line; those of lists have numbers."""
    if isinstance(value, Mapping | list):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from fields_of(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path


def words_of(command: str) -> list[str]:
    """Return the names in a command without its own, and without texts."""
    bare = re.sub(r'"[^"]*"', "", command).partition(" ")[2]
    return [word for word in re.findall(r"[@A-Za-z_][\w.]*", bare) if word not in FUNCTIONS | WORDS]


def unaliased(word: str, aliases: Mapping[str, str]) -> str:
    first, _, rest = word.partition(".")
    if first not in aliases:
        return word
    return ".".join(filter(None, (aliases[first], rest)))


def asked_for(query: str) -> Iterator[str]:
    """Yield the fields of a line that a query uses."""
    aliases: dict[str, str] = {}
    for command in commands(query):
        named = set(re.findall(r"\bas (\w+)", command))
        for word in words_of(command):
            into = re.fullmatch(r"unnest (\S+) into (\w+)", command)
            if into and word == into[2]:
                # Each element of the list is what the first of them is.
                aliases[word] = f"{unaliased(into[1], aliases)}.0"
            elif word not in named and not (into and word == into[1]):
                yield unaliased(word, aliases)
        for name in named:
            is_line = f"jsonParse(@message) as {name}" in command
            aliases[name] = "" if is_line else "@message"


def test_there_are_queries_for_one_event_for_drops_and_for_rejects_under_the_stacks_name() -> None:
    assert {name: query["Name"]["Fn::Sub"] for name, query in QUERIES.items()} == {
        "EventQuery": "${AWS::StackName}/one event by its messageId",
        "DropsQuery": "${AWS::StackName}/drops by property",
        "RejectsQuery": "${AWS::StackName}/rejects by reason",
    }
    assert {json.dumps(query["LogGroupNames"]) for query in QUERIES.values()} == {
        '[{"Ref": "SenderLogGroup"}]'
    }


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_made_of_commands_that_logs_insights_knows(query: str) -> None:
    text = QUERIES[query]["QueryString"]

    assert {command.partition(" ")[0] for command in commands(query)} <= COMMANDS
    assert set(re.findall(r"(\w+)\(", text)) <= FUNCTIONS
    assert text.count("(") == text.count(")")
    assert text.count('"') % 2 == 0
    placeholders = {spec["Name"] for spec in QUERIES[query].get("Parameters", [])}
    assert set(re.findall(r"\{\{(\w+)\}\}", text)) == placeholders


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_asks_for_fields_that_lines_have(query: str) -> None:
    written = {field for line in written_lines() for field in fields_of(line)} | ADDED

    asked = set(asked_for(query))

    assert asked
    assert asked - written == set()


@pytest.mark.parametrize(("query", "found"), [("EventQuery", 4), ("DropsQuery", 2), ("RejectsQuery", 2)])
def test_a_query_finds_the_lines_that_it_is_about(query: str, found: int) -> None:
    matched = [line for line in written_lines() if matches(commands(query)[0], line)]

    assert len(matched) == found


def matches(command: str, line: Mapping[str, Any]) -> bool:
    """Apply a filter: comparisons with texts, and presence, joined by `and` or by `or`."""
    terms = re.split(r" (?:and|or) ", command.removeprefix("filter "))
    results = [holds(term, line) for term in terms]
    return any(results) if " or " in command else all(results)


def holds(term: str, line: Mapping[str, Any]) -> bool:
    if present := re.fullmatch(r"ispresent\((\S+)\)", term):
        return present[1] in set(fields_of(line))
    name, text = term.split(" = ")
    return bool(line.get(name) == text.strip('"').replace("{{message_id}}", "m-1"))


@pytest.mark.parametrize("name", SENDERS)
def test_a_metric_filter_reads_a_field_that_lines_have(name: str) -> None:
    pattern = FILTERS[name]["FilterPattern"].removeprefix("{ ").removesuffix(" }")
    conditions = re.split(r" (?:\|\||&&) ", pattern)
    found = [re.fullmatch(r'\(?\$\.(\w+) !?= "\w+\*?"\)?', each) for each in conditions]

    fields = {each[1] for each in found if each}
    assert all(found)
    # Lines of events that wait for a person have this one besides: tests/unit/test_telemetry.py.
    lines = [*written_lines(), *unmade_lines()]
    assert all(any(field in line for line in lines) for field in fields - {"waits_for"})


def test_accepted_events_are_summed_up_from_what_ingest_writes_of_each_request() -> None:
    """That its lines have the field is shown in tests/functional."""
    found = FILTERS["EventsAcceptedFilter"]

    assert found["LogGroupName"] == {"Ref": "IngestLogGroup"}
    assert found["FilterPattern"] == "{ $.accepted > 0 }"
    assert found["MetricTransformations"][0]["MetricValue"] == "$.accepted"


def test_requests_that_were_too_many_are_counted_in_the_access_log() -> None:
    found = FILTERS["TooManyRequestsFilter"]
    line = json.loads(RESOURCES["HttpApi"]["Properties"]["AccessLogSettings"]["Format"])

    assert found["LogGroupName"] == {"Ref": "AccessLogGroup"}
    # The format has the status as text.
    assert found["FilterPattern"] == '{ $.status = "429" }'
    assert line["status"] == "$context.status"


def test_the_documentation_names_every_metric_and_every_field_of_a_line() -> None:
    text = (DOCS / "metrics.md").read_text(encoding="utf-8")
    # What Powertools adds to every line.
    added = {"level", "location", "message", "timestamp", "service"}
    fields = {field for line in written_lines() for field in line} - added

    named = re.findall(r"^\| `([A-Z]\w+)` \|", text, re.MULTILINE)
    assert sorted({metric.value for metric in Metric} | FILTERED) == sorted(named)
    assert {field for field in fields if f"`{field}`" not in text} == set()
