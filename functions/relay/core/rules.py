"""What a destination's owner has decided about the mapping, and whether an event may pass at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from relay.core.consent import is_consented
from relay.core.events import CONTEXT, Event
from relay.core.integrations import Integrations, is_integrated
from relay.core.names import squashed

Lifecycle: TypeAlias = Literal["forward", "any", "never"]
ContextTraits: TypeAlias = Literal["set", "fill", "ignore"]


@dataclass(frozen=True)
class Rules:
    """How traits become properties. `traits` gives paths such as `plan.tier` a property; None blocks them.

    A path may be written in any case and with any separators, only its dots count. The address is no matter
    of rules: whatever is in `email` names the contact. `consent` names the categories that a person must have
    agreed to, where the event speaks of consent. `context_traits` of tracks `set` what they name,
    only `fill` what is empty in HubSpot, or change nothing.
    """

    traits: Mapping[str, str | None] = field(default_factory=dict)
    clear_nulls: bool = False
    lifecyclestage: Lifecycle = "forward"
    integrations: Integrations = "explicit"
    consent: tuple[str, ...] = ()
    properties_to_contact: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    views: Mapping[str, str] = field(default_factory=dict)
    context_traits: ContextTraits = "set"

    @cached_property
    def renamed(self) -> Mapping[str, str | None]:
        """The rules by squashed path: `Plan.Tier` and `plan.tier` are the same trait."""
        return {squashed(path): name for path, name in self.traits.items()}

    @cached_property
    def has_blocks(self) -> bool:
        """Whether there is a trait that must not leave for HubSpot, in whatever form."""
        return None in self.traits.values()


def taken(properties: Mapping[str, object], wanted: Mapping[str, str]) -> Mapping[str, object]:
    """Return the values of the properties that a rule names by path, by the contact's property."""
    values = ((name, _at(properties, path)) for path, name in wanted.items())
    return {name: value for name, value in values if value is not None}


def _at(properties: Mapping[str, object], path: str) -> object:
    """Return the value at a path such as `plan.tier`, None if there is none."""
    if path in properties:
        return properties[path]
    head, _, rest = path.partition(".")
    inner = properties.get(head)
    return _at(inner, rest) if rest and isinstance(inner, Mapping) else None


def objection(event: Event, rules: Rules) -> str | None:
    """Return why `event` must not be sent to HubSpot, None if it may (Segment's guide to filtering data)."""
    # What cannot be read may have said that nothing is agreed to.
    is_unread = bool(rules.consent) and CONTEXT in event.notes
    if is_unread or not is_consented(event.context, rules.consent):
        return "no_consent"
    # Older libraries have the other places.
    places = (event.integrations, event.context.get("integrations"), event.context.get("providers"))
    return None if is_integrated(places, rules.integrations) else "integrations"
