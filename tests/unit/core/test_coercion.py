"""A value becomes the text of the type that HubSpot declares, or nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.coercion import (
    MAX_LEVELS,
    MAX_TEXT_CHARS,
    Unfit,
    coerce,
    is_blank,
    is_empty,
    tidied,
    unknown_options,
)
from relay.core.schema import Property

TEXT, NUMBER, BOOL = Property("p", "string"), Property("p", "number"), Property("p", "bool")
DATE, DATETIME = Property("p", "date"), Property("p", "datetime")
TIERS = {"gold": "Gold", "first tier": "1", "GOLD": "GOLD", "1": "1", "Gold": "Gold", "silver": "silver"}
ONE = Property("p", "enumeration", "select", options=TIERS)
MANY = Property("p", "enumeration", "checkbox", options=TIERS)
ANY = Property("p", "enumeration", "select")
PHONE = Property("p", "phone_number", "phonenumber")
TRUTHS = {"yes": "Yes", "no": "No", "unknown": "Unknown"}
YES_NO = Property("p", "enumeration", "radio", options=TRUTHS)
YES_NO_MANY = Property("p", "enumeration", "checkbox", options=TRUTHS)
YES_NO_BOX = Property("p", "enumeration", "booleancheckbox", options=TRUTHS)
ONE_ZERO = Property("p", "enumeration", "select", options={"1": "1", "0": "0"})
TWO_PAIRS = Property(
    "p", "enumeration", "select", options={"yes": "yes", "no": "no", "on": "on", "off": "off"}
)
TWO_GOLDS = Property(
    "p", "enumeration", "select", options={"Gold": "Gold", "GOLD": "GOLD"}, ambiguous=frozenset({"gold"})
)
BLANKS = ("  ", "\u00a0\t", "\u200b\ufeff", "\x00", "\u2028\r\n", "\ufe0f", "\u00ad\u200e")
CHECKBOX = Property("p", "enumeration", "booleancheckbox", options={"ja": "true", "true": "true"})


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "target", "expected"),
    [
        pytest.param("Kim", TEXT, "Kim", id="text"),
        pytest.param("02134", TEXT, "02134", id="text-keeps-zeros"),
        pytest.param("2026-11-01", TEXT, "2026-11-01", id="text-keeps-dates"),
        pytest.param(" a  b\r\n", TEXT, "a  b", id="text-is-trimmed-and-keeps-blanks-within"),
        pytest.param("\ufeff\u200eKim\u00ad\x00", TEXT, "Kim", id="invisible-characters-around-text"),
        pytest.param(
            "\u0645\u06cc\u200c\u0631\u0648\u0645",
            TEXT,
            "\u0645\u06cc\u200c\u0631\u0648\u0645",
            id="joiner-in-a-word",
        ),
        pytest.param(" \ud83d\ude00\u00a0", TEXT, "\U0001f600", id="surrogate-pair-among-blanks"),
        pytest.param([" a "], TEXT, '[" a "]', id="json-is-as-it-came"),
        pytest.param("søren 🎉", TEXT, "søren 🎉", id="text-in-other-letters"),
        pytest.param("a\ud800b", TEXT, "a�b", id="lone-surrogate"),
        pytest.param("\ud83d\ude00", TEXT, "😀", id="surrogate-pair"),
        pytest.param("x" * MAX_TEXT_CHARS, TEXT, "x" * MAX_TEXT_CHARS, id="longest-text"),
        pytest.param(True, TEXT, "true", id="S52-true-into-text"),
        pytest.param(0, TEXT, "0", id="zero-into-text"),
        pytest.param(-0.0, TEXT, "0", id="negative-zero"),
        pytest.param(2.0, TEXT, "2", id="whole-float"),
        pytest.param(1e20, TEXT, "100000000000000000000", id="no-exponent-below-1e21"),
        pytest.param(1e21, TEXT, "1e+21", id="exponent-from-1e21"),
        pytest.param(0.000001, TEXT, "0.000001", id="no-exponent-from-1e-6"),
        pytest.param(1.5e-7, TEXT, "1.5e-7", id="exponent-below-1e-6"),
        pytest.param(["a", 1], TEXT, '["a",1]', id="list-into-text"),
        pytest.param({"city": "Århus"}, TEXT, '{"city":"Århus"}', id="object-into-text"),
        pytest.param({"x": "\udfff"}, TEXT, '{"x":"�"}', id="surrogate-in-object"),
        pytest.param(nested(MAX_LEVELS), TEXT, "[" * 100 + '"x"' + "]" * 100, id="deepest-json"),
        pytest.param("x", Property("p", "json"), "x", id="unknown-type-is-text"),
        pytest.param(39, NUMBER, "39", id="number"),
        pytest.param("39", NUMBER, "39", id="S61-numeric-text"),
        pytest.param(" -3.50 ", NUMBER, "-3.5", id="number-shortest-form"),
        pytest.param("+007", NUMBER, "7", id="number-leading-zeros"),
        pytest.param(".5", NUMBER, "0.5", id="number-bare-fraction"),
        pytest.param("5.", NUMBER, "5", id="number-bare-point"),
        pytest.param("-0", NUMBER, "0", id="number-negative-zero"),
        pytest.param(1e21, NUMBER, "1" + "0" * 21, id="number-has-no-exponent"),
        pytest.param(2.5e-7, NUMBER, "0.00000025", id="small-number-has-no-exponent"),
        pytest.param(5e-324, NUMBER, f"0.{'0' * 323}5", id="smallest-number"),
        pytest.param(
            "1234567890123456789012345678901.5", NUMBER, "1234567890123456789012345678901.5", id="digits"
        ),
        pytest.param(2**1023, NUMBER, str(2**1023), id="largest-number"),
        pytest.param("\u00a042\u2003", NUMBER, "42", id="number-among-odd-blanks"),
        pytest.param("\u202d+4512345678\u202c", TEXT, "+4512345678", id="phone-copied-from-a-page"),
        pytest.param(4512345678, PHONE, "4512345678", id="phone-as-a-number"),
        pytest.param(4512345678.0, PHONE, "4512345678", id="phone-as-a-fraction"),
        pytest.param(True, BOOL, "true", id="S52-true"),
        pytest.param(False, BOOL, "false", id="S52-false"),
        pytest.param("true", BOOL, "true", id="S52-journeys-send-text"),
        pytest.param(" FALSE ", BOOL, "false", id="boolean-text"),
        pytest.param("yes", BOOL, "true", id="yes"),
        pytest.param(0, BOOL, "false", id="zero-is-false"),
        pytest.param(1.0, BOOL, "true", id="one-is-true"),
        pytest.param(True, CHECKBOX, "true", id="S61-single-checkbox-of-an-enumeration"),
        pytest.param("Ja", CHECKBOX, "true", id="label-of-a-checkbox"),
        pytest.param(False, CHECKBOX, "false", id="S61-unchecked"),
        pytest.param("\u200bTrue\u00a0", BOOL, "true", id="boolean-among-invisible-characters"),
        pytest.param("Y", BOOL, "true", id="y"),
        pytest.param("off", BOOL, "false", id="off"),
        pytest.param("n", YES_NO_BOX, "No", id="checkbox-with-options-of-its-own"),
        pytest.param("\ufeff2026-11-01\u2028", DATE, "1793491200000", id="date-among-invisible-characters"),
        pytest.param("\u00a02026-11-01T10:00:00Z", DATETIME, "1793527200000", id="moment-among-blanks"),
        pytest.param("2026-11-01T23:30:00-05:00", DATE, "1793577600000", id="S44-date-is-midnight-utc"),
        pytest.param("2026-11-01", DATE, "1793491200000", id="S44-date-only"),
        pytest.param("1969-12-31T23:00:00Z", DATE, "-86400000", id="date-before-1970"),
        pytest.param("1066-10-14", DATE, "-28502755200000", id="date-long-ago"),
        pytest.param("2016-12-31T23:59:60Z", DATE, "1483142400000", id="day-of-a-leap-second"),
        pytest.param("2016-12-31T23:59:60Z", DATETIME, "1483228799999", id="leap-second"),
        pytest.param("2016-12-31T24:00:00Z", DATE, "1483228800000", id="the-end-of-a-day-is-the-next"),
        pytest.param("20260701", DATE, "1782864000000", id="basic-day"),
        pytest.param(20260701, DATETIME, "1782864000000", id="basic-day-as-a-number"),
        pytest.param({"$date": "2026-11-01T11:00:00Z"}, DATE, "1793491200000", id="date-from-an-object"),
        pytest.param(1_793_527_200, DATE, "1793491200000", id="date-from-seconds"),
        pytest.param(
            "2026-11-01T11:00:00.042+01:00", DATETIME, "1793527200042", id="S44-datetime-is-the-instant"
        ),
        pytest.param("Sun Nov 01 2026 10:00:00 GMT+0000 (UTC)", DATETIME, "1793527200000", id="javascript"),
        pytest.param("Gold", ONE, "Gold", id="option-by-value"),
        pytest.param("GOLD", ONE, "GOLD", id="option-by-exact-value-first"),
        pytest.param("gOLD", ONE, "Gold", id="option-by-value-in-any-case"),
        pytest.param(" First Tier ", ONE, "1", id="option-by-label"),
        pytest.param(1, ONE, "1", id="option-by-number"),
        pytest.param(["silver"], ONE, "silver", id="list-of-one-option"),
        pytest.param("anything", ANY, "anything", id="options-from-elsewhere"),
        pytest.param(["gold", "SILVER"], MANY, "Gold;silver", id="multi-select-list"),
        pytest.param("gold; First tier;;", MANY, "Gold;1", id="multi-select-text"),
        pytest.param(["gold", "Gold", "Gold"], MANY, "Gold", id="multi-select-without-repeats"),
        pytest.param(["gold", "tin", None, ["x"]], MANY, "Gold", id="multi-select-leaves-unknown-out"),
        pytest.param(1, MANY, "1", id="multi-select-single-value"),
        pytest.param(";gold", MANY, ";Gold", id="multi-select-addition"),
        pytest.param("\u00a0;gold", MANY, ";Gold", id="addition-after-a-blank"),
        pytest.param(
            ["\ufeff Gold", "\u00a0", None, "silver\u200b"], MANY, "Gold;silver", id="items-are-trimmed"
        ),
        pytest.param("gold;\u00a0; silver\u2060", MANY, "Gold;silver", id="parts-are-trimmed"),
        pytest.param(["silver", None, " "], ONE, "silver", id="one-option-among-blanks"),
        pytest.param("\u2003other\u200b", ANY, "other", id="option-from-elsewhere-is-trimmed"),
        pytest.param(
            ["a ", "\u00a0", "b"], Property("p", "enumeration", "checkbox"), "a;b", id="any-options"
        ),
        pytest.param("first\u00a0 tier", ONE, "1", id="odd-blanks-in-an-option"),
        pytest.param(True, YES_NO, "Yes", id="true-is-yes"),
        pytest.param("FALSE", YES_NO, "No", id="journeys-false-is-no"),
        pytest.param([True], YES_NO_MANY, "Yes", id="true-among-chosen-options"),
        pytest.param(True, ONE_ZERO, "1", id="true-is-one"),
        pytest.param(
            False,
            Property("p", "enumeration", "radio", options={"true": "t", "false": "f"}),
            "f",
            id="by-label",
        ),
    ],
)
def test_a_value_is_written_as_its_type_wants_it(value: object, target: Property, expected: str) -> None:
    assert coerce(value, target) == expected


@pytest.mark.parametrize("target", [TEXT, NUMBER, BOOL, DATE, DATETIME, ONE, MANY])
def test_an_empty_text_clears_a_property_of_any_type(target: Property) -> None:
    assert coerce("", target) == ""


@pytest.mark.parametrize("target", [TEXT, NUMBER, BOOL, DATE, DATETIME, ONE, MANY])
@pytest.mark.parametrize(
    "value",
    [
        *(None, [], {}, [None], [" ", None, [{}]], {"a": None, "b": ["\u200b"]}),
        *(float("nan"), float("inf"), float("-inf"), 10**5000, -(10**400)),
        *BLANKS,
    ],
    ids=type,
)
def test_nothing_comes_of_nothing(value: object, target: Property) -> None:
    assert coerce(value, target) == Unfit("no_value")


@pytest.mark.parametrize(
    ("value", "target", "reason"),
    [
        pytest.param("x" * (MAX_TEXT_CHARS + 1), TEXT, "too_long", id="text"),
        pytest.param(["x" * MAX_TEXT_CHARS], TEXT, "too_long", id="json"),
        pytest.param(nested(MAX_LEVELS + 1), TEXT, "too_deep", id="nesting"),
        pytest.param(nested(50_000), TEXT, "too_deep", id="absurd-nesting"),
        pytest.param({"a": {"b": nested(MAX_LEVELS)}}, TEXT, "too_deep", id="nesting-in-objects"),
        pytest.param([float("nan")], TEXT, "not_json", id="nan-in-list"),
        pytest.param({"x": 10**5000}, TEXT, "not_json", id="huge-number-in-object"),
        pytest.param("9" * 401, NUMBER, "too_long", id="digits"),
        pytest.param("1" * 60_000 + "x", NUMBER, "too_long", id="almost-digits"),
        pytest.param("1,000", NUMBER, "not_a_number", id="thousands-are-not-guessed"),
        pytest.param("1 000", NUMBER, "not_a_number", id="spaces"),
        pytest.param("1e3", NUMBER, "not_a_number", id="exponent"),
        pytest.param("0x10", NUMBER, "not_a_number", id="hexadecimal"),
        pytest.param("٣", NUMBER, "not_a_number", id="other-digits"),
        pytest.param("NaN", NUMBER, "not_a_number", id="nan-as-text"),
        pytest.param(".", NUMBER, "not_a_number", id="point"),
        pytest.param("+", NUMBER, "not_a_number", id="sign"),
        pytest.param("$5", NUMBER, "not_a_number", id="currency"),
        pytest.param(True, NUMBER, "not_a_number", id="boolean-into-number"),
        pytest.param([5], NUMBER, "not_a_number", id="list-into-number"),
        pytest.param("maybe", BOOL, "not_a_boolean", id="boolean"),
        pytest.param(2, BOOL, "not_a_boolean", id="two"),
        pytest.param(["true"], BOOL, "not_a_boolean", id="list-into-boolean"),
        pytest.param("soon", DATE, "not_a_date", id="date"),
        pytest.param(True, DATE, "not_a_date", id="boolean-into-date"),
        pytest.param("0000-00-00", DATETIME, "not_a_date", id="year-0"),
        pytest.param("0001-01-01T00:00:00Z", DATETIME, "empty_date", id="empty-time-of-a-language"),
        pytest.param("0001-01-01", DATE, "empty_date", id="empty-day-of-a-language"),
        pytest.param(7, DATE, "implausible_date", id="small-number-into-date"),
        pytest.param(7, DATETIME, "implausible_date", id="small-number-into-datetime"),
        pytest.param("tin", ONE, "no_such_option", id="option"),
        pytest.param("gold;silver", ONE, "no_such_option", id="several-in-one-select"),
        pytest.param(["gold", "silver"], ONE, "no_such_option", id="list-in-one-select"),
        pytest.param({"a": 1}, ONE, "no_such_option", id="object-in-select"),
        pytest.param(True, TWO_PAIRS, "no_such_option", id="two-pairs-of-options"),
        pytest.param(True, ONE, "no_such_option", id="no-pair-of-options"),
        pytest.param(1, YES_NO, "no_such_option", id="a-number-is-no-truth"),
        pytest.param("gold", TWO_GOLDS, "no_such_option", id="could-be-two-options"),
        pytest.param([10**5000], MANY, "no_such_option", id="huge-option"),
        pytest.param("; ;", MANY, "no_such_option", id="separators-only"),
        pytest.param(["tin"], MANY, "no_such_option", id="unknown-options-only"),
    ],
)
def test_what_has_no_form_of_the_type_is_left_out(value: object, target: Property, reason: str) -> None:
    assert coerce(value, target) == Unfit(reason)


@pytest.mark.parametrize(
    ("value", "target", "places"),
    [
        (["gold", "tin", 7], MANY, [1, 2]),
        (["gold", None, " ", "tin"], MANY, [3]),
        ("tin;gold", MANY, [0]),
        (["tin"], ANY, []),
    ],
)
def test_options_that_hubspot_does_not_have_are_found(
    value: object, target: Property, places: list[int]
) -> None:
    assert unknown_options(value, target) == places


@pytest.mark.parametrize("value", ["Gold", "GOLD"])
def test_of_options_that_differ_in_case_alone_the_exact_one_counts(value: str) -> None:
    assert coerce(value, TWO_GOLDS) == value


@given(st.text(), st.sampled_from([TEXT, PHONE, ANY, NUMBER, BOOL, DATE, ONE, MANY]))
def test_no_text_that_is_sent_is_blank_or_has_blanks_around_it(text: str, target: Property) -> None:
    found = coerce(text, target)

    assert isinstance(found, Unfit) or text == "" or (found and found == tidied(found))
    assert coerce(f"\u00a0\u200b{text}\ufeff ", TEXT) == (coerce(text, TEXT) if text else Unfit("no_value"))


@pytest.mark.parametrize("value", [None, "", *BLANKS, [], {}, [[], {"a": " "}]], ids=repr)
def test_what_is_blank_says_nothing(value: object) -> None:
    assert (is_blank(value), is_empty(value)) == (True, True)


@pytest.mark.parametrize("value", [0, False, "0", ["x"], {"a": [0]}, [None, False], nested(50_000)], ids=type)
def test_what_says_something_is_not_blank(value: object) -> None:
    assert (is_blank(value), is_empty(value)) == (False, False)


def test_a_number_that_is_none_is_empty_but_not_blank() -> None:
    assert (is_blank(float("nan")), is_empty(float("nan"))) == (False, True)
