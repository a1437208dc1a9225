"""What a sender may have done to HubSpot that nobody remembers. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """How far the memory of a destination is to be believed; nothing in particular is in doubt by itself.

    What HubSpot confirmed up to `until_ms` may have changed since. Before `resting_until_ms` a call may still
    be at work whose answer nobody waits for: what was sent meanwhile, it could overwrite with older values.
    """

    until_ms: int = 0
    resting_until_ms: int = 0

    def and_also(self, other: "Doubt") -> "Doubt":
        """Return the doubt that holds both."""
        return Doubt(max(self.until_ms, other.until_ms), max(self.resting_until_ms, other.resting_until_ms))
