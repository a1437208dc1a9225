"""Lines of the log stay within their bounds and can be written, whatever stands in them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.log_lines import (
    MAX_CHARS,
    MAX_ENTRIES,
    MAX_LINE_BYTES,
    MAX_LIST_BYTES,
    MAX_REASON_CHARS,
    clipped,
    listed,
    to_line,
    within,
    without_addresses,
)

# Characters that take the most room: as they are, escaped, and as a pair of escapes.
WIDE = ["é", "\U0001f600", "\x00", "\ud800"]


def test_a_line_is_json_without_spaces_and_in_its_own_letters() -> None:
    assert to_line({"message": "event", "name": "Zoë"}) == '{"message":"event","name":"Zoë"}'


def test_a_line_with_half_a_character_can_be_written() -> None:
    line = to_line({"message_id": "m-\ud800", "name": "Zoë"})

    assert line.isascii()
    assert json.loads(line) == {"message_id": "m-\ud800", "name": "Zoë"}


def test_of_what_is_no_json_only_the_kind_is_told() -> None:
    class Secret:
        def __str__(self) -> str:
            return "secret"

    assert (
        to_line({"value": Secret(), "error": ValueError("secret")})
        == '{"value":"Secret","error":"ValueError"}'
    )


@pytest.mark.parametrize("wide", WIDE)
def test_a_line_over_the_bound_keeps_what_is_short_and_says_how_long_it_was(wide: str) -> None:
    line = to_line({"message": "event", "n": 1, "text": wide * 70_000, "list": [wide * 70_000], "not": None})

    found = json.loads(line)
    assert len(line.encode()) <= MAX_LINE_BYTES
    assert (found["message"], found["n"], len(found["text"])) == ("event", 1, MAX_CHARS)
    assert found.keys() == {"message", "n", "text", "cut_bytes"}
    assert found["cut_bytes"] > MAX_LINE_BYTES


def test_a_line_at_the_bound_is_written_and_one_byte_more_is_not() -> None:
    room = MAX_LINE_BYTES - len(to_line({"text": ""}))

    assert json.loads(to_line({"text": "x" * room})) == {"text": "x" * room}
    assert json.loads(to_line({"text": "x" * (room + 1)}))["cut_bytes"] == MAX_LINE_BYTES + 1


@given(st.dictionaries(st.text(max_size=20), st.text(min_size=1_000), max_size=100))
def test_no_line_is_too_long_or_no_json(fields: dict[str, str]) -> None:
    line = to_line({name: text * 300 for name, text in fields.items()})

    assert len(line.encode()) <= MAX_LINE_BYTES
    assert isinstance(json.loads(line), dict)


@pytest.mark.parametrize("wide", WIDE)
def test_the_largest_line_of_an_event_fits(wide: str) -> None:
    """The sum in the module, made: every text at its bound, of what takes the most room."""
    texts: dict[str, Any] = within({f"text-{n}": wide * 9_999 for n in range(10)})
    texts |= within({"reason": wide * 9_999}, longer=("reason",)) | {"said": "\x00" * 300}
    entry = {"property": clipped(wide * 999), "reason": clipped(wide * 999)}
    counted = [{"reason": f"a_word_of_ours_{n}", "properties": 10**9} for n in range(20)]

    line = to_line({**texts, "dropped": listed([entry] * 4_000), "dropped_more": counted})

    assert "cut_bytes" not in json.loads(line)
    assert len(line.encode()) <= MAX_LINE_BYTES


def test_a_text_within_its_bound_stays_and_two_that_differ_beyond_it_stay_two() -> None:
    ends = [clipped("x" * MAX_CHARS + end) for end in ("a", "b")]

    assert clipped("x" * MAX_CHARS) == "x" * MAX_CHARS
    assert [len(each) for each in ends] == [MAX_CHARS, MAX_CHARS]
    assert ends[0] != ends[1]


def test_fields_are_clipped_each_to_its_bound_and_what_is_no_text_stays() -> None:
    found = within({"a": "x" * 2_000, "reason": "x" * 2_000, "n": 7, "list": ["y"]}, longer=("reason",))

    assert [len(str(found[name])) for name in ("a", "reason")] == [MAX_CHARS, MAX_REASON_CHARS]
    assert (found["n"], found["list"]) == (7, ["y"])


@pytest.mark.parametrize(("chars", "fit"), [(1, MAX_ENTRIES), (1_000, MAX_LIST_BYTES // 1_012)])
def test_a_list_holds_the_first_entries_up_to_a_number_and_to_bytes(chars: int, fit: int) -> None:
    entries = [{"name": "x" * chars} for _ in range(150)]

    assert listed(entries) == entries[:fit]
    assert listed(entries[:3]) == entries[:3]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("plan", "plan"),
        ("mail of kim@example.org now", "mail of *** now"),
        ("context.traits.kim%40example.org", "***"),
        ("address.city", "address.city"),
    ],
)
def test_a_name_tells_no_address(name: str, told: str) -> None:
    assert without_addresses(name) == told


@pytest.mark.parametrize("end", [" @", "%4 @", "@,"])
def test_a_name_as_long_as_an_event_may_be_is_looked_through_once(end: str) -> None:
    # From each of its characters anew it would take a quarter of an hour.
    name = "x" * 400_000 + end

    assert without_addresses(name) == name
    assert without_addresses(f"{name} kim@example.org") == f"{name} ***"
