"""Which lines of the log are asked for, and which of them says how an event stands."""

import pytest
from logs import NOW_MS, Logs

from cli.journal import EVENTS, Journal, pattern_for


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


@pytest.mark.parametrize(
    ("outcomes", "stands"),
    [
        (["deferred", "delivered"], "delivered"),
        (["delivered", "deferred"], "deferred"),
        (["rejected", "delivered"], "delivered"),
        (["skipped", "rejected"], "rejected"),
        # Its message came back for another event in it.
        (["delivered", "skipped", "skipped"], "delivered"),
        (["rejected", "skipped"], "skipped"),
    ],
)
def test_the_newest_line_counts_but_what_was_delivered_stays_so(outcomes: list[str], stands: str) -> None:
    logs = Logs()
    for n, outcome in enumerate(outcomes):
        logs.write("m-1", NOW_MS + n, outcome=outcome)
        logs.write("m-2", NOW_MS + n, outcome="skipped")

    lines = Journal(logs, "/sender").lines()  # type: ignore[arg-type] # a fake

    assert {key: line.outcome for key, line in lines.items()} == {"m-1": stands, "m-2": "skipped"}
