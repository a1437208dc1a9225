"""The sender's metrics of the last minutes, from the lines in which it writes them to its log. Pure."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from relay.core.metrics import Metric

MINUTES = 15
MINUTE_MS = 60_000
OUTCOMES: Mapping[str, Metric] = {
    "delivered": Metric.EVENTS_DELIVERED,
    "skipped": Metric.EVENTS_SKIPPED,
    "deferred": Metric.EVENTS_DEFERRED,
    "rejected": Metric.EVENTS_REJECTED,
}
CALLS: Mapping[str, Metric] = {
    "2xx": Metric.CALLS_2XX,
    "4xx": Metric.CALLS_4XX,
    "429": Metric.CALLS_429,
    "5xx": Metric.CALLS_5XX,
    "unanswered": Metric.CALLS_UNANSWERED,
}


@dataclass
class Minute:
    """What was written in one minute: sums, and each age at delivery in milliseconds."""

    sums: Counter[str] = field(default_factory=Counter)
    ages_ms: list[float] = field(default_factory=list)


@dataclass
class Minutes:
    """The last minutes; the oldest event that was tried had waited for `oldest_s` at `oldest_at_ms`."""

    minutes: dict[int, Minute] = field(default_factory=dict)
    oldest_s: float = 0
    oldest_at_ms: int = 0

    def add(self, message: str, at_ms: int) -> None:
        """Take in a line of the log; what holds no metrics is passed over."""
        minute = self.minutes.setdefault(at_ms // MINUTE_MS, Minute())
        for metric, values in metrics_in(message):
            if metric is Metric.DELIVERY_AGE:
                minute.ages_ms += values
            elif metric is Metric.OLDEST_WAITING_AGE and at_ms >= self.oldest_at_ms:
                # Two senders write one each.
                is_same = at_ms == self.oldest_at_ms
                self.oldest_s = max([*values, *([self.oldest_s] if is_same else [])])
                self.oldest_at_ms = at_ms
            else:
                minute.sums[metric] += int(sum(values))

    def as_json(self, now_ms: int) -> Mapping[str, Any]:
        """Return the story of the last minutes, the oldest minute first."""
        self._forget(now_ms)
        ages_ms = sorted(age for minute in self.minutes.values() for age in minute.ages_ms)
        this = now_ms // MINUTE_MS
        return {
            "minutes": MINUTES,
            "outcomes": {word: self._sum(metric) for word, metric in OUTCOMES.items()},
            "age_ms": {"p50": rank(ages_ms, 50), "p95": rank(ages_ms, 95)},
            "calls": {word: self._sum(metric) for word, metric in CALLS.items()},
            "by_minute": [self._minute(n) for n in range(this - MINUTES + 1, this + 1)],
        }

    def _minute(self, number: int) -> Mapping[str, Any]:
        sums = self.minutes.get(number, Minute()).sums
        return {
            "at_ms": number * MINUTE_MS,
            "calls": {word: sums[metric] for word, metric in CALLS.items()},
            "outcomes": {word: sums[metric] for word, metric in OUTCOMES.items()},
        }

    def _sum(self, metric: Metric) -> int:
        return sum(minute.sums[metric] for minute in self.minutes.values())

    def _forget(self, now_ms: int) -> None:
        first = now_ms // MINUTE_MS - MINUTES + 1
        for number in [each for each in self.minutes if each < first]:
            del self.minutes[number]


def metrics_in(message: str) -> Iterator[tuple[Metric, Sequence[float]]]:
    """Yield the metrics of a line in CloudWatch's embedded metric format, with their values."""
    try:
        fields: Any = json.loads(message)
    except ValueError:
        return
    if not isinstance(fields, dict) or "_aws" not in fields:
        return
    for metric in Metric:
        value = fields.get(metric.value)
        if value is not None:
            yield metric, value if isinstance(value, list) else [value]


def rank(ascending: Sequence[float], percent: int) -> float | None:
    """Return the value below or at which so many percent lie (nearest rank); None if there are no values."""
    if not ascending:
        return None
    return ascending[max(0, -(-len(ascending) * percent // 100) - 1)]
