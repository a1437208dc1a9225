"""Identifies of some people in no order, and what HubSpot must hold of them in the end.

The model knows nothing of the relay: of each property the value counts whose event happened last.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from cli.bench.backlog import PEOPLE, Event
from cli.standin.server import StandIn

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
            **_person(dice.randrange(PEOPLE), dice),
            "timestamp": _timestamp(now_ms - age_ms),
        }
        for n, age_ms in enumerate(ages_ms)
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


def wrong_contacts(contacts: Contacts, standin: StandIn) -> int:
    """Return how many contacts differ from those that are expected, are missing, or ought not to be there."""
    found = list(_held(standin))
    return sum(contacts.get(address) != properties for address, properties in found) + len(
        contacts.keys() - {address for address, _ in found}
    )


def upserts(standin: StandIn) -> int:
    """Return how many contacts HubSpot was asked to write."""
    written = (call for call in standin.calls if "/contacts/batch/" in call["path"])
    return sum(call["inputs"] or 0 for call in written if not call["path"].endswith("/read"))


def _held(standin: StandIn) -> Iterator[tuple[str, Mapping[str, str]]]:
    for contact in standin.portal.contacts.live.values():
        properties = contact.properties
        yield (
            properties.get("email", ""),
            {name: properties[name] for name in TRAITS.values() if name in properties},
        )


def _person(n: int, dice: random.Random) -> Mapping[str, object]:
    told = dice.sample(list(TRAITS), TOLD)
    traits = {name: f"{name} {dice.randrange(1000)}" for name in told}
    return {"userId": f"person{n}", "traits": {"email": f"person{n}@example{n % 500}.com", **traits}}


def _timestamp(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
