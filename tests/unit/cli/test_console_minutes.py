"""The metrics of the last minutes, from the lines of the log."""

import contextlib
import io
import json
from typing import Any

import pytest

from cli.console.minutes import MINUTE_MS, MINUTES, Minutes, metrics_in, rank
from relay.core.metrics import Metric
from relay.telemetry import Meter

NOW_MS = 1_793_527_200_000


def written(monkeypatch: pytest.MonkeyPatch, **values: list[int]) -> str:
    """Return the line that the sender writes for these values of metrics."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "relay")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "sender")
    meter, out = Meter(), io.StringIO()
    for name, noted in values.items():
        for value in noted:
            meter.note(Metric(name), value)
    with contextlib.redirect_stdout(out):
        meter.write()
    return out.getvalue()


def test_what_the_sender_writes_is_read_by_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes = Minutes()
    line = written(
        monkeypatch, EventsDelivered=[1, 1], EventsRejected=[1], HubSpotCalls2xx=[1], DeliveryAge=[900, 100]
    )
    minutes.add(line, NOW_MS - MINUTE_MS)
    minutes.add(written(monkeypatch, HubSpotCalls2xx=[1], HubSpotCalls429=[1]), NOW_MS)

    told = minutes.as_json(NOW_MS)

    assert told["outcomes"] == {"delivered": 2, "skipped": 0, "deferred": 0, "rejected": 1}
    assert told["calls"] == {"2xx": 2, "4xx": 0, "429": 1, "5xx": 0, "unanswered": 0}
    assert told["age_ms"] == {"p50": 100, "p95": 900}
    assert len(told["by_minute"]) == MINUTES
    before, this = told["by_minute"][-2:]
    assert (before["calls"]["2xx"], before["outcomes"]["delivered"], before["calls"]["429"]) == (1, 2, 0)
    assert (this["at_ms"], this["calls"]["429"]) == (NOW_MS, 1)


def test_what_is_older_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes = Minutes()
    minutes.add(written(monkeypatch, EventsDelivered=[1], DeliveryAge=[5]), NOW_MS)

    almost = minutes.as_json(NOW_MS + (MINUTES - 1) * MINUTE_MS)
    later = minutes.as_json(NOW_MS + MINUTES * MINUTE_MS)

    assert (almost["outcomes"]["delivered"], almost["age_ms"]["p50"]) == (1, 5)
    assert (later["outcomes"]["delivered"], later["age_ms"]["p50"]) == (0, None)
    assert not minutes.minutes


def test_the_oldest_waiting_is_that_of_the_newest_line(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes = Minutes()
    for age_s, at_ms in ((30, NOW_MS), (40, NOW_MS), (7, NOW_MS + 1), (90, NOW_MS - 1)):
        minutes.add(written(monkeypatch, OldestWaitingAge=[age_s]), at_ms)

    assert (minutes.oldest_s, minutes.oldest_at_ms) == (7, NOW_MS + 1)


def test_of_two_senders_that_write_at_once_the_older_age_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes = Minutes()
    for age_s in (30, 40, 7):
        minutes.add(written(monkeypatch, OldestWaitingAge=[age_s]), NOW_MS)

    assert minutes.oldest_s == 40


@pytest.mark.parametrize("message", ["", "START RequestId: 1", "[]", '"_aws"', '{"EventsDelivered": [1]}'])
def test_other_lines_hold_no_metrics(message: str) -> None:
    assert not list(metrics_in(message))


def test_a_single_value_is_as_good_as_a_list() -> None:
    line = json.dumps({"_aws": {}, "EventsSkipped": 3.0, "Unknown": 1})

    assert list(metrics_in(line)) == [(Metric.EVENTS_SKIPPED, [3.0])]


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([], 50, None), ([1], 95, 1), ([1, 2], 50, 1), ([*range(1, 21)], 95, 19)],
)
def test_ranks_are_values_that_were_there(values: list[Any], percent: int, expected: int | None) -> None:
    assert rank(values, percent) == expected
