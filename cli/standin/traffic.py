"""The calls of the last minutes by endpoint and status: no body, and nothing that names a person. Pure."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

# As long as a person looks back who waits for something to happen.
MINUTES = 15


def traffic_of(calls: Sequence[Mapping[str, Any]], now_ms: int) -> Mapping[str, Any]:
    """Return how many calls of each kind came in the last minutes, the most frequent first.

    Calls of one kind have the same method, endpoint and status; one that got no answer has status 0.
    """
    since_ms = now_ms - MINUTES * 60_000
    kinds: dict[tuple[str, str, int], dict[str, Any]] = {}
    # The calls are in the order of time, and there may be many.
    for call in takewhile(lambda call: call["at_ms"] >= since_ms, reversed(calls[:])):
        kind = call["method"], call["endpoint"] or "(unknown)", call["status"]
        found = kinds.setdefault(kind, {"calls": 0, "inputs": 0, "ms": 0.0})
        found["calls"] += 1
        found["inputs"] += call["inputs"] or 0
        found["ms"] += call["ms"]
    rows = [
        {
            "method": method,
            "endpoint": endpoint,
            "status": status,
            **found,
            "ms": found["ms"] / found["calls"],
        }
        for (method, endpoint, status), found in kinds.items()
    ]
    return {"minutes": MINUTES, "endpoints": sorted(rows, key=lambda row: (-row["calls"], row["endpoint"]))}
