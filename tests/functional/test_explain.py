"""What is explained is what the sender then does: call for call, and event for event."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import httpx
import pytest
from functional.hub import FAR_MS, Hub
from functional.sender import invoke_with

from cli.doctor.hubspot import Line
from cli.event_files import parse_events
from cli.explain import Explanation, explain
from cli.portal_schema import FreeTokens, PortalSchema, read_schema
from cli.samples import bodies, sqs_event
from cli.standin.server import ACCESS_TOKEN, HUB_ID, StandIn
from relay.adapters.hubspot_calls import Calls
from relay.core.envelopes import Envelope, unpack
from relay.core.events import Event, parse
from relay.core.outcomes import Deferred
from relay.intake import Intake, Request
from relay.settings import Destination
from relay.shares import Shares
from relay.webhooks import Webhooks

# The sender has a real clock, and an event that is a day old may end otherwise.
NOW_MS = time.time_ns() // 1_000_000
AT = "2026-11-01T09:00:00.000Z"
_NASTY: Sequence[object] = (
    {
        "type": "identify",
        "messageId": "wrong values",
        "userId": "u-1",
        "timestamp": AT,
        "traits": {
            "email": "Kim@Example.org",
            "Frist Name": "Kim",
            "score": "1e3",
            "plan": "platinum",
            "interests": ["wine", "unheard-of"],
            "birthday": "soon",
            "lifecycle stage": "customer",
            "createdAt": "2026-01-01",
            "company": {"name": "Ex", "deep": {"er": [1, None]}},
            "phone": None,
            "notes_long": "x" * 70_000,
        },
    },
    {"type": "identify", "messageId": "u-1 again", "userId": "u-1", "traits": {"city": "Århus\u0000"}},
    {
        "type": "identify",
        "messageId": "u-1 again",
        "userId": "u-1",
        "traits": {"city": "older"},
        "timestamp": AT,
    },
    {"type": "identify", "messageId": "no such domain", "traits": {"email": "kim@example.invalidtld"}},
    {"type": "identify", "messageId": "nobody", "anonymousId": "a-1", "traits": {"plan": "team"}},
    {"type": "identify", "messageId": "malformed", "traits": [1]},
    {"type": "identify", "traits": {"email": "no-message-id@example.org", "plan": "Team"}},
    {
        "type": "track",
        "messageId": "order",
        "userId": "u-1",
        "event": "Order Completed",
        "properties": {"order_total": "19.90", "coupon": 7, "unknown": True, "plan": "bronze"},
        "context": {"traits": {"zip": "02134"}},
        "timestamp": AT,
    },
    {"type": "track", "messageId": "undefined", "userId": "u-1", "event": "Never Heard", "timestamp": AT},
    {
        "type": "track",
        "messageId": "whose",
        "anonymousId": "a-1",
        "event": "Order Completed",
        "timestamp": AT,
    },
    {"type": "page", "messageId": "page", "userId": "u-1", "name": "Home", "timestamp": AT},
    {
        "type": "group",
        "messageId": "group",
        "userId": "u-1",
        "groupId": "g-1",
        "traits": {"website": "https://shop.example.net", "employees": "many", "industry": "unknown"},
        "timestamp": AT,
    },
    {"type": "group", "messageId": "mail provider", "traits": {"website": "https://gmail.com"}},
    {"type": "alias", "messageId": "alias", "previousId": "a-1", "userId": "u-1"},
    {"type": "delete", "messageId": "delete", "userId": "u-2"},
    {
        "type": "identify",
        "messageId": "not for HubSpot",
        "traits": {"email": "kim@example.org"},
        "integrations": {"HubSpot": False},
    },
    {
        "type": "track",
        "messageId": "empty time",
        "userId": "u-1",
        "event": "Order Completed",
        "properties": '{"coupon": "E", "order_total": 12.5}',
        "context": "no object",
        "timestamp": "0001-01-01T00:00:00Z",
    },
    {
        "type": "identify",
        "messageId": "opted out in text",
        "traits": '{"email": "kim@example.org"}',
        "integrations": "{'Hubspot': False}",
        "timestamp": "2026-11-01T09:00:00.000:Z",
    },
    {"type": "zap"},
    {"traits": {"plan": "team"}},
    {"json": {"type": "identify", "messageId": 7, "traits": {"email": "wrapped@example.org"}}},
    [],
)
NASTY = json.dumps(_NASTY).encode()
SETTINGS: Sequence[Mapping[str, Any]] = (
    {},
    {"plan": "enterprise"},
    {
        "plan": "enterprise",
        "create_properties": True,
        "create_event_definitions": True,
        "views": {"page": "Page Viewed"},
        "properties_to_contact": {"Order Completed": {"order_total": "last_order_value"}},
        "lifecyclestage": "any",
        "null_policy": "clear",
        "deletes": "gdpr",
        "pending": 86_400,
        "group_key": "segment_group_id",
        "associate": "primary",
    },
    {"events": "legacy", "lifecyclestage": "never", "traits": {"plan": None, "Frist Name": "firstname"}},
    {"events": "custom", "create_contacts": False, "create_companies": False},
    {"events": "custom", "context_traits": "fill", "null_policy": "clear"},
    {"events": "legacy", "context_traits": "fill"},
    {"events": "custom", "context_traits": "ignore", "views": {"page": "Page Viewed"}},
)


def told(method: str, url: str, body: object) -> str:
    """Return a call in a form in which two can be compared."""
    split = urlsplit(url)
    return json.dumps([method, split.path, sorted(parse_qsl(split.query)), body], sort_keys=True)


def received(standin: StandIn) -> Counter[str]:
    return Counter(
        told(call["method"], f"{call['path']}?{call['query']}", call["body"])
        for call in standin.calls
        # Whose the token is is asked once, whatever the events are.
        if call["path"] != "/account-info/2026-09/details"
    )


def explained(explanation: Explanation, at_ms: int | None = None) -> Counter[str]:
    """Return the calls at some moment, or all of them; the stand-in takes no body for an empty one."""
    return Counter(
        told(call.method, call.url, {} if call.body is None else call.body)
        for call in explanation.calls
        if at_ms in (None, call.at_ms)
    )


def settings_for(standin: StandIn, **more: object) -> Destination:
    urls = {"hubspot_url": standin.url, "track_url": standin.url}
    return Destination.model_validate({"hub_id": HUB_ID, **urls, **more})


def schema_of(settings: Destination) -> PortalSchema:
    with httpx.Client() as http:
        calls = Calls(http, FreeTokens(), ACCESS_TOKEN, settings.hubspot_url, 30)
        return read_schema(Line(calls, settings, FAR_MS), settings.hubspot_url)


def prepare(standin: StandIn, settings: Destination) -> None:
    standin.grant(
        "analytics.behavioral_events.send",
        "behavioral_events.event_definitions.read_write",
        "crm.schemas.contacts.write",
    )
    standin.portal.tier = "enterprise" if "enterprise" in settings.plan else "professional"
    boto3.client("ssm").put_parameter(
        Name="/relay/default/settings", Value=settings.model_dump_json(), Type="String", Overwrite=True
    )


@dataclass
class Queue:
    """Keeps what ingest stores."""

    bodies: list[str] = field(default_factory=list)

    def send(self, bodies: Sequence[str], lane: str) -> bool:
        assert lane == "default"
        self.bodies += bodies
        return True

    def wait_ms(self, name: str, events: int, limit: int) -> int:
        raise NotImplementedError

    def give_back(self, name: str, events: int, limit: int) -> None:
        raise NotImplementedError

    def seen_wait_ms(self, name: str, limit: int) -> int:
        raise NotImplementedError


class Parameters:
    """Knows one secret."""

    def read(self, destination: str, *, fresh: bool = False, is_named: bool = False) -> Mapping[str, str]:
        assert (destination, is_named) == ("default", False)
        return {"settings": "{}", "header-secret": "secret", "fresh": str(fresh)}


def ingested(raw: bytes) -> tuple[Sequence[Envelope], Mapping[int, str]]:
    """Return what ingest stores of a request, and what of it it refuses, by place."""
    queue, numbers = Queue(), count(1)
    webhooks = Webhooks(Parameters(), Intake(queue, Shares(queue), lambda: f"explained-{next(numbers)}"))
    request = Request("POST", "/webhook/default", {"x-api-key": "secret"}, raw.decode())
    answer = webhooks.receive(request, "default", NOW_MS)
    rejected: Any = answer.body["rejected"]
    letters = [letter for body in queue.bodies if isinstance(letter := unpack(body), Envelope)]
    return letters, {each["index"]: each["reason"] for each in rejected}


def assert_the_relay_does_it(hubspot: StandIn, raw: bytes, settings: Destination) -> Explanation:
    """Explain events; take them in and deliver them, from an empty memory, and compare."""
    prepare(hubspot, settings)
    schema = schema_of(settings)
    hubspot.calls.clear()

    explanation = explain(parse_events(raw, "a file", NOW_MS), settings, schema, NOW_MS)

    # Nothing of it has reached anybody.
    assert hubspot.calls == []
    letters, rejected = ingested(raw)
    assert {each.index: each.reason for each in explanation.events if each.outcome == "refused"} == rejected
    _, lines = invoke_with(*sqs_event(*letters)["Records"])
    assert received(hubspot) == explained(explanation, at_ms=0)
    assert ends_of(lines) == ends(explanation)
    return explanation


def ends_of(lines: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Return what became of each event when it was looked at once, and what was left out."""
    return Counter(
        json.dumps(
            [
                line["message_id"],
                line["outcome"],
                line.get("reason", ""),
                [] if line["outcome"] == "deferred" else _dropped(line["dropped"]),
            ]
        )
        for line in lines
        if line["message"] == "event"
    )


