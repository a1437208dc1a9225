"""Which lines of the log are asked for."""

import pytest

from cli.journal import EVENTS, pattern_for


@pytest.mark.parametrize(
    ("ids", "pattern"),
    [
        (["m-1"], '{ $.message_id = "m-1" }'),
        (["a", "b c"], '{ $.message_id = "a" || $.message_id = "b c" }'),
        ([], EVENTS),
        # CloudWatch takes no escapes, and no pattern of any length: what is not wanted is left out here.
        (['with "quotes"'], EVENTS),
        (["ünïcode"], EVENTS),
        ([f"m-{n}" for n in range(100)], EVENTS),
    ],
)
def test_only_lines_that_are_wanted_are_asked_for(ids: list[str], pattern: str) -> None:
    assert pattern_for(ids) == pattern
