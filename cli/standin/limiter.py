"""HubSpot's limits: calls in any rolling 10 seconds, and calls a day; with its headers and its 429 bodies."""

import uuid
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

WINDOW_MS = 10_000


@dataclass
class Limiter:
    """Counts calls at the moment they arrive; refused ones count too (HubSpot counts every request)."""

    limit: int = 100
    daily: int = 250_000
    _arrivals_ms: list[int] = field(default_factory=list)
    _used_today: int = 0
    _refused: int = 0
    _most: int = 0
    _lock: Lock = field(default_factory=Lock)

    def admit(self, now_ms: int) -> tuple[Mapping[str, str], Mapping[str, Any] | None]:
        """Count a call: return the headers of its answer, and the body of a 429 if it is one too many."""
        with self._lock:
            self._arrivals_ms.append(max([now_ms, *self._arrivals_ms[-1:]]))
            self._used_today += 1
            in_window = len(self._arrivals_ms) - bisect_right(self._arrivals_ms, now_ms - WINDOW_MS)
            self._most = max(self._most, in_window)
            refusal = self._refusal(in_window)
            self._refused += refusal is not None
            return self._headers(in_window), refusal

    def reset(self) -> None:
        """Forget every call."""
        with self._lock:
            self._arrivals_ms.clear()
            self._used_today = self._refused = self._most = 0

    def report(self) -> Mapping[str, int]:
        """Return how many calls came, the most in any window, and how many were refused."""
        with self._lock:
            return {
                "call_count": self._used_today,
                "max_in_window": self._most,
                "rate_limited": self._refused,
            }

    def _refusal(self, in_window: int) -> Mapping[str, Any] | None:
        if self._used_today > self.daily:
            return _body("daily", "DAILY")
        return _body("ten_secondly_rolling", "TEN_SECONDLY_ROLLING") if in_window > self.limit else None

    def _headers(self, in_window: int) -> Mapping[str, str]:
        return {
            "X-HubSpot-RateLimit-Daily": str(self.daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, self.daily - self._used_today)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(WINDOW_MS),
            "X-HubSpot-RateLimit-Max": str(self.limit),
            "X-HubSpot-RateLimit-Remaining": str(max(0, self.limit - in_window)),
            "X-HubSpot-RateLimit-Secondly": str(self.limit // 10),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(self.limit // 10),
        }


def _body(words: str, policy: str) -> Mapping[str, Any]:
    return {
        "status": "error",
        "message": f"You have reached your {words} limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": str(uuid.uuid4()),
        "policyName": policy,
    }
