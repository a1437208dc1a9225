"""What is remembered of the companies of one settling, and what becomes news of them."""

from collections.abc import Iterable

from relay.core.profiles import Profile
from relay.memory import ProfileStore

_NOTHING = Profile()


def gone(profile: Profile) -> Profile:
    """Return what is remembered of a company whose record is gone: its people are due to another one."""
    return Profile(
        at_ms=profile.at_ms,
        creating_at_ms=profile.creating_at_ms,
        resting_until_ms=profile.resting_until_ms,
        linked=(profile.object_id,) if profile.object_id else profile.linked,
    )


class CompanyMemory:
    """Profiles by key: as they are stored, and as they are now."""

    def __init__(self, store: ProfileStore) -> None:
        self._store = store
        self._asked: set[str] = set()
        self._stored: dict[str, Profile] = {}
        self._now: dict[str, Profile] = {}

    def recall(self, keys: Iterable[str]) -> bool:
        """Read what is stored under keys that were not asked for yet; False if that fails."""
        keys = frozenset(keys) - self._asked
        loaded = self._store.load(keys) if keys else {}
        if loaded is None:
            return False
        self._asked |= keys
        self._stored |= loaded
        self._now |= loaded
        return True

    def of(self, key: str) -> Profile:
        """Return what is known under a key by now."""
        return self._now.get(key, _NOTHING)

    def learn(self, key: str, profile: Profile) -> None:
        """Take note of what is known under a key now."""
        self._now[key] = profile

    def keep(self) -> bool:
        """Store what is news; False unless all of it is stored."""
        news = {key: each for key, each in self._now.items() if each != self._stored.get(key, _NOTHING)}
        is_kept = not news or self._store.save(news)
        if is_kept:
            self._stored |= news
        return is_kept
