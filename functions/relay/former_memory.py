"""A memory that has a part under a former name: whatever is read of that part moves to where it belongs.

So nothing old comes back after it was overwritten or erased: once read or written, it lies in one place.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from relay.core.former_profiles import united
from relay.core.profiles import Profile
from relay.memory import ProfileStore

# Some megabytes. Whoever is forgotten costs a deletion of nothing.
MOST_MOVED = 50_000


@dataclass(frozen=True, slots=True)
class MovingStore:
    """The profiles of an account, some of which still lie in `former`; use it while both are held.

    `moved` are keys under which nothing lies in `former` any more.
    """

    own: ProfileStore
    former: ProfileStore
    moved: set[str] = field(default_factory=set)

    def load(self, keys: Collection[str]) -> Mapping[str, Profile] | None:
        """Return the profiles that there are; None if they cannot be read, or not be moved."""
        own, former = self.own.load(keys), self.former.load([key for key in keys if key not in self.moved])
        if own is None or former is None:
            return None
        arrived = {key: united(own.get(key, Profile()), each) for key, each in former.items()}
        if arrived and not (self.own.save(arrived) and self._erase(arrived)):
            return None
        self._note(keys)
        return {**own, **arrived}

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        """Store profiles; False unless each is stored, and nothing older lies in `former`."""
        left = profiles.keys() - self.moved
        if not self.own.save(profiles) or (left and not self._erase(left)):
            return False
        self._note(left)
        return True

    def look_again(self) -> None:
        """Believe no longer that nothing lies in `former`: others may write there from now on."""
        self.moved.clear()

    def _erase(self, keys: Collection[str]) -> bool:
        return self.former.save(dict.fromkeys(keys, Profile()))

    def _note(self, keys: Collection[str]) -> None:
        if len(self.moved) + len(keys) > MOST_MOVED:
            self.moved.clear()
        self.moved.update(keys)
