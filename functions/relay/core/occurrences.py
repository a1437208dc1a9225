"""A track → HubSpot's custom event: which of its properties are sent, in which form, and why others are not.

Whatever JSON can hold is taken without an exception; every property is sent or noted, and what is sent is a
text that the definition's type allows, within HubSpot's limits (its guide to custom events).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from relay.core.coercion import Unfit, coerce, encodable, is_empty, unknown_options
from relay.core.event_definitions import MAX_PROPERTIES, Definition
from relay.core.names import property_name, squashed
from relay.core.routes import MAX_TRAIT_CHARS
from relay.core.schema import Property
from relay.core.traits import MAX_DEPTH

MAX_VALUE_CHARS = 256
MAX_LONG_VALUE_CHARS = 1024
# A property takes longer ones if one of these words is part of its name (HubSpot's guide to defining events).
LONG_VALUE_WORDS = ("url", "referrer", "link")
# It names the person; a property of the event it is only if HubSpot has one for it.
_ADDRESS = "email"
_ORDERS = frozenset({"ordercompleted", "completedorder"})
_MONEY = Property("_m", "number")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MS, _LAST_MS = (
    (each - _EPOCH) // timedelta(milliseconds=1)
    for each in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that happened, and to whom. `source` is by what its caller knows it again.

    `name` and `uuid` are Segment's: the event's name and its messageId. `contact_properties` ride along
    where HubSpot sets them by the same call. `creates` says whether an event and properties that HubSpot does
    not have may be made for it. It came in at `asked_at_ms`, or came again by hand (`is_replayed`): a list of
    definitions that is older says nothing against it.
    """

    source: int
    name: str
    uuid: str
    occurred_at_ms: int
    properties: Mapping[str, object]
    email: str = ""
    object_id: str = ""
    utk: str = ""
    contact_properties: Mapping[str, str] = field(default_factory=dict)
    creates: bool = True
    asked_at_ms: int = 0
    is_replayed: bool = False

    @property
    def person(self) -> Mapping[str, str]:
        """Who it is about, by what HubSpot knows best; empty if nobody says."""
        known = (("objectId", self.object_id), ("email", self.email), ("utk", self.utk))
        return next(({name: encodable(value)} for name, value in known if value), {})


class Key(NamedTuple):
    """What HubSpot knows an occurrence by: it takes one `uuid` of an event only once a year."""

    event_name: str
    uuid: str


@dataclass(frozen=True, slots=True)
class CustomEvent:
    """One element of HubSpot's batch of events."""

    event_name: str
    uuid: str
    occurred_at: str
    person: Mapping[str, str]
    properties: Mapping[str, str]

    @property
    def key(self) -> Key:
        """What it is known by."""
        return Key(self.event_name, self.uuid)

    @property
    def as_json(self) -> Mapping[str, object]:
        """What HubSpot wants to read."""
        return {
            "eventName": self.event_name,
            "uuid": self.uuid,
            "occurredAt": self.occurred_at,
            **self.person,
            "properties": dict(self.properties),
        }

    def without(self, names: Iterable[str]) -> "CustomEvent":
        """Return this event with some properties left out."""
        left_out = frozenset(names)
        return replace(self, properties={k: v for k, v in self.properties.items() if k not in left_out})


@dataclass(slots=True)
class Prepared:
    """What becomes of an occurrence's properties: what is sent, what is left out and why.

    `unknown` holds the values for properties that the definition does not have.
    """

    properties: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, object] = field(default_factory=dict)


class _Offer(NamedTuple):
    """A value that goes by `shown` in reports, for the property `name`."""

    shown: str
    name: str
    value: object

    @property
    def precedence(self) -> tuple[bool, bool, str]:
        return (is_empty(self.value), self.shown != self.name, self.shown)


def custom_event(occurrence: Occurrence, definition: Definition, prepared: Prepared) -> CustomEvent:
    """Return the event that HubSpot is told of an occurrence."""
    return CustomEvent(
        definition.qualified_name,
        encodable(occurrence.uuid),
        _iso(occurrence.occurred_at_ms),
        occurrence.person,
        prepared.properties,
    )


