"""One sender's side of the bucket: what it hands out, when it writes, and what it forgets."""

from dataclasses import replace

import pytest

from relay.core.bucket import (
    HELD_MS,
    USE_WITHIN_MS,
    Bucket,
    Family,
    Learned,
    Limits,
    Observation,
    Window,
)
from relay.core.clocks import Skew
from relay.core.purse import (
    LOOK_AGAIN_MS,
    PATIENCE_MS,
    SETTLE_WITHIN_MS,
    TOKENS_PER_TAKE,
    NoToken,
    Purse,
    Stored,
    Token,
    Write,
)

BURST = Family.BURST
LIMITS = Limits(burst=20, clock_error_ms=0)
DAY_ENDS_MS = 86_400_000


def begin(purse: Purse, now_ms: int, wanted: int = TOKENS_PER_TAKE, nonce: str = "ours") -> Write:
    return purse.begin(BURST, wanted=wanted, now_ms=now_ms, day_ends_at_ms=DAY_ENDS_MS, nonce=nonce)


def write(purse: Purse, now_ms: int, wanted: int = TOKENS_PER_TAKE) -> Write:
    """Write, with nobody else in the way."""
    wish = begin(purse, now_ms, wanted)
    assert purse.stored(wish, Stored(wish.bucket), now_ms=now_ms, jitter=0.5)
    return wish


def pop(purse: Purse, now_ms: int) -> Token:
    found = purse.pop(BURST, now_ms)
    assert isinstance(found, Token)
    return found


def refused(purse: Purse, now_ms: int) -> NoToken:
    found = purse.pop(BURST, now_ms)
    assert isinstance(found, NoToken)
    return found


