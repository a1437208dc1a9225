"""A memory that has a part under a former name: whatever is read of that part moves to where it belongs.

So nothing old comes back after it was overwritten or erased: once read, it lies in one place.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from relay.core.former_profiles import united
from relay.core.profiles import Profile
from relay.memory import ProfileStore


@dataclass(frozen=True, slots=True)
class MovingStore:
    """The profiles of an account, some of which still lie in `former`; use it while both are held."""

    own: ProfileStore
    former: ProfileStore

    def load(self, keys: Collection[str]) -> Mapping[str, Profile] | None:
        """Return the profiles that there are; None if they cannot be read, or not be moved."""
        own, former = self.own.load(keys), self.former.load(keys)
        if own is None or former is None:
            return None
        moved = {key: united(own.get(key, Profile()), each) for key, each in former.items()}
        if moved and not (self.own.save(moved) and self.former.save(dict.fromkeys(moved, Profile()))):
            return None
        return {**own, **moved}

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        """Store profiles; False unless each is stored. What is erased is erased in both places."""
        erased = {key: each for key, each in profiles.items() if each == Profile()}
        return self.own.save(profiles) and (not erased or self.former.save(erased))
