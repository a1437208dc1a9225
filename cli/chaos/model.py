"""What HubSpot ends with if each event is applied by itself, in the order of time. Knows none of our code.

An event happens when it says, but never after it was received; one that does not say happened then. Of each
property the newest event that names it decides; an empty text clears it. Requests are received one after the
other, and whatever was received now is newer than what happened before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from cli.chaos.workload import UNDEFINED, Json, Workload

# Which event is newer: received now or not, the moment or the request, the id.
Order: TypeAlias = tuple[bool, float, str]
MALFORMED = "malformed_event"
_TIERS = frozenset({"tier_1", "tier_2", "tier_3"})


@dataclass
class Expected:
    """A portal's contacts by address, companies by domain, links, occurrences by uuid, and what is refused.

    Of an occurrence: the event's name, the address, the properties, and when it was, "" for when it came.
    """

    contacts: dict[str, dict[str, str]] = field(default_factory=dict)
    companies: dict[str, dict[str, str]] = field(default_factory=dict)
    links: set[tuple[str, str]] = field(default_factory=set)
    occurrences: dict[str, tuple[str, str, Mapping[str, str], str]] = field(default_factory=dict)
    rejects: dict[str, str] = field(default_factory=dict)
    message_ids: set[str] = field(default_factory=set)


def expected(workload: Workload) -> Expected:
    """Apply all events in the order of time."""
    end = Expected()
    for address, own in workload.merged.items():
        end.contacts[own] = {"email": own, "hs_additional_emails": address}
    posted = [(n, event) for n, request in enumerate(workload.requests) for event in request]
    # A user's address is known from any of the user's events.
    addresses = {
        event["userId"]: address for _, event in posted if "userId" in event and (address := _address(event))
    }
    for _, event in sorted(((_order(n, event), event) for n, event in posted), key=lambda each: each[0]):
        _apply(event, addresses, workload, end)
    return end


def _order(request: int, event: Json) -> Order:
    at = _past(event)
    return (not at, datetime.fromisoformat(at).timestamp() if at else request, event["messageId"])


def _past(event: Json) -> str:
    """Return when an event says that it happened, "" if it says nothing or is ahead of its time."""
    at: str = event.get("timestamp", "")
    return at if at and datetime.fromisoformat(at) < datetime.now(UTC) else ""


def _apply(event: Json, addresses: Mapping[str, str], workload: Workload, end: Expected) -> None:
    message_id = event["messageId"]
    end.message_ids.add(message_id)
    reason = _refusal(event, workload.blocked)
    if reason:
        end.rejects[message_id] = reason
        return
    if event["type"] == "group":
        _group(event, _own(addresses[event["userId"]], workload), end)
        return
    address = _own(_address(event), workload)
    contact = end.contacts.setdefault(address, {"email": address})
    contact |= dict(_values(_traits(event)))
    if event["type"] == "track":
        properties = {name: str(value) for name, value in event["properties"].items()}
        end.occurrences[message_id] = event["event"], address, properties, _past(event)


def _group(event: Json, address: str, end: Expected) -> None:
    domain = event["groupId"].removeprefix("g-")
    company = end.companies.setdefault(domain, {"domain": domain})
    company |= dict(_values(event["traits"]))
    end.links.add((address, domain))


def _own(address: str, workload: Workload) -> str:
    """Return the address under which HubSpot shows the contact of an address."""
    return workload.merged.get(address, address)


def _refusal(event: Json, blocked: Sequence[str]) -> str:
    """Return for what reason an event cannot be delivered, "" if it can."""
    if not isinstance(event.get("traits", {}), dict):
        return MALFORMED
    if event.get("event") == UNDEFINED:
        return "no_definition"
    return "refused" if _address(event) in blocked else ""


def _traits(event: Json) -> Json:
    traits: Json = event["traits"] if event["type"] == "identify" else event["context"]["traits"]
    return traits


def _address(event: Json) -> str:
    if not isinstance(event.get("traits", {}), dict) or event["type"] == "group":
        return ""
    named = event["properties"] if event.get("event") == UNDEFINED else _traits(event)
    return str(named["email"]).lower()


def _values(traits: Json) -> Iterator[tuple[str, str]]:
    for name, value in traits.items():
        is_unknown = name == "subscription_tier" and value not in _TIERS
        if name != "email" and value is not None and not is_unknown:
            yield name, _text(value)


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    return str(value).lower() if isinstance(value, bool) else str(value)
