"""What is remembered of the people of one destination, read once and written once an invocation."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from relay.core.events import Event
from relay.core.identifiers import keys_of
from relay.core.identity import MOST_STEPS, People
from relay.core.outcomes import Deferred
from relay.core.profiles import Profile

# Without it a stale value could overwrite a newer one: events wait until the memory is back.
UNAVAILABLE = Deferred("memory_unavailable")


class ProfileStore(Protocol):
    """Where profiles lie, by key. Whoever holds the destination's lease is alone with them."""

    def load(self, keys: Collection[str]) -> Mapping[str, Profile] | None:
        """Return the profiles that there are; None if they cannot be read."""
        ...

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        """Store profiles; False unless each is stored."""
        ...


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of one destination."""

    store: ProfileStore

    def recall(self, events: Sequence[Event]) -> Mapping[str, Profile] | Deferred:
        """Return whatever is remembered of those whom `events` name, by key."""
        found: dict[str, Profile] = {}
        asked: set[str] = set()
        keys = {key for event in events for key in keys_of(event)}
        # Ids point to addresses, and addresses to those of their contacts.
        for _ in range(MOST_STEPS):
            if not keys:
                break
            loaded = self.store.load(keys)
            if loaded is None:
                return UNAVAILABLE
            found |= loaded
            asked |= keys
            keys = {profile.points_to for profile in loaded.values() if profile.points_to} - asked
        return found

    def recall_more(self, people: People, keys: Iterable[str]) -> bool:
        """Let `people` know what is remembered under keys that no event has named; False if that fails."""
        keys = people.unknown(keys)
        loaded = self.store.load(keys) if keys else {}
        people.recall(loaded or {})
        return loaded is not None

    def keep(self, profiles: Mapping[str, Profile]) -> bool:
        """Store profiles; False unless each is stored."""
        return not profiles or self.store.save(profiles)
