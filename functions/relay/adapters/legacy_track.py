"""HubSpot's tracking host over httpx: no credential, no limits, no hidden retries.

An answer of any status is a value; so is no answer.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from relay.adapters.exchange import ENCODINGS, exchange
from relay.core.answers import Answer, NoReply, Reply
from relay.core.metrics import Metric, Note, metric_of
from relay.core.speakers import is_for_people

# An answer is an empty picture, and what it holds is not looked at.
MAX_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class LegacyTrack:
    """The tracking host at `base_url`. A call is given up after `timeout_s`; `note` takes its status."""

    http: httpx.Client
    base_url: str
    timeout_s: float
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    note: Note = lambda _, __: None

    def trigger(self, query: str, deadline_ms: int) -> Answer:
        """Trigger the event that an encoded query names."""
        now_ms = self.now_ms()
        if now_ms >= deadline_ms:
            return NoReply("no_time")
        url = f"{self.base_url.rstrip('/')}/v1/event?{query}"
        try:
            request = self.http.build_request("GET", url, headers=ENCODINGS)
        except httpx.InvalidURL as error:
            return NoReply(f"not_sendable: {type(error).__name__}")
        answer = exchange(
            self.http,
            request,
            answer_by_ms=now_ms + int(self.timeout_s * 1000),
            max_bytes=MAX_ANSWER_BYTES,
            now_ms=self.now_ms,
        )
        self.note(metric_of(answer), 1)
        if isinstance(answer, Reply) and is_for_people(answer):
            self.note(Metric.CALLS_FOREIGN, 1)
        return answer
