"""The portal's time, which a test sets instead of waiting."""

import time
from collections.abc import Callable
from dataclasses import dataclass


def _system_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Clock:
    """Milliseconds since 1970: `now_ms` may be replaced by any function that gives them."""

    now_ms: Callable[[], int] = _system_ms
