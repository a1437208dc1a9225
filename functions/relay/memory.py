"""What is remembered of the people of one destination, read once and written once an invocation."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from relay.core.doubts import Doubt
from relay.core.events import Event
from relay.core.identifiers import BY_ADDRESS, keys_of
from relay.core.identity import MOST_STEPS, People
from relay.core.matching import Matching
from relay.core.outcomes import Deferred
from relay.core.profiles import Profile, object_key

# Without it a stale value could overwrite a newer one: events wait until the memory is back.
UNAVAILABLE = Deferred("memory_unavailable")
# What is written is remembered before more is: a crash loses little of it, and a deadline leaves time for it.
REMEMBERED_AT_ONCE = 2_500


class ProfileStore(Protocol):
    """Where profiles lie, by key. Whoever holds the destination's lease is alone with them."""

    def load(self, keys: Collection[str]) -> Mapping[str, Profile] | None:
        """Return the profiles that there are; None if they cannot be read."""
        ...

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        """Store profiles; False unless each is stored."""
        ...


class DoubtingStore:
    """A store of profiles that knows what HubSpot may have and nobody remembers.

    Stores what another one stores; use it from one invocation at a time.
    """

    def __init__(self, store: ProfileStore, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms
        self.doubt = Doubt()

    def load(self, keys: Collection[str]) -> Mapping[str, Profile] | None:
        """Return the profiles that there are; None if they cannot be read."""
        return self._store.load(keys)

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        """Store profiles; False unless each is stored, which leaves a doubt."""
        is_stored = self._store.save(profiles)
        if not is_stored:
            self.leave_doubt(max((each.resting_until_ms for each in profiles.values()), default=0))
        return is_stored

    def leave_doubt(self, resting_until_ms: int) -> None:
        """Note that HubSpot may have what nobody remembers, and be at work on it up to `resting_until_ms`."""
        self.doubt = self.doubt.and_also(Doubt(self._now_ms(), resting_until_ms))


def _following(profile: Profile) -> Iterator[str]:
    """Yield the keys to which a profile leads."""
    if profile.points_to:
        yield profile.points_to
    if profile.object_id:
        # What points to it from there is written only where it is news: a read costs a fifth of a write.
        yield object_key(profile.object_id)


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of one destination."""

    store: DoubtingStore

    def recall(
        self, events: Sequence[Event], matching: Matching = BY_ADDRESS
    ) -> Mapping[str, Profile] | Deferred:
        """Return whatever is remembered of those whom `events` name, by key."""
        found: dict[str, Profile] = {}
        asked: set[str] = set()
        keys = {key for event in events for key in keys_of(event, matching)}
        # Ids point to addresses, and addresses to those of their contacts.
        for _ in range(MOST_STEPS):
            if not keys:
                break
            loaded = self.store.load(keys)
            if loaded is None:
                return UNAVAILABLE
            found |= loaded
            asked |= keys
            keys = {key for profile in loaded.values() for key in _following(profile)} - asked
        return found

    def recall_more(self, people: People, keys: Iterable[str]) -> bool:
        """Let `people` know what is remembered under keys that no event has named; False if that fails."""
        keys = people.unknown(keys)
        loaded = self.store.load(keys) if keys else {}
        people.recall(loaded or {})
        return loaded is not None

    def recall_records(self, people: People, object_ids: Iterable[str]) -> bool:
        """Let `people` know what is remembered of records that HubSpot has named; False if that fails."""
        ids = list(object_ids)
        return self.recall_more(people, map(object_key, ids)) and self.recall_more(
            people, {people.holder_key(each) for each in ids} - {""}
        )

    def keep(self, profiles: Mapping[str, Profile]) -> bool:
        """Store profiles; False unless each is stored."""
        return not profiles or self.store.save(profiles)
