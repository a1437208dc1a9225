"""Moments in all the ways that people write them."""

import pytest

from relay.core.moments import to_ms, value_ms

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
        pytest.param("2026-11-01T10:00:00.029:Z", TEN + 29, id="colon-before-the-zone"),
        pytest.param("2026-11-01T11:00:00.029:+0100", TEN + 29, id="colon-before-an-offset"),
        pytest.param("2026-11-01T10:00:00:Z", TEN, id="colon-for-a-fraction"),
        pytest.param("2026-11-01T10:00:00:029Z", TEN + 29, id="colon-before-the-fraction"),
        pytest.param("2026-11-01T10:00:00:9Z", TEN + 9, id="a-number-after-a-colon"),
        pytest.param("2026-11-01T10:00:00.Z", TEN, id="no-fraction-after-the-point"),
        pytest.param("2026-11-01T10.00.00.029Z", TEN + 29, id="points-for-colons"),
        pytest.param("2026-11-01T10:00:00.029GMT+00:00", TEN + 29, id="android"),
        pytest.param("2026-11-01T10:00:00.029+00:00Z", TEN + 29, id="two-zones-that-are-one"),
        pytest.param("2026-11-01T10:00:00 AMZ", TEN, id="twelve-hours"),
        pytest.param("2026-11-01T2:00:00 pm+0400", TEN, id="twelve-hours-in-the-afternoon"),
        pytest.param("2026-11-01T12:00:00 A.M.Z", MIDNIGHT, id="midnight-on-twelve-hours"),
        pytest.param("2026-11-01T12:00:00PMZ", TEN + 7_200_000, id="noon-on-twelve-hours"),
        pytest.param("2026-11-01T6:00:00 下午+0800", TEN, id="chinese-afternoon"),
        pytest.param("Nov 1, 2026, 10:00:00\u202fAM UTC", TEN, id="narrow-blank"),
        pytest.param("Nov. 1st 2026 11:00 AM GMT+1", TEN, id="short-offset"),
        pytest.param("Sunday, November 1, 2026 at 10:00:00 AM UTC", TEN, id="in-words"),
        pytest.param("1 November 2026, 10:00:00 UTC", TEN, id="day-first-in-words"),
        pytest.param("01-Nov-2026 10:00:00 GMT", TEN, id="day-first-with-dashes"),
        pytest.param("Sun, 01 Nov 2026 02:00:00 PST", TEN, id="zone-of-old-mails"),
        pytest.param("Sun Nov 01 10:00:00 UTC 2026", TEN, id="java"),
        pytest.param("Sun Nov  1 10:00:00 +0000 2026", TEN, id="twitter"),
        pytest.param("Nov 1, 2026", MIDNIGHT, id="a-day-in-words"),
        pytest.param("2026-11-01T10:00:00.029Z[UTC]", TEN + 29, id="java-with-a-zone"),
        pytest.param("2026-11-01T11:00+01:00[Europe/Berlin]", TEN, id="an-offset-and-its-zone"),
        pytest.param("2026-11-01T10:00:00+00:00[UTC][u-ca=iso8601]", TEN, id="two-labels"),
        pytest.param("2026-11-01T10:00:00[UTC]", TEN, id="a-label-for-a-zone"),
        pytest.param("2026-11-01 10:00:00.029 +0000 UTC", TEN + 29, id="go"),
        pytest.param("2026-11-01 10:00:00.029 +0000 UTC m=+0.000012", TEN + 29, id="go-with-another-clock"),
        pytest.param("2026-11-01 13:00:00 +0300 +03", TEN, id="go-where-zones-have-no-name"),
        pytest.param("2026/11/01 10:00:00", TEN, id="slashes"),
        pytest.param("2026-11-01Z", MIDNIGHT, id="a-day-and-its-zone"),
        pytest.param("2026-W44-7T10:00:00Z", TEN, id="a-week"),
        pytest.param("20261101T100000Z", TEN, id="basic"),
        pytest.param("20261101T100000.029+0000", TEN + 29, id="basic-with-a-fraction"),
        pytest.param("2026-11-01T1000Z", TEN, id="half-basic"),
        pytest.param("20261101", MIDNIGHT, id="basic-day"),
        pytest.param("20261101100000", TEN, id="basic-without-a-t"),
        pytest.param(20261101, MIDNIGHT, id="basic-day-as-a-number"),
        pytest.param(20261101100000.0, TEN, id="basic-moment-as-a-number"),
        pytest.param("+002026-11-01T10:00:00.000Z", TEN, id="six-digits-for-a-year"),
        pytest.param("2026-10-31T24:00:00Z", MIDNIGHT, id="the-end-of-a-day"),
        pytest.param("2026-10-31T24:00Z", MIDNIGHT, id="the-end-of-a-day-without-seconds"),
        pytest.param("2016-12-31T23:59:60Z", 1_483_228_799_999, id="leap-second"),
        pytest.param("2016-12-31T23:59:60.500Z", 1_483_228_799_999, id="within-a-leap-second"),
        pytest.param("2017-01-01T00:59:60+01:00", 1_483_228_799_999, id="leap-second-elsewhere"),
        pytest.param("20161231T235960Z", 1_483_228_799_999, id="basic-leap-second"),
        pytest.param("\uff12\uff10\uff12\uff16-11-01", MIDNIGHT, id="full-width"),
        pytest.param(
            "\u0662\u0660\u0662\u0666-\u0661\u0661-\u0660\u0661T\u0661\u0660:\u0660\u0660:\u0660\u0660\u066b\u0665Z",
            TEN + 500,
            id="arabic",
        ),
        pytest.param(
            "\u0968\u0966\u0968\u096c-\u0967\u0967-\u0966\u0967T\u0967\u0966:\u0966\u0966:\u0966\u0966Z",
            TEN,
            id="hindi",
        ),
        pytest.param("༢༠༢༦-༡༡-༠༡T༡༨:༠༠:༠༠+0800", TEN, id="dzongkha"),
        pytest.param("2026-11-01T05:00:00\u221205:00", TEN, id="a-true-minus"),
        pytest.param("\u200f2026-11-01T10:00:00\u200eZ", TEN, id="marks-of-direction"),
        pytest.param('"2026-11-01T10:00:00Z"', TEN, id="in-quotes"),
        pytest.param(f"/Date({TEN})/", TEN, id="net"),
        pytest.param(f"\\/Date({TEN}+0100)\\/", TEN, id="net-with-a-zone"),
        pytest.param('ISODate("2026-11-01T10:00:00Z")', TEN, id="mongodb-in-text"),
        pytest.param(f"new Date({TEN})", TEN, id="javascript-in-text"),
        pytest.param(TEN * 1000 + 999, TEN, id="microseconds"),
        pytest.param(TEN * 1_000_000 + 999_999, TEN, id="nanoseconds"),
        pytest.param(str(TEN * 1_000_000), TEN, id="nanoseconds-as-text"),
        pytest.param(f"{TEN // 1000}.5", TEN + 500, id="seconds-with-fraction-as-text"),
        pytest.param("1.7935272E12", TEN, id="java-large-number"),
        pytest.param({"$date": "2026-11-01T10:00:00Z"}, TEN, id="mongodb"),
        pytest.param({"$date": {"$numberLong": str(TEN)}}, TEN, id="mongodb-exact"),
        pytest.param({"__type": "Date", "iso": "2026-11-01T10:00:00.000Z"}, TEN, id="parse"),
        pytest.param({"value": "2026-11-01T10:00:00Z"}, TEN, id="bigquery"),
        pytest.param({"_seconds": TEN // 1000, "_nanoseconds": 29_000_000}, TEN + 29, id="firestore"),
        pytest.param({"seconds": TEN // 1000, "nanos": None}, TEN, id="protobuf"),
        pytest.param({"epochSecond": TEN // 1000, "nano": 29_000_000}, TEN + 29, id="java-instant"),
        pytest.param(
            {"date": "2026-11-01 11:00:00.000000", "timezone_type": 1, "timezone": "+01:00"}, TEN, id="php"
        ),
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
        "2026-11-01T24:00:01Z",
        "2026-11-01T25:00:00Z",
        "2026-11-01T10:60:00Z",
        "2026-11-01T10:00:60Z",
        "2026-11-01T23:59:61Z",
        # Nobody can say where these clocks are, or which of two zones is meant.
        "Nov 1, 2026 10:00:00 AM",
        "2026-11-01 10:00:00 PM",
        "Sun Nov  1 10:00:00 2026",
        "2026-11-01T10:00:00[Europe/Berlin]",
        "2026-11-01 10:00:00 (CET)",
        "2026-11-01[UTC]",
        "2026-11-01 10:00:00 PST",
        "Sun, 01 Nov 2026 10:00:00 CET",
        "Sun, 01 Nov 2026 10:00:00 GMT PST",
        "2026-11-01T10:00:00+01:00Z",
        "2026-11-01T10:00:00Z+01:00",
        "2026-11-01T13:00:00 PMZ",
        "2026-11-01T0:30:00 AMZ",
        "2026-11-01*10:00:00Z",
        "2026-11-01T10:00:00Z tomorrow",
        "2026-W54-1",
        "Nov 2026",
        "1 Brumaire 2026",
        {"a": 1},
        {"$date": {"$date": {"$date": {"$date": "2026-11-01T10:00:00Z"}}}},
        {"date": "2026-11-01 10:00:00.000000", "timezone_type": 3, "timezone": "Europe/Berlin"},
        {"date": "2026-11-01"},
        {"seconds": 1_793_527_200},
        "2026-11-01T10:00:00+24:00",
        "2026-11-01T10:00:00+10:60",
        "2026-11-01T10:00:00Zulu",
        "+275760-09-13T00:00:00Z",
        "11/01/2026",
        "Sun Foo 01 2026",
        "Sun Feb 30 2026",
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
    [
        0,
        1,
        -1,
        99_999_999,
        50_000_000_000,
        10**400,
        float("inf"),
        float("nan"),
        "12345678901",
        "-62135596800",
        20261301,
        17991231,
    ],
)
def test_a_number_that_is_no_likely_moment_is_not_guessed_at(value: object) -> None:
    assert to_ms(value) == "implausible_date"


@pytest.mark.parametrize(
    "value", ["0001-01-01", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "0999-12-31"]
)
def test_a_day_before_the_year_1000_is_an_empty_value(value: str) -> None:
    assert value_ms(value) == "empty_date"


@pytest.mark.parametrize(
    "value", ["1000-01-01", "1899-12-30", "1969-12-31T23:59:59.999Z", "9999-12-31", "soon"]
)
def test_any_other_value_is_read_as_a_moment_is(value: str) -> None:
    assert value_ms(value) == to_ms(value)
