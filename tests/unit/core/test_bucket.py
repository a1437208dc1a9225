"""The token bucket's arithmetic. That it never lends too much is checked by tests/simulation."""

from dataclasses import replace

import pytest

from relay.core.bucket import (
    AT_LEAST,
    DAY_SETTLES_MS,
    HELD_MS,
    LONGEST_DAY_MS,
    WINDOW_MS,
    WRONG_AFTER_MS,
    Bucket,
    Family,
    Learned,
    Limits,
    Observation,
    Settlement,
    Take,
    Want,
    Window,
    observe,
    roll_over,
    settle,
    take,
    until_free,
)

BURST, SEARCH, ASSOCIATIONS = Family.BURST, Family.SEARCH, Family.ASSOCIATIONS
LIMITS = Limits(burst=7, day=1_000, clock_error_ms=100)
LENT_FOR = HELD_MS + 10_000 + 200
DAY_MS = 86_400_000


def lend(bucket: Bucket, tokens: int, now_ms: int = 0, limits: Limits = LIMITS, at_least: int = 1) -> Take:
    return take(bucket, Want(BURST, tokens, at_least), limits, now_ms)


def burst(*free_at_ms: int, used_today: int = 0, day_ends_at_ms: int = 0) -> Bucket:
    windows = {BURST: Window(free_at_ms)}
    return Bucket(windows=windows, used_today=used_today, day_ends_at_ms=day_ends_at_ms)


def times(bucket: Bucket, family: Family = BURST) -> tuple[int, ...]:
    return bucket.window(family).free_at_ms


def test_a_fresh_bucket_lends_what_is_wanted_up_to_its_limit() -> None:
    taken = lend(Bucket(), 10)

    assert (taken.lent, taken.free_at_ms, taken.wait_ms, taken.reason) == (7, LENT_FOR, 0, "")
    assert times(taken.bucket) == (LENT_FOR,) * 7


def test_an_empty_bucket_says_how_long_until_there_is_a_token() -> None:
    empty = lend(Bucket(), 7).bucket

    taken = lend(empty, 1, 1_000)

    assert (taken.lent, taken.wait_ms, taken.reason) == (0, LENT_FOR - 1_000, "window_full")
    assert lend(empty, 1, LENT_FOR).lent == 1


def test_a_nearly_full_window_lends_several_or_none() -> None:
    limits = Limits(burst=100)
    bucket = burst(*[1_000 + n for n in range(100)])

    few = lend(bucket, 10, 1_003, limits, AT_LEAST)
    enough = lend(bucket, 10, 1_004, limits, AT_LEAST)

    assert (few.lent, few.wait_ms, enough.lent) == (0, 1, 5)
    assert lend(bucket, 2, 1_001, limits, AT_LEAST).lent == 2


def test_a_small_limit_lends_single_tokens() -> None:
    assert lend(burst(*[1_000] * 6), 10, at_least=AT_LEAST).lent == 1


def test_a_lowered_limit_waits_for_as_many_as_are_too_many() -> None:
    limits = Limits(burst=2)

    assert lend(burst(100, 200, 300), 1, limits=limits).wait_ms == 200
    assert lend(burst(100, 200, 300), 1, 200, limits).lent == 1


def test_wanting_nothing_only_forgets_what_has_come_back() -> None:
    taken = lend(burst(100, 200), 0, 150, Limits(burst=1))

    assert (taken.lent, taken.wait_ms, times(taken.bucket)) == (0, 0, (200,))


def test_an_answered_call_gives_its_token_back_a_window_after_the_answer() -> None:
    lent = lend(Bucket(), 2)

    settled = settle(lent.bucket, [Settlement(BURST, lent.free_at_ms, answered_at_ms=300)], LIMITS)

    assert times(settled) == (300 + 10_000 + 200, LENT_FOR)
    assert settled.used_today == 2


def test_an_unused_token_is_free_at_once_and_was_not_used_today() -> None:
    lent = lend(Bucket(), 2)

    settled = settle(lent.bucket, [Settlement(BURST, lent.free_at_ms, None)], LIMITS)

    assert (times(settled), settled.used_today) == ((LENT_FOR,), 1)


def test_a_token_that_has_lapsed_frees_no_other() -> None:
    bucket = burst(LENT_FOR, used_today=1)

    assert settle(bucket, [Settlement(BURST, 7, None), Settlement(BURST, 8, 100)], LIMITS) == bucket


