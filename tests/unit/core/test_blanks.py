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
    *("\u2066", "\u2800", "\u3000", "\u3164", "\ufeff", "\uffa0", "\ufff9", "\ufffc", "\U0001d173"),
)
# They belong to what is before them.
SELECTORS = ("\ufe0f", "\ufe00", "\u180b", "\U000e0100", "\U000e0041")
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


@given(st.text())
def test_trimming_never_changes_what_is_to_be_seen(text: str) -> None:
    assert visible(trimmed(text)) == visible(text)
    assert trimmed(trimmed(text)) == trimmed(text)
