"""Calls to HubSpot over httpx: one token a request, no hidden retries.

An answer of any status is a value; so is no answer. Nothing here decides what an answer means.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from relay.adapters.exchange import ENCODINGS, exchange
from relay.core.answers import Answer, NoReply, Reply, retry_after_ms
from relay.core.bucket import CALL_DEADLINE_MS, LATE_MS, WAIT_MS, Family, Observation
from relay.core.metrics import Metric, Note, metric_of
from relay.core.purse import NoToken, Token
from relay.core.ratelimits import LOCKED_MS, observation
from relay.core.speakers import not_hubspot

# A property list of a large portal is some megabytes; more than this is not HubSpot.
MAX_ANSWER_BYTES = 64 * 1024 * 1024
# A call that HubSpot turns away for its limits is made again, each time with a token of its own; one that
# takes no token when HubSpot says, and up to a quarter later, so that those turned away together part.
MAX_TRIES = 3
SPREAD = 0.25
TURNED_AWAY = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.LOCKED})


class Tokens(Protocol):
    """Where the right to a call comes from."""

    def take(self, family: Family, deadline_ms: int) -> Token | NoToken:
        """Return a token, or why there is none by `deadline_ms`."""
        ...

    def settle(self, token: Token, answered_at_ms: int | None, seen: Observation | None = None) -> None:
        """Note when the call of `token` was answered, None if it was never made, and what its answer told."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """One call: `family` says by which limit it is counted; None is by none, and needs no token."""

    method: str
    path: str
    body: object = None
    family: Family | None = Family.BURST


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls with one access token, and so to one account: another token may be another account's.

    `note` takes the status of every attempt, and how long each waited for its token.
    """

    http: httpx.Client
    tokens: Tokens
    access_token: str = field(repr=False)
    base_url: str
    timeout_s: float
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    note: Note = lambda _, __: None
    pause_s: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random

    def make(self, request: Request, deadline_ms: int) -> Answer:
        """Call; wait and call again while HubSpot turns us away for its limits.

        What would have to wait for longer than 15 s, or beyond `deadline_ms`, is turned away for good.
        """
        for _ in range(MAX_TRIES - 1):
            answer = self._once(request, deadline_ms)
            if not isinstance(answer, Reply) or answer.status not in TURNED_AWAY:
                return answer
            # Whoever needs a token waits for that.
            if request.family is None and not self._has_waited(answer, deadline_ms):
                return answer
        return self._once(request, deadline_ms)

    def _has_waited(self, turned_away: Reply, deadline_ms: int) -> bool:
        """Wait until the call may be made again; False if that would be too long."""
        wait_ms = int((retry_after_ms(turned_away) or LOCKED_MS) * (1 + SPREAD * self.jitter()))
        if wait_ms > min(WAIT_MS, deadline_ms - self.now_ms()):
            return False
        self.pause_s(wait_ms / 1000)
        return True

    def _once(self, request: Request, deadline_ms: int) -> Answer:
        headers = {"Authorization": f"Bearer {self.access_token}", "Accept": "application/json"}
        try:
            built = self.http.build_request(
                request.method,
                self.base_url + request.path,
                json=request.body,
                headers={**headers, **ENCODINGS},
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            # A URL that has no such form: one destination's mistake must not stop others.
            return NoReply(f"not_sendable: {type(error).__name__}")
        if request.family is None:
            return self._untaxed(built, deadline_ms)
        asked_at_ms = self.now_ms()
        token = self.tokens.take(request.family, deadline_ms)
        self.note(Metric.TOKEN_WAIT, max(0, self.now_ms() - asked_at_ms))
        return (
            NoReply(token.reason, token.wait_ms)
            if isinstance(token, NoToken)
            else self._taxed(built, token, deadline_ms)
        )

    def _untaxed(self, built: httpx.Request, deadline_ms: int) -> Answer:
        now_ms = self.now_ms()
        return self._answer(built, now_ms + CALL_DEADLINE_MS) if now_ms < deadline_ms else NoReply("no_time")

    def _taxed(self, built: httpx.Request, token: Token, deadline_ms: int) -> Answer:
        if self.now_ms() >= min(token.use_by_ms, deadline_ms):
            self.tokens.settle(token, None)
            return NoReply("no_time")
        answer = self._answer(built, token.answer_by_ms)
        now_ms = self.now_ms()
        if isinstance(answer, Reply):
            self.tokens.settle(token, now_ms, observation(token.family, answer, now_ms))
        else:
            # It may still be on its way, and be counted when it arrives.
            self.tokens.settle(token, now_ms + LATE_MS)
        return answer

    def _answer(self, request: httpx.Request, answer_by_ms: int) -> Answer:
        # A call that begins before its deadline must have ended when the lease of whoever makes it does.
        answer_by_ms = min(answer_by_ms, self.now_ms() + int(self.timeout_s * 1000))
        answer = exchange(
            self.http,
            request,
            answer_by_ms=answer_by_ms,
            max_bytes=MAX_ANSWER_BYTES,
            now_ms=self.now_ms,
        )
        self.note(metric_of(answer), 1)
        if isinstance(answer, Reply) and not_hubspot(answer):
            self.note(Metric.CALLS_FOREIGN, 1)
        return answer
