"""A HubSpot that takes its time, and lets a steady share of its calls go wrong, each time in another way."""

import re
from dataclasses import dataclass, field
from itertools import cycle
from threading import Lock

from cli.standin.faults import Fault, Faults

# What HubSpot takes for an ordinary answer.
ANSWER_MS = 200
# Whoever is told to come again does so after a second.
TURNED_AWAY = {"policyName": "TEN_SECONDLY_ROLLING", "errorType": "RATE_LIMIT"}
HTML = "<html><body>We will be back soon.</body></html>"
# A company of unknown fate is waited for a minute, so these calls are only ever turned away.
CREATION = re.compile("companies/batch/create")
REFUSED = Fault(status=429, body=TURNED_AWAY, headers={"Retry-After": "1"})


def kinds(timeout_s: float) -> tuple[Fault, ...]:
    """Return what goes wrong by turns, for senders that wait so long for an answer."""
    late_ms = int(timeout_s * 1000) + 500
    return (
        Fault(status=500, body={}),
        REFUSED,
        Fault(drop="after"),
        Fault(status=503, body=HTML),
        Fault(delay_ms=late_ms),
        Fault(drop="before"),
        Fault(status=200, body=HTML),
        Fault(status=502),
        Fault(truncate=20),
        Fault(answer=504),
    )


@dataclass
class SteadyFaults(Faults):
    """One call in `every` goes wrong; all take `ANSWER_MS` at least. 0 lets none go wrong."""

    every: int = 100
    timeout_s: float = 10
    happened: int = 0
    _seen: int = 0
    _counting: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._kinds = cycle(kinds(self.timeout_s))

    def take(self, method: str, path: str) -> Fault | None:
        """Return what a call has to suffer, if nothing else than to wait."""
        del method
        with self._counting:
            self._seen += 1
            is_due = bool(self.every) and self._seen % self.every == 0
            if not is_due:
                return Fault(delay_ms=ANSWER_MS)
            self.happened += 1
            kind = REFUSED if CREATION.search(path) else next(self._kinds)
        return kind.model_copy(update={"delay_ms": max(ANSWER_MS, kind.delay_ms)})
