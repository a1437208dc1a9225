"""What others do, played in the same virtual time: a token bucket, and a counter for fixed windows.

Either is an item that all senders share, at the price of one conditional write a call. They are flattered: no
write collides with another, so that one fails only for want of a token, and no answer of the table is lost.
"""

from collections import Counter
from typing import Protocol

from cli.bench.virtual import EPOCH_MS, WINDOW_MS, Engine, Outcome, Schedule

# A thread that was refused asks again when its token should be there, and up to this much later.
JITTER_MS = 25


class Rule(Protocol):
    """Decides on one call."""

    def take(self, now_ms: int) -> int:
        """Grant a call and return 0, or return how long it has to wait."""
        ...


class TokenBucket:
    """As many tokens as the limit, refilled steadily at the limit's own rate."""

    def __init__(self, limit: int) -> None:
        # In parts of a token: a millisecond brings `limit` of them, a window of milliseconds makes one token.
        self.limit = limit
        self.parts = limit * WINDOW_MS
        self.filled_at_ms = EPOCH_MS

    def take(self, now_ms: int) -> int:
        """Refill and take one token, or say when there is one."""
        # A clock that is behind must not move the mark: the same time would be refilled twice.
        passed_ms = max(0, now_ms - self.filled_at_ms)
        self.filled_at_ms += passed_ms
        self.parts = min(self.limit * WINDOW_MS, self.parts + self.limit * passed_ms)
        if self.parts < WINDOW_MS:
            return -((self.parts - WINDOW_MS) // self.limit)
        self.parts -= WINDOW_MS
        return 0


class FixedWindow:
    """A counter for every ten seconds of the clock."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken: Counter[int] = Counter()

    def take(self, now_ms: int) -> int:
        """Count one call, or say when the next window begins."""
        window, passed_ms = divmod(now_ms, WINDOW_MS)
        if self.taken[window] >= self.limit:
            return WINDOW_MS - passed_ms
        self.taken[window] += 1
        return 0


class Thread:
    """Always has something to send, and asks the table before each call."""

    def __init__(self, engine: Engine, rule: Rule, skew_ms: int) -> None:
        self.engine = engine
        self.rule = rule
        self.skew_ms = skew_ms
        engine.after(engine.dice.uniform(0, 50), self.ask)

    def ask(self) -> None:
        """Ask for a token, if there is something to send; the write is on its way for a moment."""
        idle_for_ms = self.engine.idle_for_ms()
        if idle_for_ms:
            self.engine.after(idle_for_ms, self.ask)
            return
        asked_at_ms = self.engine.now_ms + self.skew_ms + EPOCH_MS
        self.engine.after(self.engine.dice.uniform(1, 6), lambda: self.arrive(asked_at_ms))

    def arrive(self, asked_at_ms: int) -> None:
        """Play the table: DynamoDB has no clock of its own, so the sender's decides."""
        self.engine.outcome.writes += 1
        wait_ms = self.rule.take(asked_at_ms)
        self.engine.after(self.engine.dice.uniform(1, 6), lambda: self.answered(wait_ms))

    def answered(self, wait_ms: int) -> None:
        """Call, or wait and ask again."""
        if wait_ms:
            self.engine.after(wait_ms + self.engine.dice.uniform(0, JITTER_MS), self.ask)
        else:
            self.engine.call(lambda _: self.ask())


def play(rule: Rule, schedule: Schedule) -> Outcome:
    """Let all threads of all workers share one rule."""
    engine = Engine(schedule)
    for _ in range(schedule.workers):
        skew_ms = engine.dice.randint(-schedule.skew_ms, schedule.skew_ms)
        for _ in range(schedule.threads):
            Thread(engine, rule, skew_ms)
    return engine.run()
