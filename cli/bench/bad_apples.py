"""What bad values cost: 10,000 events of 2,000 people, with one in a hundred of each kind of bad one.

`floor` is the same backlog without them. Each kind is refused by HubSpot, or kept from it, in a way of its
own; all go over SQS with two senders. Outcomes are those of the events at the end.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

from cli.bench.backlog import BATCH, call_figures, over_the_queue, quiet_relay, requests_of
from cli.bench.people import identifies
from cli.journal import Line
from cli.standin.server import StandIn

EVENTS = 10_000
# Of ten events three are tracks.
TRACKS = 3
SHARE = 100
EVENT = "Report Viewed"
UNSPEAKABLE = "not to be said"
_TAKEN = "7000"

Event: TypeAlias = dict[str, Any]
Spoil: TypeAlias = Callable[[Event, int], None]


def measure() -> None:
    """Print a line for the floor, and one with the bad values."""
    for mode, spoils in {"floor": {}, "bad": SPOILS}.items():
        with quiet_relay() as (relay, standin):
            prepare(standin)
            over_the_queue(relay, requests_of(backlog(spoils), BATCH))
            fields = {"bench": "bad_apples", "mode": mode, **call_figures(standin, EVENTS)}
            lines = relay.journal.lines().values()
            print(json.dumps({**fields, **_ends(lines)}), flush=True)


def backlog(spoils: Mapping[str, Spoil]) -> Sequence[Event]:
    """Return identifies and tracks, of which each of `spoils` has spoilt one in a hundred."""
    events = [_track(event) if n % 10 < TRACKS else dict(event) for n, event in enumerate(identifies(EVENTS))]
    for place, spoil in enumerate(spoils.values()):
        # The places from 3 on are identifies, the first of all are tracks.
        for n in range(place if spoil in _OF_TRACKS else place + TRACKS, EVENTS, SHARE):
            spoil(events[n], n)
    return events


def prepare(standin: StandIn) -> None:
    """Let HubSpot have what good events need, and what the bad ones stumble over."""
    standin.grant("analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write")
    properties = [{"name": "note", "label": "Note", "type": "string"}]
    definition = {"label": EVENT, "propertyDefinitions": properties, "includeDefaultProperties": False}
    standin.portal.event_definitions.define(definition)
    standin.portal.add_property("member_number", hasUniqueValue=True)
    standin.portal.contacts.create({"email": "owner@example.net", "member_number": _TAKEN})
    standin.portal.contacts.blocked |= {_blocked(n) for n in range(EVENTS)}
    standin.portal.rules = standin.portal.rules.changed({"refused_values": [UNSPEAKABLE]})
    standin.calls.clear()


def _track(event: Mapping[str, Any]) -> Event:
    traits = {"email": event["traits"]["email"]}
    about = {"type": "track", "event": EVENT, "properties": {"note": "fine"}, "context": {"traits": traits}}
    return {name: value for name, value in event.items() if name != "traits"} | about


def _blocked(n: int) -> str:
    return f"blocked{n}@example.net"


def _of_nobody(event: Event, n: int) -> None:
    del event["userId"]
    event["traits"]["email"] = _blocked(n)


# By name: what makes an event bad.
_IN_TRACKS: Mapping[str, Spoil] = {
    "undefined_event": lambda event, _: event.update(event="Never Defined"),
    "unnamed_in_event": lambda event, _: event["properties"].update(note=UNSPEAKABLE),
}
_IN_IDENTIFIES: Mapping[str, Spoil] = {
    "no_such_option": lambda event, _: event["traits"].update(subscription_tier="no_such_tier"),
    "not_an_owner": lambda event, _: event["traits"].update(hubspot_owner_id="kim@example.net"),
    "taken_value": lambda event, _: event["traits"].update(member_number=_TAKEN),
    "unnamed_value": lambda event, _: event["traits"].update(city=UNSPEAKABLE),
    "blocked_address": _of_nobody,
}
SPOILS: Mapping[str, Spoil] = {**_IN_TRACKS, **_IN_IDENTIFIES}
_OF_TRACKS = frozenset(_IN_TRACKS.values())


def _ends(lines: Collection[Line]) -> Mapping[str, Mapping[str, int]]:
    outcomes = Counter(line.outcome for line in lines)
    left_out = Counter(f"{name}: {why}" for line in lines for name, why in line.dropped.items())
    return {"outcomes": dict(outcomes.most_common()), "left_out": dict(left_out.most_common())}
