"""What the sender counts, and by which rules; the shell only collects the notes and writes them down.

The names are an interface: alarms and dashboards are built on them. docs/metrics.md explains each.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from http import HTTPStatus
from typing import TypeAlias

from relay.core.answers import Answer, NoReply
from relay.core.bucket import Bucket, Family, Limits, day_limit, window_limit
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.core.troubles import waits_for


class Metric(StrEnum):
    """A metric by its name in CloudWatch."""

    EVENTS_DELIVERED = "EventsDelivered"
    EVENTS_SKIPPED = "EventsSkipped"
    EVENTS_DEFERRED = "EventsDeferred"
    EVENTS_REJECTED = "EventsRejected"
    EVENTS_PARKED = "EventsParked"
    REJECTS_STORED = "RejectsStored"
    RECORDS_HANDED_BACK = "RecordsHandedBack"
    DELIVERY_AGE = "DeliveryAge"
    OLDEST_WAITING_AGE = "OldestWaitingAge"
    CALLS_2XX = "HubSpotCalls2xx"
    CALLS_4XX = "HubSpotCalls4xx"
    CALLS_429 = "HubSpotCalls429"
    CALLS_5XX = "HubSpotCalls5xx"
    CALLS_UNANSWERED = "HubSpotCallsUnanswered"
    CALLS_FOREIGN = "HubSpotCallsForeign"
    TOKEN_WAIT = "TokenWait"  # noqa: S105 - tokens of the bucket
    WINDOW_USED = "WindowUsed"
    DAY_USED = "DayUsed"

    @property
    def unit(self) -> str:
        """CloudWatch's unit of the metric: counts are summed up, each of the others is a value of its own."""
        return _UNITS.get(self, _COUNT)


_COUNT = "Count"
_UNITS = {
    Metric.DELIVERY_AGE: "Milliseconds",
    Metric.TOKEN_WAIT: "Milliseconds",
    Metric.OLDEST_WAITING_AGE: "Seconds",
    Metric.WINDOW_USED: "Percent",
    Metric.DAY_USED: "Percent",
}
_BY_OUTCOME = {
    Delivered: Metric.EVENTS_DELIVERED,
    Skipped: Metric.EVENTS_SKIPPED,
    Deferred: Metric.EVENTS_DEFERRED,
    Rejected: Metric.EVENTS_REJECTED,
}

# Takes a value of a metric. Called from many threads.
Note: TypeAlias = Callable[[Metric, int], None]


def metrics_of(outcome: Outcome) -> Iterator[Metric]:
    """Yield what an event counts as; parked are those that wait for a person or for HubSpot's side."""
    yield _BY_OUTCOME[type(outcome)]
    if waits_for(outcome):
        yield Metric.EVENTS_PARKED


def metric_of(answer: Answer) -> Metric:
    """Return what one HTTP attempt counts as; what is neither 2xx, 429 nor 5xx counts as 4xx."""
    if isinstance(answer, NoReply):
        return Metric.CALLS_UNANSWERED
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Metric.CALLS_429
    return {2: Metric.CALLS_2XX, 5: Metric.CALLS_5XX}.get(answer.status // 100, Metric.CALLS_4XX)


def used_of(bucket: Bucket, limits: Limits, now_ms: int) -> Iterator[tuple[Metric, int]]:
    """Yield how much of its limits a bucket has used: of the 10 seconds' calls and of the day's."""
    out = [free_at_ms for free_at_ms in bucket.window(Family.BURST).free_at_ms if free_at_ms > now_ms]
    yield Metric.WINDOW_USED, 100 * len(out) // window_limit(bucket, Family.BURST, limits)
    yield Metric.DAY_USED, 100 * bucket.used_today // day_limit(bucket, limits)


def summed(notes: Iterable[tuple[Metric, int]]) -> list[tuple[Metric, int]]:
    """Sum up what is counted; keep each value of what is measured, so that percentiles can be told."""
    counts: Counter[Metric] = Counter()
    values = []
    for metric, value in notes:
        if metric.unit == _COUNT:
            counts[metric] += value
        else:
            values.append((metric, value))
    return [*counts.items(), *values]