def test_families_are_counted_apart_but_share_the_day() -> None:
    limits = Limits(burst=1, search=5, associations=3)
    bucket = Bucket()
    for family in Family:
        bucket = take(bucket, Want(family, 10), limits, 0).bucket

    assert [len(times(bucket, family)) for family in (BURST, SEARCH, ASSOCIATIONS)] == [1, 5, 3]
    assert bucket.used_today == 9
    assert set(times(bucket, SEARCH)) == {HELD_MS + WINDOW_MS[SEARCH] + 200}


def test_the_day_is_lent_to_its_last_call_and_then_waits_for_its_end() -> None:
    bucket = Bucket(used_today=997, day_ends_at_ms=50_000)

    last = lend(bucket, 10, 1_000)
    after = lend(last.bucket, 1, 2_000)

    assert last.lent == 3
    assert (after.lent, after.wait_ms, after.reason) == (0, 48_000 + 100, "day_spent")


def test_a_new_day_begins_after_the_old_ones_end_and_counts_what_may_fall_into_it() -> None:
    # The first was answered before midnight; the second may count for the new day, the third is still lent.
    bucket = burst(59_999, 60_000, 70_000, used_today=900, day_ends_at_ms=50_000)

    early = roll_over(bucket, day_ends_at_ms=99_000, limits=LIMITS, now_ms=50_099)
    late = roll_over(bucket, day_ends_at_ms=99_000, limits=LIMITS, now_ms=50_100)

    assert early == bucket
    assert (late.used_today, late.day_began_at_ms, late.day_ends_at_ms) == (2, 50_100, 99_000)


def test_the_first_day_begins_without_an_end_of_another() -> None:
    first = roll_over(Bucket(used_today=5), day_ends_at_ms=99_000, limits=LIMITS, now_ms=1)

    assert (first.used_today, first.day_began_at_ms, first.day_ends_at_ms) == (5, 0, 99_000)


def test_limits_are_learned_and_what_is_not_said_is_kept() -> None:
    bucket = observe(Bucket(), Observation(0, Learned(burst=190)), LIMITS)
    bucket = observe(bucket, Observation(0, Learned(day=625_000)), LIMITS)

    assert bucket.learned == Learned(190, 625_000)
    assert lend(bucket, 300).lent == 190


def test_no_learned_limit_raises_what_the_user_wants_to_stay_below() -> None:
    limits = Limits(burst=50, burst_ceiling=50, day=20, day_ceiling=20)
    bucket = observe(Bucket(), Observation(0, Learned(190, 625_000)), limits)

    assert lend(bucket, 300, limits=limits).lent == 20
    assert lend(bucket, 300, limits=replace(limits, day_ceiling=None)).lent == 50


def test_a_learned_limit_below_the_users_counts() -> None:
    bucket = observe(Bucket(), Observation(0, Learned(100, 10)), Limits(burst=190, burst_ceiling=190))

    assert lend(bucket, 300).lent == 10
    assert lend(replace(bucket, learned=Learned(100)), 300, limits=Limits(burst_ceiling=190)).lent == 100


def test_another_app_that_uses_the_same_day_is_seen() -> None:
    seen = Observation(DAY_SETTLES_MS, Learned(day=1_000), day_remaining=10)

    assert observe(Bucket(used_today=5), seen, LIMITS).used_today == 990
    # Our own count goes before HubSpot's where it is higher: its headers may be a moment old.
    assert observe(Bucket(used_today=995), seen, LIMITS).used_today == 995


def test_what_remains_means_nothing_without_knowing_of_how_much() -> None:
    assert (
        observe(Bucket(used_today=5), Observation(DAY_SETTLES_MS, day_remaining=10), LIMITS).used_today == 5
    )


def test_a_spent_day_lasts_until_its_end() -> None:
    bucket = observe(Bucket(day_ends_at_ms=DAY_MS), Observation(DAY_SETTLES_MS, day_is_spent=True), LIMITS)

    assert lend(bucket, 1, 2).reason == "day_spent"
    over = roll_over(bucket, day_ends_at_ms=2 * DAY_MS, limits=LIMITS, now_ms=DAY_MS + 100)
    assert lend(over, 1, DAY_MS + 100).lent == 1


