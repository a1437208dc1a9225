"""A log group of the sender's."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

NOW_MS = 1_793_527_200_000


@dataclass
class Logs:
    """A log group that is read in pages of one line; `calls` are what was asked.

    The page of number `fails_at` cannot be read.
    """

    entries: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Mapping[str, Any]] = field(default_factory=list)
    pages: int = 0
    fails_at: int = -1

    def get_paginator(self, name: str) -> "Logs":
        assert name == "filter_log_events"
        return self

    def paginate(self, **arguments: Any) -> Iterator[Mapping[str, Any]]:
        self.calls.append(arguments)
        for entry in sorted(self.entries, key=lambda each: each["timestamp"]):
            if entry["timestamp"] >= arguments["startTime"]:
                self.pages += 1
                if self.pages == self.fails_at:
                    raise ConnectionError
                yield {"events": [entry]}

    def write(self, key: str, at_ms: int = NOW_MS, **fields: object) -> None:
        line = {"message": "event", "message_id": key, "outcome": "delivered", "dropped": [], **fields}
        entry = {"eventId": f"{key}-{at_ms}", "timestamp": at_ms, "message": json.dumps(line)}
        self.entries.append(entry)
