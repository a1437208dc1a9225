"""The token bucket's arithmetic, and the one promise that it makes."""

import heapq
import itertools
import random
from bisect import bisect_right

import pytest

from relay.core.bucket import (
    CALL_DEADLINE_MS,
    CLOCK_ERROR_MS,
    HELD_MS,
    USE_WITHIN_MS,
    WINDOW_MS,
    Bucket,
    Settlement,
    pack_offsets,
    settle,
    take,
    unpack_offsets,
)

LENT_FOR = HELD_MS + WINDOW_MS + 2 * CLOCK_ERROR_MS


def test_a_fresh_bucket_lends_what_is_wanted_up_to_its_limit() -> None:
    taken = take(Bucket(), wanted=10, limit=7, now_ms=0)

    assert (taken.lent, taken.free_at_ms, taken.wait_ms) == (7, LENT_FOR, 0)
    assert taken.bucket.free_at_ms == (LENT_FOR,) * 7


def test_an_empty_bucket_says_how_long_until_there_is_a_token() -> None:
    empty = take(Bucket(), wanted=7, limit=7, now_ms=0).bucket

    taken = take(empty, wanted=1, limit=7, now_ms=1_000)

    assert (taken.lent, taken.wait_ms) == (0, LENT_FOR - 1_000)
    assert take(empty, wanted=1, limit=7, now_ms=LENT_FOR).lent == 1


def test_a_lowered_limit_waits_for_as_many_as_are_too_many() -> None:
    bucket = Bucket(free_at_ms=(100, 200, 300))

    assert take(bucket, wanted=1, limit=2, now_ms=0).wait_ms == 200
    assert take(bucket, wanted=1, limit=2, now_ms=200).lent == 1


def test_wanting_nothing_only_forgets_what_has_come_back() -> None:
    taken = take(Bucket(free_at_ms=(100, 200)), wanted=0, limit=1, now_ms=150)

    assert (taken.lent, taken.wait_ms, taken.bucket.free_at_ms) == (0, 0, (200,))


def test_an_answered_call_gives_its_token_back_a_window_after_the_answer() -> None:
    lent = take(Bucket(), wanted=2, limit=2, now_ms=0)

    settled = settle(lent.bucket, [Settlement(lent.free_at_ms, answered_at_ms=300)])

    assert settled.free_at_ms == (300 + WINDOW_MS + 2 * CLOCK_ERROR_MS, LENT_FOR)


def test_an_unused_token_is_free_at_once() -> None:
    lent = take(Bucket(), wanted=2, limit=2, now_ms=0)

    assert settle(lent.bucket, [Settlement(lent.free_at_ms, None)]).free_at_ms == (LENT_FOR,)


def test_a_token_that_has_lapsed_frees_no_other() -> None:
    bucket = Bucket(free_at_ms=(LENT_FOR,))

    assert settle(bucket, [Settlement(7, None), Settlement(8, 100)]) == bucket


def test_the_times_of_the_largest_limit_take_two_bytes_each() -> None:
    times = tuple(range(1_000, 1_250))

    packed = pack_offsets(times, base_ms=1_000)

    assert len(packed) == 500
    assert unpack_offsets(packed, base_ms=1_000) == times


def test_every_time_that_a_take_can_write_can_be_packed() -> None:
    assert unpack_offsets(pack_offsets((7, LENT_FOR + CLOCK_ERROR_MS), 10), 10) == (
        10,
        LENT_FOR + CLOCK_ERROR_MS,
    )


class Simulation:
    """Senders that share one bucket; a server counts their calls somewhere between sending and answer.

    Each sender's clock is wrong by a constant, up to half of what the bucket allows for in either direction.
    """

    def __init__(self, seed: int, limit: int, senders: int) -> None:
        self.dice = random.Random(seed)
        self.limit = limit
        self.skew = [self.dice.randint(-CLOCK_ERROR_MS // 2, CLOCK_ERROR_MS // 2) for _ in range(senders)]
        self.bucket = Bucket()
        self.counted: list[int] = []
        self.tie = itertools.count()
        self.answers: list[tuple[int, int, int, Settlement]] = []
        self.settlements: dict[int, list[Settlement]] = {sender: [] for sender in range(senders)}

    def run(self) -> int:
        """Play 90 seconds; return the most calls that the server has counted in any window."""
        for now in range(0, 90_000, 40):
            while self.answers and self.answers[0][0] <= now:
                _, _, sender, settlement = heapq.heappop(self.answers)
                self.settlements[sender].append(settlement)
            self.step(now, self.dice.choice(list(self.settlements)))
        return most_in_window(self.counted)

    def step(self, now: int, sender: int) -> None:
        """One sender settles and takes; now and then it crashes, and what it knew is never written."""
        settled = settle(self.bucket, [] if self.dice.random() < 0.02 else self.settlements[sender])
        self.settlements[sender] = []
        wanted = self.dice.randint(0, 10)
        taken = take(settled, wanted=wanted, limit=self.limit, now_ms=now + self.skew[sender])
        self.bucket = taken.bucket
        for _ in range(taken.lent):
            self.use(now, sender, taken.free_at_ms)

    def use(self, now: int, sender: int, known_as: int) -> None:
        """One token: given back unused, used and answered, or used and never heard of again."""
        fate = self.dice.random()
        if fate < 0.1:
            self.hear(now + 500, sender, Settlement(known_as, None))
            return
        sent = now + self.dice.randint(0, USE_WITHIN_MS)
        answered = sent + (self.dice.randint(50, 2_000) if fate < 0.9 else CALL_DEADLINE_MS)
        self.counted.append(self.dice.randint(sent, answered))
        if fate < 0.97:
            self.hear(answered, sender, Settlement(known_as, answered + self.skew[sender]))

    def hear(self, at: int, sender: int, settlement: Settlement) -> None:
        heapq.heappush(self.answers, (at, next(self.tie), sender, settlement))


def most_in_window(times: list[int]) -> int:
    ordered = sorted(times)
    return max(n + 1 - bisect_right(ordered, at - WINDOW_MS) for n, at in enumerate(ordered))


@pytest.mark.parametrize("seed", range(60))
def test_no_window_ever_holds_more_calls_than_the_limit(seed: int) -> None:
    dice = random.Random(seed)
    simulation = Simulation(seed, limit=dice.choice([1, 5, 20, 100]), senders=dice.randint(1, 8))

    assert simulation.run() <= simulation.limit
    assert simulation.counted


def test_the_simulation_would_notice_a_bucket_that_refills_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.core.bucket.WINDOW_MS", WINDOW_MS - 3_000)

    assert any(Simulation(seed, limit=20, senders=4).run() > 20 for seed in range(10))
