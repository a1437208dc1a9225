"""All that a destination's owner has decided about what is written."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from relay.core.rules import Rules

EmailChange: TypeAlias = Literal["new", "update"]
Deletes: TypeAlias = Literal["ignore", "archive", "gdpr"]


@dataclass(frozen=True)
class Policy:
    """What is made of mapped events.

    `email_change` is what a known user's new address means: a new contact, or an update of the same one.
    What HubSpot has confirmed within `resend_after_ms` is not sent again.
    """

    rules: Rules = field(default_factory=Rules)
    creates_contacts: bool = True
    creates_properties: bool = False
    email_change: EmailChange = "new"
    deletes: Deletes = "ignore"
    resend_after_ms: int = 86_400_000
