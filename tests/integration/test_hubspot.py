"""One token a request, no hidden retries; answers and their absence are values."""

from collections.abc import Iterator

import httpx
import pytest
from integration.mock_hubspot import FAR, HubSpot

from relay.adapters import hubspot_calls as module
from relay.adapters.hubspot_calls import MAX_TRIES
from relay.core.answers import NoReply, Reply
from relay.core.bucket import LATE_MS, Family, Learned, Observation
from relay.core.metrics import Metric
from relay.core.purse import NoToken


@pytest.mark.parametrize("status", [207, 400, 409, 429, 500])
def test_an_answer_of_any_status_is_a_value_with_its_headers(status: int) -> None:
    hubspot = HubSpot(lambda _: httpx.Response(status, json={"x": 1}, headers={"Retry-After": "7"}))

    answer = hubspot.client.properties("contacts", FAR)

    assert isinstance(answer, Reply)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (status, {"x": 1}, "7")


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff", b'{"cut'])
def test_an_answer_that_is_no_json_has_no_body(content: bytes) -> None:
    answer = HubSpot(lambda _: httpx.Response(200, content=content)).client.properties("contacts", FAR)

    assert isinstance(answer, Reply)
    assert answer.body is None


@pytest.mark.parametrize(
    "error",
    [httpx.ReadTimeout, httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError, httpx.DecodingError],
)
def test_no_answer_is_a_value_too_and_its_call_may_still_be_on_its_way(
    error: type[httpx.RequestError],
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("gone", request=request)

    hubspot = HubSpot(fail)

    assert hubspot.client.properties("contacts", FAR) == NoReply(f"no_answer: {error.__name__}")
    assert hubspot.tokens.settled == [hubspot.clock.now + LATE_MS]


def test_without_a_token_no_request_is_made() -> None:
    hubspot = HubSpot()
    hubspot.tokens.left = 0
    hubspot.tokens.refusal = NoToken(9, 7_000, "day_spent")

    assert hubspot.client.properties("contacts", FAR) == NoReply("day_spent", 7_000)
    assert (hubspot.requests, hubspot.tokens.settled) == ([], [])


def test_after_the_deadline_no_request_is_made_and_the_token_goes_back_unused() -> None:
    hubspot = HubSpot()

    assert hubspot.client.properties("contacts", hubspot.clock.now) == NoReply("no_time")
    assert (hubspot.requests, hubspot.tokens.settled) == ([], [None])


def test_a_call_with_a_refused_access_token_is_not_made_again() -> None:
    """Another token may be another account's: whoever has it must find that out first."""
    hubspot = HubSpot(lambda _: httpx.Response(401, json={}))

    answer = hubspot.client.properties("contacts", FAR)

    assert isinstance(answer, Reply)
    assert (answer.status, len(hubspot.requests)) == (401, 1)


def test_an_answer_that_trickles_in_is_given_up_after_ten_seconds() -> None:
    hubspot = HubSpot()

    def trickle() -> Iterator[bytes]:
        for _ in range(100):
            hubspot.clock.now += 1_000
            yield b" "

    hubspot.answer = lambda _: httpx.Response(200, content=trickle())
    started = hubspot.clock.now

    assert hubspot.client.properties("contacts", FAR) == NoReply("no_answer: too slow or too long")
    assert hubspot.clock.now - started == 10_000


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 10)
    hubspot = HubSpot(lambda _: httpx.Response(200, content=b"x" * 11))

    assert hubspot.client.properties("contacts", FAR) == NoReply("no_answer: too slow or too long")


def test_headers_are_handed_to_the_bucket_with_the_token() -> None:
    headers = {
        "X-HubSpot-RateLimit-Max": "190",
        "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
        "X-HubSpot-RateLimit-Daily": "625000",
        "X-HubSpot-RateLimit-Daily-Remaining": "5",
    }
    hubspot = HubSpot(lambda _: httpx.Response(200, json={}, headers=headers))

    hubspot.client.properties("contacts", FAR)

    assert hubspot.tokens.seen == [Observation(hubspot.clock.now, Learned(190, 625_000), day_remaining=5)]


@pytest.mark.parametrize("status", [429, 423])
def test_a_call_that_was_turned_away_is_made_again_with_a_token_of_its_own(status: int) -> None:
    hubspot = HubSpot()
    hubspot.answer = lambda _: httpx.Response(status if len(hubspot.requests) < MAX_TRIES else 200, json={})

    answer = hubspot.client.properties("contacts", FAR)

    assert isinstance(answer, Reply)
    assert answer.status == 200
    blocked = [seen.blocked_until_ms for seen in hubspot.tokens.seen if seen]
    assert [list(families) for families in blocked] == [[Family.BURST]] * (MAX_TRIES - 1)
    assert len(hubspot.tokens.settled) == MAX_TRIES


def test_a_call_that_is_turned_away_again_and_again_is_given_up() -> None:
    hubspot = HubSpot(lambda _: httpx.Response(429, json={}))

    answer = hubspot.client.properties("contacts", FAR)

    assert isinstance(answer, Reply)
    assert (answer.status, len(hubspot.requests)) == (429, MAX_TRIES)


def test_a_call_that_was_turned_away_waits_no_longer_than_its_tokens_do() -> None:
    hubspot = HubSpot(lambda _: httpx.Response(429, json={}))
    hubspot.tokens.left = 1
    hubspot.tokens.refusal = NoToken(0, 60_000, "blocked")

    assert hubspot.client.properties("contacts", FAR) == NoReply("blocked", 60_000)


def test_what_nobody_could_send_costs_neither_a_token_nor_the_invocation() -> None:
    hubspot = HubSpot(base_url="https://api.hubapi.com:port")

    assert hubspot.client.properties("contacts", FAR) == NoReply("not_sendable: InvalidURL")
    assert (hubspot.tokens.left, hubspot.requests) == (100, [])


def test_each_attempt_is_noted_by_its_status_and_with_the_wait_for_its_token() -> None:
    statuses = iter([429, 200])
    hubspot = HubSpot(lambda _: httpx.Response(next(statuses), json={}))
    hubspot.tokens.takes_ms = 40

    hubspot.client.properties("contacts", FAR)

    assert hubspot.notes == [
        (Metric.TOKEN_WAIT, 40),
        (Metric.CALLS_429, 1),
        (Metric.TOKEN_WAIT, 40),
        (Metric.CALLS_2XX, 1),
    ]


def test_a_wait_in_vain_is_noted_too_and_no_call() -> None:
    hubspot = HubSpot()
    hubspot.tokens.left, hubspot.tokens.takes_ms = 0, 15_000

    hubspot.client.properties("contacts", FAR)

    assert hubspot.notes == [(Metric.TOKEN_WAIT, 15_000)]


def test_an_answer_that_does_not_come_is_noted() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("gone", request=request)

    hubspot = HubSpot(fail)

    hubspot.client.properties("contacts", FAR)

    assert hubspot.notes == [(Metric.TOKEN_WAIT, 0), (Metric.CALLS_UNANSWERED, 1)]