def prepare(occurrence: Occurrence, definition: Definition) -> Prepared:
    """Decide for each property whether it is sent. Of more than HubSpot takes, the first by name are."""
    found = Prepared()
    by_name: dict[str, list[_Offer]] = {}
    for offer in _offers((), occurrence.properties, definition.properties):
        by_name.setdefault(offer.name, []).append(offer)
    for name in sorted(by_name):
        offers = sorted(by_name[name], key=lambda offer: offer.precedence)
        _settle(name, offers, definition.properties.get(name), found)
    return found


def values_of(occurrence: Occurrence) -> Mapping[str, object]:
    """Return what an occurrence gives for properties, as long as it has no definition."""
    return prepare(occurrence, Definition("", "")).unknown


def max_chars(property_name: str) -> int:
    """Return how long a value HubSpot takes for an event's property of that name."""
    return (
        MAX_LONG_VALUE_CHARS if any(word in property_name for word in LONG_VALUE_WORDS) else MAX_VALUE_CHARS
    )


def money_of(event_name: str, properties: Mapping[str, object]) -> str:
    """Return the amount that an event brought in, "" if it names none: its revenue, or an order's total.

    Segment's own destination sent no other property, and took a revenue of 0 for none.
    """
    total = "total" if squashed(event_name) in _ORDERS else ""
    amounts = (_amount(properties, name) for name in ("revenue", total) if name)
    return next(filter(None, amounts), "")


def _offers(
    path: tuple[str, ...], properties: Mapping[str, object], known: Mapping[str, Property]
) -> Iterator[_Offer]:
    """Yield what properties offer: objects by their parts, unless HubSpot has a property for the whole."""
    for key, value in properties.items():
        inner = (*path, key)
        name = key if not path and key in known else property_name("_".join(inner))
        if isinstance(value, dict) and value and name not in known and len(inner) < MAX_DEPTH:
            yield from _offers(inner, value, known)
        else:
            yield _Offer(_shown(".".join(inner)), name, value)


def _settle(name: str, offers: Iterable[_Offer], target: Property | None, found: Prepared) -> None:
    """Give a property the first value that can be sent; note what becomes of the others."""
    is_full = len(found.properties) >= MAX_PROPERTIES
    for offer in offers:
        text = _text(offer, target, is_full=is_full)
        if isinstance(text, Unfit):
            found.left_out.setdefault(offer.shown, text.reason)
        elif found.properties.setdefault(name, text) != text:
            found.left_out.setdefault(offer.shown, "superseded")
        elif target and target.is_multiple:
            places = unknown_options(offer.value, target)
            found.left_out |= {f"{offer.shown}[{place}]": "no_such_option" for place in places}
        if text == _UNKNOWN:
            found.unknown.setdefault(name, offer.value)


_UNKNOWN = Unfit("unknown_event_property")


def _text(offer: _Offer, target: Property | None, *, is_full: bool) -> str | Unfit:
    if is_empty(offer.value):
        # It could clear nothing: what happened has not been told before.
        return Unfit("no_value")
    if target is None:
        return Unfit("reserved_property") if squashed(offer.shown) == _ADDRESS else _UNKNOWN
    # That HubSpot calls a property read-only may mean no more than that what has happened does not change.
    text = coerce(offer.value, target)
    if isinstance(text, Unfit):
        return text
    # Options are added to what is chosen only where something was chosen before.
    text = text.removeprefix(";") if target.is_multiple else text
    if len(text) > max_chars(target.name):
        return Unfit("too_long")
    return Unfit("too_many_properties") if is_full else text


def _amount(properties: Mapping[str, object], name: str) -> str:
    keys = sorted((key for key in properties if squashed(key) == name), key=lambda key: (key != name, key))
    value = properties[keys[0]] if keys else ""
    if isinstance(value, str):
        value = value.replace("$", "").strip()
        value = value.replace(",", "") if _THOUSANDS.fullmatch(value) else value
    amount = coerce(value, _MONEY)
    return "" if isinstance(amount, Unfit) or amount == "0" else amount


def _shown(path: str) -> str:
    # A log line is UTF-8, and two properties must not share a name in it.
    shown = path if path.isascii() else path.encode("utf-8", "backslashreplace").decode()
    return shown if len(shown) <= MAX_TRAIT_CHARS else f"{shown[:MAX_TRAIT_CHARS]}…"


def _iso(at_ms: int) -> str:
    # A time zone can lead out of the calendar.
    at = _EPOCH + timedelta(milliseconds=min(max(at_ms, _FIRST_MS), _LAST_MS))
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
