"""What shows nothing, around text and in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.blanks import trimmed, visible

BLANKS = (
    *(
        " ",
        "\t",
        "\n",
        "\r",
        "\x00",
        "\x1b",
        "\x7f",
        "\x85",
        "\u00a0",
        "\u00ad",
        "\u034f",
        "\u061c",
        "\u115f",
    ),
    *("\u1160", "\u1680", "\u180e", "\u2003", "\u200b", "\u200d", "\u200e", "\u2028", "\u202e", "\u2060"),
    *("\u2066", "\u2800", "\u3000", "\u3164", "\ufeff", "\uffa0", "\ufff9", "\ufffc", "\ufffe", "\U0001d173"),
)
# They belong to what is before them.
SELECTORS = ("\ufe0f", "\ufe00", "\u180b", "\U000e0100", "\U000e0041")
# What stands beside letters of several scripts.
ODD = st.one_of(
    st.sampled_from((*BLANKS, *SELECTORS, "a", "\u094d", "\u0d4d", "\u200c", "\u200d", "\u06dd")),
    st.characters(),
)
SOMETHING = ("a", "0", "é", "中", "🦄", "-", "€")


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("text", SOMETHING)
def test_what_shows_nothing_around_text_is_no_part_of_it(blank: str, text: str) -> None:
    assert trimmed(f"{blank}{text}{blank}") == text
    assert visible(f"{blank}{text}{blank}") == text
    assert (trimmed(blank * 3), visible(blank * 3)) == ("", "")


@pytest.mark.parametrize("selector", SELECTORS)
def test_what_chooses_the_form_of_a_character_stays_with_it_and_shows_nothing_alone(selector: str) -> None:
    assert trimmed(f" x{selector} ") == f"x{selector}"
    assert (visible(f"x{selector}"), visible(selector)) == ("x", "")


def test_white_space_within_text_is_one_space_and_what_is_invisible_is_nothing() -> None:
    assert visible("a\u00a0\t b\u200bc") == "a bc"
    assert trimmed(" a  b ") == "a  b"


@pytest.mark.parametrize("selector", SELECTORS)
def test_what_chooses_the_form_of_nothing_is_nothing(selector: str) -> None:
    assert (trimmed(selector), trimmed(f" {selector}x"), trimmed(f"{selector} \u200b")) == ("", "x", "")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "\u0d30\u0d2e\u0d47\u0d36\u0d28\u0d4d\u200d", id="malayalam-name-that-ends-with-a-joiner"
        ),
        pytest.param("\u0915\u094d\u200c", id="hindi-letter-with-its-vowel-sign"),
        pytest.param("\u0645\u06cc\u200c\u0631\u0648\u0645", id="persian-joiner-within-a-word"),
        pytest.param("\U0001f468\u200d\U0001f469\u200d\U0001f467", id="family-of-emoji"),
        pytest.param("\u2764\ufe0f", id="red-heart"),
        pytest.param("\u06dd\u0665", id="arabic-sign-before-a-number"),
        pytest.param("\u0600\u0661", id="arabic-number-sign"),
    ],
)
def test_what_a_word_is_written_with_stays(text: str) -> None:
    assert trimmed(f"\u200f\u00a0{text}\u00a0\u200e") == text


def test_a_joiner_after_a_joiner_joins_nothing() -> None:
    assert trimmed("\u0915\u094d\u200d\u200d\u200c") == "\u0915\u094d\u200d"


@given(st.text(ODD))
def test_what_is_trimmed_is_nothing_or_begins_and_ends_with_something(text: str) -> None:
    found = trimmed(text)
    assert bool(found) == bool(visible(found)) == bool(visible(text))
    assert found in text
    assert not found or visible(found[0])


@given(st.text(ODD))
def test_trimming_never_changes_what_is_to_be_seen(text: str) -> None:
    assert visible(trimmed(text)) == visible(text)
    assert trimmed(trimmed(text)) == trimmed(text)
