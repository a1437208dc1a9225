"""What only fills: which of a contact's properties are empty in HubSpot, and take what is offered. Pure.

An identify's word counts before an offer, whatever their times. So what was filled, or found filled, is
remembered as older than any event; only a time that was known before stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from relay.core.coercion import encodable
from relay.core.digests import LONG_AGO_MS, hash_at, value_hash
from relay.core.outcomes import Deferred
from relay.core.planning import Fill, Input
from relay.core.profiles import STALE, Fact, Judged, Profile, name_hash

# Why an offer is left out: HubSpot has a value.
ALREADY_SET = "already_set"
_EMPTY = value_hash("")


@dataclass(frozen=True, slots=True)
class Weighed:
    """An input without what is `stale`, and whether HubSpot has all of it already.

    `unfilled` are the offers that are left out, and why; those in `taken`, because the memory says that
    HubSpot has a value. Of those that are `open` it is to be asked first; what `waits` could not be asked.
    The `fills` of the `entry` are in its properties.
    """

    entry: Input
    stale: frozenset[str] = frozenset()
    is_unchanged: bool = False
    unfilled: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[str, Fill] = field(default_factory=dict)
    open: Mapping[str, Fill] = field(default_factory=dict)
    waits: Mapping[str, Deferred] = field(default_factory=dict)

    @property
    def is_stale(self) -> bool:
        """Whether something was left out because something newer has decided it."""
        return bool(self.stale) or (self.entry.only_fills and STALE in self.unfilled.values())


def weigh(judged: Judged, profile: Profile, *, trusted_since_ms: int) -> Weighed:
    """Return what the memory says of an input's offers; confirmations before `trusted_since_ms` count not."""
    entry, fills = judged.entry, judged.entry.fills
    if not fills:
        return Weighed(entry, judged.stale, judged.is_unchanged)
    cleared = {name: fill for name, fill in fills.items() if _is_cleared_before(fill, entry, name)}
    others = {name: fill for name, fill in fills.items() if name not in cleared}
    facts = {name: profile.facts.get(name_hash(name)) for name in others}
    known = {name: fill for name, fill in others.items() if _is_taken(facts[name], trusted_since_ms)}
    taken = {name: fill for name, fill in known.items() if name not in entry.properties}
    refused = dict.fromkeys(taken, ALREADY_SET) | {
        name: why
        for name, fill in others.items()
        if name not in taken and (why := _objection(fill, entry, name, facts[name]))
    }
    # A copy that is right is nothing to tell of.
    told = {
        name: why for name, why in refused.items() if not _is_there(fills[name], entry, name, facts[name])
    }
    still_open = {name: fill for name, fill in others.items() if name not in refused}
    filled, is_unchanged = _with(replace(entry, fills={}), cleared), judged.is_unchanged and not cleared
    return Weighed(filled, judged.stale, is_unchanged, told, taken, still_open)


def answered(weighed: Weighed, values: Mapping[str, str], profile: Profile) -> Weighed:
    """Return what is filled of a contact of which HubSpot has told the `values`."""
    empty = {name: fill for name, fill in weighed.open.items() if not values.get(name)}
    others = {n for n, fill in weighed.open.items() if n not in empty and values[n] != fill.text}
    unfilled = {**weighed.unfilled, **dict.fromkeys(others, ALREADY_SET)}
    return _filled(replace(weighed, unfilled=unfilled), empty, profile)


def answered_none(weighed: Weighed, profile: Profile) -> Weighed:
    """Return what is filled where HubSpot has no such contact, whatever the memory says."""
    unfilled = {name: why for name, why in weighed.unfilled.items() if name not in weighed.taken}
    return _filled(replace(weighed, unfilled=unfilled), {**weighed.open, **weighed.taken}, profile)


def unanswered(weighed: Weighed, why: Deferred) -> Weighed:
    """Return the rest of an input where HubSpot cannot be asked: its open offers wait."""
    return replace(weighed, open={}, waits=dict.fromkeys(weighed.open, why))


def with_values(profile: Profile, values: Mapping[str, str], now_ms: int) -> Profile:
    """Return the profile after HubSpot has told which values it has."""
    times_ms = {name: _at_ms(profile, name) for name in values}
    told = {
        name_hash(name): Fact(at_ms, hash_at(at_ms, encodable(values[name])), now_ms)
        for name, at_ms in times_ms.items()
    }
    return replace(profile, facts={**profile.facts, **told})


def _is_cleared_before(fill: Fill, entry: Input, name: str) -> bool:
    """Say whether the input itself empties a property, and the offer was made after that."""
    return entry.properties.get(name) == "" and entry.times_ms[name] < fill.at_ms


def _is_taken(fact: Fact | None, trusted_since_ms: int) -> bool:
    """Say whether HubSpot is known to have a value.

    Where it is remembered as empty it is asked all the same: what somebody has entered there meanwhile would
    be lost.
    """
    is_trusted = fact is not None and fact.confirmed_at_ms > trusted_since_ms
    return is_trusted and fact is not None and fact.value not in (b"", _EMPTY)


def _objection(fill: Fill, entry: Input, name: str, fact: Fact | None) -> str:
    """Return why an offer is left out that the memory calls neither filled nor empty, "" if it is not."""
    if name in entry.properties:
        return ALREADY_SET if entry.properties[name] else STALE
    return STALE if fact and fact.at_ms >= fill.at_ms else ""


def _is_there(fill: Fill, entry: Input, name: str, fact: Fact | None) -> bool:
    """Say whether the value that is offered is the one that counts."""
    if name in entry.properties:
        return entry.properties[name] == fill.text
    return fact is not None and fact.value == value_hash(fill.text)


def _filled(weighed: Weighed, empty: Mapping[str, Fill], profile: Profile) -> Weighed:
    times_ms = {name: _at_ms(profile, name) for name in empty}
    entry = replace(weighed.entry, times_ms={**weighed.entry.times_ms, **times_ms})
    is_unchanged = weighed.is_unchanged and not empty
    return replace(weighed, entry=_with(entry, empty), is_unchanged=is_unchanged, taken={}, open={})


def _with(entry: Input, empty: Mapping[str, Fill]) -> Input:
    texts = {name: fill.text for name, fill in empty.items()}
    return replace(entry, properties={**entry.properties, **texts}, fills={**entry.fills, **empty})


def _at_ms(profile: Profile, name: str) -> int:
    fact = profile.facts.get(name_hash(name))
    return fact.at_ms if fact else LONG_AGO_MS
