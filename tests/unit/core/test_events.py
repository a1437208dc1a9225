"""Segment's calls as typed models."""

import pytest
from builders import event, identify

from relay.core.events import Malformed, parse

NOW = 1_793_527_200_000  # 2026-11-01T10:00:00Z


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("2026-11-01T08:00:00.000Z", NOW - 7_200_000),
        ("2026-11-01T08:00:00Z", NOW - 7_200_000),
        ("2026-11-01T09:00:00+01:00", NOW - 7_200_000),
        ("2026-11-01T08:00:00.042901+00:00", NOW - 7_199_958),
        ("2026-11-01T08:00:00.5Z", NOW - 7_199_500),
        (" 2026-11-01T08:00:00Z ", NOW - 7_200_000),
        ("2026-11-01T08:00:00", NOW - 7_200_000),
        ("2026-11-01", NOW - 36_000_000),
        ("1969-12-31T00:00:00Z", -86_400_000),
    ],
)
def test_the_time_of_an_event_is_read_leniently(timestamp: str, expected: int) -> None:
    assert event(NOW, timestamp=timestamp).occurred_at_ms == expected


@pytest.mark.parametrize("timestamp", [None, "", "yesterday", "2015-2-02T10:00:00Z", 1_700_000_000, [], {}])
def test_a_missing_or_broken_time_is_the_time_of_arrival(timestamp: object) -> None:
    assert event(NOW, timestamp=timestamp).occurred_at_ms == NOW


@pytest.mark.parametrize(
    "timestamp", ["2026-11-01T10:00:00.001Z", "2099-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_a_clock_that_is_ahead_is_not_believed(timestamp: str) -> None:
    assert event(NOW, timestamp=timestamp).occurred_at_ms == NOW


def test_later_events_come_after_earlier_ones_and_ties_are_broken_the_same_way_always() -> None:
    early = event(NOW, timestamp="2026-11-01T08:00:00Z", messageId="z")
    late = event(NOW, timestamp="2026-11-01T09:00:00Z", messageId="a")
    twin = event(NOW, timestamp="2026-11-01T09:00:00Z", messageId="b")

    assert early.order < late.order < twin.order


def test_fields_are_known_by_segments_names() -> None:
    parsed = event(anonymousId="a-1", userId=7, context={"groupId": "g-1"}, unknown={"x": 1})

    assert (parsed.user_id, parsed.anonymous_id, parsed.context) == ("7", "a-1", {"groupId": "g-1"})


def test_null_objects_are_empty_ones() -> None:
    parsed = event(traits=None, context=None, userId=None)

    assert (parsed.traits, parsed.context, parsed.user_id) == ({}, {}, None)


@pytest.mark.parametrize("message_id", [None, ""])
def test_an_event_without_an_id_is_known_by_its_place_in_the_record(message_id: str | None) -> None:
    assert event(messageId=message_id).message_id == "r-1-0"


def test_a_sender_cannot_choose_when_its_event_was_received() -> None:
    assert event(NOW, receivedAtMs=1, occurredAtMs=1, received_at_ms_=1).received_at_ms == NOW


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"traits": [1]}, "traits"),
        ({"userId": {}, "context": "x"}, "context, userId"),
        ({"type": None}, "type"),
    ],
)
def test_a_malformed_event_names_its_fields_and_not_their_values(
    changes: dict[str, object], fields: str
) -> None:
    parsed = parse(identify(**changes), received_at_ms=NOW, fallback_id="f")

    assert parsed == Malformed(f"unusable: {fields}")
