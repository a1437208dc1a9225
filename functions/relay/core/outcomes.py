"""What became of an event: every event ends as exactly one of these four."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Delivered:
    """HubSpot confirmed the input that carried this event."""

    object_id: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing was to be sent, by rule; `reason` is a word to search for, such as `no_email`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not delivered yet: the record goes back to the queue and is tried again.

    `wait_ms` is how long HubSpot asked us to stay away; 0 when it did not say.
    """

    reason: str
    wait_ms: int = 0


@dataclass(frozen=True, slots=True)
class Rejected:
    """HubSpot refused it for good, in its own words; the event goes to the rejects queue."""

    reason: str
    message: str = ""
    category: str = ""
    correlation_id: str = ""


Outcome: TypeAlias = Delivered | Skipped | Deferred | Rejected
