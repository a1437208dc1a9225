"""One structured log line an event and the sender's metrics, without a value, an address or a secret."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from relay.core.events import Event
from relay.core.log_lines import clipped, listed, within, without_addresses
from relay.core.made_names import NOT_MADE
from relay.core.metrics import Metric, metrics_of, summed
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.core.parking import Parking
from relay.core.troubles import waits_for
from relay.fates import Fate, Parcel, Record
from relay.reports import Report

# Words for why something is left out that are counted where it is too much for a line.
MAX_WORDS, MAX_WORD_CHARS = 20, 40


@dataclass(frozen=True, slots=True)
class Meter:
    """Collects values of metrics, from many threads, until they are written.

    It outlives an invocation: what a thread notes after the writing is written with the next one.
    """

    # Appending and popping are safe from threads.
    _notes: deque[tuple[Metric, int]] = field(default_factory=deque)

    def note(self, metric: Metric, value: int = 1) -> None:
        """Add a value of a metric, in its unit."""
        self._notes.append((metric, value))

    def write(self) -> None:
        """Write what was noted to standard output, in CloudWatch's embedded metric format."""
        # Powertools' `Metrics` shares one set among all instances. This one writes a line by itself whenever
        # a metric has the 100 values that a line may hold.
        metrics = EphemeralMetrics()
        for metric, value in summed(self._taken()):
            metrics.add_metric(metric.value, metric.unit, value)
        if metrics.metric_set:
            metrics.flush_metrics()

    def _taken(self) -> Iterator[tuple[Metric, int]]:
        while self._notes:
            yield self._notes.popleft()


@dataclass(frozen=True, slots=True)
class LogJournal:
    """Writes the journal of a delivery to the function's log, and counts in `meter` what it writes."""

    logger: Logger
    meter: Meter
    now_ms: Callable[[], int]

    def record(self, fate: Fate) -> None:
        """Write what became of each event: searchable by its message id, reason or dropped property."""
        now_ms = self.now_ms()
        delivered_ms: set[int] = set()
        for parcel, report in fate.reported:
            age_ms = max(0, now_ms - parcel.received_at_ms)
            line = _line(parcel, report, age_ms) | _until(fate, report, now_ms)
            self.logger.info("event", extra=within(line, longer=("reason", "said")))
            for metric in metrics_of(report.outcome):
                self.meter.note(metric)
            if isinstance(report.outcome, Delivered):
                delivered_ms.add(age_ms)
        # Events that came together and are done together: their age is one value.
        for age_ms in sorted(delivered_ms):
            self.meter.note(Metric.DELIVERY_AGE, age_ms)

    def unreadable(self, record: Record, reason: str) -> None:
        """Write that a record was put aside because it is no envelope."""
        self.logger.error(
            "unreadable_record", extra=within({"record_id": record.record_id, "reason": reason})
        )

    def parked(self, parked: Sequence[Parking]) -> None:
        """Write one line for each reason for which messages are put back unread, and count their events."""
        counts: Counter[tuple[str, str]] = Counter()
        for each in parked:
            counts[each.destination, each.parked.reason] += each.events
        for (destination, reason), events in counts.items():
            told = {"destination": destination, "reason": reason, "waits_for": "person", "events": events}
            self.logger.info("parked", extra=within(told, longer=("reason",)))
            self.meter.note(Metric.EVENTS_DEFERRED, events)
            self.meter.note(Metric.EVENTS_PARKED, events)

    def stored(self, rejects: int) -> None:
        """Count what is safe in the rejects queue."""
        self.meter.note(Metric.REJECTS_STORED, rejects)

    def handed_back(self, records: int) -> None:
        """Write that so many records were too many for one invocation, and count them."""
        self.logger.warning("handed_back", extra={"records": records})
        self.meter.note(Metric.RECORDS_HANDED_BACK, records)

    def ended(self, waiting_since_ms: Sequence[int]) -> None:
        """Tell how long the oldest of the waiting records has waited; 0, by which alarms recover, if none."""
        now_ms = self.now_ms()
        oldest_ms = max(0, now_ms - min(waiting_since_ms, default=now_ms))
        self.meter.note(Metric.OLDEST_WAITING_AGE, oldest_ms // 1000)


def _line(parcel: Parcel, report: Report, age_ms: int) -> dict[str, object]:
    event = parcel.event
    return {
        "message_id": event.message_id if isinstance(event, Event) else _given_id(parcel),
        "type": event.type if isinstance(event, Event) else None,
        "destination": parcel.envelope.destination,
        "record_id": parcel.record.record_id,
        "receive_count": parcel.looks,
        "age_ms": age_ms,
        **_dropped(report.dropped),
        **_not_made(report.dropped),
        **_fields(report.outcome),
    }


def _dropped(dropped: Mapping[str, str]) -> dict[str, object]:
    """Return what was left out; of what is too much for a line how many there are, by the reason's word."""
    # Lists, because Logs Insights counts by what stands in a field, not by the names of fields.
    entries = (
        {"property": clipped(without_addresses(name)), "reason": clipped(reason)}
        for name, reason in dropped.items()
    )
    shown = listed(entries)
    more = Counter(reason.partition(":")[0] for reason in [*dropped.values()][len(shown) :])
    counted = [
        {"reason": clipped(word, MAX_WORD_CHARS), "properties": count}
        for word, count in more.most_common(MAX_WORDS)
    ]
    return {"dropped": shown, **({"dropped_more": counted} if counted else {})}


def _not_made(dropped: Mapping[str, str]) -> dict[str, object]:
    """Return why something was not made for an event, if so: an alarm of the template looks for it."""
    reasons = (reason.partition(": ") for reason in dropped.values())
    found = next((detail for word, _, detail in reasons if word == NOT_MADE), "")
    return {"not_made": found} if found else {}


def _given_id(parcel: Parcel) -> str:
    """Return what a malformed event can be found by."""
    given = parcel.raw.get("messageId")
    return given if isinstance(given, str) and given else parcel.record.record_id


def _until(fate: Fate, report: Report, now_ms: int) -> dict[str, object]:
    """Return when a deferred event is tried again at the earliest."""
    if fate.again_s is None or not isinstance(report.outcome, Deferred):
        return {}
    return {"until_ms": now_ms + fate.again_s * 1000}


def _fields(outcome: Outcome) -> dict[str, object]:
    match outcome:
        case Delivered():
            return {"outcome": "delivered", "object_id": outcome.object_id, "merged": outcome.is_merged}
        case Skipped():
            return {"outcome": "skipped", "reason": outcome.reason}
        case Deferred():
            waited_for = waits_for(outcome)
            return {
                "outcome": "deferred",
                "reason": outcome.reason,
                "wait_ms": outcome.wait_ms,
                # An alarm of the template looks for it.
                **({"waits_for": waited_for} if waited_for else {}),
                **_said(outcome),
            }
        case Rejected():
            # HubSpot's whole message may hold an address or a value: it lies in the rejects queue only.
            return {
                "outcome": "rejected",
                "reason": outcome.reason,
                "category": outcome.category,
                "correlation_id": outcome.correlation_id,
                **_said(outcome),
            }
        case _:
            assert_never(outcome)


def _said(outcome: Deferred | Rejected) -> dict[str, object]:
    """Return HubSpot's words, without addresses and values, if it has said any."""
    return {"said": outcome.log_message} if outcome.log_message else {}
