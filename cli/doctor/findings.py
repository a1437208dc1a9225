"""What the doctor finds: one line a check, with the remedy in words. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

# So many names stand in a line; the JSON has them all.
SHOWN = 8


class State(StrEnum):
    """How a check has ended."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """The end of one check. `names` holds what it is about, such as the scopes that are missing."""

    check: str
    state: State
    text: str
    remedy: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """In place of facts that could not be read: why."""

    why: str


def ok(check: str, text: str) -> Finding:
    """Return the end of a check that has found nothing to mend."""
    return Finding(check, State.OK, text)


def warning(check: str, text: str, remedy: str, names: Sequence[str] = ()) -> Finding:
    """Return the end of a check that somebody should look at."""
    return Finding(check, State.WARNING, text, remedy, tuple(names))


def error(check: str, text: str, remedy: str, names: Sequence[str] = ()) -> Finding:
    """Return the end of a check that keeps events from HubSpot."""
    return Finding(check, State.ERROR, text, remedy, tuple(names))


def not_checked(check: str, why: str) -> Finding:
    """Return the end of a check that was not possible."""
    return Finding(check, State.NOT_CHECKED, why)


def worst(findings: Iterable[Finding]) -> State:
    """Return the state of the whole: what was not checked is no trouble of its own."""
    states = {finding.state for finding in findings}
    return next((state for state in (State.ERROR, State.WARNING) if state in states), State.OK)


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them, the first few if there are many."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def age_text(passed_ms: int) -> str:
    """Return how long something has lasted, in the unit that fits."""
    seconds = max(0, passed_ms) // 1000
    units = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
    unit, length = next(((unit, length) for unit, length in units if seconds >= length), ("second", 1))
    count = seconds // length
    return f"{count} {unit}{'' if count == 1 else 's'}"
