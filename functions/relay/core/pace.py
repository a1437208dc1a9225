"""How many events a second one execution environment takes in, by name, counted in its memory. Pure.

This is the generic cell rate algorithm: for each name, the time until which its limit is used up. A request
goes through while that lies at most a burst ahead, and moves it on by what its events take. So a batch of any
size is taken whole, those after it wait until it is paid for, and the average holds. Times are those of a
clock that never goes back, in milliseconds.
"""

from dataclasses import dataclass, field
from itertools import islice

# How far ahead a default limit may be used up: what has piled up at its sender may come at once.
BURST_MS = 10_000
# Names are those of destinations and write keys that somebody has set up. Whoever has that many has a hundred
# bytes for each of them.
MAX_NAMES = 1_000


@dataclass(slots=True)
class OwnPace:
    """The limits of one execution environment; each has its own, so `limit` holds for each of them."""

    # In microseconds: at 5,000 events a second one takes 200. Those that were asked for last stand last.
    _until_us: dict[str, int] = field(default_factory=dict)

    def wait_ms(self, name: str, now_ms: int) -> int:
        """Return 0 if events of `name` may be taken now, else in how many milliseconds."""
        ahead_us = self._until_us.get(name, 0) - (now_ms + BURST_MS) * 1000
        return max(0, -(-ahead_us // 1000))

    def take(self, name: str, events: int, limit: int, now_ms: int) -> None:
        """Count events of `name`, of which `limit` may be taken a second."""
        begin_us = max(self._until_us.pop(name, 0), now_ms * 1000)
        self._until_us[name] = begin_us + events * 1_000_000 // limit
        if len(self._until_us) > MAX_NAMES:
            self._forget(now_ms * 1000)

    def _forget(self, now_us: int) -> None:
        """Let go of those that owe nothing, and of those that were asked for longest ago."""
        owing = {name: until_us for name, until_us in self._until_us.items() if until_us > now_us}
        self._until_us = dict(islice(owing.items(), max(0, len(owing) - MAX_NAMES), None))
