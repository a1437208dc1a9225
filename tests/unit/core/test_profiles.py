"""What is remembered decides what is sent: newest wins, unchanged is skipped."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from builders import change
from hypothesis import given
from hypothesis import strategies as st

from relay.core.answers import Confirmed
from relay.core.digests import value_hash
from relay.core.planning import Input, merge
from relay.core.profiles import (
    Fact,
    LinkState,
    Profile,
    anonymous_key,
    company_key,
    confirmed,
    doubted,
    email_key,
    judge,
    name_hash,
    unchanged,
    user_key,
)

NOW = 1_000_000


def kim(at_ms: int = 10, **properties: str) -> Input:
    (entry,) = merge([change(0, "kim@example.org", at_ms, email="kim@example.org", **properties)])
    return entry


def profile(at_ms: int = 10, **properties: str) -> Profile:
    """Return what is remembered after HubSpot has confirmed these."""
    return confirmed(Profile(), kim(at_ms, **properties), Confirmed("501"), NOW)


def test_of_a_stranger_everything_is_sent() -> None:
    judged = judge(kim(plan="team"), Profile(), trusted_since_ms=0)

    assert (judged.entry, judged.stale, judged.is_unchanged) == (kim(plan="team"), frozenset(), False)


def test_what_hubspot_has_confirmed_is_unchanged() -> None:
    assert judge(kim(20, plan="team"), profile(plan="team"), trusted_since_ms=NOW - 1).is_unchanged


@pytest.mark.parametrize(
    ("entry", "known", "trusted_since_ms"),
    [
        (kim(20, plan="free"), profile(plan="team"), 0),
        (kim(20, plan="team", city="Odense"), profile(plan="team"), 0),
        (kim(20, plan="team"), profile(plan="team"), NOW),
        (kim(20, plan="team"), replace(profile(plan="team"), object_id=""), 0),
        (kim(20, plan="team"), doubted(profile(plan="team"), ["plan"]), 0),
        (kim(20, plan="team"), doubted(profile(plan="team"), ["email"]), 0),
    ],
    ids=["another value", "one more", "confirmed too long ago", "no contact", "in doubt", "address in doubt"],
)
def test_all_of_an_input_is_sent_if_anything_in_it_is_not_surely_there(
    entry: Input, known: Profile, trusted_since_ms: int
) -> None:
    judged = judge(entry, known, trusted_since_ms=trusted_since_ms)

    assert (judged.entry, judged.is_unchanged) == (entry, False)


@pytest.mark.parametrize("plans", [("team", "free"), ("free", "team")])
def test_of_two_values_of_the_same_time_the_same_one_counts_whichever_comes_first_or_again(
    plans: tuple[str, str],
) -> None:
    """In one input, in two, or told once more a day later."""
    (together,) = merge([change(n, "kim@example.org", 10, plan=plan) for n, plan in enumerate(plans)])
    winner = together.properties["plan"]
    loser = next(plan for plan in plans if plan != winner)

    judged = [
        judge(kim(10, plan=plan), profile(10, plan=other), trusted_since_ms=0)
        for plan, other in ((loser, winner), (winner, loser), (winner, winner))
    ]

    assert [each.stale for each in judged] == [{"plan"}, frozenset(), frozenset()]
    # What nobody knows for sure is told again.
    unsure = doubted(profile(10, plan=winner), ["plan"])
    assert judge(kim(10, plan=loser), unsure, trusted_since_ms=0).stale == frozenset()


def test_what_is_older_than_what_is_remembered_is_stale_and_the_rest_is_sent() -> None:
    known = profile(100, plan="team")

    judged = judge(kim(50, plan="free", city="Odense"), known, trusted_since_ms=0)

    assert judged.entry.properties == {"email": "kim@example.org", "city": "Odense"}
    assert (judged.stale, judged.is_unchanged) == (frozenset({"plan"}), False)


def test_of_two_events_at_the_same_time_the_later_one_to_arrive_counts() -> None:
    assert not judge(kim(100, plan="free"), profile(100, plan="team"), trusted_since_ms=0).stale


def test_an_event_that_is_stale_through_and_through_leaves_nothing_to_send() -> None:
    judged = judge(kim(50, plan="free"), profile(100, plan="team"), trusted_since_ms=0)

    assert (judged.stale, judged.is_unchanged) == (frozenset({"plan"}), True)


def test_what_was_said_again_makes_anything_older_stale() -> None:
    known = unchanged(profile(10, plan="team"), kim(30, plan="team"))

    assert judge(kim(20, plan="free"), known, trusted_since_ms=0).stale == {"plan"}
    assert unchanged(known, kim(5, plan="team")) == known


def test_a_contact_that_is_new_holds_nothing_from_before() -> None:
    again = confirmed(profile(plan="team"), kim(20, city="Odense"), Confirmed("502", is_new=True), NOW)

    assert again.object_id == "502"
    assert again.facts.keys() == {name_hash("email"), name_hash("city")}


def test_of_another_record_nothing_is_sure_but_how_old_an_event_may_be() -> None:
    """Somebody has deleted the one that was known, and an answer was lost, or somebody has merged two."""
    known = replace(profile(plan="team"), links={"company#1": LinkState(5, is_done=True)})

    other = confirmed(known, kim(20, city="Odense"), Confirmed("502"), NOW)

    assert (other.object_id, other.links) == ("502", {})
    assert other.facts[name_hash("plan")] == Fact(10)
    assert other.facts[name_hash("city")].value == value_hash("Odense")


def test_a_contact_that_was_there_keeps_what_was_known() -> None:
    more = confirmed(profile(plan="team"), kim(20, city="Odense"), Confirmed("501"), NOW)

    assert more.facts[name_hash("plan")] == Fact(10, value_hash("team"), NOW)
    assert more.facts[name_hash("city")] == Fact(20, value_hash("Odense"), NOW)


def test_what_is_in_doubt_keeps_its_time() -> None:
    known = doubted(profile(100, plan="team"), ["plan", "unheard_of"])

    assert judge(kim(50, plan="free"), known, trusted_since_ms=0).stale == {"plan"}
    assert name_hash("unheard_of") not in known.facts


def test_keys_name_nobody_and_are_apart_by_kind() -> None:
    keys = [make("kim@example.org") for make in (email_key, user_key, anonymous_key, company_key)]

    assert len({key.partition("#")[2] for key in keys}) == 1
    assert len(set(keys)) == 4
    assert not any("kim" in key for key in keys)
    assert user_key("\ud800") != user_key("\ud801")


EVENTS = st.lists(
    st.tuples(st.integers(1, 6), st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), min_size=1)),
    max_size=8,
)


@given(EVENTS, st.data())
def test_in_whatever_order_events_come_hubspot_ends_with_the_newest_of_each(
    events: list[tuple[int, dict[str, str]]], data: st.DataObject
) -> None:
    times = dict(events)
    hubspot: dict[str, str] = {}
    known = Profile()
    for at_ms in data.draw(st.permutations(sorted(times) * 2)):
        entry = kim(at_ms, **times[at_ms])
        judged = judge(entry, known, trusted_since_ms=0)
        if judged.is_unchanged:
            known = unchanged(known, judged.entry)
            continue
        hubspot |= judged.entry.properties
        known = confirmed(known, judged.entry, Confirmed("501"), NOW)

    assert hubspot == model(times)


def model(times: Mapping[int, Mapping[str, str]]) -> Mapping[str, str]:
    """Return the events applied in the order of time."""
    final: dict[str, str] = {}
    for at_ms in sorted(times):
        final |= {"email": "kim@example.org", **times[at_ms]}
    return final
