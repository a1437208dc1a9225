"""What the sender counts."""

from dataclasses import replace

import pytest

from relay.core.answers import Answer, NoReply, Reply
from relay.core.bucket import Bucket, Family, Learned, Limits, Window
from relay.core.metrics import Metric, metric_of, metrics_of, summed, used_of
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped


def lent(*free_at_ms: int, used: int) -> Bucket:
    return replace(Bucket(used_today=used), windows={Family.BURST: Window(free_at_ms)})


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Delivered("501"), Metric.EVENTS_DELIVERED),
        (Skipped("no_email"), Metric.EVENTS_SKIPPED),
        (Deferred("status_500"), Metric.EVENTS_DEFERRED),
        (Rejected("refused"), Metric.EVENTS_REJECTED),
    ],
)
def test_an_event_counts_by_its_outcome(outcome: Outcome, expected: Metric) -> None:
    assert list(metrics_of(outcome)) == [expected]


@pytest.mark.parametrize(
    "outcome",
    [
        Deferred("access_token_refused"),
        Deferred("no_access_token"),
        Deferred("day_spent", 3_600_000),
        Deferred("status_477", 3_600_000),
        Deferred("schema_status_477"),
        Deferred("blocked", 3_600_000),
    ],
)
def test_an_event_is_parked_where_a_person_or_the_next_day_is_waited_for(outcome: Outcome) -> None:
    assert list(metrics_of(outcome)) == [Metric.EVENTS_DEFERRED, Metric.EVENTS_PARKED]


@pytest.mark.parametrize(
    "outcome", [Deferred("blocked", 10_000), Deferred("window_full", 90_000), Deferred("status_503")]
)
def test_what_passes_by_itself_is_not_parked(outcome: Outcome) -> None:
    assert list(metrics_of(outcome)) == [Metric.EVENTS_DEFERRED]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Reply(200), "HubSpotCalls2xx"),
        (Reply(207), "HubSpotCalls2xx"),
        (Reply(400), "HubSpotCalls4xx"),
        (Reply(477), "HubSpotCalls4xx"),
        (Reply(302), "HubSpotCalls4xx"),
        (Reply(429), "HubSpotCalls429"),
        (Reply(503), "HubSpotCalls5xx"),
        (NoReply("no_answer: ReadTimeout"), "HubSpotCallsUnanswered"),
    ],
)
def test_an_attempt_counts_by_the_class_of_its_status(answer: Answer, expected: str) -> None:
    assert metric_of(answer) == expected


@pytest.mark.parametrize(
    ("bucket", "limits", "expected"),
    [
        (Bucket(), Limits(burst=100, day=1000), (0, 0)),
        # Two of three are still out.
        (lent(1_000, 1_001, 60_000, used=805), Limits(burst=100, day=1000), (2, 80)),
        # What HubSpot has said counts, and what the user allows.
        (
            replace(lent(9_000, 9_000, used=100), learned=Learned(burst=200, day=200)),
            Limits(burst=100, day=1000),
            (1, 50),
        ),
        (lent(9_000, used=10), Limits(burst_ceiling=4, day_ceiling=10), (25, 100)),
        # A limit that was lowered meanwhile.
        (lent(9_000, 9_000, used=3), Limits(burst=1, day=2), (200, 150)),
    ],
)
def test_how_much_of_a_window_and_of_the_day_is_used(
    bucket: Bucket, limits: Limits, expected: tuple[int, int]
) -> None:
    assert list(used_of(bucket, limits, now_ms=1_000)) == list(
        zip((Metric.WINDOW_USED, Metric.DAY_USED), expected, strict=True)
    )


def test_searches_are_not_counted_among_the_calls_of_ten_seconds() -> None:
    bucket = Bucket().with_window(Family.SEARCH, Window((9_000,)))

    assert dict(used_of(bucket, Limits(burst=1), now_ms=0))[Metric.WINDOW_USED] == 0


def test_counts_are_summed_up_and_measures_are_kept_one_by_one() -> None:
    notes = [
        (Metric.EVENTS_DELIVERED, 1),
        (Metric.TOKEN_WAIT, 40),
        (Metric.REJECTS_STORED, 2),
        (Metric.EVENTS_DELIVERED, 1),
        (Metric.TOKEN_WAIT, 40),
    ]

    assert summed(notes) == [
        (Metric.EVENTS_DELIVERED, 2),
        (Metric.REJECTS_STORED, 2),
        (Metric.TOKEN_WAIT, 40),
        (Metric.TOKEN_WAIT, 40),
    ]


def test_each_metric_has_a_name_of_its_own_and_a_unit_of_cloudwatch() -> None:
    assert len(set(Metric)) == 18
    assert {metric.unit for metric in Metric} == {"Count", "Milliseconds", "Seconds", "Percent"}
    assert Metric.OLDEST_WAITING_AGE.unit == "Seconds"
    assert Metric.WINDOW_USED.unit == Metric.DAY_USED.unit == "Percent"
    assert Metric.DELIVERY_AGE.unit == Metric.TOKEN_WAIT.unit == "Milliseconds"