def ends(explanation: Explanation) -> Counter[str]:
    """Return the same of what is explained: of an event that waits first, why it does."""
    return Counter(
        json.dumps(
            [each.message_id, "deferred", each.waits[0], []]
            if each.waits
            else [
                each.message_id,
                each.outcome,
                each.reason if each.reason != "merged" else "",
                sorted([left.name, left.reason] for left in each.dropped),
            ]
        )
        for each in explanation.events
        if each.outcome != "refused"
    )


def _dropped(entries: Iterable[Mapping[str, str]]) -> Sequence[Sequence[str]]:
    return sorted([each["property"], each["reason"]] for each in entries)


@pytest.mark.parametrize("name", sorted(bodies()))
def test_the_samples_make_the_calls_that_are_explained(hubspot: StandIn, name: str) -> None:
    explanation = assert_the_relay_does_it(hubspot, bodies()[name], settings_for(hubspot))

    assert explanation.is_well
    assert explanation.calls


def test_all_samples_together_make_the_calls_that_are_explained(hubspot: StandIn) -> None:
    events = [event for name, body in bodies().items() for event in parse_events(body, name, NOW_MS)]

    explanation = assert_the_relay_does_it(hubspot, json.dumps(events).encode(), settings_for(hubspot))

    assert [each.index for each in explanation.events] == list(range(len(events)))


