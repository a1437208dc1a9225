"""What became of one event, and which of its parts were left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from relay.core.expiry import expired
from relay.core.outcomes import Deferred, Outcome, combined


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one event, and which of its traits were left out, and why."""

    outcome: Outcome
    dropped: Mapping[str, str] = field(default_factory=dict)

    def at_last(self) -> "Report":
        """Return the report of an event that has waited for long enough, if that is said of its outcome."""
        end = self.outcome.at_last if isinstance(self.outcome, Deferred) else None
        return replace(self, outcome=end) if end else self

    def expired(self, waited_ms: int) -> "Report":
        """Return the report of an event that has been on the queue for so long."""
        end = expired(self.outcome, waited_ms)
        return self if end is self.outcome else replace(self, outcome=end)

    def and_also(self, outcome: Outcome, dropped: Mapping[str, str]) -> "Report":
        """Return the report of an event that asks for something more."""
        return Report(combined((self.outcome, outcome)), {**self.dropped, **dropped})

    def with_notes(self, dropped: Mapping[str, str]) -> "Report":
        """Return the report of an event of which more was left out."""
        return replace(self, dropped={**self.dropped, **dropped}) if dropped else self
