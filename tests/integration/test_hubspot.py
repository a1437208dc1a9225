"""The HubSpot client over httpx's MockTransport: one token a request, answers and their absence as values."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from builders import batch
from fakes import Clock

from relay.adapters import hubspot as module
from relay.adapters.bucket_table import Token
from relay.adapters.hubspot import HubSpotClient
from relay.core.answers import NoReply, Reply

FAR = 2**53


@dataclass
class FakeTokens:
    clock: Clock
    left: int = 100
    settled: list[bool] = field(default_factory=list)

    def take(self, deadline_ms: int) -> Token | None:
        assert deadline_ms
        self.left -= 1
        return Token(0, self.clock.now + 2_000) if self.left >= 0 else None

    def settle(self, token: Token, *, was_used: bool) -> None:
        assert token.lent_free_at_ms == 0
        self.settled.append(was_used)


@dataclass
class HubSpot:
    """A client with its clock, its tokens and a server that answers from a function."""

    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200, json={"results": []})
    clock: Clock = field(default_factory=Clock)
    access_tokens: list[str] = field(default_factory=lambda: ["pat-1"])
    requests: list[httpx.Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = FakeTokens(self.clock)
        self.client = HubSpotClient(
            http=httpx.Client(transport=httpx.MockTransport(self._handle)),
            tokens=self.tokens,
            access_token=lambda fresh: self.access_tokens[-1 if fresh else 0],
            base_url="https://api.hubapi.com",
            version="2026-09",
            timeout_s=10,
            now_ms=self.clock.now_ms,
        )

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)


def test_an_upsert_is_the_documented_request() -> None:
    hubspot = HubSpot()

    answer = hubspot.client.upsert_contacts(batch("kim@example.org"), FAR)

    (request,) = hubspot.requests
    assert (request.method, str(request.url)) == (
        "POST",
        "https://api.hubapi.com/crm/objects/2026-09/contacts/batch/upsert",
    )
    assert request.headers["authorization"] == "Bearer pat-1"
    assert json.loads(request.content) == {
        "inputs": [
            {
                "idProperty": "email",
                "id": "kim@example.org",
                "objectWriteTraceId": "0",
                "properties": {"email": "kim@example.org"},
            }
        ]
    }
    assert isinstance(answer, Reply)
    assert (answer.status, answer.body) == (200, {"results": []})
    assert hubspot.tokens.settled == [True]


def test_the_schema_is_the_documented_request() -> None:
    hubspot = HubSpot()

    hubspot.client.contact_properties(FAR)

    assert str(hubspot.requests[0].url) == "https://api.hubapi.com/crm/properties/2026-09/contacts"


@pytest.mark.parametrize("status", [207, 400, 404, 429, 500])
def test_an_answer_of_any_status_is_a_value_with_its_headers(status: int) -> None:
    hubspot = HubSpot(lambda _: httpx.Response(status, json={"x": 1}, headers={"Retry-After": "7"}))

    answer = hubspot.client.contact_properties(FAR)

    assert isinstance(answer, Reply)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (status, {"x": 1}, "7")


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff", b'{"cut'])
def test_an_answer_that_is_no_json_has_no_body(content: bytes) -> None:
    answer = HubSpot(lambda _: httpx.Response(200, content=content)).client.contact_properties(FAR)

    assert isinstance(answer, Reply)
    assert answer.body is None


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout, httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError]
)
def test_no_answer_is_a_value_too_and_its_token_counts_as_used(error: type[httpx.TransportError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("gone", request=request)

    hubspot = HubSpot(fail)

    assert hubspot.client.contact_properties(FAR) == NoReply(f"no_answer: {error.__name__}")
    assert hubspot.tokens.settled == [True]


def test_without_a_token_no_request_is_made() -> None:
    hubspot = HubSpot()
    hubspot.tokens.left = 0

    assert hubspot.client.contact_properties(FAR) == NoReply("no_token")
    assert hubspot.requests == []


def test_after_the_deadline_no_request_is_made_and_the_token_goes_back_unused() -> None:
    hubspot = HubSpot()

    assert hubspot.client.contact_properties(hubspot.clock.now) == NoReply("no_time")
    assert (hubspot.requests, hubspot.tokens.settled) == ([], [False])


def test_a_refused_credential_is_read_again_and_a_new_one_is_tried_once_with_a_token_of_its_own() -> None:
    def only_new(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if request.headers["authorization"] == "Bearer pat-2" else 401, json={})

    hubspot = HubSpot(only_new, access_tokens=["pat-1", "pat-2"])

    answer = hubspot.client.contact_properties(FAR)

    assert isinstance(answer, Reply)
    assert answer.status == 200
    assert hubspot.tokens.settled == [True, True]


def test_a_refused_credential_that_has_not_changed_is_not_tried_again() -> None:
    hubspot = HubSpot(lambda _: httpx.Response(401, json={}))

    answer = hubspot.client.contact_properties(FAR)

    assert isinstance(answer, Reply)
    assert (answer.status, len(hubspot.requests)) == (401, 1)


def test_an_answer_that_trickles_in_is_given_up_when_its_token_lapses() -> None:
    hubspot = HubSpot()

    def trickle() -> Iterator[bytes]:
        for _ in range(100):
            hubspot.clock.now += 1_000
            yield b" "

    hubspot.answer = lambda _: httpx.Response(200, content=trickle())
    started = hubspot.clock.now

    assert hubspot.client.contact_properties(FAR) == NoReply("no_answer: too slow or too long")
    assert hubspot.clock.now - started == 12_000


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 10)
    hubspot = HubSpot(lambda _: httpx.Response(200, content=b"x" * 11))

    assert hubspot.client.contact_properties(FAR) == NoReply("no_answer: too slow or too long")
