"""Schedules for the simulation: what one draws at random, and what must hold in each."""

import random

from cli.bench.simulation import simulate
from cli.bench.virtual import Outcome, Schedule
from relay.core.bucket import HELD_MS

# What a clock that is set may be set by.
JUMPS_MS = (-600_000, -60_000, -5_000, -1_000, -300, 300, 1_000, 5_000, 60_000, 600_000)
# Divides the epoch of the runs, so that a midnight falls into the first 20 s.
DAY_MS = 20_000


def schedule(seed: int) -> Schedule:
    """Return a schedule with a bit of everything that may go wrong."""
    dice = random.Random(seed)
    limit = dice.choice((1, 5, 20, 50, 100, 190, 250))
    idle_from_ms = dice.randint(0, 20_000)
    has_days = dice.random() < 0.3
    return Schedule(
        seed=seed,
        limit=limit,
        workers=dice.randint(1, 20),
        destinations=dice.choice((1, 1, 2)),
        threads=dice.randint(1, 24),
        duration_ms=34_000,
        round_trip_ms=dice.choice((50, 250, 1_000, 2_000)),
        surges=dice.choice((0, 0.05, 0.5)),
        lost_answers=dice.choice((0, 0.02, 0.2)),
        unknown_writes=dice.choice((0, 0.02, 0.2)),
        crashes=dice.choice((0, 0.05, 0.3)),
        skew_ms=100,
        clock_error_ms=100,
        idle_from_ms=idle_from_ms,
        idle_until_ms=idle_from_ms + dice.choice((0, 5_000, 14_000)),
        day=dice.randint(1, 3 * limit) if has_days else 1_000_000,
        day_ms=DAY_MS if has_days else 86_400_000,
        change=(dice.randint(5_000, 20_000), dice.randint(1, 250)) if dice.random() < 0.3 else None,
        wall_ms=dice.choice((100, 5_000, 600_000)),
        jump=dice.choice((0, 0.05, 0.5)),
        jumps_ms=JUMPS_MS,
        together=dice.random() < 0.3,
        drift_ppm=dice.choice((0, 100, 500)),
    )


def check(plan: Schedule) -> Outcome:
    """Play a schedule; whatever happens in it, neither limit is ever exceeded."""
    outcome = simulate(plan)
    limits = [plan.limit, *([plan.change[1]] if plan.change else [])]
    assert outcome.most_in_window() <= max(limits), plan
    if plan.change:
        # What was lent before the change may be used for as long as it may be held.
        changed_at_ms = plan.change[0] + HELD_MS + 2 * plan.skew_ms
        assert outcome.most_in_window(changed_at_ms) <= plan.change[1], plan
    assert outcome.most_in_day(plan.day_ms) <= plan.day, plan
    return outcome
