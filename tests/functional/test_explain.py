"""What is explained is what the sender then does: call for call, and event for event."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
from functional.hub import Hub
from functional.sender import invoke_with

from cli.event_files import parse_events
from cli.explain import Explanation, explain
from cli.portal_schema import read_schema
from cli.samples import bodies, sqs_event
from cli.standin.server import ACCESS_TOKEN, HUB_ID, StandIn
from relay.core.envelopes import Envelope
from relay.core.events import Event, parse
from relay.core.outcomes import Deferred
from relay.settings import Destination

# The sender has a real clock, and an event that is a day old may end otherwise.
NOW_MS = time.time_ns() // 1_000_000
AT = "2026-11-01T09:00:00.000Z"
NASTY: Sequence[Mapping[str, Any]] = (
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
)
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
        "pending": 60,
        "group_key": "segment_group_id",
        "associate": "primary",
    },
    {"events": "legacy", "lifecyclestage": "never", "traits": {"plan": None, "Frist Name": "firstname"}},
    {"events": "custom", "create_contacts": False, "create_companies": False},
)


def told(method: str, url: str, body: object) -> str:
    """Return a call in a form in which two can be compared."""
    split = urlsplit(url)
    return json.dumps([method, split.path, sorted(parse_qsl(split.query)), body], sort_keys=True)


def received(standin: StandIn) -> Counter[str]:
    return Counter(
        told(call["method"], f"{call['path']}?{call['query']}", call["body"]) for call in standin.calls
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


def usable(events: Iterable[Any], explanation: Explanation) -> tuple[Any, ...]:
    refused = {each.index for each in explanation.events if each.outcome == "refused"}
    return tuple(event for n, event in enumerate(events) if n not in refused)


def assert_the_sender_does_it(hubspot: StandIn, events: Sequence[Any], settings: Destination) -> Explanation:
    prepare(hubspot, settings)
    schema = read_schema(settings, ACCESS_TOKEN)
    hubspot.calls.clear()

    explanation = explain(events, settings, schema, NOW_MS)

    # Nothing of it has reached anybody.
    assert hubspot.calls == []
    envelope = Envelope("default", NOW_MS, usable(events, explanation))
    _, lines = invoke_with(*sqs_event(envelope)["Records"])
    assert received(hubspot) == explained(explanation, at_ms=0)
    assert ends_of(lines) == ends(explanation)
    return explanation


def ends_of(lines: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Return what became of each event when it was looked at once, and what was left out."""
    return Counter(
        _end(line.get("type"), line["outcome"], line.get("reason", ""), _dropped(line["dropped"]))
        for line in lines
        if line["message"] == "event"
    )


def ends(explanation: Explanation) -> Counter[str]:
    """Return what becomes of each event that does not wait first, or why it waits."""
    return Counter(
        _end(
            each.type,
            "deferred" if each.waits else each.outcome,
            each.waits[0] if each.waits else each.reason if each.reason != "merged" else "",
            () if each.waits else sorted((left.name, left.reason) for left in each.dropped),
        )
        for each in explanation.events
        if each.outcome != "refused"
    )


def _dropped(entries: Iterable[Mapping[str, str]]) -> Sequence[tuple[str, str]]:
    return sorted((each["property"], each["reason"]) for each in entries)


def _end(kind: str | None, outcome: str, reason: str, dropped: Sequence[object]) -> str:
    shown = () if outcome == "deferred" else dropped
    return json.dumps(
        [None if outcome == "rejected" and reason == "malformed_event" else kind, outcome, reason, shown]
    )


@pytest.mark.parametrize("name", sorted(bodies()))
def test_the_samples_make_the_calls_that_are_explained(hubspot: StandIn, name: str) -> None:
    events = parse_events(bodies()[name], name)

    explanation = assert_the_sender_does_it(hubspot, events, settings_for(hubspot))

    assert [each.index for each in explanation.events] == list(range(len(events)))


def test_all_samples_together_make_the_calls_that_are_explained(hubspot: StandIn) -> None:
    events = [event for name, body in bodies().items() for event in parse_events(body, name)]

    assert assert_the_sender_does_it(hubspot, events, settings_for(hubspot)).is_well


@pytest.mark.parametrize("more", SETTINGS, ids=lambda more: " ".join(more) or "defaults")
def test_nasty_events_make_the_calls_that_are_explained(hubspot: StandIn, more: Mapping[str, Any]) -> None:
    explanation = assert_the_sender_does_it(hubspot, NASTY, settings_for(hubspot, **more))

    assert len(explanation.events) == len(NASTY)


def test_what_waits_makes_the_calls_that_are_explained_when_its_time_has_come(hub: Hub) -> None:
    hub.standin.portal.clock.now_ms = hub.clock.now_ms
    hub.clock.now = NOW_MS
    settings = settings_for(hub.standin)
    raw = (
        {"type": "identify", "messageId": "1", "userId": "u-1", "traits": {"email": "kim@example.org"}},
        {"type": "group", "messageId": "2", "userId": "u-1", "traits": {"website": "https://example.org"}},
    )
    explanation = explain(raw, settings, read_schema(settings, ACCESS_TOKEN), NOW_MS)
    hub.standin.calls.clear()
    events = [parse(each, received_at_ms=NOW_MS, fallback_id="-") for each in raw]

    first = hub.deliver(*[each for each in events if isinstance(each, Event)])
    hub.clock.now += max(each.wait_ms for each in first if isinstance(each, Deferred))
    hub.deliver(*[each for each in events if isinstance(each, Event)])

    group = explanation.events[1]
    assert (group.outcome, group.waits) == ("delivered", ("company_may_be_coming",))
    assert received(hub.standin) == explained(explanation)
    assert {call.at_ms for call in explanation.calls} == {0, 10_000}
