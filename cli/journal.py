"""What the functions have written about each event: read back from their log groups."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

POLL_S = 0.1
# FilterLogEvents' most.
PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """The last line about one event. `outcome` is a word and a reason, such as `skipped: no_email`."""

    message_id: str
    type: str
    outcome: str
    object_id: str
    dropped: Mapping[str, str]

    @property
    def is_final(self) -> bool:
        """Nothing more will happen to this event by itself."""
        return not self.outcome.startswith("deferred")


@dataclass(frozen=True, slots=True)
class Journal:
    """The sender's log group, from `since_ms` on."""

    logs: "CloudWatchLogsClient"
    log_group: str
    since_ms: int = 0

    def lines(self) -> Mapping[str, Line]:
        """Return the newest line about each event, by message id."""
        return {line.message_id: line for line in self.all()}

    def wait_for(self, message_ids: frozenset[str], timeout_s: float) -> Mapping[str, Line]:
        """Wait until every one of `message_ids` has a final outcome, or until `timeout_s` has passed."""
        give_up_at = time.monotonic() + timeout_s
        while True:
            lines = self.lines()
            done = {message_id for message_id, line in lines.items() if line.is_final}
            if message_ids <= done or time.monotonic() > give_up_at:
                return {message_id: line for message_id, line in lines.items() if message_id in message_ids}
            time.sleep(POLL_S)

    def all(self) -> Iterator[Line]:
        """Yield every line about an event, in the order of time."""
        for entry in self._entries():
            line = _parsed(entry["message"])
            if line:
                yield line

    def _entries(self) -> Iterator["FilteredLogEventTypeDef"]:
        paginator = self.logs.get_paginator("filter_log_events")
        since_ms = self.since_ms
        while True:
            pages = paginator.paginate(logGroupName=self.log_group, startTime=since_ms)
            entries = [entry for page in pages for entry in page["events"]]
            yield from entries
            # The embedded AWS names no next page after a full one.
            if not entries or len(entries) % PAGE or entries[-1]["timestamp"] == since_ms:
                return
            since_ms = entries[-1]["timestamp"]


def _parsed(text: str) -> Line | None:
    try:
        fields: Any = json.loads(text)
    except ValueError:
        return None
    if not isinstance(fields, dict) or fields.get("message") != "event":
        return None
    outcome = ": ".join(part for part in (fields["outcome"], fields.get("reason", "")) if part)
    return Line(
        fields.get("message_id") or "?",
        fields.get("type") or "?",
        outcome,
        fields.get("object_id", ""),
        {each["property"]: each["reason"] for each in fields["dropped"]},
    )