@pytest.mark.parametrize("more", SETTINGS, ids=lambda more: " ".join(more) or "defaults")
def test_nasty_events_make_the_calls_that_are_explained(hubspot: StandIn, more: Mapping[str, Any]) -> None:
    explanation = assert_the_relay_does_it(hubspot, NASTY, settings_for(hubspot, **more))

    assert not explanation.is_well


def test_what_is_offered_to_one_who_has_it_is_explained_as_left_out(hubspot: StandIn) -> None:
    said = {"email": "kim@example.org", "city": "Bergen"}
    copy = {"traits": {**said, "city": "Oslo", "plan": "team"}}
    events = [
        {"type": "identify", "messageId": "1", "traits": said, "timestamp": AT},
        {"type": "track", "messageId": "2", "event": "App Opened", "context": copy, "timestamp": AT},
    ]
    settings = settings_for(hubspot, context_traits="fill")

    explanation = assert_the_relay_does_it(hubspot, json.dumps(events).encode(), settings)

    track = explanation.events[1]
    assert track.properties == {"email": "kim@example.org", "plan": "team"}
    assert [(left.name, left.reason) for left in track.dropped] == [("city", "already_set")]
    assert all(left.meaning and left.remedy for left in track.dropped)
    assert [call.is_read for call in explanation.calls if "contacts/batch" in call.url] == [True, False]


def test_a_batch_of_segments_makes_the_calls_that_are_explained(hubspot: StandIn) -> None:
    shared = {"context": {"traits": {"city": "Bergen"}}, "sentAt": "2026-11-01T09:00:00Z"}
    batch = {"batch": [{"type": "identify", "userId": "kim@example.org", "timestamp": AT}, 7], **shared}

    explanation = assert_the_relay_does_it(hubspot, json.dumps(batch).encode(), settings_for(hubspot))

    assert explanation.events[0].properties["city"] == "Bergen"


def test_what_waits_makes_the_calls_that_are_explained_when_its_time_has_come(hub: Hub) -> None:
    hub.standin.portal.clock.now_ms = hub.clock.now_ms
    hub.clock.now = NOW_MS
    settings = settings_for(hub.standin)
    raw = (
        {"type": "identify", "messageId": "1", "userId": "u-1", "traits": {"email": "kim@example.org"}},
        {"type": "group", "messageId": "2", "userId": "u-1", "traits": {"website": "https://example.org"}},
    )
    explanation = explain(raw, settings, schema_of(settings), NOW_MS)
    hub.standin.calls.clear()
    events = [parse(each, received_at_ms=NOW_MS, fallback_id="-") for each in raw]

    first = hub.deliver(*[each for each in events if isinstance(each, Event)])
    hub.clock.now += max(each.wait_ms for each in first if isinstance(each, Deferred))
    hub.deliver(*[each for each in events if isinstance(each, Event)])

    group = explanation.events[1]
    assert (group.outcome, group.waits) == ("delivered", ("company_may_be_coming",))
    assert received(hub.standin) == explained(explanation)
    assert {call.at_ms for call in explanation.calls} == {0, 10_000}
