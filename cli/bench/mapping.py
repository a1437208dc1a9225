"""What the sender's own work on an event costs: parse, check the ids, map and merge, without any call."""

import json
import statistics
import time
from collections.abc import Mapping

from relay.core.events import Event, parse
from relay.core.mapping import Mapped, intents_for
from relay.core.owned_ids import placeholders_in, without
from relay.core.placeholders import IdRules
from relay.core.planning import Change, Input, merge
from relay.core.rules import Rules
from relay.core.schema import Schema, parse_schema

EVENTS = 10_000
PEOPLE = 2_000
PROPERTIES = 300
ROUNDS = 5
RECEIVED_AT_MS = 1_793_527_200_000
# Six traits of an ordinary identify: standard ones, a custom one, an audience, a date.
NAMED = ("email", "firstname", "lastname", "plan", "trial_power_users", "renewal_date")


def measure() -> None:
    """Print one line: CPU time for a thousand events, the median of some rounds."""
    schema = a_schema()
    raw = [an_identify(n) for n in range(EVENTS)]
    # The first round fills the caches, as the first events of a process do.
    spent = [_round(raw, schema) for _ in range(ROUNDS + 1)]
    fields = {
        "bench": "mapping",
        "events": EVENTS,
        "traits": len(NAMED),
        "properties": len(schema.properties),
        "cpu_ms_per_1k": round(statistics.median(spent[1:]) * 1_000_000 / EVENTS, 1),
        "cpu_ms_per_1k_cold": round(spent[0] * 1_000_000 / EVENTS, 1),
    }
    print(json.dumps(fields), flush=True)


def a_schema() -> Schema:
    """Return the schema of a portal with many properties."""
    kinds = {"trial_power_users": "bool", "renewal_date": "date"}
    names = [*NAMED, *(f"custom_{n}" for n in range(PROPERTIES - len(NAMED)))]
    return parse_schema([{"name": name, "type": kinds.get(name, "string")} for name in names])


def an_identify(n: int) -> Mapping[str, object]:
    """Return an identify as Segment sends it, with JSON's own types."""
    return {
        "type": "identify",
        "messageId": f"bench-{n}",
        "userId": f"u-{n % PEOPLE}",
        "traits": {
            "email": f"Person{n % PEOPLE}@Example.org",
            "firstName": "Kim",
            "lastName": "Larsen",
            "plan": "team",
            "trial_power_users": n % 2 == 0,
            "Renewal Date": f"2026-12-{1 + n % 28:02}T08:00:00.000Z",
        },
        "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
        "integrations": {},
        "timestamp": f"2026-11-01T08:{n // 60 % 60:02}:{n % 60:02}.000Z",
    }


def _round(raw: list[Mapping[str, object]], schema: Schema) -> float:
    started = time.process_time()
    inputs = _inputs(raw, schema)
    spent = time.process_time() - started
    if len(inputs) != PEOPLE or any(len(entry.properties) != len(NAMED) for entry in inputs):
        raise RuntimeError("not all of the traits were mapped")
    return spent


def _inputs(raw: list[Mapping[str, object]], schema: Schema) -> list[Input]:
    rules, ids = Rules(), IdRules()
    changes: list[Change] = []
    for source, fields in enumerate(raw):
        event = parse(fields, received_at_ms=RECEIVED_AT_MS, fallback_id="-")
        if isinstance(event, Event):
            owned = without(event, placeholders_in(event, ids))
            found = intents_for(owned, schema, rules)
            if isinstance(found, Mapped):
                changes.append(Change(source, owned.order, found.intent))
    return merge(changes)
