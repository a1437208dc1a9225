"""Which option a text means, in whatever form it is written."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.options import folded, option_of, option_of_truth, spellings

CAFE = "Caf\u00e9"
LISTED = [("Tea", "tea"), (CAFE, CAFE), ("Hot  chocolate", "choco"), ("m\u00b2", "area"), ("Milk", "Milk ")]


def chosen(text: str, listed: Sequence[tuple[str, str]] = LISTED) -> str:
    return option_of(text, *spellings(listed))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("tea", "tea", id="value"),
        pytest.param("TEA", "tea", id="case"),
        pytest.param(CAFE, CAFE, id="as-hubspot-has-it"),
        pytest.param("Cafe\u0301", CAFE, id="accent-of-its-own"),
        pytest.param("CAFE\u0301", CAFE, id="accent-of-its-own-and-case"),
        pytest.param("C\u200baf\u00ade\u0301", CAFE, id="invisible-characters-within"),
        pytest.param("\uff34\uff45\uff41", "tea", id="full-width"),
        pytest.param("Hot\u00a0chocolate", "choco", id="no-break-blank"),
        pytest.param("hot \u2003\t chocolate", "choco", id="many-blanks"),
        pytest.param("milk", "Milk ", id="blank-in-hubspots-value"),
        pytest.param("m2", "", id="another-sign"),
        pytest.param("Cafe", "", id="another-letter"),
        pytest.param("coffee", "", id="none"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_an_option_is_found_in_any_form(text: str, value: str) -> None:
    assert chosen(text) == value


def test_hubspots_options_may_be_in_another_form_themselves() -> None:
    assert chosen(CAFE, [("Cafe\u0301\u00a0 noir", "x"), ("Cafe\u0301", "y")]) == "y"
    assert chosen(f"{CAFE} NOIR", [("Cafe\u0301\u00a0 noir", "x"), ("Cafe\u0301", "y")]) == "x"


@pytest.mark.parametrize(
    ("text", "value"),
    [("Gold", "Gold"), ("GOLD", "GOLD"), ("gold", ""), ("gOLD", ""), ("Au", "1"), ("AU", "2"), ("au", "")],
)
def test_of_what_could_be_several_options_the_exact_one_counts(text: str, value: str) -> None:
    assert chosen(text, [("a", "Gold"), ("b", "GOLD"), ("Au", "1"), ("AU", "2")]) == value


def test_a_value_counts_more_than_a_label() -> None:
    listed = [("Two", "one"), ("ONE", "two"), ("", "three")]

    assert [chosen(text, listed) for text in ("one", "ONE", "two", "Two", "three")] == [
        "one",
        "one",
        "two",
        "two",
        "three",
    ]


def test_one_option_that_is_listed_twice_is_one() -> None:
    assert chosen("tea", [("Tea", "TEA"), ("tea", "TEA")]) == "TEA"


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([("Ja", "yes"), ("Nein", "no")], ("yes", "no")),
        ([("Yes", "a1"), ("No", "a2"), ("Maybe", "a3")], ("a1", "a2")),
        ([("Y", "yes"), ("N", "no")], ("yes", "no")),
        ([("Yes", "1"), ("No", "0")], ("1", "0")),
        ([("On", "on"), ("Off", "off")], ("on", "off")),
        ([("Yes", "yes"), ("No", "no"), ("On", "on"), ("Off", "off")], ("", "")),
        ([("Yes", "yes")], ("", "")),
        ([("Yes", "yes"), ("No", "no"), ("YES", "YES")], ("yes", "no")),
    ],
)
def test_true_and_false_are_the_one_pair_of_options_for_them(
    listed: list[tuple[str, str]], expected: tuple[str, str]
) -> None:
    options, ambiguous = spellings(listed)

    assert tuple(option_of_truth(truth, options, ambiguous) for truth in ("true", "false")) == expected
    assert option_of_truth("maybe", options, ambiguous) == ""


@given(st.text())
def test_folding_has_one_form(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.lists(st.tuples(st.text(max_size=3), st.text(min_size=1, max_size=3)), max_size=5))
def test_every_value_is_found_by_itself_and_nothing_else_is(listed: list[tuple[str, str]]) -> None:
    options, ambiguous = spellings(listed)
    values = {value for _, value in listed}

    assert all(option_of(value, options, ambiguous) == value for value in values)
    assert set(options.values()) <= values
