"""A backlog of requests, and two ways to work it off.

`at_once` is a single invocation that sees everything, `over_the_queue` the whole way over SQS with two
senders.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from cli.bench.poller import drain, invoke_sender, receive
from cli.invoke import set_event_source
from cli.local import DESTINATION, LocalRelay, Options, local_relay
from cli.samples import sqs_event
from cli.standin.server import HUB_ID, StandIn
from relay.core.envelopes import Envelope

PEOPLE = 2_000
# An ordinary batch of Segment's webhook.
BATCH = 100
WAIT_S = 300
# New companies are not made while HubSpot may be making them of new contacts.
WAIT_FOR_OPEN_S = 11
MOST_INVOCATIONS = 4
# With Enterprise's limits, as custom events need that plan.
SETTINGS = {"hub_id": HUB_ID, "plan": "enterprise"}
LIMIT = 190

Event: TypeAlias = Mapping[str, Any]
# The events of one request each.
Requests: TypeAlias = Sequence[Sequence[Event]]


@contextmanager
def quiet_relay(**parameters: str) -> Iterator[tuple[LocalRelay, StandIn]]:
    """Run a relay whose sender receives nothing by itself, and a HubSpot of the same plan."""
    with local_relay(Options(port=0, settings=SETTINGS, parameters=parameters)) as relay:
        if relay.standin is None:
            raise RuntimeError("there is no stand-in")
        relay.standin.limiter.limit = LIMIT
        set_event_source(relay, enabled=False)
        yield relay, relay.standin


def requests_of(events: Sequence[Event], size: int) -> Requests:
    """Cut events into requests of that many."""
    return [events[first : first + size] for first in range(0, len(events), size)]


def at_once(relay: LocalRelay, requests: Requests) -> None:
    """Invoke the sender with everything, and with what has to wait until that is done."""
    now_ms = time.time_ns() // 1_000_000
    # One a millisecond: no two requests are received at the same moment.
    moments = range(now_ms - len(requests), now_ms)
    envelopes = [
        Envelope(DESTINATION, at_ms, tuple(events)) for at_ms, events in zip(moments, requests, strict=True)
    ]
    if invoke_sender(relay, sqs_event(*envelopes)["Records"]):
        raise RuntimeError("not everything was delivered")
    # What has to wait went back to the queue by itself, and is looked at once it is all there.
    for _ in range(MOST_INVOCATIONS):
        if not relay.waiting():
            return
        time.sleep(WAIT_FOR_OPEN_S)
        receive(relay)
    raise RuntimeError("not everything was delivered")


def over_the_queue(relay: LocalRelay, requests: Requests) -> None:
    """Let a backlog build up, and then the senders at it."""
    for events in requests:
        content = events if len(events) > 1 else events[0]
        relay.post(json.dumps(content).encode()).raise_for_status()
    drain(relay, WAIT_S)


WAYS: Mapping[str, Callable[[LocalRelay, Requests], None]] = {"one": at_once, "queue": over_the_queue}


def call_figures(standin: StandIn, events: int) -> Mapping[str, Any]:
    """Return how many calls so many events have taken; every HTTP request that reached HubSpot counts."""
    calls = Counter(f"{call['method']} {call['path']}" for call in standin.calls)
    return {
        "events": events,
        "calls": calls.total(),
        "events_per_call": round(events / calls.total()) if calls else None,
        "rate_limited": standin.report()["rate_limited"],
        "by_endpoint": dict(calls.most_common()),
    }
