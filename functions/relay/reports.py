"""What became of one event, and which of its parts were left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from relay.core.outcomes import Outcome, combined


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one event, and which of its traits were left out, and why."""

    outcome: Outcome
    dropped: Mapping[str, str] = field(default_factory=dict)

    def and_also(self, outcome: Outcome, dropped: Mapping[str, str]) -> "Report":
        """Return the report of an event that asks for something more."""
        return Report(combined((self.outcome, outcome)), {**self.dropped, **dropped})
