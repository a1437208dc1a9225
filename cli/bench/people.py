"""Identifies of some people in no order, and what HubSpot must hold of them in the end.

The model knows nothing of the relay: of each property the value counts whose event happened last.
"""

import random
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cli.bench.backlog import PEOPLE, Event
from cli.standin.objects import CrmObject

# What an identify may tell, and where HubSpot keeps it. Each tells six of these nine, and the address.
TRAITS: Mapping[str, str] = {
    "firstName": "firstname",
    "lastName": "lastname",
    "jobTitle": "jobtitle",
    "companyName": "company",
    "phone": "phone",
    "city": "city",
    "state": "state",
    "zip": "zip",
    "website": "website",
}
TOLD = 6
DOMAINS = 500
# Events of the last day, no two at a time.
DAY_MS = 86_400_000

Contacts = Mapping[str, Mapping[str, str]]


def identifies(count: int, seed: int = 1) -> Sequence[Event]:
    """Return identifies that happened in another order than they come."""
    dice = random.Random(seed)  # noqa: S311 - a benchmark
    now_ms = time.time_ns() // 1_000_000
    ages_ms = dice.sample(range(1, DAY_MS), count)
    return [
        {
            "type": "identify",
            "messageId": f"identify-{n}",
            **_person(f"person{who}", who, dice),
            "timestamp": _timestamp(now_ms - age_ms),
        }
        for n, (age_ms, who) in enumerate(zip(ages_ms, dice.choices(range(PEOPLE), k=count), strict=True))
    ]


def one_each(count: int, name: str, seed: int = 1) -> Sequence[Event]:
    """Return an identify of each of so many people, with a browser each; every seed has other values."""
    dice = random.Random(seed)  # noqa: S311 - a benchmark
    at = _timestamp(time.time_ns() // 1_000_000)
    return [
        {
            "type": "identify",
            "messageId": f"{name}-{n}-{seed}",
            "anonymousId": str(UUID(int=n)),
            **_person(f"{name}{n}", n, dice),
            "timestamp": at,
        }
        for n in range(count)
    ]


def expected(events: Sequence[Event]) -> Contacts:
    """Return the contacts that HubSpot must hold after these events, by address."""
    contacts: dict[str, dict[str, str]] = {}
    # All timestamps have one form, so their order is that of their texts.
    for event in sorted(events, key=lambda event: str(event["timestamp"])):
        told = dict(event["traits"])
        contact = contacts.setdefault(told.pop("email"), {})
        contact |= {TRAITS[name]: value for name, value in told.items()}
    return contacts


def again(contacts: Contacts) -> Sequence[Event]:
    """Return an identify of each contact that tells all of it once more."""
    traits = {name: trait for trait, name in TRAITS.items()}
    now = _timestamp(time.time_ns() // 1_000_000)
    return [
        {
            "type": "identify",
            "messageId": f"again-{n}",
            "userId": address.partition("@")[0],
            "traits": {"email": address, **{traits[name]: value for name, value in properties.items()}},
            "timestamp": now,
        }
        for n, (address, properties) in enumerate(contacts.items())
    ]


def wrong_contacts(contacts: Contacts, held: Iterable[CrmObject]) -> int:
    """Return how many contacts are not as expected, are missing, there twice, or there for nothing."""
    found: dict[str, Mapping[str, str]] = {}
    wrong = 0
    for contact in held:
        address = contact.properties.get("email", "")
        wrong += address in found
        found[address] = {name: text for name, text in contact.properties.items() if name in TRAITS.values()}
    return wrong + sum(contacts.get(who) != found.get(who) for who in contacts.keys() | found.keys())


def upserts(calls: Iterable[Mapping[str, Any]]) -> int:
    """Return how many contacts HubSpot was asked to write in these calls."""
    written = (call for call in calls if "/contacts/batch/" in call["path"])
    return sum(call["inputs"] or 0 for call in written if not call["path"].endswith("/read"))


def _person(name: str, n: int, dice: random.Random) -> Event:
    told = dice.sample(list(TRAITS), TOLD)
    traits = {trait: f"{trait} {dice.randrange(1000)}" for trait in told}
    return {"userId": name, "traits": {"email": f"{name}@example{n % DOMAINS}.com", **traits}}


def _timestamp(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
