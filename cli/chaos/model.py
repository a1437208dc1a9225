"""What HubSpot ends with if each event is applied by itself, in the order of time. Knows none of our code.

An event happens when it says, but never after it was received; one that does not say, or names a time before
2002, happened then. Of each property the newest event that names it decides; an empty text clears it.
Requests are received one after the other, and whatever was received now is newer than what happened before.
Of two values of the same moment that with the greater hash counts (decision 7).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, TypeAlias

from cli.chaos.workload import UNDEFINED, UNLIKED, Json, Workload

# When an event happened: received now or not, the moment or the request.
Moment: TypeAlias = tuple[bool, float]
# Nothing that sends events is as old: before, languages have their empty times (decision 20).
_EARLIEST = datetime(2002, 1, 1, tzinfo=UTC)
MALFORMED = "malformed_event"
_TIERS = frozenset({"tier_1", "tier_2", "tier_3"})


@dataclass
class Expected:
    """A portal's contacts by address, companies by domain, links, occurrences by uuid, and what is refused.

    A user's address is known if any of the events tells it; a company that a group of anybody else names has
    no link. If no identify tells it, the link is an open one: made where the contact is known when the group
    comes, and else waiting for the person's own word (decision 15).

    Of an occurrence: the event's name, the address, the properties, and when it was, "" for when it came.
    """

    contacts: dict[str, dict[str, str]] = field(default_factory=dict)
    companies: dict[str, dict[str, str]] = field(default_factory=dict)
    links: set[tuple[str, str]] = field(default_factory=set)
    open_links: set[tuple[str, str]] = field(default_factory=set)
    occurrences: dict[str, tuple[str, str, Mapping[str, str], str]] = field(default_factory=dict)
    rejects: dict[str, str] = field(default_factory=dict)
    message_ids: set[str] = field(default_factory=set)
    identified: set[str] = field(default_factory=set)
    _moments: dict[tuple[str, str], Moment] = field(default_factory=dict)

    def give(
        self, objects: dict[str, dict[str, str]], key: str, moment: Moment, values: Iterator[tuple[str, str]]
    ) -> None:
        """Give an object values of a moment that is not older than any before it."""
        for name, text in values:
            is_tie = self._moments.get((key, name)) == moment
            if not is_tie or _digest(text) >= _digest(objects[key][name]):
                objects[key][name] = text
            self._moments[key, name] = moment


def expected(workload: Workload) -> Expected:
    """Apply all events in the order of time."""
    end = Expected()
    for address, own in workload.merged.items():
        end.contacts[own] = {"email": own, "hs_additional_emails": address}
    posted = [(n, event) for n, request in enumerate(workload.requests) for event in request]
    told = [(event["type"], event["userId"], _address(event)) for _, event in posted if "userId" in event]
    addresses = {user_id: address for _, user_id, address in told if address}
    end.identified = {_own(address, workload) for kind, _, address in told if kind == "identify"}
    for moment, event in sorted(
        ((_moment(n, event), event) for n, event in posted), key=lambda each: (each[0], each[1]["messageId"])
    ):
        _apply(event, moment, addresses, workload, end)
    return end


def _moment(request: int, event: Json) -> Moment:
    at = _past(event)
    return (not at, datetime.fromisoformat(at).timestamp() if at else request)


def _past(event: Json) -> str:
    """Return when an event says that it happened, "" if it says nothing that can be: the arrival counts."""
    at: str = event.get("timestamp", "")
    return at if at and _EARLIEST <= datetime.fromisoformat(at) < datetime.now(UTC) else ""


def _apply(
    event: Json, moment: Moment, addresses: Mapping[str, str], workload: Workload, end: Expected
) -> None:
    message_id = event["messageId"]
    end.message_ids.add(message_id)
    reason = _refusal(event, workload.blocked)
    if reason:
        end.rejects[message_id] = reason
        if not _is_unliked(event):
            return
    if event["type"] == "group":
        _group(event, moment, _own(addresses.get(event["userId"], ""), workload), end)
        return
    address = _own(_address(event), workload)
    end.contacts.setdefault(address, {"email": address})
    end.give(end.contacts, address, moment, _values(_traits(event)))
    if event["type"] == "track" and not reason:
        properties = {name: str(value) for name, value in event["properties"].items()}
        end.occurrences[message_id] = event["event"], address, properties, _past(event)


def _group(event: Json, moment: Moment, address: str, end: Expected) -> None:
    domain = event["groupId"].removeprefix("g-")
    end.companies.setdefault(domain, {"domain": domain})
    end.give(end.companies, domain, moment, _values(event["traits"]))
    if address:
        links = end.links if address in end.identified else end.open_links
        links.add((address, domain))


def _own(address: str, workload: Workload) -> str:
    """Return the address under which HubSpot shows the contact of an address."""
    return workload.merged.get(address, address)


def _refusal(event: Json, blocked: Sequence[str]) -> str:
    """Return for what reason an event cannot be delivered, "" if it can."""
    if not isinstance(event.get("traits", {}), dict):
        return MALFORMED
    if event.get("event") == UNDEFINED:
        return "no_definition"
    return "refused" if _address(event) in blocked or _is_unliked(event) else ""


def _is_unliked(event: Json) -> bool:
    """Return whether HubSpot refuses what a person did, but not what the event tells of them."""
    return UNLIKED in event.get("properties", {}).values()


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


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=6).digest()
