"""Traits → the properties that they may set. Every trait ends as sent, or as left out for a reason.

A trait is named by its path (`plan.tier`). An object's parts go to the properties of their flattened names.
If a part has none, the object goes as JSON to the property of its own name; if there is none either, or a
standard trait means it, the part is left out. Of a list as a standard trait the first item counts.

Where several traits mean one property, this decides, whatever their order in the event:
1. one with a value before one that is empty: that a trait is empty clears only what no other trait gives;
2. one that a rule names, then the standard traits as `standard.py` lists them, then custom traits;
3. the one whose key is exactly the property's name, then the first by the alphabet; labels come last.
If the value of the first cannot be converted, the next one counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from relay.core.coercion import Unfit, coerce, is_blank, is_empty, unknown_options
from relay.core.names import squashed
from relay.core.objects import parsed
from relay.core.routes import OWN, Route, route_of
from relay.core.rules import Rules
from relay.core.schema import Property, Schema
from relay.core.standard import IDENTIFIERS, SPREAD, STAGE, part_of, usable_items

# Deeper objects are taken as they are.
MAX_DEPTH = 6
BY_RULE = -1


class Candidate(NamedTuple):
    """A value that a trait offers for the property `name`; the lowest rank counts."""

    trait: str
    name: str
    rank: int
    value: object


@dataclass(slots=True)
class Sorted:
    """What becomes of traits: properties to send, traits that are sent, traits left out and why.

    `unknown` holds the values for properties that HubSpot does not have.
    """

    properties: dict[str, str] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    dropped: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, object] = field(default_factory=dict)


def sort_traits(traits: Mapping[str, object], schema: Schema, rules: Rules) -> Sorted:
    """Decide for each trait which property it sets, or why none."""
    walk = _Walk(schema, rules)
    walk.enter((), traits)
    by_property: dict[str, list[Candidate]] = {}
    for candidate in walk.candidates:
        by_property.setdefault(candidate.name, []).append(candidate)
    found = Sorted(dropped=walk.dropped)
    for name in sorted(by_property):
        offers = by_property[name]
        if len(offers) > 1:
            offers.sort(key=_precedence)
        if name == IDENTIFIERS[schema.object_type]:
            # It says which object it is; the mapping of the event alone decides on it.
            found.dropped |= {offer.trait: "reserved_property" for offer in offers}
            continue
        _settle(name, offers, schema.find(name), rules, found)
    # A trait that sets one property and is superseded in another is sent.
    for trait in found.sent & found.dropped.keys():
        del found.dropped[trait]
    return found


def _precedence(candidate: Candidate) -> tuple[bool, int, bool, str]:
    is_other = candidate.trait != candidate.name
    return (is_empty(candidate.value), candidate.rank, is_other, candidate.trait)


def _settle(name: str, offers: list[Candidate], target: Property | None, rules: Rules, found: Sorted) -> None:
    """Give a property the first value that can be written; note what becomes of every offer."""
    refusal = _refusal(name, target, rules)
    if refusal == "unknown_property" and not isinstance(offers[0].value, Unfit):
        found.unknown[name] = offers[0].value
    for offer in offers:
        text = _text(offer.value, target, rules) if target and not refusal else Unfit(refusal)
        if isinstance(text, Unfit):
            found.dropped.setdefault(offer.trait, text.reason)
        elif found.properties.setdefault(name, text) != text:
            found.dropped.setdefault(offer.trait, "superseded")
        else:
            found.sent.add(offer.trait)
            found.dropped.update(_left_out_options(offer, text, target))


def _refusal(name: str, target: Property | None, rules: Rules) -> str:
    """Return why a property is not set, whatever the value."""
    if target is None:
        return "unknown_property"
    if name == STAGE and rules.lifecyclestage == "never":
        return "lifecyclestage_never"
    return "" if target.is_writable else "read_only_property"


def _text(value: object, target: Property, rules: Rules) -> str | Unfit:
    if isinstance(value, Unfit):
        return value
    return "" if rules.clear_nulls and is_blank(value) else coerce(value, target)


def _left_out_options(offer: Candidate, text: str, target: Property | None) -> Mapping[str, str]:
    """Return the reports on chosen options that are not among those sent."""
    if not text or not target or not target.is_multiple:
        return {}
    places = unknown_options(offer.value, target)
    return {f"{offer.trait}[{place}]": "no_such_option" for place in places}


@dataclass(slots=True)
class _Walk:
    """A walk through traits that gathers what they offer."""

    schema: Schema
    rules: Rules
    candidates: list[Candidate] = field(default_factory=list)
    dropped: dict[str, str] = field(default_factory=dict)

    def enter(self, path: tuple[str, ...], traits: Mapping[str, object]) -> None:
        for key, value in traits.items():
            self.visit((*path, key), value)

    def visit(self, path: tuple[str, ...], value: object) -> None:
        route = route_of(path, self.schema)
        value = _read(value) if route.spelling in SPREAD else value
        renamed = self.rules.renamed
        rule = next((each for each in route.spellings if each in renamed), None) if renamed else None
        if rule is not None:
            self._rename(route.trait, renamed[rule], value)
        elif isinstance(value, dict) and value and len(path) < MAX_DEPTH:
            self._object(path, route, value)
        elif isinstance(value, list) and route.is_standard:
            self._list(path, route, value)
        else:
            self._offer(route, value)

    def _rename(self, trait: str, name: str | None, value: object) -> None:
        if name is None:
            self.dropped[trait] = "blocked"
        else:
            self.candidates.append(Candidate(trait, name, BY_RULE, value))

    def _offer(self, route: Route, value: object) -> None:
        for target in route.targets:
            part = value if target.rank >= OWN else part_of(value, target.part)
            self.candidates.append(Candidate(route.trait, target.property, target.rank, part))

    def _list(self, path: tuple[str, ...], route: Route, items: list[object]) -> None:
        """Take the first item that has a value, and report every other."""
        places = usable_items(route.spelling, items)
        if not places:
            # A list with something in it that is of no use clears nothing.
            self._offer(route, None if is_blank(items) else Unfit("no_value"))
            return
        self.visit(path, items[places[0]])
        others = (place for place, item in enumerate(items) if place != places[0] and not is_empty(item))
        self.dropped |= {f"{route.trait}[{place}]": "superseded" for place in others}

    def _object(self, path: tuple[str, ...], route: Route, value: Mapping[str, object]) -> None:
        if not route.holder:
            self.enter(path, value)
            return
        parts = _Walk(self.schema, self.rules)
        parts.enter(path, value)
        homed = [part for part in parts.candidates if part.rank == BY_RULE or self.schema.find(part.name)]
        self.candidates += homed
        self.dropped |= parts.dropped
        if len(homed) < len(parts.candidates):
            whole = _unblocked(path, value, self.rules)
            self.candidates.append(Candidate(route.trait, route.holder, OWN, whole))


def _read(value: object) -> object:
    """Return the object or list that JSON text stands for; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    found = parsed(value)
    return found if isinstance(found, dict | list) else value


def _unblocked(path: tuple[str, ...], value: object, rules: Rules) -> object:
    """Return an object without the parts that rules block, as deep as rules reach."""
    if not isinstance(value, dict) or not rules.has_blocks or len(path) >= MAX_DEPTH:
        return value
    return {
        key: _unblocked((*path, key), part, rules)
        for key, part in value.items()
        if rules.renamed.get(squashed(".".join((*path, key))), "") is not None
    }
