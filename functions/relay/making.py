"""Counts what is made in an account, for all of its senders, so that data cannot fill it with names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from relay.core.outcomes import Deferred
from relay.core.quotas import Made, MakingLimits, give_back, reserve
from relay.memory import UNAVAILABLE

# Contact properties, event definitions, and properties that are added to these later: each counts by itself.
CONTACT_PROPERTIES, EVENTS, EVENT_PROPERTIES = "contacts", "events", "event_properties"
# Somebody else has written in between; whoever holds the account's lease is alone.
TRIES = 3
# A refusal is believed for this long without asking the store.
AGAIN_AFTER_MS = 60_000
MOST_REFUSED = 10_000


class MadeStore(Protocol):
    """Where senders share their counts, by kind."""

    def load(self, kind: str) -> Made | None:
        """Return the count, an empty one if there is none; None if it cannot be read."""
        ...

    def save(self, kind: str, made: Made) -> bool:
        """Store a count as the version after its own; False if somebody was quicker, or it fails."""
        ...


class Granted(NamedTuple):
    """The names that may be made, and why the others may not, or have to wait."""

    names: frozenset[str]
    refused: Mapping[str, str] = {}
    waits: Deferred | None = None


@dataclass
class Making:
    """What may be made in one account. Use it from one invocation at a time."""

    store: MadeStore
    limits: MakingLimits
    now_ms: Callable[[], int]
    _refused: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    def reserve(self, kind: str, names: Sequence[str]) -> Granted:
        """Count names that are about to be made, and say which of them may be."""
        known = self._known(kind, names)
        asked = [name for name in names if name not in known]
        for _ in range(TRIES if asked else 0):
            made = self.store.load(kind)
            if made is None:
                break
            found = reserve(made, asked, self.limits, self.now_ms())
            if not found.granted or found.made.recent == made.recent or self.store.save(kind, found.made):
                self._note(kind, found.refused)
                return Granted(found.granted, {**known, **found.refused})
        return Granted(frozenset(), known, UNAVAILABLE if asked else None)

    def give_back(self, kind: str, names: Iterable[str]) -> None:
        """Count no longer what HubSpot has not made after all; best effort."""
        unmade = frozenset(names)
        made = self.store.load(kind) if unmade else None
        if made:
            self.store.save(kind, give_back(made, unmade))

    def _known(self, kind: str, names: Iterable[str]) -> dict[str, str]:
        now_ms = self.now_ms()
        answers = {name: self._refused.get((kind, name), ("", 0)) for name in names}
        return {name: reason for name, (reason, until_ms) in answers.items() if now_ms < until_ms}

    def _note(self, kind: str, refused: Mapping[str, str]) -> None:
        if len(self._refused) > MOST_REFUSED:
            self._refused.clear()
        until_ms = self.now_ms() + AGAIN_AFTER_MS
        self._refused |= {(kind, name): (reason, until_ms) for name, reason in refused.items()}
