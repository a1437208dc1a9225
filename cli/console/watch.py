"""The sender's log as the console follows it: the newest lines about events, and the metrics beside them."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.console.minutes import Minutes
from cli.journal import parsed
from cli.status import line_json
from cli.tail import Tail

# More than a person reads; a busy stack writes more in seconds.
MAX_LINES = 500
# Lines about events, and those in the embedded metric format.
PATTERN = '{ ($.message = "event") || ($._aws.Timestamp > 0) }'


@dataclass
class Watch:
    """Reads the log when it is asked, and at most every `read_s` seconds. Safe to use from threads."""

    tail: Tail
    read_s: float
    clock: Callable[[], float] = time.monotonic
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    _lines: deque[Mapping[str, Any]] = field(default_factory=lambda: deque(maxlen=MAX_LINES))
    _minutes: Minutes = field(default_factory=Minutes)
    _count: int = 0
    _again_at: float = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lines(self, after: int) -> Mapping[str, Any]:
        """Return the lines after the one of that number, the oldest first, and how many are lost to them."""
        with self._lock:
            self._read()
            # A page that knows more than there is has seen an earlier console.
            after = after if after <= self._count else 0
            fresh = [line for line in self._lines if line["number"] > after]
            return {"lines": fresh, "last": self._count, "missed": self._count - after - len(fresh)}

    def story(self) -> Mapping[str, Any]:
        """Return the metrics of the last minutes."""
        with self._lock:
            self._read()
            return self._minutes.as_json(self.now_ms())

    def oldest_s(self) -> float:
        """Return how long the oldest event waits that was tried, as far as is known; else 0."""
        with self._lock:
            waited_s, at_ms = self._minutes.oldest_s, self._minutes.oldest_at_ms
            return waited_s + max(0, self.now_ms() - at_ms) / 1000 if waited_s else 0

    def _read(self) -> None:
        if self.clock() < self._again_at:
            return
        for entry in self.tail.entries():
            line = parsed(entry)
            if line:
                self._count += 1
                self._lines.append({"number": self._count, **line_json(line)})
            else:
                self._minutes.add(entry["message"], entry["timestamp"])
        # Counted from the end: a log that is slow to read is not read without a pause.
        self._again_at = self.clock() + self.read_s
