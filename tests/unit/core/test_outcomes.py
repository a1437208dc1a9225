"""Outcomes of an event that asks for several things."""

import pytest

from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped, combined, merged

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


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [(DONE, Delivered("501", is_merged=True)), (NOTHING, NOTHING), (REFUSED, REFUSED), (SOON, SOON)],
)
def test_an_event_that_rode_along_with_a_newer_one_says_so_once_it_is_delivered(
    outcome: Outcome, expected: Outcome
) -> None:
    assert merged(outcome) == expected
