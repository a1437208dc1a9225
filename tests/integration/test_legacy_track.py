"""The tracking host over httpx's MockTransport."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from fakes import Clock
from integration.mock_hubspot import FAR

from relay.adapters import legacy_track as module
from relay.adapters.legacy_track import LegacyTrack
from relay.core.answers import NoReply, Reply
from relay.core.metrics import Metric

QUERY = "_a=997086&_n=Bought%20Item&email=kim%2Bshop@example.org&city=a%7Eb%2Fc"


@dataclass
class Host:
    """A tracking host that answers from a function, and a clock that is at hand."""

    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200)
    base_url: str = "https://track-eu1.hubspot.com"
    clock: Clock = field(default_factory=Clock)
    requests: list[httpx.Request] = field(default_factory=list)
    notes: list[tuple[Metric, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        http = httpx.Client(transport=httpx.MockTransport(self._handle), follow_redirects=True)
        self.track = LegacyTrack(http, self.base_url, 10, self.clock.now_ms, self._note)

    def _note(self, metric: Metric, value: int) -> None:
        self.notes.append((metric, value))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)


@pytest.mark.parametrize("base_url", ["https://track-eu1.hubspot.com", "https://track-eu1.hubspot.com/"])
def test_the_query_goes_out_as_it_is_and_without_a_credential(base_url: str) -> None:
    """S53: an account in the EU has a host of its own."""
    host = Host(base_url=base_url)

    assert isinstance(host.track.trigger(QUERY, FAR), Reply)

    (request,) = host.requests
    assert request.method == "GET"
    assert request.url.raw_path == f"/v1/event?{QUERY}".encode()
    assert request.url.host == "track-eu1.hubspot.com"
    assert "authorization" not in request.headers


@pytest.mark.parametrize("status", [200, 302, 400, 429, 503])
def test_an_answer_of_any_status_is_a_value_and_its_picture_is_not_looked_at(status: int) -> None:
    headers = {"Retry-After": "7", "Location": "https://example.org"}
    host = Host(lambda _: httpx.Response(status, content=b"GIF89a", headers=headers))

    answer = host.track.trigger(QUERY, FAR)

    assert isinstance(answer, Reply)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (status, None, "7")
    assert len(host.requests) == 1


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ConnectError, httpx.RemoteProtocolError])
def test_no_answer_is_a_value_too(error: type[httpx.RequestError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("gone", request=request)

    assert Host(fail).track.trigger(QUERY, FAR) == NoReply(f"no_answer: {error.__name__}")


def test_after_the_deadline_no_call_is_made() -> None:
    host = Host()

    assert host.track.trigger(QUERY, host.clock.now) == NoReply("no_time")
    assert host.requests == []


def test_an_answer_that_trickles_in_is_given_up() -> None:
    host = Host()
    started = host.clock.now

    def trickle() -> Iterator[bytes]:
        for _ in range(100):
            host.clock.now += 1_000
            yield b" "

    host.answer = lambda _: httpx.Response(200, content=trickle())

    assert host.track.trigger(QUERY, FAR) == NoReply("no_answer: too slow or too long")
    assert host.clock.now - started == 10_000


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 10)
    host = Host(lambda _: httpx.Response(200, content=b"x" * 11))

    assert host.track.trigger(QUERY, FAR) == NoReply("no_answer: too slow or too long")


def test_an_address_that_is_none_costs_only_the_call() -> None:
    assert Host(base_url="https://track:port").track.trigger(QUERY, FAR) == NoReply(
        "not_sendable: InvalidURL"
    )


def test_each_call_is_noted_by_its_status_and_one_that_is_not_made_is_not() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("gone", request=request)

    host, lost, wrong = Host(), Host(fail), Host(base_url="https://track:port")

    host.track.trigger(QUERY, FAR)
    host.track.trigger(QUERY, host.clock.now)
    lost.track.trigger(QUERY, FAR)
    wrong.track.trigger(QUERY, FAR)

    assert host.notes == [(Metric.CALLS_2XX, 1)]
    assert lost.notes == [(Metric.CALLS_UNANSWERED, 1)]
    assert wrong.notes == []


@pytest.mark.parametrize(
    ("response", "counted"),
    [
        (httpx.Response(200, content=b"GIF89a", headers={"content-type": "image/gif"}), 0),
        (httpx.Response(200), 0),
        (httpx.Response(200, text="<html>", headers={"content-type": "text/html"}), 1),
        (httpx.Response(403, text="no"), 1),
    ],
)
def test_a_page_instead_of_a_picture_is_counted(response: httpx.Response, counted: int) -> None:
    host = Host(lambda _: response)

    host.track.trigger(QUERY, FAR)

    assert host.notes.count((Metric.CALLS_FOREIGN, 1)) == counted
