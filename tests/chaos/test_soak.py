"""A minute at a steady rate, judged by counts alone. `make soak` does the same for as long as one likes."""

import json

import pytest

from cli.soak.course import Plan, soak

pytestmark = [pytest.mark.stack, pytest.mark.long]

# More goes wrong than in `make soak`: a minute has some 250 calls, and each kind of fault should be met.
PLAN = Plan(minutes=1, rate=20, faults=0.05, seed=1)


def test_a_minute_of_events_is_delivered_within_hubspots_limit_whatever_fails() -> None:
    lines: list[str] = []

    found = soak(PLAN, lines.append)

    ended = found.delivered + found.skipped + found.rejected
    assert (list(found.wrong), found.lost) == ([], 0), lines
    assert found.accepted == ended == PLAN.events
    assert found.last.waiting == 0
    assert 0 < found.last.max_in_window <= found.limit
    assert found.last.faults == found.last.calls // 20
    assert json.loads(found.line())["accepted"] == PLAN.events
