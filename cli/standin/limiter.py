"""HubSpot's limits: ordinary calls in any rolling 10 seconds, all calls of a day, and some apart.

Sources: HubSpot's usage guidelines and associations guide. Searches, association batches and custom events
are outside the count of ordinary calls, custom events outside that of the day as well. Whether the answers to
association batches carry headers is reported both ways; here only those to ordinary calls do.
"""

import uuid
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import Any

from cli.standin.account import APP_ID, HUB_ID

WINDOW_MS = 10_000


class Family(StrEnum):
    """By which count a call goes; `free` ones are not counted at all."""

    CALLS = "calls"
    SEARCH = "search"
    ASSOCIATIONS = "associations"
    EVENTS = "events"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class _Rule:
    """How calls of one family are counted, and how one too many is refused."""

    window_ms: int
    words: str
    group: str
    is_daily: bool = True


_RULES = {
    Family.CALLS: _Rule(WINDOW_MS, "ten_secondly_rolling", "private_app-api-calls-ten-secondly"),
    Family.SEARCH: _Rule(1000, "secondly", "crm:search"),
    Family.ASSOCIATIONS: _Rule(WINDOW_MS, "ten_secondly_rolling", "crm:associations"),
    Family.EVENTS: _Rule(1000, "secondly", "events:send", is_daily=False),
}


@dataclass
class _Count:
    """The calls of one family."""

    arrivals_ms: list[int] = field(default_factory=list)
    refused: int = 0
    most: int = 0

    def add(self, now_ms: int, window_ms: int) -> int:
        """Count a call; return how many came in the window that ends with it."""
        self.arrivals_ms.append(max([now_ms, *self.arrivals_ms[-1:]]))
        in_window = len(self.arrivals_ms) - bisect_right(self.arrivals_ms, now_ms - window_ms)
        self.most = max(self.most, in_window)
        return in_window

    def report(self) -> dict[str, int]:
        return {
            "call_count": len(self.arrivals_ms),
            "max_in_window": self.most,
            "rate_limited": self.refused,
        }


@dataclass
class Limiter:
    """Counts calls at the moment they arrive; refused ones count too (HubSpot counts every request).

    `limit` is for ordinary calls in 10 seconds, `associations` for those of its batches; `search` and
    `events` are for one second.
    """

    limit: int = 100
    daily: int = 250_000
    search: int = 5
    associations: int = 100
    events: int = 1250
    _counts: dict[Family, _Count] = field(init=False)
    _used_today: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.reset()

    def another(self) -> "Limiter":
        """Return one with the same limits that has counted nothing."""
        return Limiter(self.limit, self.daily, self.search, self.associations, self.events)

    def admit(
        self, now_ms: int, family: Family = Family.CALLS
    ) -> tuple[Mapping[str, str], Mapping[str, Any] | None]:
        """Count a call: return the headers of its answer, and the body of a 429 if it is one too many."""
        if family is Family.FREE:
            return {}, None
        rule = _RULES[family]
        with self._lock:
            count = self._counts[family]
            in_window = count.add(now_ms, rule.window_ms)
            self._used_today += rule.is_daily
            refusal = self._refusal(family, in_window)
            count.refused += refusal is not None
            return self._headers(in_window) if family is Family.CALLS else {}, refusal

    def reset(self) -> None:
        """Forget every call."""
        with self._lock:
            self._counts = {family: _Count() for family in _RULES}
            self._used_today = 0

    def report(self) -> Mapping[str, Any]:
        """Return how many calls came, the most in any window, and how many were refused.

        Those numbers are of ordinary calls; the other families have theirs under their names.
        """
        with self._lock:
            others = [family for family in _RULES if family is not Family.CALLS]
            apart = {family.value: self._counts[family].report() for family in others}
            return {**self._counts[Family.CALLS].report(), **apart}

    def _refusal(self, family: Family, in_window: int) -> Mapping[str, Any] | None:
        limits = {
            Family.CALLS: self.limit,
            Family.SEARCH: self.search,
            Family.ASSOCIATIONS: self.associations,
            Family.EVENTS: self.events,
        }
        rule = _RULES[family]
        if rule.is_daily and self._used_today > self.daily:
            return _body("daily", "private_app-api-calls-daily")
        return _body(rule.words, rule.group) if in_window > limits[family] else None

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


def _body(words: str, group: str) -> Mapping[str, Any]:
    return {
        "status": "error",
        "message": f"You have reached your {words} limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": str(uuid.uuid4()),
        "policyName": words.upper(),
        "groupName": f"publicapi:{group}:{APP_ID}:{HUB_ID}",
    }
