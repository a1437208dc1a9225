"""All that a destination's owner has decided about what is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from relay.core.events import Event
from relay.core.placeholders import IdRules
from relay.core.quotas import MakingLimits
from relay.core.rules import Rules
from relay.core.shared_hosts import NO_RULES, HostRules

EmailChange: TypeAlias = Literal["new", "update"]
Deletes: TypeAlias = Literal["ignore", "archive", "gdpr"]
EventMode: TypeAlias = Literal["auto", "custom", "legacy", "off"]
Associate: TypeAlias = Literal["default", "primary", "off"]


@dataclass(frozen=True)
class EventPolicy:
    """How tracks become events. `names` gives Segment's names those of HubSpot's events, where they differ.

    A track of whom nobody knows is kept waiting until it is `pending_ms` old. With the mode `auto` it is for
    HubSpot to say whether there are custom events. If the plan has them (`is_expected`), a missing scope is a
    fault, and no answer.
    """

    mode: EventMode = "off"
    names: Mapping[str, str] = field(default_factory=dict)
    creates_definitions: bool = False
    pending_ms: int = 0
    is_expected: bool = False

    @property
    def is_custom(self) -> bool:
        """Whether tracks become custom events, or may do so."""
        return self.mode in ("auto", "custom")


@dataclass(frozen=True)
class GroupPolicy:
    """How groups become companies: found by their domain, or by the group's id in a unique property `key`."""

    key: str = "domain"
    bare_hosts: bool = False
    registrable: bool = False
    creates: bool = True
    associate: Associate = "default"
    links_context: bool = False
    hosts: HostRules = NO_RULES


@dataclass(frozen=True)
class Policy:
    """What is made of mapped events.

    `email_change` is what a known user's new address means: a new contact, or an update of the same one.
    What HubSpot has confirmed within `resend_after_ms` is not sent again. Whom an answer was lost about is
    left alone for `rest_ms`. Contacts are known by the unique property `match_property`, "" by their address.
    What is made in HubSpot keeps to the limits of `making`.
    """

    rules: Rules = field(default_factory=Rules)
    creates_contacts: bool = True
    creates_properties: bool = False
    email_change: EmailChange = "new"
    deletes: Deletes = "ignore"
    resend_after_ms: int = 86_400_000
    # HubSpot's gateway gives up a request after 100 s (its status 524).
    rest_ms: int = 100_000
    events: EventPolicy = field(default_factory=EventPolicy)
    groups: GroupPolicy = field(default_factory=GroupPolicy)
    ids: IdRules = field(default_factory=IdRules)
    match_property: str = ""
    making: MakingLimits = field(default_factory=MakingLimits)

    def may_create(self, event: Event) -> bool:
        """Say whether an event may make a contact."""
        return self.creates_contacts and (event.grant is None or event.grant.creates_contacts)
