"""Moments in all the ways that people write them."""

import pytest

from relay.core.moments import to_ms

TEN = 1_793_527_200_000  # 2026-11-01T10:00:00Z
MIDNIGHT = TEN - 36_000_000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("2026-11-01T10:00:00Z", TEN, id="S44-iso"),
        pytest.param("2026-11-01", MIDNIGHT, id="S44-date-only"),
        pytest.param("2026-11-01T10:00:00.5Z", TEN + 500, id="one-digit-of-fraction"),
        pytest.param("2026-11-01T10:00:00,042Z", TEN + 42, id="comma"),
        pytest.param("2026-11-01T10:00:00.0429019999999Z", TEN + 42, id="nanoseconds-and-more"),
        pytest.param("2026-11-01T10:00Z", TEN, id="no-seconds"),
        pytest.param("2026-11-01T10:00:00", TEN, id="no-zone-is-utc"),
        pytest.param("2026-11-01 10:00:00", TEN, id="space-for-t"),
        pytest.param("2026-11-01t10:00:00z", TEN, id="lower-case"),
        pytest.param("2026-11-01T11:00:00+01:00", TEN, id="east"),
        pytest.param("2026-11-01T02:30:00-0730", TEN, id="west-without-colon"),
        pytest.param("2026-11-01T12:00:00+02", TEN, id="hours-only"),
        pytest.param("2026-11-01 11:00:00 +0100", TEN, id="space-before-zone"),
        pytest.param("2026-11-01 10:00:00 UTC", TEN, id="ruby"),
        pytest.param(" 2026-11-01T10:00:00Z ", TEN, id="outer-white-space"),
        pytest.param("2015-2-3T4:05", 1_422_936_300_000, id="single-digits"),
        pytest.param("Sun Nov 01 2026 11:00:00 GMT+0100 (Central European Time)", TEN, id="to-string"),
        pytest.param(
            "Sun Nov 01 2026 11:00:00 GMT+0100 (Mitteleuropäische Zeit)", TEN, id="zone-in-other-letters"
        ),
        pytest.param("Sun Nov 01 2026", MIDNIGHT, id="to-date-string"),
        pytest.param("Sun, 01 Nov 2026 10:00:00 GMT", TEN, id="to-utc-string"),
        pytest.param("Sun, 1 Nov 2026 11:00:00 +0100", TEN, id="mail"),
        pytest.param(TEN, TEN, id="milliseconds"),
        pytest.param(TEN // 1000, TEN, id="seconds"),
        pytest.param(TEN / 1000 + 0.5, TEN + 500, id="seconds-with-fraction"),
        pytest.param(TEN + 0.9, TEN, id="milliseconds-with-fraction"),
        pytest.param(str(TEN), TEN, id="milliseconds-as-text"),
        pytest.param(str(TEN // 1000), TEN, id="seconds-as-text"),
        pytest.param("0001-01-01T00:00:00+23:59", -62_135_683_140_000, id="before-the-calendar"),
        pytest.param("9999-12-31T23:59:59-23:59", 253_402_387_139_000, id="after-the-calendar"),
        pytest.param("1969-12-31T23:59:59.999Z", -1, id="before-1970"),
        pytest.param("2024-02-29", 1_709_164_800_000, id="leap-day"),
    ],
)
def test_a_moment_is_a_whole_number_of_milliseconds(value: object, expected: int) -> None:
    assert to_ms(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        [],
        {},
        "",
        "yesterday",
        "0000-01-01",
        "2026-02-29",
        "2026-13-01",
        "2026-11-01T24:00:00Z",
        "2026-11-01T10:00:60Z",
        "2026-11-01T10:00:00+24:00",
        "2026-11-01T10:00:00+10:60",
        "2026-11-01T10:00:00Zulu",
        "+275760-09-13T00:00:00Z",
        "11/01/2026",
        "20261101",
        "Sun Foo 01 2026",
        "Sun Feb 30 2026",
        "\uff12\uff10\uff12\uff16-11-01",
        "\u0662\u0660\u0662\u0666-\u0661\u0661-\u0660\u0661",
        "2026-11-01\ud800",
        "1" * 100_000,
        " " * 100_000 + "x",
        # Blanks count as well: stripping millions of them for each event of a batch takes minutes.
        " " * 100 + "2026-11-01",
    ],
)
def test_anything_else_is_no_moment(value: object) -> None:
    assert to_ms(value) == "not_a_date"


@pytest.mark.parametrize(
    "value",
    [0, 1, -1, 99_999_999, 50_000_000_000, 10**400, float("inf"), float("nan"), "123456789012345"[:11]],
)
def test_a_number_that_is_no_likely_moment_is_not_guessed_at(value: object) -> None:
    assert to_ms(value) == "implausible_date"
