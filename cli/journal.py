"""What the functions have written about each event: read back from their log groups."""

import json
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.log_pages import BUSY, log_pages

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

POLL_S = 0.1
# FilterLogEvents' most.
PAGE = 10_000
MAX_PATTERN_CHARS = 1_024
EVENTS = '{ $.message = "event" }'


@dataclass(frozen=True, slots=True)
class Line:
    """One line about an event. `outcome` is a word and a reason, such as `skipped: no_email`.

    Times are Unix times in milliseconds: `at_ms` when it was written, `received_at_ms` when the event came
    in, and `until_ms` when a deferred event is tried again at the earliest. `said` are HubSpot's words,
    without addresses and values. `dropped_more` is the number of what was left out and has no room in a line.
    What is not said is empty or 0.
    """

    message_id: str
    type: str
    outcome: str
    object_id: str
    dropped: Mapping[str, str]
    destination: str = ""
    at_ms: int = 0
    received_at_ms: int = 0
    receive_count: int = 0
    until_ms: int = 0
    is_merged: bool = False
    category: str = ""
    correlation_id: str = ""
    said: str = ""
    dropped_more: int = 0

    @property
    def word(self) -> str:
        """`delivered`, `skipped`, `deferred` or `rejected`."""
        return self.outcome.partition(": ")[0]

    @property
    def reason(self) -> str:
        """Why it was not delivered."""
        return self.outcome.partition(": ")[2]

    @property
    def is_final(self) -> bool:
        """Nothing more will happen to this event by itself."""
        return self.word != "deferred"

    @property
    def is_well(self) -> bool:
        """It has ended as it should."""
        return self.word in ("delivered", "skipped")


@dataclass(frozen=True, slots=True)
class Journal:
    """The sender's log group, from `since_ms` on, and to `until_ms` if that is given.

    `pattern` lets CloudWatch pass over lines that are not wanted; an emulator may not heed it.
    """

    logs: "CloudWatchLogsClient"
    log_group: str
    since_ms: int = 0
    until_ms: int = 0
    pattern: str = ""
    poll_s: float = POLL_S

    def lines(self, give_up_at: float = math.inf) -> Mapping[str, Line]:
        """Return the line that says how each event stands, by message id.

        Where CloudWatch is too busy for longer than `give_up_at`, a monotonic time, what was read by then.
        """
        found: dict[str, Line] = {}
        for line in self.all(give_up_at):
            found[line.message_id] = newer(found.get(line.message_id), line)
        return found

    def wait_for(self, message_ids: frozenset[str], timeout_s: float) -> Mapping[str, Line]:
        """Wait until every one of `message_ids` has a final outcome, or until `timeout_s` has passed."""
        give_up_at = time.monotonic() + timeout_s
        while True:
            lines = self.lines(give_up_at)
            done = {message_id for message_id, line in lines.items() if line.is_final}
            if message_ids <= done or time.monotonic() > give_up_at:
                return {message_id: line for message_id, line in lines.items() if message_id in message_ids}
            time.sleep(self.poll_s)

    def all(self, give_up_at: float = math.inf) -> Iterator[Line]:
        """Yield every line about an event, in the order of time."""
        for page in self.pages():
            if page is BUSY and time.monotonic() > give_up_at:
                return
            for entry in page:
                line = parsed(entry)
                if line:
                    yield line

    def pages(self) -> Iterator[list["FilteredLogEventTypeDef"]]:
        """Yield what the log group holds, as it comes; `BUSY` before each pause of CloudWatch's limit."""
        span: Any = {"endTime": self.until_ms} if self.until_ms else {}
        since_ms = self.since_ms
        while True:
            asked = {"logGroupName": self.log_group, "filterPattern": self.pattern, **span}
            count, newest_ms = 0, since_ms
            for entries in log_pages(self.logs, {**asked, "startTime": since_ms}):
                yield entries
                count += len(entries)
                newest_ms = entries[-1]["timestamp"] if entries else newest_ms
            # The embedded AWS names no next page after a full one.
            if not count or count % PAGE or newest_ms == since_ms:
                return
            since_ms = newest_ms


def newer(before: Line | None, line: Line) -> Line:
    """Return the line that says how an event stands, of two about it in the order of time.

    A message may come twice, after a crash: what was delivered of it has nothing more to ask for then.
    """
    return before if before and before.word == "delivered" and line.word == "skipped" else line


def pattern_for(message_ids: Iterable[str]) -> str:
    """Return the pattern that lets only these events' lines through, or all events' if they are too many."""
    terms = " || ".join(f"$.message_id = {json.dumps(each)}" for each in message_ids)
    pattern = f"{{ {terms} }}"
    # Not every character of JSON's may stand in a pattern.
    is_fit = terms and pattern.isascii() and "\\" not in pattern and len(pattern) <= MAX_PATTERN_CHARS
    return pattern if is_fit else EVENTS


def parsed(entry: "FilteredLogEventTypeDef") -> Line | None:
    """Read one entry of the log; None for one that is not about an event."""
    try:
        fields: Any = json.loads(entry["message"])
    except ValueError:
        return None
    if not isinstance(fields, dict) or fields.get("message") != "event":
        return None
    at_ms = entry.get("timestamp", 0)
    return Line(
        message_id=fields.get("message_id") or "?",
        type=fields.get("type") or "?",
        outcome=": ".join(part for part in (fields["outcome"], fields.get("reason", "")) if part),
        object_id=fields.get("object_id", ""),
        dropped={each["property"]: each["reason"] for each in fields["dropped"]},
        destination=fields.get("destination", ""),
        at_ms=at_ms,
        received_at_ms=at_ms - fields.get("age_ms", 0),
        receive_count=fields.get("receive_count", 0),
        until_ms=fields.get("until_ms", 0),
        is_merged=fields.get("merged", False),
        category=fields.get("category", ""),
        correlation_id=fields.get("correlation_id", ""),
        said=fields.get("said", ""),
        dropped_more=sum(each["properties"] for each in fields.get("dropped_more", ())),
    )
