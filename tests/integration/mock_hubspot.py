"""The HubSpot client over httpx's MockTransport, with a clock and tokens that are at hand."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from fakes import Clock

from relay.adapters.hubspot import HubSpotClient
from relay.adapters.hubspot_calls import Calls
from relay.core.bucket import Family, Observation
from relay.core.metrics import Metric
from relay.core.purse import NoToken, Token
from relay.core.versions import Versions

# A deadline that is never reached.
FAR = 2**53


@dataclass
class FakeTokens:
    clock: Clock
    left: int = 100
    refusal: NoToken = field(default_factory=lambda: NoToken(0, 0, "window_full"))
    takes_ms: int = 0
    settled: list[int | None] = field(default_factory=list)
    seen: list[Observation | None] = field(default_factory=list)

    def take(self, family: Family, deadline_ms: int) -> Token | NoToken:
        assert deadline_ms
        self.clock.now += self.takes_ms
        self.left -= 1
        return Token(family, 0, self.clock.now + 2_000) if self.left >= 0 else self.refusal

    def settle(self, token: Token, answered_at_ms: int | None, seen: Observation | None = None) -> None:
        assert token.family == Family.BURST
        self.settled.append(answered_at_ms)
        self.seen.append(seen)


@dataclass
class HubSpot:
    """A client with its clock, its tokens and a server that answers from a function."""

    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200, json={"results": []})
    clock: Clock = field(default_factory=Clock)
    requests: list[httpx.Request] = field(default_factory=list)
    base_url: str = "https://api.hubapi.com"
    reads_sensitive: bool = False
    notes: list[tuple[Metric, int]] = field(default_factory=list)
    jitter: float = 0.0
    pauses_s: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = FakeTokens(self.clock)
        calls = Calls(
            http=httpx.Client(transport=httpx.MockTransport(self._handle)),
            tokens=self.tokens,
            access_token="pat-1",
            base_url=self.base_url,
            timeout_s=10,
            now_ms=self.clock.now_ms,
            note=lambda metric, value: self.notes.append((metric, value)),
            pause_s=self._pause,
            jitter=lambda: self.jitter,
        )
        self.client = HubSpotClient(calls, Versions.of("2026-09"), self.reads_sensitive)

    def _pause(self, seconds: float) -> None:
        self.pauses_s.append(seconds)
        self.clock.now += int(seconds * 1000)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)

    @property
    def asked(self) -> list[tuple[str, str, object]]:
        """What was asked: method, address below the host, and JSON body."""
        return [
            (request.method, str(request.url).removeprefix(self.base_url), _json(request))
            for request in self.requests
        ]


def _json(request: httpx.Request) -> object:
    return json.loads(request.content) if request.content else None
