"""What the sender's log says of a destination's last day: the newest lines first, as far as there is time."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cli.doctor.facts import Recent, Seen
from cli.log_pages import log_pages
from relay.core.groups import COMPANIES
from relay.core.made_names import NOT_MADE
from relay.core.mapping import CONTACTS
from relay.core.tellings import SHARED_DOMAIN

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

# FilterLogEvents goes from old to new, so that the newest part is read first. Ends, in milliseconds ago.
SLICES_MS = (1_800_000, 10_800_000, 86_400_000)
# It reads through all lines to find those that are wanted; a busy log has millions.
READ_S = 20.0


@dataclass(slots=True)
class Tally:
    """Counts lines of the log, each event once for each reason. Ages count from `fresh_from_ms` on."""

    fresh_from_ms: int = 0
    deferred: dict[str, Seen] = field(default_factory=dict)
    rejected: dict[str, Seen] = field(default_factory=dict)
    unknown: dict[tuple[str, str], Seen] = field(default_factory=dict)
    shared: dict[str, Seen] = field(default_factory=dict)
    not_made: dict[tuple[str, str], Seen] = field(default_factory=dict)

    def add(self, line: Mapping[str, Any], at_ms: int) -> None:
        """Count one event's line, written at `at_ms`."""
        # An older one says nothing of what waits now.
        age_ms = int(line.get("age_ms") or 0) if at_ms >= self.fresh_from_ms else 0
        seen = Seen(frozenset({str(line.get("message_id"))}), at_ms, age_ms)
        kind = {"deferred": self.deferred, "rejected": self.rejected}.get(str(line.get("outcome")))
        if kind is not None:
            _note(kind, str(line.get("reason", "")), seen)
        of = COMPANIES if line.get("type") == "group" else CONTACTS
        for each in line.get("dropped") or ():
            name, (word, _, detail) = str(each.get("property")), str(each.get("reason")).partition(": ")
            if word == "unknown_property":
                _note(self.unknown, (of, name), seen)
            elif word == NOT_MADE:
                _note(self.not_made, (detail, name), seen)
            elif word == SHARED_DOMAIN:
                _note(self.shared, str(line.get("object_id") or ""), seen)

    def recent(self, since_ms: int) -> Recent:
        """Return what was counted, back to that time."""
        return Recent(since_ms, self.deferred, self.rejected, self.unknown, self.shared, self.not_made)


def _note(counts: dict[Any, Seen], key: object, seen: Seen) -> None:
    before = counts.get(key, seen)
    counts[key] = Seen(
        before.message_ids | seen.message_ids,
        max(before.newest_at_ms, seen.newest_at_ms),
        max(before.oldest_age_ms, seen.oldest_age_ms),
    )


def recent(logs: "CloudWatchLogsClient", log_group: str, destination: str, now_ms: int) -> Recent:
    """Read the last day, or as much of it as can be read in a while."""
    tally, give_up_at = Tally(now_ms - SLICES_MS[0]), time.monotonic() + READ_S
    since_ms = until_ms = now_ms
    for ago_ms in SLICES_MS:
        begin_ms = now_ms - ago_ms
        for page in _pages(logs, log_group, destination, (begin_ms, until_ms)):
            _count(page, destination, tally)
            if time.monotonic() > give_up_at:
                return tally.recent(since_ms)
        since_ms, until_ms = begin_ms, begin_ms - 1
    return tally.recent(since_ms)


def _pages(
    logs: "CloudWatchLogsClient", log_group: str, destination: str, span_ms: tuple[int, int]
) -> Iterator[Iterable["FilteredLogEventTypeDef"]]:
    pattern = (
        f'{{ ($.message = "event") && ($.destination = "{destination}") && '
        '(($.outcome = "deferred") || ($.outcome = "rejected") || ($.dropped[0].reason = "*")) }'
    )
    span = {"startTime": span_ms[0], "endTime": span_ms[1]}
    return log_pages(logs, {"logGroupName": log_group, "filterPattern": pattern, **span})


def _count(page: Iterable["FilteredLogEventTypeDef"], destination: str, tally: Tally) -> None:
    for entry in page:
        line = _parsed(entry["message"])
        if line.get("message") == "event" and line.get("destination") == destination:
            tally.add(line, entry["timestamp"])


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        fields: Any = json.loads(text)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
