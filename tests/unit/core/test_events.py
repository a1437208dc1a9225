"""Segment's calls as typed models."""

import pytest
from builders import event, identify

from relay.core.events import Malformed, parse

NOW = 1_793_527_200_000  # 2026-11-01T10:00:00Z


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("2026-11-01T08:00:00.000Z", NOW - 7_200_000),
        ("2026-11-01T09:00:00+01:00", NOW - 7_200_000),
        ("2026-11-01T08:00:00.042901+00:00", NOW - 7_199_958),
        (" 2026-11-01T08:00:00Z ", NOW - 7_200_000),
        ("2026-11-01T08:00:00", NOW - 7_200_000),
        ("2026-11-01", NOW - 36_000_000),
        ("1969-12-31T00:00:00Z", -86_400_000),
        ((NOW - 1000) / 1000, NOW - 1000),
    ],
)
def test_the_time_of_an_event_is_read_leniently(timestamp: object, expected: int) -> None:
    assert event(NOW, timestamp=timestamp).occurred_at_ms == expected


@pytest.mark.parametrize("timestamp", [None, "", "yesterday", "2026-02-30T10:00:00Z", 7, [], {}, True])
def test_a_missing_or_broken_time_is_the_time_of_arrival(timestamp: object) -> None:
    assert event(NOW, timestamp=timestamp).occurred_at_ms == NOW


def test_the_senders_own_time_stands_in_for_a_missing_one() -> None:
    assert event(NOW, originalTimestamp="2026-11-01T08:00:00Z").occurred_at_ms == NOW - 7_200_000


@pytest.mark.parametrize(
    "timestamp", ["2026-11-01T10:00:00.001Z", "2099-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"]
)
def test_a_clock_that_is_ahead_is_not_believed(timestamp: str) -> None:
    assert event(NOW, timestamp=timestamp).occurred_at_ms == NOW


def test_later_events_come_after_earlier_ones_and_ties_are_broken_the_same_way_always() -> None:
    early = event(NOW, timestamp="2026-11-01T08:00:00Z", messageId="z")
    late = event(NOW, timestamp="2026-11-01T09:00:00Z", messageId="a")
    twin = event(NOW, timestamp="2026-11-01T09:00:00Z", messageId="b")

    assert early.order < late.order < twin.order


def test_fields_are_known_by_segments_names() -> None:
    parsed = event(type="alias", previousId="p-1", anonymousId="a-1", context={"groupId": "g"}, unknown=1)

    assert (parsed.type, parsed.previous_id, parsed.anonymous_id) == ("alias", "p-1", "a-1")
    assert parsed.context == {"groupId": "g"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("u-1", "u-1"),
        (7, "7"),
        (7.0, "7"),
        (12345678901234567890, "12345678901234567890"),
        ("u\ud800", "u�"),
        (0, "0"),
        (-1, "-1"),
        (None, None),
        ("", None),
        (" ", ""),
        (True, ""),
        ({"id": 7}, ""),
        ([7], ""),
        (float("nan"), ""),
        pytest.param(10**5000, "", id="huge"),
    ],
)
def test_an_id_is_text_or_a_number_or_absent_and_empty_where_it_is_neither(
    given: object, expected: str | None
) -> None:
    parsed = event(userId=given, anonymousId=given, previousId=given, groupId=given)

    found = [parsed.user_id, parsed.anonymous_id, parsed.previous_id, parsed.group_id]
    assert found == [expected] * 4


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (" 42 ", "42"),
        ("\t42\r\n", "42"),
        ("\u00a0\u200b42\ufeff", "42"),
        ("\u3000\u206642\u2069\x00", "42"),
        ("kim larsen", "kim larsen"),
        ("\u200b\u3164\u2800", ""),
    ],
)
def test_an_id_is_without_the_blanks_around_it(given: str, expected: str) -> None:
    parsed = event(userId=given, anonymousId=given, previousId=given, groupId=given)

    found = [parsed.user_id, parsed.anonymous_id, parsed.previous_id, parsed.group_id]
    assert found == [expected] * 4


@pytest.mark.parametrize("empty", [None, [], {}])
def test_an_absent_object_may_be_written_in_many_ways(empty: object) -> None:
    parsed = event(traits=empty, context=empty, integrations=empty)

    assert (parsed.traits, parsed.context, parsed.integrations) == ({}, {}, {})


@pytest.mark.parametrize("broken", ["x", 7, [1], True])
def test_a_context_that_is_no_object_costs_nothing_else(broken: object) -> None:
    parsed = event(traits={"plan": "x"}, context=broken, integrations=broken, email=[broken])

    assert (parsed.traits, parsed.context, parsed.integrations, parsed.email) == ({"plan": "x"}, {}, {}, None)


def test_traits_may_have_any_key() -> None:
    traits = {"": 1, "x\ud800": 2, "k" * 100_000: 3}

    assert event(traits=traits).traits == traits


@pytest.mark.parametrize("message_id", [None, "", {}, True])
def test_an_event_without_an_id_is_known_by_its_place_in_the_record(message_id: object) -> None:
    assert event(messageId=message_id).message_id == "r-1-0"


def test_the_id_of_an_event_may_be_a_number() -> None:
    assert event(messageId=7).message_id == "7"


def test_the_id_of_an_event_is_kept_as_it_is_written() -> None:
    assert event(messageId=" m-1 ").message_id == " m-1 "


def test_a_sender_cannot_choose_when_its_event_was_received() -> None:
    parsed = event(NOW, receivedAtMs=1, occurredAtMs=1, received_at_ms=1, occurred_at_ms=1)

    assert (parsed.received_at_ms, parsed.occurred_at_ms) == (NOW, NOW)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"traits": [1]}, "traits"),
        ({"traits": "x", "type": 7}, "traits, type"),
        ({"type": None}, "type"),
    ],
)
def test_a_malformed_event_names_its_fields_and_not_their_values(
    changes: dict[str, object], fields: str
) -> None:
    parsed = parse(identify(**changes), received_at_ms=NOW, fallback_id="f")

    assert parsed == Malformed(f"unusable: {fields}")
