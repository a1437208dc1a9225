"""The real journal, with a log that can be read and a clock that is at hand."""

import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools import Logger
from fakes import Clock

from relay.core.envelopes import Envelope
from relay.core.events import parse
from relay.core.log_lines import to_line
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.fates import Fate, Parcel, Record
from relay.reports import Report
from relay.telemetry import LogJournal, Meter

DROPPED = {"shoe": "unknown_property", "born": "not_a_date"}
# One of each, as the portal reports them.
EACH = (
    Report(Delivered("501"), DROPPED),
    Report(Skipped("no_email")),
    Report(Deferred("status_429", 30_000), DROPPED),
    Report(Rejected("refused", "kim@example.org is invalid", "VALIDATION_ERROR", "c-1")),
)
_numbers = itertools.count()


@dataclass
class Journaling:
    """A journal that is written to memory."""

    clock: Clock = field(default_factory=Clock)
    meter: Meter = field(default_factory=Meter)
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        # Powertools keeps one logger for each service.
        # As the sender's own.
        service = f"journal-{next(_numbers)}"
        logger = Logger(service=service, level="INFO", stream=self.log, json_serializer=to_line)
        self.journal = LogJournal(logger, self.meter, self.clock.now_ms)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What is in the log."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


def fate(*reports: Report, raw: dict[str, object] | None = None, received_at_ms: int = 1_000) -> Fate:
    """Return the fate of a record with an event for each report, all of them as `raw`."""
    record = Record("r-1", "handle-1", "", 2)
    given = raw or {"type": "identify", "messageId": "m-1"}
    envelope = Envelope("default", received_at_ms, (given,) * len(reports))
    event = parse(given, received_at_ms=received_at_ms, fallback_id="r-1-0")
    again_s = 30 if any(isinstance(each, Deferred) for each in _outcomes(*reports)) else None
    return Fate(
        record,
        [(Parcel(record, envelope, n, given, event), report) for n, report in enumerate(reports)],
        again_s,
    )


def _outcomes(*reports: Report) -> Iterator[Outcome]:
    return (report.outcome for report in reports)


def written_lines() -> list[dict[str, Any]]:
    """Return the lines that the journal writes of one event of each outcome and of a foreign record."""
    journaling = Journaling()
    journaling.journal.record(fate(*EACH))
    journaling.journal.unreadable(Record("r-2", "handle-2", "", 1), "not_json")
    return journaling.lines


def unmade_lines() -> list[dict[str, Any]]:
    """Return the line of an event for which something was not made."""
    journaling = Journaling()
    dropped = {"shoe": "unknown_property", "user_12345": "not_made: looks_like_data"}
    journaling.journal.record(fate(Report(Delivered("501"), dropped)))
    return journaling.lines
