"""Fields of an event by Segment's names, in whatever spelling they came."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.events import Event, parse
from relay.core.fields import SPELT, in_our_names, without_write_key

NOW = 1_793_527_200_000


def parsed(**fields: Any) -> Event:
    found = parse({"type": "track", **fields}, received_at_ms=NOW, fallback_id="r-1-0")
    assert isinstance(found, Event)
    return found


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"user_id": "u-1"}, {"user_id": "u-1"}),
        ({"UserID": 7}, {"user_id": "7"}),
        ({"anonymous_id": "a-1", "group_id": "g-1"}, {"anonymous_id": "a-1", "group_id": "g-1"}),
        ({"previous_id": "p-1"}, {"previous_id": "p-1"}),
        ({"message_id": "m-1"}, {"message_id": "m-1"}),
        ({"Message-Id": 5}, {"message_id": "5"}),
        ({"original_timestamp": "2026-11-01T08:00:00Z"}, {"occurred_at_ms": NOW - 7_200_000}),
        ({"userId": None, "user_id": "u-1"}, {"user_id": "u-1"}),
        ({"userId": " \u200b", "user_id": "u-1"}, {"user_id": "u-1"}),
        ({"userId": "u-1", "user_id": "u-1"}, {"user_id": "u-1"}),
        ({"userId": "u-1", "user_id": None}, {"user_id": "u-1"}),
        ({"userId": "u-1", "user_id": ""}, {"user_id": "u-1"}),
    ],
)
def test_a_field_in_another_spelling_is_read(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    found = parsed(**fields)

    assert {name: getattr(found, name) for name in expected} == expected
    assert found.notes == {}


def test_a_value_under_segments_own_name_counts_more_and_the_other_is_told() -> None:
    found = parsed(userId="u-1", user_id="u-2", message_id="m-2", messageId="m-1", anonymous_id="a-1")

    assert (found.user_id, found.message_id, found.anonymous_id) == ("u-1", "m-1", "a-1")
    assert found.notes == {"user_id": "superseded", "message_id": "superseded"}


def test_of_several_spellings_the_one_with_underscores_counts_whatever_their_order() -> None:
    fields = {"UserId": "u-3", "userid": "u-2", "user_id": "u-1"}
    found, other = parsed(**fields), parsed(**dict(reversed(fields.items())))

    assert (found.user_id, found.notes) == ("u-1", {"UserId": "superseded", "userid": "superseded"})
    assert (other.user_id, other.notes) == (found.user_id, found.notes)


@pytest.mark.parametrize("key", ["user_idx", "user.id", "us\u00ebrid", "user" + "_" * 100 + "id", ""])
def test_what_only_looks_like_a_field_is_none(key: str) -> None:
    assert in_our_names({"type": "track", key: "u-1"}) == ({"type": "track", key: "u-1"}, {})


@given(st.dictionaries(st.sampled_from([*SPELT, "user_id", "USER_ID", "sent_at", "traits", "x"]), st.text()))
def test_reading_the_names_again_changes_nothing(event: dict[str, str]) -> None:
    found = in_our_names(event)

    assert in_our_names(found.event).event == found.event
    assert {key: found.event[key] for key in event if key not in SPELT} == {
        key: value for key, value in event.items() if key not in SPELT
    }


@pytest.mark.parametrize("name", ["writeKey", "write_key", "WRITE KEY", "writekey", "_writeKey", "Write-Key"])
def test_a_write_key_is_left_out_of_an_event_and_of_its_context(name: str) -> None:
    event = {"type": "track", name: "k", "traits": {name: "kept"}}

    assert without_write_key(event) == {"type": "track", "traits": {name: "kept"}}
    assert without_write_key({"type": "track", "context": {name: "k", "ip": "::1"}}) == {
        "type": "track",
        "context": {"ip": "::1"},
    }


@pytest.mark.parametrize(
    "event",
    [
        {"type": "track", "context": {"ip": "::1", "writer": "x"}},
        {"type": "track", "context": "writeKey", "writeKeys": []},
        {"write" + "_" * 100 + "key": "x"},
        {},
    ],
)
def test_an_event_without_a_write_key_stays_the_very_same(event: dict[str, Any]) -> None:
    assert without_write_key(event) is event
