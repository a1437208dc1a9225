"""Questions that strangers may cause."""

from relay.core.guesses import Guesses

NOW_MS = 1_793_527_200_000


def taken(guesses: Guesses, now_ms: int, *, is_new: bool) -> int:
    count = 0
    while guesses.take(now_ms, is_new=is_new):
        count += 1
    return count


def test_new_names_leave_some_for_those_that_come_again() -> None:
    guesses = Guesses(burst=10, reserved=4, every_ms=1_000)

    assert taken(guesses, NOW_MS, is_new=True) == 6
    assert taken(guesses, NOW_MS, is_new=False) == 4
    assert taken(guesses, NOW_MS + 4_000, is_new=True) == 0
    assert taken(guesses, NOW_MS + 4_000, is_new=False) == 4
    assert taken(guesses, NOW_MS + 100_000, is_new=False) == 10


def test_what_is_given_back_can_be_taken_again_but_no_more_than_there_were() -> None:
    guesses = Guesses(burst=2, reserved=0, every_ms=1_000)
    for _ in range(5):
        assert guesses.take(NOW_MS, is_new=True)
        guesses.give_back()

    guesses.give_back()
    assert taken(guesses, NOW_MS, is_new=True) == 2


def test_a_clock_that_is_set_back_and_forth_gives_nothing_twice() -> None:
    guesses = Guesses(burst=2, reserved=0, every_ms=1_000)
    assert taken(guesses, NOW_MS, is_new=True) == 2

    assert taken(guesses, NOW_MS - 50_000, is_new=True) == 0
    assert taken(guesses, NOW_MS - 49_000, is_new=True) == 1
