"""How many names may be made: an hour, a day, and in all."""

from relay.core.quotas import DAY_MS, HOUR_MS, Made, MakingLimits, Reserved, give_back, name_hash, reserve

NOW = 1_790_000_000_000
LIMITS = MakingLimits(an_hour=2, a_day=3, in_all=4)


def asked(made: Made, *names: str, at_ms: int = NOW) -> Reserved:
    return reserve(made, names, LIMITS, at_ms)


def test_the_first_ones_are_made_and_the_others_told_which_limit_it_is() -> None:
    found = asked(Made(), "a", "b", "c", "a")

    assert found.granted == {"a", "b"}
    assert found.refused == {"c": "not_made: max_new_names_an_hour"}
    assert (found.made.total, found.made.recent) == (2, {name_hash("a"): NOW, name_hash("b"): NOW})


def test_an_hour_later_more_are_made_up_to_the_days_and_then_all_that_are_allowed() -> None:
    made = asked(Made(), "a", "b").made
    later = asked(made, "c", "d", at_ms=NOW + HOUR_MS)
    assert later.granted == {"c"}
    assert later.refused == {"d": "not_made: max_new_names_a_day"}

    next_day = asked(later.made, "d", "e", at_ms=NOW + HOUR_MS + DAY_MS)

    assert next_day.granted == {"d"}
    assert next_day.refused == {"e": "not_made: max_new_names_in_all"}
    assert next_day.made.total == 4
    assert next_day.made.recent.keys() == {name_hash("d")}


def test_who_asks_again_within_a_day_pays_nothing_and_is_granted_whatever_the_limits() -> None:
    made = asked(Made(), "a", "b").made

    found = asked(made, "a", "c", at_ms=NOW + 1)

    assert found.granted == {"a"}
    assert found.refused.keys() == {"c"}
    assert found.made == made


def test_what_was_not_made_after_all_is_given_back() -> None:
    made = asked(Made(), "a", "b").made

    assert give_back(made, ["a", "other"]) == Made(1, {name_hash("b"): NOW})
    assert asked(give_back(made, ["a"]), "c").granted == {"c"}


def test_a_limit_of_none_makes_nothing() -> None:
    assert reserve(Made(), ["a"], MakingLimits(an_hour=0), NOW).refused == {
        "a": "not_made: max_new_names_an_hour"
    }


def test_a_name_may_be_made_of_anything() -> None:
    assert asked(Made(), "\ud800").granted == {"\ud800"}
