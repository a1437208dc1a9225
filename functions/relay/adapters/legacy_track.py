"""HubSpot's tracking host over httpx: no credential, no limits, no hidden retries.

An answer of any status is a value; so is no answer.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from relay.core.answers import Answer, NoReply, Reply
from relay.core.metrics import Note, metric_of

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
        # httpx counts connecting and each read apart: together they may take as long as the call may.
        timeout = httpx.Timeout(self.timeout_s * 0.8, connect=self.timeout_s * 0.2)
        try:
            request = self.http.build_request("GET", url, timeout=timeout)
        except httpx.InvalidURL as error:
            return NoReply(f"not_sendable: {type(error).__name__}")
        answer = self._answer(request, now_ms + int(self.timeout_s * 1000))
        self.note(metric_of(answer), 1)
        return answer

    def _answer(self, request: httpx.Request, answer_by_ms: int) -> Answer:
        try:
            return self._exchange(request, answer_by_ms)
        except httpx.RequestError as error:
            return NoReply(f"no_answer: {type(error).__name__}")

    def _exchange(self, request: httpx.Request, answer_by_ms: int) -> Answer:
        response = self.http.send(request, stream=True, follow_redirects=False)
        size = 0
        try:
            for chunk in response.iter_bytes():
                size += len(chunk)
                if self.now_ms() >= answer_by_ms or size > MAX_ANSWER_BYTES:
                    return NoReply("no_answer: too slow or too long")
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, None, headers)
