"""When an event happened, by what it says and when it arrived."""

import pytest

from relay.core.event_times import AHEAD_MS, FLOOR_MS, EventTime, corrected, event_time, read_time

NOW = 1_793_527_200_000  # 2026-11-01T10:00:00Z
TOLERANCE_MS = 10_000


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "0001-01-01",
        "0001/01/01 00:00:00",
        "0000-00-00 00:00:00",
        "0000-00-00T00:00:00.000Z",
        "0000-00-00",
        "1601-01-01T00:00:00Z",
        "1899-12-30",
        "1900-01-01T00:00:00",
        "1970-01-01T00:00:00.000Z",
        "1970-01-01 01:00:00+01:00",
        "1969-12-31T19:00:00-05:00",
        "Thu Jan 01 1970 00:00:00 GMT+0000",
        "1980-01-06T00:00:00Z",
        "2000-01-01T00:00:00Z",
        "2001-01-01T00:00:00Z",
        "2001-12-31T23:59:59.999Z",
        0,
        0.0,
        -1,
        -62_135_596_800,
        -62_135_596_800_000,
        -62_135_596_800_000_000,
        "-62135596800000",
        "0",
        "0.0",
        '"0"',
        788_000_000,
        "",
        "  ",
        "null",
        "Undefined",
        "None",
        "nil",
        "NaN",
        False,
        [],
        {},
    ],
)
def test_an_empty_time_is_no_time_of_an_event(value: object) -> None:
    assert event_time({"timestamp": value}, NOW) == EventTime(NOW, {"timestamp": "empty_time"})


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "Invalid date",
        "2026-02-30",
        "11/20/2026 8:00",
        "2026",
        [1],
        {"a": 1},
        50_000_000_000,
        float("nan"),
    ],
)
def test_what_cannot_be_read_gives_way_to_the_arrival(value: object) -> None:
    assert event_time({"timestamp": value}, NOW) == EventTime(NOW, {"timestamp": "not_a_time"})


@pytest.mark.parametrize(
    "value",
    [
        NOW + AHEAD_MS + 1,
        "4001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2569-11-01T10:00:00Z",
        "2038-01-19",
    ],
)
def test_what_lies_ahead_gives_way_to_the_arrival(value: object) -> None:
    assert event_time({"timestamp": value}, NOW) == EventTime(NOW, {"timestamp": "in_the_future"})


@pytest.mark.parametrize("ahead_ms", [0, 1, AHEAD_MS])
def test_a_clock_that_is_a_little_ahead_is_not_worth_a_word(ahead_ms: int) -> None:
    assert event_time({"timestamp": NOW + ahead_ms}, NOW) == EventTime(NOW, {})


@pytest.mark.parametrize("at_ms", [FLOOR_MS, NOW - 1])
def test_what_is_a_time_counts(at_ms: int) -> None:
    assert event_time({"timestamp": at_ms}, NOW) == EventTime(at_ms, {})


def test_an_event_need_not_say_when_it_happened() -> None:
    assert event_time({"timestamp": None}, NOW) == EventTime(NOW, {})


def test_the_senders_own_time_stands_in_for_one_that_is_none() -> None:
    both = {"timestamp": "0001-01-01", "originalTimestamp": NOW - 1}

    assert event_time(both, NOW) == EventTime(NOW - 1, {"timestamp": "empty_time"})
    assert event_time({"originalTimestamp": "x"}, NOW) == EventTime(NOW, {"originalTimestamp": "not_a_time"})
    assert event_time({"timestamp": NOW, "originalTimestamp": "x"}, NOW) == EventTime(NOW, {})


def test_a_time_is_read_without_an_arrival() -> None:
    assert read_time("9999-12-31") == 253_402_214_400_000


@pytest.mark.parametrize(
    ("times", "sent_at", "expected"),
    [
        # A clock that is an hour ahead, in other forms.
        (
            {"timestamp": "2026-11-01T10:59:59.000:Z"},
            "Sun, 01 Nov 2026 11:00:00 GMT",
            "2026-11-01T09:59:59.000Z",
        ),
        ({"originalTimestamp": NOW + 3_599_000}, NOW + 3_600_000, "2026-11-01T09:59:59.000Z"),
        (
            {"timestamp": "0001-01-01", "originalTimestamp": NOW + 3_599_000},
            NOW + 3_600_000,
            "2026-11-01T09:59:59.000Z",
        ),
        # A clock that knows no year, and has gone on.
        ({"timestamp": "1970-01-01T00:00:09Z"}, "1970-01-01T00:01:09Z", "2026-11-01T09:59:00.000Z"),
        # An event that is planned for later.
        ({"timestamp": NOW + 4_200_000}, NOW + 3_600_000, "2026-11-01T10:10:00.000Z"),
        # Empty times of sending say nothing.
        ({"timestamp": NOW - 1}, "0001-01-01T00:00:00Z", None),
        ({"timestamp": NOW - 1}, "1970-01-01T00:00:00Z", None),
        ({"timestamp": NOW - 1}, "1990-01-01T00:00:00Z", None),
        ({"timestamp": NOW - 1}, "", None),
        ({"timestamp": NOW - 1}, None, None),
        ({"timestamp": NOW - 1}, 0, None),
        ({"timestamp": NOW - 1}, "nonsense", None),
        # Neither is an empty time moved to where it looks like one.
        ({"timestamp": "0001-01-01T00:00:00Z"}, "0001-01-01T00:00:00Z", None),
        ({"timestamp": "1970-01-01T00:00:00Z"}, "1970-03-01T00:00:00Z", None),
        ({"timestamp": "0001-01-01T00:00:00Z"}, NOW + 3_600_000, None),
        ({"timestamp": "9999-12-31T23:59:59Z"}, NOW + 3_600_000, None),
        ({"timestamp": NOW - 1}, "9999-12-31T23:59:59Z", None),
        # Somebody has corrected the first already.
        ({"timestamp": NOW - 1, "originalTimestamp": NOW + 3_599_000}, NOW + 3_600_000, None),
        ({"timestamp": NOW - 1}, NOW + TOLERANCE_MS, None),
        ({}, NOW + 3_600_000, None),
    ],
)
def test_a_wrong_clock_is_corrected_by_when_it_says_that_it_sent(
    times: dict[str, object], sent_at: object, expected: str | None
) -> None:
    found = corrected(times, sent_at, NOW, TOLERANCE_MS)

    assert found.get("timestamp") == expected
    assert (found.get("originalTimestamp") in times.values()) is (expected is not None)
