"""How many calls a mixed backlog takes: people, tracks and groups, half of them known to HubSpot before.

`one` is a single invocation that sees everything, `queue` the whole way over SQS with two senders. Every HTTP
request that reaches the stand-in counts.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from cli.bench.poller import drain
from cli.invoke import set_event_source
from cli.local import DESTINATION, LocalRelay, Options, local_relay
from cli.samples import sqs_event
from cli.standin.server import HUB_ID, StandIn
from relay.core.envelopes import Envelope

EVENTS = 10_000
PEOPLE = 2_000
DOMAINS = 500
NAMES = ("Signed Up", "Order Completed", "Trial Started", "Invite Sent", "Report Viewed")
# An ordinary batch of Segment's webhook.
BATCH = 100
WAIT_S = 300
# New companies are not made while HubSpot may be making them of new contacts.
WAIT_FOR_OPEN_S = 11
MOST_INVOCATIONS = 4
# With Enterprise's limits, as custom events need that plan.
SETTINGS = {"hub_id": HUB_ID, "plan": "enterprise"}
LIMIT = 190


def measure() -> None:
    """Print one line for each way."""
    for mode, run in (("one", _at_once), ("queue", _over_the_queue)):
        with local_relay(Options(port=0, settings=SETTINGS)) as relay:
            standin = relay.standin
            if standin is None:
                raise RuntimeError("there is no stand-in")
            prepare(standin)
            run(relay, backlog())
            _print(mode, standin)


def backlog(seed: int = 1) -> list[Mapping[str, Any]]:
    """Return 60 % identifies, 30 % tracks and 10 % groups, in no order."""
    dice = random.Random(seed)  # noqa: S311 - a benchmark
    kinds = [_identify] * 60 + [_track] * 30 + [_group] * 10
    events: list[Mapping[str, Any]] = [
        {**kinds[n % 100](dice), "messageId": f"w2-{n}"} for n in range(EVENTS)
    ]
    dice.shuffle(events)
    return events


def prepare(standin: StandIn) -> None:
    """Let HubSpot know half of the people and companies, and all of the events."""
    standin.limiter.limit = LIMIT
    standin.grant("analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write")
    for n in range(0, PEOPLE, 2):
        standin.portal.contacts.create({"email": _address(n)})
    for n in range(0, DOMAINS, 2):
        standin.portal.companies.create({"domain": f"example{n}.com", "name": f"Example {n}"})
    for name in NAMES:
        properties = [{"name": "total", "type": "number"}, {"name": "plan", "type": "string"}]
        standin.portal.event_definitions.define(
            {"label": name, "propertyDefinitions": properties, "includeDefaultProperties": False}
        )
    # What is there from before is in the index.
    standin.portal.search_lag_ms = 0
    standin.calls.clear()


def _identify(dice: random.Random) -> Mapping[str, Any]:
    n = dice.randrange(PEOPLE)
    traits = {"email": _address(n), "firstname": "Kim", "plan": dice.choice("abc")}
    return {"type": "identify", "userId": f"u-{n}", "traits": traits}


def _track(dice: random.Random) -> Mapping[str, Any]:
    n = dice.randrange(PEOPLE)
    traits = {"email": _address(n)}
    properties = {"total": dice.randrange(100), "plan": "team"}
    return {
        "type": "track",
        "userId": f"u-{n}",
        "event": dice.choice(NAMES),
        "properties": properties,
        "context": {"traits": traits},
    }


def _group(dice: random.Random) -> Mapping[str, Any]:
    n = dice.randrange(PEOPLE)
    domain = n % DOMAINS
    traits = {
        "website": f"https://www.example{domain}.com/",
        "name": f"Example {domain}",
        "employees": domain,
    }
    return {"type": "group", "userId": f"u-{n}", "groupId": f"g-{domain}", "traits": traits}


def _address(person: int) -> str:
    return f"person{person}@example{person % DOMAINS}.com"


def _at_once(relay: LocalRelay, events: Sequence[Mapping[str, Any]]) -> None:
    """Invoke the sender with everything, and with what has to wait until that is done."""
    set_event_source(relay, enabled=False)
    received_at_ms = time.time_ns() // 1_000_000
    waiting = sqs_event(Envelope(DESTINATION, received_at_ms, tuple(events)))["Records"]
    for _ in range(MOST_INVOCATIONS):
        answer = relay.aws.client("lambda").invoke(
            FunctionName=relay.stack.outputs["SenderFunctionName"],
            Payload=json.dumps({"Records": waiting}).encode(),
        )
        failed = {
            each["itemIdentifier"] for each in json.loads(answer["Payload"].read())["batchItemFailures"]
        }
        waiting = [record for record in waiting if record["messageId"] in failed]
        if not waiting:
            return
        time.sleep(WAIT_FOR_OPEN_S)
    raise RuntimeError("not everything was delivered")


def _over_the_queue(relay: LocalRelay, events: Sequence[Mapping[str, Any]]) -> None:
    """Let a backlog build up, and then the senders at it."""
    set_event_source(relay, enabled=False)
    for first in range(0, len(events), BATCH):
        relay.post(json.dumps(events[first : first + BATCH]).encode()).raise_for_status()
    drain(relay, WAIT_S)


def _print(mode: str, standin: StandIn) -> None:
    calls = Counter(f"{call['method']} {call['path']}" for call in standin.calls)
    fields = {
        "bench": "w2",
        "mode": mode,
        "events": EVENTS,
        "calls": sum(calls.values()),
        "events_per_call": round(EVENTS / sum(calls.values())),
        "contacts": len(standin.portal.contacts.live),
        "companies": len(standin.portal.companies.live),
        "occurrences": len(standin.portal.occurrences),
        "rate_limited": standin.report()["rate_limited"],
        "by_endpoint": dict(calls.most_common()),
    }
    print(json.dumps(fields), flush=True)
