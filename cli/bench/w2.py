"""How many calls a mixed backlog takes: people, tracks and groups, half of them known to HubSpot before.

`one` is a single invocation that sees everything, `queue` the whole way over SQS with two senders. Every HTTP
request that reaches the stand-in counts.
"""

import json
import random
from collections.abc import Mapping
from typing import Any

from cli.bench.backlog import BATCH, PEOPLE, WAYS, call_figures, quiet_relay, requests_of
from cli.standin.server import StandIn

EVENTS = 10_000
DOMAINS = 500
NAMES = ("Signed Up", "Order Completed", "Trial Started", "Invite Sent", "Report Viewed")


def measure() -> None:
    """Print one line for each way."""
    for mode, work_off in WAYS.items():
        with quiet_relay() as (relay, standin):
            prepare(standin)
            work_off(relay, requests_of(backlog(), BATCH))
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


def _print(mode: str, standin: StandIn) -> None:
    fields = {
        "bench": "w2",
        "mode": mode,
        **call_figures(standin, EVENTS),
        "contacts": len(standin.portal.contacts.live),
        "companies": len(standin.portal.companies.live),
        "occurrences": len(standin.portal.occurrences),
    }
    print(json.dumps(fields), flush=True)
