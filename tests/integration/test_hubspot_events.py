"""Each call for events is the request that HubSpot's OpenAPI files document."""

from collections.abc import Callable

import httpx
import pytest
from integration.mock_hubspot import FAR, HubSpot

from relay.adapters.hubspot_calls import MAX_TRIES
from relay.adapters.hubspot_events import HubSpotEvents
from relay.core.answers import Answer, NoReply, Reply, why_not
from relay.core.metrics import Metric
from relay.core.occurrences import CustomEvent
from relay.core.outcomes import Deferred
from relay.core.versions import Versions

DEFINITIONS = "/events/2026-09/event-definitions"
EVENT = CustomEvent(
    "pe7_seen", "m-1", "2026-11-01T10:00:00.000Z", {"email": "kim@example.org"}, {"page": "Zürich"}
)


def events_of(hubspot: HubSpot) -> HubSpotEvents:
    return HubSpotEvents(hubspot.client.calls, Versions.of("2026-09"))


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        (
            lambda events: events.definitions("", FAR),
            ("GET", f"{DEFINITIONS}?limit=100&includeProperties=true", None),
        ),
        (
            lambda events: events.definitions("a/b=", FAR),
            ("GET", f"{DEFINITIONS}?limit=100&includeProperties=true&after=a%2Fb%3D", None),
        ),
        (
            lambda events: events.create_definition({"label": "Seen"}, FAR),
            ("POST", DEFINITIONS, {"label": "Seen"}),
        ),
        (
            lambda events: events.add_property("pe7_seen", {"name": "page"}, FAR),
            ("POST", f"{DEFINITIONS}/pe7_seen/property", {"name": "page"}),
        ),
        (
            # Not that HubSpot has such names.
            lambda events: events.add_property("../x?", {"name": "page"}, FAR),
            ("POST", f"{DEFINITIONS}/..%2Fx%3F/property", {"name": "page"}),
        ),
    ],
    ids=["first page", "next page", "definition", "property", "no other path"],
)
def test_definitions_are_asked_for_with_a_token_each(
    call: Callable[[HubSpotEvents], Answer], asked: tuple[str, str, object]
) -> None:
    hubspot = HubSpot()

    answer = call(events_of(hubspot))

    assert hubspot.asked == [asked]
    assert isinstance(answer, Reply)
    assert hubspot.tokens.settled == [hubspot.clock.now]


def test_events_are_sent_in_a_batch_that_takes_no_token() -> None:
    hubspot = HubSpot(lambda _: httpx.Response(204))

    answer = events_of(hubspot).send_batch([EVENT, EVENT], FAR)

    sent = {
        "eventName": "pe7_seen",
        "uuid": "m-1",
        "occurredAt": "2026-11-01T10:00:00.000Z",
        "email": "kim@example.org",
        "properties": {"page": "Zürich"},
    }
    assert hubspot.asked == [("POST", "/events/2026-09/send/batch", {"inputs": [sent, sent]})]
    assert isinstance(answer, Reply)
    assert (answer.status, answer.body) == (204, None)
    assert (hubspot.tokens.settled, hubspot.tokens.left) == ([], 100)
    assert hubspot.requests[0].headers["authorization"] == "Bearer pat-1"


def test_after_the_deadline_no_events_are_sent() -> None:
    hubspot = HubSpot()

    assert events_of(hubspot).send_batch([EVENT], hubspot.clock.now) == NoReply("no_time")
    assert hubspot.requests == []


def test_a_call_that_needs_no_token_is_noted_by_its_status() -> None:
    hubspot = HubSpot(lambda _: httpx.Response(503, json={}))

    events_of(hubspot).send_batch([EVENT], FAR)

    assert hubspot.notes == [(Metric.CALLS_5XX, 1)]


def turning_away(times: int, status: int = 429, *, retry_after: str = "") -> HubSpot:
    """Return a HubSpot that turns away so many calls before it takes one."""
    answers = [httpx.Response(status, headers={"retry-after": retry_after}, json={})] * times
    return HubSpot(lambda _: answers.pop() if answers else httpx.Response(204))


@pytest.mark.parametrize(
    ("hubspot", "pauses_s"),
    [
        (turning_away(1, retry_after="7"), [7.0]),
        (turning_away(2, retry_after="15"), [15.0, 15.0]),
        (turning_away(2), [3.0, 3.0]),
        (turning_away(1, 423), [3.0]),
    ],
    ids=["as long as it says", "at most 15 s", "it says nothing", "locked"],
)
def test_events_that_hubspot_turns_away_are_sent_again_when_it_says(
    hubspot: HubSpot, pauses_s: list[float]
) -> None:
    assert events_of(hubspot).send_batch([EVENT], FAR) == Reply(204)
    assert hubspot.pauses_s == pauses_s


def test_events_that_were_turned_away_together_do_not_come_back_together() -> None:
    hubspot = turning_away(1, retry_after="8")
    hubspot.jitter = 0.5

    assert events_of(hubspot).send_batch([EVENT], FAR) == Reply(204)
    assert hubspot.pauses_s == [9.0]


@pytest.mark.parametrize(
    ("retry_after", "time_left_ms", "calls"),
    [("16", FAR, 1), ("7", 6_999, 1), ("7", 7_001, 2), ("7", 14_001, 3)],
)
def test_what_would_wait_too_long_goes_back_to_the_queue_with_the_time_that_hubspot_names(
    retry_after: str, time_left_ms: int, calls: int
) -> None:
    hubspot = turning_away(9, retry_after=retry_after)

    answer = events_of(hubspot).send_batch([EVENT], hubspot.clock.now + time_left_ms)

    assert why_not(answer) == Deferred("status_429", int(retry_after) * 1_000)
    assert len(hubspot.requests) == calls


def test_no_event_is_sent_more_often_than_three_times() -> None:
    hubspot = turning_away(9)

    answer = events_of(hubspot).send_batch([EVENT], FAR)

    assert why_not(answer) == Deferred("status_429")
    assert (len(hubspot.requests), len(hubspot.pauses_s)) == (MAX_TRIES, MAX_TRIES - 1)
