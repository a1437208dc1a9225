"""How much of HubSpot's limit the bucket lets through, and what it costs, beside what others do.

Virtual time: a quarter of an hour takes seconds, and the same seed gives the same figures. The load stands
for 800 s, over which use is measured. Then nothing is sent for 15 s, which makes the others let too much
through: a token bucket fills up meanwhile, and the load comes back in the middle of a fixed window.
"""

import json
from collections.abc import Callable, Mapping
from itertools import product
from statistics import mean

from cli.bench.rivals import FixedWindow, TokenBucket, play
from cli.bench.simulation import simulate
from cli.bench.sizes import item_size
from cli.bench.virtual import EPOCH_MS, WINDOW_MS, Outcome, Schedule
from relay.adapters.bucket_item import to_item

Play = Callable[[Schedule], Outcome]

LIMITS = (100, 190)
WORKERS = (1, 2, 4, 16)
ALGORITHMS: Mapping[str, Play] = {
    "relay": simulate,
    "token_bucket": lambda schedule: play(TokenBucket(schedule.limit), schedule),
    "fixed_window": lambda schedule: play(FixedWindow(schedule.limit), schedule),
}
# The first calls are no standing load yet.
MEASURED_FROM_MS = 15_000
MEASURED_FOR_MS = 800_000
IDLE_FROM_MS = 830_000
IDLE_UNTIL_MS = 845_000
DURATION_MS = 870_000


def measure() -> None:
    """Print one line for each limit, number of workers and algorithm."""
    for limit, workers, algorithm in product(LIMITS, WORKERS, ALGORITHMS):
        _print(algorithm, a_schedule(limit, workers))


def a_schedule(limit: int, workers: int) -> Schedule:
    """Return a standing load with a pause before its end."""
    return Schedule(
        seed=1,
        limit=limit,
        workers=workers,
        duration_ms=DURATION_MS,
        idle_from_ms=IDLE_FROM_MS,
        idle_until_ms=IDLE_UNTIL_MS,
    )


def bound(schedule: Schedule) -> float:
    """Return the most that any bucket can use whose tokens come back a window after the answer."""
    lost_ms = schedule.round_trip_ms + 2 * schedule.clock_error_ms
    return WINDOW_MS / (WINDOW_MS + lost_ms)


def utilisation(outcome: Outcome, limit: int) -> float:
    """Return the share of the limit that is used under the standing load."""
    # Calls come in bursts, of which one more or less would be over 1 %: no single cut would do.
    starts_ms = range(MEASURED_FROM_MS, MEASURED_FROM_MS + WINDOW_MS, WINDOW_MS // 100)
    return mean(outcome.utilisation(limit, at_ms, at_ms + MEASURED_FOR_MS) for at_ms in starts_ms)


def item_bytes(outcome: Outcome) -> int:
    """Return the size of the bucket's item, without its key, by DynamoDB's rules."""
    return item_size(to_item(outcome.bucket, EPOCH_MS + DURATION_MS))


def _print(algorithm: str, schedule: Schedule) -> None:
    outcome = ALGORITHMS[algorithm](schedule)
    used = utilisation(outcome, schedule.limit)
    fields = {
        "bench": "bucket",
        "algorithm": algorithm,
        "limit": schedule.limit,
        "workers": schedule.workers,
        "threads": schedule.threads,
        "max_in_window": outcome.most_in_window(),
        "utilisation": round(used, 3),
        "of_bound": round(used / bound(schedule), 3),
        "writes_per_call": round(outcome.writes / len(outcome.counted_ms), 2),
        "item_bytes": item_bytes(outcome) if algorithm == "relay" else None,
    }
    print(json.dumps(fields), flush=True)
