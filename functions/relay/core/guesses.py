"""How many questions strangers may cause: names that there may not be, secrets that may be old. Pure.

A question whose answer was worth it costs nothing, so who uses what there is never runs out of them.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Guesses:
    """A bucket of questions: `burst` at most, one more each `every_ms`.

    `reserved` of them are not for who is heard of for the first time: made-up names are new each time, and a
    new name that is right comes again.
    """

    burst: int
    reserved: int
    every_ms: int
    _left: float = -1.0
    _at_ms: int = 0

    def take(self, now_ms: int, *, is_new: bool) -> bool:
        """Take a question; False if there is none left for such a name."""
        if self._left < 0:
            self._left = self.burst
        # A clock that was set back gives nothing.
        self._left = min(self.burst, self._left + max(0, now_ms - self._at_ms) / self.every_ms)
        self._at_ms = now_ms
        if self._left < 1 + (self.reserved if is_new else 0):
            return False
        self._left -= 1
        return True

    def give_back(self) -> None:
        """Give back a question whose answer was worth it."""
        self._left = min(self.burst, self._left + 1)
