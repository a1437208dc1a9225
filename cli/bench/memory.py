"""What the memory of people takes of a sender's CPU, against the time that HubSpot's limit leaves for it.

The table's own code and boto3 against a DynamoDB in another process, over plain HTTP: what the encryption of
about 2 MB for a thousand contacts takes is not in it. An invocation asks for what is kept under a person's
user id, anonymous id and address; afterwards it stores what is news: everything for a stranger, the contact
alone for somebody known.
"""

import json
import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

from botocore.config import Config

from cli.bench.template import default_of
from cli.embedded.aws import EmbeddedAws, local_client
from relay.adapters.profile_table import ProfileTable
from relay.core.digests import value_hash
from relay.core.events import Event, Malformed, parse
from relay.core.identity import People
from relay.core.outcomes import Deferred
from relay.core.profiles import Fact, Profile, name_hash
from relay.core.resolution import resolve
from relay.memory import REMEMBERED_AT_ONCE, DoubtingStore, Memory
from sender.app import AWS_CONFIG

PROPERTIES = (12, 40)
ROUNDS = 5
TABLE = "profiles"
AT_MS = 1_793_527_200_000
# The highest limit of an ordinary plan, each call with as many contacts as it takes.
CALLS, CONTACTS_A_CALL, WINDOW_MS = 190, 100, 10_000
# Lambda gives a whole vCPU with this much memory (AWS Lambda, "Memory").
VCPU_MB = 1_769

# A busy machine must not spoil a round.
PATIENT = Config(read_timeout=60)

_Result = TypeVar("_Result")


def measure() -> None:
    """Print one line for each number of properties, and for strangers and people known."""
    with (
        EmbeddedAws() as aws,
        closing(local_client("dynamodb", aws.endpoint_url, AWS_CONFIG.merge(PATIENT))) as client,
        ThreadPoolExecutor(default_of("SenderThreads")) as threads,
    ):
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for properties in PROPERTIES:
            store = ProfileTable(client, TABLE, f"{properties}-properties", threads)
            rounds = [_round(store, number, properties) for number in range(ROUNDS)]
            for known, spent in zip((False, True), zip(*rounds, strict=True), strict=True):
                # What others on the machine add to a round is none of ours.
                _print(properties, known=known, cpu_ms=min(spent))


def budget_ms(memory_mb: int) -> float:
    """Return the CPU time that a function of this size has for a thousand contacts at HubSpot's limit."""
    return waiting_ms() * min(1, memory_mb / VCPU_MB)


def fits_from_mb(cpu_ms: float) -> int | None:
    """Return the memory from which on a function has that much time; None if one vCPU is not enough."""
    memory_mb = math.ceil(cpu_ms / waiting_ms() * VCPU_MB)
    return memory_mb if memory_mb <= VCPU_MB else None


def waiting_ms() -> float:
    """Return how long HubSpot's limit takes for a thousand contacts."""
    return WINDOW_MS * 1000 / (CALLS * CONTACTS_A_CALL)


@dataclass
class TimedStore:
    """A store, and the CPU time that it has taken."""

    store: ProfileTable
    spent_s: float = 0

    def load(self, keys: Collection[str]) -> Mapping[str, Profile] | None:
        """Load as the store does."""
        return self._timed(lambda: self.store.load(keys))

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        """Save as the store does."""
        return self._timed(lambda: self.store.save(profiles))

    def _timed(self, act: Callable[[], _Result]) -> _Result:
        started = time.process_time()
        result = act()
        self.spent_s += time.process_time() - started
        return result


def _round(store: ProfileTable, number: int, properties: int) -> tuple[float, float]:
    """Return the CPU milliseconds for a thousand people who are strangers, and for the same ones known."""
    events = [_identify(f"{number}-{n}") for n in range(REMEMBERED_AT_ONCE)]
    return _invocation(store, events, properties), _invocation(store, events, properties)


def _invocation(store: ProfileTable, events: Sequence[Event], properties: int) -> float:
    timed = TimedStore(store)
    memory = Memory(DoubtingStore(timed, lambda: AT_MS))
    found = memory.recall(events)
    if isinstance(found, Deferred):
        raise OSError("the memory cannot be read")
    people = People(found, follows_changes=False)
    # What is confirmed is never the same twice, or nothing would be news.
    now_ms = AT_MS + 1000 * len(found)
    for n, event in enumerate(events):
        resolve(event, people)
        profile = Profile(str(10**11 + n), _facts(properties, now_ms))
        people.learn(str(event.traits["email"]), profile, now_ms)
    addresses = frozenset(str(event.traits["email"]) for event in events)
    if not memory.keep(people.news(addresses)):
        raise OSError("the memory cannot be written")
    return timed.spent_s * 1_000_000 / len(events)


def _identify(person: str) -> Event:
    raw = {
        "type": "identify",
        "userId": f"user-{person}",
        # A browser's is a UUID.
        "anonymousId": f"7a0e44b0-5a0b-4a6e-9d4b-{person:>12}",
        "traits": {"email": f"person-{person}@example.org"},
    }
    event = parse(raw, received_at_ms=AT_MS, fallback_id=person)
    if isinstance(event, Malformed):
        raise TypeError(event.message)
    return event


def _facts(properties: int, now_ms: int) -> Mapping[bytes, Fact]:
    return {
        name_hash(f"property_{n}"): Fact(now_ms - n, value_hash(f"{n} at {now_ms}"), now_ms)
        for n in range(properties)
    }


def _print(properties: int, *, known: bool, cpu_ms: float) -> None:
    budget = budget_ms(default_of("SenderMemorySize"))
    fields = {
        "bench": "memory",
        "people": "known" if known else "new",
        "properties": properties,
        "cpu_ms_per_1k_contacts": round(cpu_ms),
        "waiting_ms": round(waiting_ms()),
        "sender_memory_mb": default_of("SenderMemorySize"),
        "budget_ms": round(budget),
        "within_budget": cpu_ms < budget,
        "fits_from_mb": fits_from_mb(cpu_ms),
    }
    print(json.dumps(fields), flush=True)
