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
        ("2026-11-01T08:00:00.029:Z", NOW - 7_199_971),
        ("2002-01-01T00:00:00Z", 1_009_843_200_000),
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
    parsed = event(traits={"plan": "x"}, context=broken, properties=broken, email=[broken])

    assert (parsed.traits, parsed.context, parsed.properties, parsed.email) == ({"plan": "x"}, {}, {}, None)
    assert parsed.notes == {"context": "not_an_object", "properties": "not_an_object"}


@pytest.mark.parametrize("broken", ["x", 7, [1]])
def test_integrations_that_cannot_be_read_are_told(broken: object) -> None:
    parsed = event(integrations=broken)

    assert (parsed.integrations, parsed.notes) == ({}, {"integrations": "not_an_object"})


@pytest.mark.parametrize("name", ["traits", "properties", "context", "integrations"])
def test_an_object_may_be_written_as_text(name: str) -> None:
    parsed = event(type="track", **{name: '{"plan": {"tier": 1.5}}'})

    assert getattr(parsed, name) == {"plan": {"tier": 1.5}}
    assert parsed.notes == ({"traits": "not_of_this_call"} if name == "traits" else {})


@pytest.mark.parametrize(
    ("kind", "fields", "notes"),
    [
        ("track", {"traits": "x"}, {"traits": "not_an_object"}),
        ("track", {"traits": {"a": 1}}, {"traits": "not_of_this_call"}),
        ("page", {"traits": {"a": 1}, "properties": {"b": 1}}, {"traits": "not_of_this_call"}),
        ("identify", {"properties": {"a": 1}}, {"properties": "not_of_this_call"}),
        ("group", {"properties": {}, "traits": {"a": 1}}, {}),
        ("alias", {"properties": {"a": 1}, "traits": {"a": 1}}, {}),
        ("delete", {"traits": [1]}, {"traits": "not_an_object"}),
        ("track", {"context": {"traits": "x"}}, {"context.traits": "not_an_object"}),
        ("track", {"context": {"traits": [], "personas": None}}, {}),
        ("track", {"context": {"externalIds": 7}}, {"context.externalIds": "not_a_list"}),
        (
            "track",
            {"timestamp": "soon", "context": 7},
            {"timestamp": "not_a_time", "context": "not_an_object"},
        ),
    ],
)
def test_what_is_not_read_is_told(kind: str, fields: dict[str, object], notes: dict[str, str]) -> None:
    assert event(NOW, type=kind, **fields).notes == notes


def test_what_is_read_from_a_context_may_be_written_as_text() -> None:
    parsed = event(
        context={
            "traits": '{"email": "kim@example.org"}',
            "externalIds": '{"type": "email", "id": "kim@example.org"}',
            "personas": "null",
            "page": "https://example.org",
        }
    )

    assert parsed.context == {
        "traits": {"email": "kim@example.org"},
        "externalIds": [{"type": "email", "id": "kim@example.org"}],
        "personas": {},
        "page": "https://example.org",
    }


def test_integrations_had_another_name_once() -> None:
    assert event(providers={"HubSpot": False}).integrations == {"HubSpot": False}


def test_a_sender_cannot_choose_what_is_told_of_its_event() -> None:
    assert event(notes={"x": "y"}).notes == {}


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


@pytest.mark.parametrize("name", ["", " ", "\u200b", "\u00a0\ufeff", None, 7])
def test_a_name_of_which_nothing_is_to_be_seen_is_none(name: object) -> None:
    assert event(type="track", event=name).name is None
