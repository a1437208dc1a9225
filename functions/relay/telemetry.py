"""One structured log line an outcome, without a value of any trait, an address or a secret."""

from dataclasses import dataclass
from typing import assert_never

from aws_lambda_powertools import Logger

from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.delivery import Parcel, Record
from relay.reports import Report


@dataclass(frozen=True, slots=True)
class LogJournal:
    """Writes the journal of a delivery to the function's log."""

    logger: Logger
    now_ms: int

    def event(self, parcel: Parcel, report: Report) -> None:
        """Write what became of one event: searchable by its message id, reason or dropped trait."""
        event = parcel.event
        self.logger.info(
            "event",
            extra={
                "message_id": event.message_id if isinstance(event, Event) else None,
                "type": event.type if isinstance(event, Event) else None,
                "destination": parcel.envelope.destination,
                "record_id": parcel.record.record_id,
                "receive_count": parcel.record.receive_count,
                "age_ms": self.now_ms - parcel.envelope.received_at_ms,
                "dropped": dict(report.dropped),
                **_fields(report.outcome),
            },
        )

    def unreadable(self, record: Record, reason: str) -> None:
        """Write that a record was put aside because it is no envelope."""
        self.logger.error("unreadable_record", extra={"record_id": record.record_id, "reason": reason})


def _fields(outcome: Outcome) -> dict[str, object]:
    match outcome:
        case Delivered():
            return {"outcome": "delivered", "object_id": outcome.object_id, "merged": outcome.is_merged}
        case Skipped():
            return {"outcome": "skipped", "reason": outcome.reason}
        case Deferred():
            return {"outcome": "deferred", "reason": outcome.reason, "wait_ms": outcome.wait_ms}
        case Rejected():
            return {
                "outcome": "rejected",
                "reason": outcome.reason,
                "category": outcome.category,
                "correlation_id": outcome.correlation_id,
            }
        case _:
            assert_never(outcome)
