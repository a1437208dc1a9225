"""Outcomes of an event that asks for several things."""

import pytest

from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped, combined

DONE, NOTHING, REFUSED = Delivered("501"), Skipped("unchanged"), Rejected("refused")
SOON, LATER = Deferred("status_503"), Deferred("blocked", 7_000)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([DONE], DONE),
        ([NOTHING, DONE], DONE),
        ([DONE, REFUSED], REFUSED),
        ([REFUSED, SOON, DONE], SOON),
        ([SOON, LATER], LATER),
        ([NOTHING, Skipped("stale")], NOTHING),
    ],
)
def test_what_is_open_counts_more_than_what_was_refused_and_that_more_than_what_was_done(
    outcomes: list[Outcome], expected: Outcome
) -> None:
    assert combined(outcomes) == expected
