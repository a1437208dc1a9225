"""Reading the sender's log: the newest part first, and no longer than is bearable."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, cast

import pytest

from cli.doctor import logs
from cli.doctor.facts import Recent
from cli.doctor.logs import recent

NOW_MS = 1_790_000_000_000
HOUR_MS = 3_600_000


def line(ago_ms: int, **changes: Any) -> dict[str, Any]:
    text = {
        "message": "event",
        "destination": "shop",
        "message_id": f"m-{ago_ms}",
        "type": "identify",
        "outcome": "deferred",
        "reason": "status_500",
        "dropped": [],
    }
    return {"timestamp": NOW_MS - ago_ms, "message": json.dumps(text | changes)}


@dataclass
class FakeLogs:
    """A log group that gives one line a page; it remembers what was asked for."""

    lines: list[dict[str, Any]]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def get_paginator(self, name: str) -> "FakeLogs":
        assert name == "filter_log_events"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(asked)
        for each in self.lines:
            if asked["startTime"] <= each["timestamp"] <= asked["endTime"]:
                yield {"events": [each]}


def read(fake: FakeLogs) -> Recent:
    return recent(cast("Any", fake), "group", "shop", NOW_MS)


def test_the_last_day_is_read_in_parts_the_newest_first_and_nothing_twice() -> None:
    fake = FakeLogs([line(ago * HOUR_MS) for ago in (23, 2, 0)])

    found = read(fake)

    assert found.deferred["status_500"].events == 3
    assert found.since_ms == NOW_MS - 24 * HOUR_MS
    spans = [(asked["startTime"], asked["endTime"]) for asked in fake.asked]
    assert spans[0] == (NOW_MS - HOUR_MS // 2, NOW_MS)
    assert [newer[0] - older[1] for newer, older in pairwise(spans)] == [1, 1]
    assert all('$.destination = "shop"' in asked["filterPattern"] for asked in fake.asked)


def test_lines_of_others_and_of_no_event_are_passed_over() -> None:
    fake = FakeLogs(
        [
            line(1, destination="other"),
            line(2, message="invocation"),
            {"timestamp": NOW_MS - 3, "message": "START"},
            {"timestamp": NOW_MS - 4, "message": "[]"},
        ]
    )

    found = read(fake)

    assert (found.deferred, found.rejected, found.unknown) == ({}, {}, {})


def test_a_log_that_takes_too_long_is_read_in_part_and_says_how_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "READ_S", -1)
    fake = FakeLogs([line(2 * HOUR_MS), line(3 * HOUR_MS - 1)])

    found = read(fake)

    assert found.since_ms == NOW_MS - HOUR_MS // 2
    assert found.deferred["status_500"].events == 1
    assert len(fake.asked) == 2


def test_companies_that_groups_of_different_names_share_are_counted_by_their_records() -> None:
    shared = {"property": "groupId", "reason": "shared_domain"}
    told = {"type": "group", "outcome": "delivered", "object_id": "9001", "dropped": [shared]}
    fake = FakeLogs(
        [line(1, **told), line(2, **told), line(3, **{**told, "outcome": "skipped", "object_id": None})]
    )

    assert {key: seen.events for key, seen in read(fake).shared.items()} == {"9001": 2, "": 1}


def test_what_was_not_made_is_counted_by_reason_and_name() -> None:
    dropped = [
        {"property": "user_12345", "reason": "not_made: looks_like_data"},
        {"property": "hat", "reason": "not_made: max_new_names_a_day"},
    ]

    found = read(FakeLogs([line(0, outcome="delivered", dropped=dropped)]))

    assert found.not_made.keys() == {("looks_like_data", "user_12345"), ("max_new_names_a_day", "hat")}
    assert found.unknown == {}
