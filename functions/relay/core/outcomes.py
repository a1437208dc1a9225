"""What became of an event: every event ends as exactly one of these four."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Delivered:
    """HubSpot confirmed the input that carried this event.

    The event `is_merged` if it shared the input with others, and one of those was newer. It `is_repeat` if
    HubSpot says that it had one of its id before.
    """

    object_id: str
    is_merged: bool = False
    is_repeat: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing was to be sent, by rule; `reason` is a word to search for, such as `no_email`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """HubSpot refused it for good, in its own words; the event goes to the rejects queue.

    `message` is what HubSpot said, `log_message` the same without addresses and values: fit for a log.
    """

    reason: str
    message: str = ""
    category: str = ""
    correlation_id: str = ""
    log_message: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not delivered yet: the record goes back to the queue and is tried again.

    `wait_ms` is how long HubSpot asked us to stay away; 0 when it did not say. An event that is deferred for
    this reason when it is a day old ends as `at_last`, if that is given. `log_message` are HubSpot's words
    without addresses and values, "" where it said nothing.
    """

    reason: str
    wait_ms: int = 0
    at_last: Rejected | None = None
    log_message: str = field(default="", compare=False)


# Of what the sender has not come to before its time was up.
NO_TIME = Deferred("no_time")

Outcome: TypeAlias = Delivered | Skipped | Deferred | Rejected


def combined(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome of an event that asks for several things: none of them may be lost.

    What is open keeps it open, the longest wait counts; then what was refused, then what was done.
    """
    ordered = sorted(outcomes, key=lambda each: (_RANK[type(each)], -getattr(each, "wait_ms", 0)))
    return ordered[0]


def merged(outcome: Outcome) -> Outcome:
    """Return what became of an event that shared its input with a newer one, of which this is the outcome."""
    return replace(outcome, is_merged=True) if isinstance(outcome, Delivered) else outcome


_RANK = {Deferred: 0, Rejected: 1, Delivered: 2, Skipped: 3}
