"""What a destination's owner has decided about the mapping, and whether an event may pass at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from relay.core.events import Event
from relay.core.names import squashed

Lifecycle: TypeAlias = Literal["forward", "any", "never"]
Integrations: TypeAlias = Literal["explicit", "all", "ignore"]
ContextTraits: TypeAlias = Literal["set", "fill", "ignore"]

# How Segment names destinations in `integrations`: HubSpot's own, and those through which events reach us.
HUBSPOT = frozenset(
    {
        "HubSpot",
        "HubSpot Cloud Mode (Actions)",
        "Hubspot Cloud Mode (Actions)",
        "Hubspot Cloud Mode (actions)",
    }
)
WEBHOOKS = frozenset({"Webhooks", "Webhook", "Webhooks (Actions)", "Extensible Webhook"})


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
    if not _is_consented(event.context.get("consent"), rules.consent):
        return "no_consent"
    if rules.integrations != "ignore" and not _is_integrated(event.integrations, rules.integrations):
        return "integrations"
    return None


def _is_consented(consent: object, categories: tuple[str, ...]) -> bool:
    # Where nothing is said of consent, the sender does not manage it.
    if not categories or consent in (None, {}, []):
        return True
    preferences = consent.get("categoryPreferences") if isinstance(consent, Mapping) else None
    # Where something is said, what is not agreed to is refused.
    return isinstance(preferences, Mapping) and all(preferences.get(name) is True for name in categories)


def _is_integrated(integrations: Mapping[str, object], mode: Integrations) -> bool:
    if any(_is_on(integrations.get(name)) for name in HUBSPOT):
        return True
    if any(integrations.get(name) is False for name in HUBSPOT):
        return False
    # Engage and replays switch all off and only the destination on through which they reach us.
    if mode == "explicit" or integrations.get("All") is not False:
        return True
    return any(_is_on(integrations.get(name)) for name in WEBHOOKS)


def _is_on(choice: object) -> bool:
    # Options in place of `true` count as `true`, even if there are none.
    return choice not in (None, False)