def full(limits: Limits = LIMITS) -> Purse:
    """Return the purse of a sender that has lent everything that there is."""
    purse = Purse(limits)
    for _ in range(limits.burst // TOKENS_PER_TAKE):
        write(purse, 1_000)
    return purse


def test_a_new_purse_asks_for_a_write_and_then_hands_out_ten_tokens() -> None:
    purse = Purse(LIMITS)

    assert purse.pop(BURST, 1_000) is None
    assert write(purse, 1_000).bucket.version == 1
    assert {pop(purse, 1_001).use_by_ms for _ in range(10)} == {1_000 + USE_WITHIN_MS}
    assert purse.pop(BURST, 1_002) is None


def test_a_token_is_for_its_own_family() -> None:
    purse = Purse(LIMITS)
    write(purse, 1_000)

    assert purse.pop(Family.SEARCH, 1_001) is None
    assert pop(purse, 1_001).family == BURST


def test_a_token_that_is_too_old_goes_back_unused() -> None:
    purse = Purse(LIMITS)
    write(purse, 1_000)

    assert purse.pop(BURST, 1_000 + USE_WITHIN_MS) is None
    assert write(purse, 3_000).bucket.used_today == 10
    assert len(purse.bucket.window(BURST).free_at_ms) == 10


def test_without_a_token_nothing_is_written_before_there_may_be_one() -> None:
    purse = full()
    purse.tokens.clear()
    lent_until_ms = 1_000 + 22_000

    found = refused(purse, 1_500)

    assert found.reason == "window_full"
    assert found.wait_ms == lent_until_ms - 1_500
    # The look-again time comes first: others may have settled meanwhile.
    assert found.retry_at_ms == purse.look_again_at_ms == 1_000 + LOOK_AGAIN_MS
    assert purse.pop(BURST, found.retry_at_ms) is None


def test_what_is_finished_is_settled_within_half_a_second_without_a_take() -> None:
    purse = full()
    token = pop(purse, 1_100)
    assert purse.write_by_ms() is None

    purse.settle(token, 1_350, None, 1_350)
    purse.settle(pop(purse, 1_400), 1_600, None, 1_600)

    assert purse.write_by_ms() == 1_350 + SETTLE_WITHIN_MS
    write(purse, 1_850, wanted=0)
    assert purse.write_by_ms() is None
    assert sorted(purse.bucket.window(BURST).free_at_ms)[:2] == [11_350, 11_600]


def test_a_waiter_writes_as_soon_as_its_sender_has_to_settle() -> None:
    purse = full()
    token = pop(purse, 1_100)
    purse.tokens.clear()
    purse.settle(token, 1_300, None, 1_300)

    assert refused(purse, 1_400).retry_at_ms == 1_300 + SETTLE_WITHIN_MS
    assert purse.pop(BURST, 1_800) is None


def test_what_ends_during_a_write_is_settled_by_the_next_one() -> None:
    purse = full()
    first, second = pop(purse, 1_100), pop(purse, 1_100)
    purse.settle(first, 1_300, None, 1_300)
    wish = begin(purse, 1_800, wanted=0)
    purse.settle(second, 1_805, None, 1_805)

    purse.stored(wish, Stored(wish.bucket), now_ms=1_810, jitter=0)

    assert [settlement.answered_at_ms for settlement in purse.settlements] == [1_805]
    assert purse.write_by_ms() == 1_800 + SETTLE_WITHIN_MS


def test_whoever_was_overtaken_keeps_its_settlements_and_sees_what_is_stored() -> None:
    purse = full()
    purse.settle(pop(purse, 1_100), 1_300, None, 1_300)
    wish = begin(purse, 1_400)
    theirs = replace(purse.bucket, version=9, nonce="theirs")

    assert not purse.stored(wish, Stored(theirs), now_ms=1_410, jitter=0)

    assert (purse.bucket, len(purse.settlements)) == (theirs, 1)
    assert purse.write_by_ms() == 1_300 + SETTLE_WITHIN_MS
    assert begin(purse, 1_500).bucket.version == 10


def test_a_write_that_was_applied_twice_is_recognised_by_its_nonce() -> None:
    purse = Purse(LIMITS)
    wish = begin(purse, 1_000)

    assert purse.stored(wish, Stored(wish.bucket, is_certain=False), now_ms=1_000, jitter=0)
    assert len(purse.tokens) == 10


@pytest.mark.parametrize("found", [None, replace(Bucket(), version=7, nonce="theirs")])
def test_after_an_unknown_write_nothing_is_lent_and_its_settlements_are_forgotten(
    found: Bucket | None,
) -> None:
    purse = full()
    purse.settle(pop(purse, 1_100), 1_300, None, 1_300)
    purse.tokens.clear()
    wish = begin(purse, 1_400)

    assert purse.stored(wish, Stored(found, is_certain=False), now_ms=1_410, jitter=0)

    assert (purse.tokens, purse.settlements, purse.write_by_ms()) == ([], [], None)
    assert purse.bucket.version == (found.version if found else 2)


def test_a_settlement_that_may_have_been_applied_would_free_the_token_of_another_call() -> None:
    """Why they are forgotten: the tokens of one take are known by the same time."""
    purse = full()
    first, second = pop(purse, 1_100), pop(purse, 1_100)
    purse.settle(first, 1_200, None, 1_200)
    applied = begin(purse, 1_300, wanted=0)
    purse.stored(applied, Stored(applied.bucket, is_certain=False), now_ms=1_310, jitter=0)
    unsettled = purse.bucket.window(BURST).free_at_ms.count(second.lent_free_at_ms)

    purse.stored(begin(purse, 1_400, wanted=0), Stored(None), now_ms=1_410, jitter=0)

    assert purse.bucket.window(BURST).free_at_ms.count(second.lent_free_at_ms) == unsettled == 19


def test_what_was_seen_outlives_an_unknown_write() -> None:
    purse = full()
    seen = Observation(1_300, blocked_until_ms={BURST: 9_000})
    purse.settle(pop(purse, 1_100), 1_300, seen, 1_300)
    purse.stored(begin(purse, 1_400), Stored(None), now_ms=1_410, jitter=0)

    assert write(purse, 1_500).bucket.window(BURST).blocked_until_ms == 9_000
    assert purse.observations == []


def test_what_every_answer_repeats_is_no_news() -> None:
    purse = full()
    seen = Observation(1_300, Learned(20, 1_000), day_remaining=990)
    purse.settle(pop(purse, 1_100), 1_300, seen, 1_300)
    write(purse, 1_400)

    purse.settle(pop(purse, 1_500), 1_600, replace(seen, at_ms=1_600), 1_600)

    assert purse.observations == []


@pytest.mark.parametrize(
    ("seen", "reason", "wait_ms"),
    [
        (Observation(400_000, blocked_until_ms={BURST: 460_000}), "blocked", 59_900),
        (Observation(400_000, day_is_spent=True), "day_spent", DAY_ENDS_MS - 400_100),
    ],
)
def test_hubspots_word_is_felt_before_it_is_written_also_by_tokens_at_hand(
    seen: Observation, reason: str, wait_ms: int
) -> None:
    purse = Purse(LIMITS)
    write(purse, 399_500)

    purse.settle(pop(purse, 399_600), 400_000, seen, 400_000)

    assert (refused(purse, 400_100).reason, refused(purse, 400_100).wait_ms) == (reason, wait_ms)
    assert (purse.tokens, len(purse.settlements)) == ([], 10)


def test_a_block_of_one_family_leaves_the_tokens_of_another() -> None:
    purse = full()
    seen = Observation(1_200, blocked_until_ms={Family.SEARCH: 60_000})

    purse.settle(pop(purse, 1_100), 1_200, seen, 1_200)

    assert pop(purse, 1_300).family == BURST


def test_the_more_often_another_was_first_the_longer_a_sender_waits_beyond_the_first_chance() -> None:
    bucket = Bucket(version=1, windows={BURST: Window((30_000,) * 20)}, day_ends_at_ms=DAY_ENDS_MS)
    waits = []
    purse = Purse(LIMITS, bucket)
    for version in range(2, 9):
        wish = begin(purse, 28_000)
        theirs = replace(bucket, version=version, nonce="theirs")
        purse.stored(wish, Stored(theirs), now_ms=28_000, jitter=0.5)
        waits.append(refused(purse, 28_000).retry_at_ms - 30_000)

    assert waits == [PATIENCE_MS * n // 2 for n in (1, 2, 3, 4, 4, 4, 4)]
    write(purse, 30_000)
    assert purse.patience_ms == 0


def test_at_the_end_every_token_at_hand_is_given_back() -> None:
    purse = full()
    pop(purse, 1_100)

    purse.give_back(1_200)
    write(purse, 1_200, wanted=0)

    assert len(purse.bucket.window(BURST).free_at_ms) == 1
    assert purse.bucket.used_today == 1
    assert purse.tokens == []


def test_what_is_known_of_limits_from_elsewhere_is_heeded_at_once_and_written_once() -> None:
    purse = Purse(LIMITS)
    purse.tell(Observation(1_000, Learned(time_zone="Asia/Tokyo"), blocked_until_ms={BURST: 5_000}), 1_000)

    assert purse.time_zone == "Asia/Tokyo"
    assert write(purse, 1_100).taken.lent == 0
    assert refused(purse, 1_200).reason == "blocked"
    assert purse.bucket.learned.time_zone == "Asia/Tokyo"
    assert purse.observations == []


def test_what_the_bucket_knows_already_is_not_told_again() -> None:
    purse = Purse(LIMITS, Bucket(learned=Learned(time_zone="Asia/Tokyo")))

    purse.tell(Observation(1_000, Learned(time_zone="Asia/Tokyo")), 1_000)

    assert purse.observations == []


def test_a_call_is_given_up_ten_seconds_after_it_may_begin_at_the_latest() -> None:
    assert Token(BURST, lent_free_at_ms=0, use_by_ms=3_000).answer_by_ms == 13_000


def test_tokens_come_back_by_the_earliest_time_and_answers_count_from_the_latest() -> None:
    purse = Purse(replace(LIMITS, burst=1))
    purse.believe(Skew(-300, 700))

    wish = write(purse, 1_000)
    assert wish.taken.taken_at_ms == 700
    assert wish.taken.free_at_ms == 1_700 + HELD_MS + 10_000
    token = pop(purse, 1_000)
    assert token.use_by_ms == 1_000 + USE_WITHIN_MS

    purse.settle(token, 1_200, None, 1_200)
    assert write(purse, 1_300, wanted=0).bucket.window(BURST).free_at_ms == (1_900 + 10_000,)
    assert begin(purse, 12_199).taken.lent == 0
    assert begin(purse, 12_200).taken.lent == 1


def test_when_the_time_was_set_everything_lapses_that_is_at_hand_or_to_be_settled() -> None:
    purse = Purse(LIMITS)
    purse.believe(Skew(0, 10, sets=1))
    write(purse, 1_000)
    purse.settle(pop(purse, 1_000), 1_100, None, 1_100)
    under_way = begin(purse, 1_200)

    purse.believe(Skew(0, 10, sets=2))

    assert (purse.tokens, purse.settlements, purse.write_by_ms()) == ([], [], None)
    # What the write has lent was lent by the former time.
    assert purse.stored(under_way, Stored(under_way.bucket), now_ms=1_300, jitter=0.5)
    assert purse.tokens == []
    # It is not free, but lapses.
    assert len(purse.bucket.window(BURST).free_at_ms) == LIMITS.burst


def test_a_time_that_is_better_known_takes_nothing_away() -> None:
    purse = Purse(LIMITS)
    purse.believe(Skew(-500, 500))
    write(purse, 1_000)
    purse.believe(Skew(-10, 10))

    assert len(purse.tokens) == TOKENS_PER_TAKE
