"""The tables of the runbook: how an event can end undelivered, what counts it, and what tells of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TEXT = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
_SECTION = _TEXT.partition("\n## Every way to end undelivered\n")[2].partition("\n## ")[0]
_HEADS = ("answer", "outcome", "---")


@dataclass(frozen=True)
class Row:
    """One row: `kind` are the words before its reasons; metrics of AWS begin with their namespace.

    `why_none` says why it has no alarm.
    """

    kind: str
    reasons: frozenset[str]
    metrics: tuple[str, ...]
    alarms: tuple[str, ...]
    why_none: str


def _rows() -> Iterator[Row]:
    for line in re.findall(r"^\| (.+) \|$", _SECTION, re.MULTILINE):
        *what, metrics, alarms = (cell.strip() for cell in line.split(" | "))
        if what[0].startswith(_HEADS):
            continue
        kind = what[0] if len(what) > 1 else what[0].partition("`")[0].strip()
        yield Row(
            kind,
            frozenset(re.findall(r"`([^`]+)`", what[-1])) - {"rejected"},
            tuple(re.findall(r"`([^`]+)`", metrics)),
            tuple(re.findall(r"\[(\w+Alarm)\]", alarms)),
            alarms.partition("none: ")[2],
        )


ROWS = tuple(_rows())
# Answers of ingest by status and code, and why it does not take an event beside others.
ANSWERS = {reason: row for row in ROWS for reason in row.reasons if reason[:3].isdigit()}
NOT_TAKEN = {
    reason: row
    for row in ROWS
    if row.kind.startswith(("events named", "the same"))
    for reason in row.reasons
    if not reason[:3].isdigit()
}


def by_outcome(outcome: str) -> dict[str, Row]:
    """Return the rows of one outcome of the sender by their reasons."""
    return {reason: row for row in ROWS if row.kind == outcome for reason in row.reasons}
