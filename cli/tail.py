"""What becomes of events, as it is written: the sender's log, asked every two seconds."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from cli.journal import EVENTS, Journal, Line, parsed
from cli.log_pages import BUSY

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

# CloudWatch lets an account ask a few times a second, all its users together.
POLL_S = 2.0
# A line may be shown only after a newer one.
LATE_MS = 60_000
# With 10,000 lines a page at most; what is beyond comes with the next time.
MAX_PAGES = 20


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which lines are wanted; what is empty means all."""

    destination: str = ""
    outcome: str = ""
    reason: str = ""

    def matches(self, line: Line) -> bool:
        """Say whether a line is one of them; of a reason its first word is enough."""
        is_reason = not self.reason or self.reason in (line.reason, line.reason.partition(":")[0])
        return self.destination in ("", line.destination) and self.outcome in ("", line.word) and is_reason


@dataclass
class Tail:
    """The end of the sender's log from `since_ms` on; each line is told once."""

    logs: "CloudWatchLogsClient"
    log_group: str
    since_ms: int
    chosen: Chosen = Chosen()
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    pattern: str = EVENTS
    _told: dict[str, int] = field(default_factory=dict)
    _rest: Iterator[list["FilteredLogEventTypeDef"]] | None = None
    _asked_at_ms: int = 0

    def follow(self, pause: Callable[[float], None] = time.sleep) -> Iterator[Line]:
        """Yield lines for as long as it is asked for them."""
        while True:
            yield from self.read()
            pause(POLL_S)

    def read(self) -> list[Line]:
        """Return the lines that are new since the last time, or a part of them if they are many."""
        lines = (parsed(entry) for entry in self.entries())
        return [line for line in lines if line and self.chosen.matches(line)]

    def entries(self) -> list["FilteredLogEventTypeDef"]:
        """Return what is new since the last time, or a part of it if it is much, in the order of time."""
        if self._rest is None:
            self._asked_at_ms = self.now_ms()
            self._rest = Journal(self.logs, self.log_group, self.since_ms, pattern=self.pattern).pages()
        # What fails on the way is read anew, from the beginning.
        rest, self._rest = self._rest, None
        pages = list(_until_busy(islice(rest, MAX_PAGES)))
        fresh = [entry for page in pages for entry in page if self._is_new(entry)]
        if len(pages) == MAX_PAGES or (pages and pages[-1] is BUSY):
            self._rest = rest
        else:
            self.since_ms = max(self.since_ms, self._asked_at_ms - LATE_MS)
            self._told = {key: at_ms for key, at_ms in self._told.items() if at_ms >= self.since_ms}
        return sorted(fresh, key=lambda entry: entry["timestamp"])

    def _is_new(self, entry: "FilteredLogEventTypeDef") -> bool:
        key = entry.get("eventId") or f"{entry['timestamp']} {entry['message']}"
        is_new = key not in self._told
        self._told[key] = entry["timestamp"]
        return is_new


def _until_busy(
    pages: Iterator[list["FilteredLogEventTypeDef"]],
) -> Iterator[list["FilteredLogEventTypeDef"]]:
    """Yield pages, the first that CloudWatch was too busy for being the last: what there is can be shown."""
    for page in pages:
        yield page
        if page is BUSY:
            return
