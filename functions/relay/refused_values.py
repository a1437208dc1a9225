"""Values that HubSpot has refused lately: one that it refuses every time costs a call once an hour.

Of a value only its hash is kept. What is known is forgotten as soon as HubSpot lists the property otherwise;
that there is no such property at all, its list alone can say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol

from relay.core.handles import EMAIL
from relay.core.schema import Property, Schema
from relay.core.second_looks import NO_PROPERTY, READ_ONLY, is_of_the_form

FOR_MS = 3_600_000
# Of all properties together; the oldest are forgotten first.
MOST = 500
# Other senders' are looked up this often.
SHARED_AFTER_MS = 60_000
# HubSpot gives no code: another record may have the value accepted.
_BY_RECORD = "refused"
_BYTES = 6


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal that is believed until a time, and what the property was like then."""

    reason: str
    until_ms: int
    definition: str


# By the property's name, then by the hash of the value; "" is any value.
Known = Mapping[str, Mapping[str, Refused]]


class RefusedStore(Protocol):
    """Where senders share what HubSpot refuses."""

    def load(self) -> Known | None:
        """Return what was stored last, None if there is nothing or it cannot be read."""
        ...

    def save(self, dated: Known) -> None:
        """Store it; it is no harm if that fails."""
        ...


@dataclass
class RefusedValues:
    """What HubSpot refuses of one object type. Use it from one invocation at a time."""

    store: RefusedStore
    now_ms: Callable[[], int]
    _known: dict[str, dict[str, Refused]] = field(default_factory=dict)
    _asked_at_ms: int = 0
    _is_news: bool = False

    def recall(self) -> None:
        """Learn what other senders have met with."""
        now_ms = self.now_ms()
        if now_ms - self._asked_at_ms >= SHARED_AFTER_MS:
            self._asked_at_ms = now_ms
            for name, entries in (self.store.load() or {}).items():
                mine = self._known.setdefault(name, {})
                mine |= {key: each for key, each in entries.items() if key not in mine}

    @property
    def is_any(self) -> bool:
        """Whether anything was refused lately."""
        return bool(self._known)

    def why(self, values: Mapping[str, str], handle: str, schema: Schema) -> Mapping[str, str]:
        """Return which of the values HubSpot is known to refuse, and in which word."""
        found = {
            name: self._why(name, text, handle, schema.find(name))
            for name, text in values.items()
            if name in self._known and name != EMAIL
        }
        return {name: reason for name, reason in found.items() if reason}

    def note(
        self, values: Mapping[str, str], left_out: Mapping[str, str], handle: str, schema: Schema
    ) -> None:
        """Remember what HubSpot has refused of `values`, mapped with this schema."""
        until_ms = self.now_ms() + FOR_MS
        for name, reason in left_out.items():
            if name in values and _is_lasting(reason):
                key = _key(values[name], reason, handle)
                refused = Refused(reason, until_ms, _definition(schema.find(name)))
                self._known.setdefault(name, {})[key] = refused
                self._is_news = True

    def keep(self) -> None:
        """Let other senders know, if there is news."""
        if self._is_news:
            self._is_news = False
            self._known = _bounded(self._known, self.now_ms())
            self.store.save(self._known)

    def _why(self, name: str, text: str, handle: str, known: Property | None) -> str:
        entries = self._known[name]
        keys = ("", _hash(text), _hash(text, handle))
        found = next((entries[key] for key in keys if key in entries), None)
        if found is None or found.until_ms <= self.now_ms():
            return ""
        if found.definition != _definition(known):
            # HubSpot has another property of the name by now.
            del self._known[name]
            self._is_news = True
            return ""
        return found.reason


def _bounded(known: Mapping[str, Mapping[str, Refused]], now_ms: int) -> dict[str, dict[str, Refused]]:
    ends = [
        (each.until_ms, name, key)
        for name, entries in known.items()
        for key, each in entries.items()
        if each.until_ms > now_ms
    ]
    kept: dict[str, dict[str, Refused]] = {}
    for _, name, key in sorted(ends)[-MOST:]:
        kept.setdefault(name, {})[key] = known[name][key]
    return kept


def _is_lasting(reason: str) -> bool:
    return reason == _BY_RECORD or (is_of_the_form(reason) and reason != NO_PROPERTY)


def _key(text: str, reason: str, handle: str) -> str:
    if reason == READ_ONLY:
        return ""
    return _hash(text, handle) if reason == _BY_RECORD else _hash(text)


def _hash(text: str, handle: str = "") -> str:
    return blake2b(f"{handle}\0{text}".encode(), digest_size=_BYTES).hexdigest()


def _definition(known: Property | None) -> str:
    if known is None:
        return ""
    told = (known.type, known.field_type, known.is_writable, sorted(known.options.items()))
    return blake2b(repr(told).encode(), digest_size=_BYTES).hexdigest()