def test_early_in_a_day_hubspot_may_still_speak_of_the_day_before() -> None:
    began = Bucket(day_began_at_ms=DAY_MS, day_ends_at_ms=2 * DAY_MS)
    early, later = DAY_MS + DAY_SETTLES_MS - 1, DAY_MS + DAY_SETTLES_MS

    assert observe(began, Observation(early, Learned(day=1_000), day_remaining=0), LIMITS).used_today == 0
    assert observe(began, Observation(later, Learned(day=1_000), day_remaining=0), LIMITS).used_today == 1_000
    blocked = lend(observe(began, Observation(early, day_is_spent=True), LIMITS), 1, early)
    assert (blocked.reason, blocked.wait_ms) == ("blocked", DAY_SETTLES_MS // 5)


def test_a_blocked_family_lends_nothing_until_it_is_over_and_no_later_word_shortens_it() -> None:
    bucket = observe(Bucket(), Observation(0, blocked_until_ms={BURST: 500}), LIMITS)
    bucket = observe(bucket, Observation(0, blocked_until_ms={BURST: 400}), LIMITS)

    blocked = lend(bucket, 1, 100)

    assert (blocked.lent, blocked.wait_ms, blocked.reason) == (0, 400, "blocked")
    assert lend(bucket, 1, 500).lent == 1
    assert take(bucket, Want(SEARCH, 1), LIMITS, 100).lent == 1


def test_a_time_zone_that_becomes_known_ends_the_day_elsewhere_but_forgets_no_call() -> None:
    bucket = Bucket(used_today=30, day_ends_at_ms=DAY_MS)

    seen = observe(bucket, Observation(5, Learned(time_zone="Europe/Berlin")), LIMITS)
    moved = roll_over(seen, day_ends_at_ms=DAY_MS - 3_600_000, limits=LIMITS, now_ms=6)

    assert (moved.used_today, moved.day_ends_at_ms) == (30, DAY_MS - 3_600_000)


@pytest.mark.parametrize("family", Family)
def test_a_token_is_lent_for_as_long_as_its_call_may_take_and_a_window(family: Family) -> None:
    taken = take(Bucket(), Want(family, 1), LIMITS, 1_000)

    assert taken.free_at_ms == 1_000 + 12_000 + WINDOW_MS[family] + 2 * LIMITS.clock_error_ms


def test_a_bucket_that_takes_the_place_of_another_begins_when_its_calls_are_past() -> None:
    lent = take(Bucket(), Want(BURST, 2), LIMITS, 1_000)
    answered = settle(lent.bucket, [Settlement(BURST, lent.free_at_ms, 1_500)], LIMITS)
    blocked = answered.with_window(SEARCH, Window(blocked_until_ms=9_000))

    seen = until_free(blocked, 2_000)

    assert seen == Observation(2_000, blocked_until_ms={BURST: lent.free_at_ms, SEARCH: 9_000})
    assert until_free(blocked, lent.free_at_ms) == Observation(lent.free_at_ms)
    assert until_free(Bucket(), 5) == Observation(5)


def test_what_comes_back_counts_from_the_latest_moment_that_it_may_be() -> None:
    taken = take(burst(1_000, 1_001), Want(BURST, 7), LIMITS, 1_000, 900)

    assert times(taken.bucket) == (1_001, *(1_900 + LENT_FOR,) * 6)


def test_times_stay_in_order_when_another_sender_is_less_sure_of_the_time() -> None:
    later = LENT_FOR + 1_500

    assert times(lend(burst(later), 1).bucket) == (LENT_FOR, later)


def test_a_time_that_was_written_with_a_wrong_clock_lapses_with_what_is_lent_now() -> None:
    """A clock that was ten minutes ahead; nothing that was lent before now has to stay lent for longer."""
    wrong = burst(LENT_FOR, 600_000, 600_000)
    latest = LENT_FOR + WRONG_AFTER_MS

    first = lend(wrong, 1)
    assert times(first.bucket) == (LENT_FOR, LENT_FOR, latest, latest)
    assert times(lend(first.bucket, 0, 1_000).bucket) == times(first.bucket)
    assert lend(first.bucket, 7, latest).lent == 7


def test_a_day_that_was_begun_with_a_wrong_clock_ends_with_the_next() -> None:
    wrong = Bucket(day_ends_at_ms=DAY_MS + LONGEST_DAY_MS + 1, used_today=5)

    found = roll_over(wrong, day_ends_at_ms=DAY_MS, limits=LIMITS, now_ms=1)

    assert (found.day_ends_at_ms, found.used_today) == (DAY_MS, 5)
    longest = replace(wrong, day_ends_at_ms=DAY_MS + LONGEST_DAY_MS)
    assert roll_over(longest, day_ends_at_ms=DAY_MS, limits=LIMITS, now_ms=1) == longest
