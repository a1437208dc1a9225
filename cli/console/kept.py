"""A value that costs a call of AWS, read anew only after a while, however many pages ask for it."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """What `read` returns, for `for_s` seconds; what it raises is not kept. Safe to use from threads."""

    def __init__(
        self, read: Callable[[], T], for_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._for_s = for_s
        self._clock = clock
        self._lock = threading.Lock()
        # Empty or with one value, since None may be a value.
        self._values: list[T] = []
        self._until = 0.0

    def value(self) -> T:
        """Return the value; whoever asks meanwhile waits for the same reading."""
        with self._lock:
            if not self._values or self._clock() >= self._until:
                self._values[:] = [self._read()]
                self._until = self._clock() + self._for_s
            return self._values[0]

    def forget(self) -> None:
        """Let the next one who asks read it anew."""
        with self._lock:
            self._values.clear()
