"""Who an event is about, where the tests of a portal do not reach."""

import pytest
from builders import event

from relay.core.events import Event
from relay.core.grants import Grant
from relay.core.identifiers import keys_of
from relay.core.identity import MOST_STEPS, People
from relay.core.known import Known, replaces
from relay.core.profiles import Profile, Word, anonymous_key, email_key, object_key, seen_key, user_key
from relay.core.resolution import Resolved, resolve

KIM, BO = "kim@example.org", "bo@example.org"


def test_an_event_names_its_ids_and_its_address() -> None:
    found = set(keys_of(event(userId="u-1", anonymousId="a-1", traits={"email": " Kim@Example.org"})))

    assert found == {user_key("u-1"), anonymous_key("a-1"), email_key(KIM)}


def test_an_alias_names_what_its_ids_may_be() -> None:
    found = set(keys_of(event(type="alias", userId="u-1", previousId=KIM)))

    assert found == {user_key("u-1"), user_key(KIM), anonymous_key(KIM), email_key(KIM)}


def test_an_event_of_a_public_key_names_what_the_key_may_have_seen() -> None:
    found = set(keys_of(public(anonymousId="a-1")))

    assert found == {anonymous_key("a-1"), seen_key("k-1", "a-1")}


def test_an_alias_of_a_public_key_names_what_the_key_may_have_seen_of_either() -> None:
    found = set(keys_of(public(type="alias", userId="u-1", previousId="a-1")))

    assert found == {user_key("u-1"), user_key("a-1"), anonymous_key("a-1"), seen_key("k-1", "a-1")}


def resolved(people: People, made: Event) -> str:
    found = resolve(made, people)
    assert isinstance(found, Resolved)
    return found.address


def public(**fields: object) -> Event:
    return event(**{"userId": None, **fields}).model_copy(update={"grant": Grant("k-1")})


def test_a_user_id_leads_over_a_further_address_to_the_contacts_own() -> None:
    profiles = {
        user_key("u-1"): Profile(points_to=email_key(BO)),
        email_key(BO): Profile(points_to=email_key(KIM)),
        email_key(KIM): Profile(email=KIM),
    }

    assert resolved(People(profiles, follows_changes=False), event(userId="u-1")) == KIM


def test_addresses_that_point_at_each_other_lead_somewhere() -> None:
    profiles = {
        email_key(KIM): Profile(points_to=email_key(BO)),
        email_key(BO): Profile(points_to=email_key(KIM)),
    }

    assert MOST_STEPS > 1
    assert People(profiles, follows_changes=False).canonical(KIM) in {KIM, BO}


def test_a_pointer_is_written_again_only_when_it_is_news_or_would_grow_old() -> None:
    known = {
        user_key("u-1"): Profile(points_to=email_key(KIM), at_ms=1_000),
        email_key(KIM): Profile(email=KIM),
    }
    for at_ms, is_written in [(2_000, False), (40 * 86_400_000, True)]:
        people = People(known, follows_changes=False)
        resolve(event(at_ms, userId="u-1", traits={"email": KIM}), people)

        assert bool(people.news(frozenset({KIM}))) is is_written


def test_an_older_event_does_not_point_an_id_elsewhere() -> None:
    known = {
        user_key("u-1"): Profile(points_to=email_key(KIM), at_ms=2_000),
        email_key(KIM): Profile(email=KIM),
    }
    people = People(known, follows_changes=False)

    assert resolved(people, event(1_000, userId="u-1", traits={"email": BO})) == BO
    assert people.news(frozenset({BO})) == {}


@pytest.mark.parametrize(
    ("to", "known", "is_replaced"),
    [
        ((Word.OWN, 2), (Word.OWN, 1), True),
        ((Word.OWN, 1), (Word.OWN, 2), False),
        ((Word.OWN, 1), (Word.ALLOWED, 2), False),
        ((Word.ALLOWED, 3), (Word.OWN, 2), True),
        ((Word.OWN, 1), (Word.MENTION, 2), True),
        ((Word.OWN, 1), (Word.PUBLIC, 2), True),
        ((Word.MENTION, 3), (Word.OWN, 2), False),
        ((Word.MENTION, 1), (Word.PUBLIC, 2), True),
        ((Word.MENTION, 3), (Word.MENTION, 2), False),
        ((Word.PUBLIC, 3), (Word.OWN, 2), False),
        ((Word.PUBLIC, 3), (Word.PUBLIC, 2), False),
    ],
)
def test_which_word_moves_an_id(to: tuple[Word, int], known: tuple[Word, int], *, is_replaced: bool) -> None:
    assert replaces(Known(KIM, *to), Known(BO, *known)) is is_replaced


def test_a_pointer_that_is_told_again_on_a_better_word_is_that_words() -> None:
    known = {
        user_key("u-1"): Profile(points_to=email_key(KIM), at_ms=5, word=Word.PUBLIC),
        email_key(KIM): Profile(email=KIM),
    }
    people = People(known, follows_changes=False)

    people.point([user_key("u-1")], Known(KIM, Word.OWN, 3))

    assert people.at(user_key("u-1")) == Profile(points_to=email_key(KIM), at_ms=3)


def test_a_pointer_leads_over_the_record_where_there_is_one() -> None:
    people = People({email_key(KIM): Profile(email=KIM, object_id="501")}, follows_changes=False)
    people.learn(KIM, people.profile(KIM), 1)

    people.point([user_key("u-1")], Known(KIM, Word.OWN, 3))

    assert people.at(user_key("u-1")).points_to == object_key("501")
    assert people.address_at(user_key("u-1")) == KIM


def test_a_pointer_to_whom_nothing_is_known_of_any_more_says_nothing() -> None:
    people = People({user_key("u-1"): Profile(points_to=email_key(KIM), at_ms=2_000)}, follows_changes=False)

    people.point([user_key("u-1")], Known(BO, Word.MENTION, 1_000))

    assert people.address_at(user_key("u-1")) == BO
