"""Two memories of one person or company become one."""

import pytest

from relay.core.former_profiles import united
from relay.core.profiles import Fact, LinkState, Profile, Word, company_key, email_key, name_hash

CITY, PLAN = name_hash("city"), name_hash("plan")
OSLO, BERGEN = b"oslo", b"bergen"
ACME, BOLT = company_key("acme.example.com"), company_key("bolt.example.net")


def test_a_memory_that_is_alone_stays_as_it_is() -> None:
    one = Profile("501", {CITY: Fact(5, OSLO, 6)}, "kim@example.org", links={ACME: LinkState(5)})

    assert united(one, Profile()) == united(Profile(), one) == one


def test_what_both_agree_on_is_sure_and_the_newest_time_counts() -> None:
    ours = Profile("501", {CITY: Fact(5, OSLO, 100)})

    assert united(ours, Profile("501", {CITY: Fact(9, OSLO, 50)})) == Profile(
        "501", {CITY: Fact(9, OSLO, 100)}
    )


@pytest.mark.parametrize("value", [BERGEN, b""])
def test_what_they_disagree_on_is_unsure(value: bytes) -> None:
    ours, former = Profile("501", {CITY: Fact(5, OSLO, 100)}), Profile("501", {CITY: Fact(3, value, 200)})

    assert united(ours, former) == Profile("501", {CITY: Fact(5)})
    assert united(former, ours) == Profile("501", {CITY: Fact(5)})


def test_what_one_alone_has_written_is_sure() -> None:
    ours, former = Profile("501", {CITY: Fact(5, OSLO, 6)}), Profile("501", {PLAN: Fact(7, b"team", 8)})

    assert united(ours, former).facts == {CITY: Fact(5, OSLO, 6), PLAN: Fact(7, b"team", 8)}


def test_of_another_object_only_the_times_count() -> None:
    ours, former = Profile("501", {CITY: Fact(5, OSLO, 6)}), Profile("777", {PLAN: Fact(7, b"team", 8)})

    assert united(ours, former) == Profile("501", {CITY: Fact(5, OSLO, 6), PLAN: Fact(7)})


def test_who_it_is_is_ours_to_say_and_the_others_where_we_say_nothing() -> None:
    pointer, contact = (
        Profile(points_to=email_key("a@example.org"), at_ms=5),
        Profile("501", email="b@example.org"),
    )

    assert united(pointer, contact) == pointer
    assert united(contact, pointer) == contact
    assert united(Profile(links={ACME: LinkState(1)}), pointer) == Profile(
        points_to=pointer.points_to, at_ms=5, links={ACME: LinkState(1)}
    )


KIM, EVIL = email_key("kim@example.org"), email_key("evil@example.net")


@pytest.mark.parametrize(
    ("counts", "other"),
    [
        pytest.param(Profile(points_to=KIM, at_ms=9), Profile(points_to=EVIL, at_ms=5), id="newer"),
        pytest.param(
            Profile(points_to=KIM, at_ms=5), Profile(points_to=EVIL, at_ms=9, word=Word.PUBLIC), id="word"
        ),
    ],
)
def test_of_two_pointers_the_better_word_counts_then_the_newer_one(counts: Profile, other: Profile) -> None:
    assert united(counts, other) == united(other, counts) == counts


def test_links_are_put_together_and_the_newer_ones_count() -> None:
    ours = Profile(links={ACME: LinkState(5, is_done=True)})
    former = Profile(links={ACME: LinkState(9), BOLT: LinkState(7)})

    assert united(ours, former).links == united(former, ours).links == former.links


def test_what_may_be_at_work_is_waited_for_the_longest() -> None:
    both = united(
        Profile(creating_at_ms=5, resting_until_ms=8), Profile(creating_at_ms=7, resting_until_ms=6)
    )

    assert both == Profile(creating_at_ms=7, resting_until_ms=8)


GRAVE = Profile(deleted_at_ms=50)
BEFORE = Profile("501", {CITY: Fact(40, OSLO, 41)}, "kim@example.org")
SINCE = Profile("502", {CITY: Fact(60, OSLO, 61)}, "kim@example.org")


def test_whoever_is_deleted_in_one_stays_deleted_and_nothing_of_them_comes_back() -> None:
    assert united(GRAVE, BEFORE) == united(BEFORE, GRAVE) == GRAVE
    assert united(GRAVE, Profile(deleted_at_ms=70)) == Profile(deleted_at_ms=70)


def test_whoever_was_heard_of_since_lives_and_what_was_before_does_not_count() -> None:
    alive = Profile("502", {CITY: Fact(60, OSLO, 61)}, "kim@example.org", deleted_at_ms=50)

    assert united(GRAVE, SINCE) == united(SINCE, GRAVE) == alive
    deleted = Profile("501", {PLAN: Fact(40, b"team", 41)}, "old@example.org", deleted_at_ms=50)
    assert united(SINCE, deleted) == united(deleted, SINCE) == alive


def test_a_pointer_that_is_newer_than_a_deletion_lives() -> None:
    pointer = Profile(points_to=email_key("kim@example.org"), at_ms=60)

    assert united(GRAVE, pointer) == Profile(points_to=pointer.points_to, at_ms=60, deleted_at_ms=50)
