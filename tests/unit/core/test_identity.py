"""Who an event is about, where the tests of a portal do not reach."""

from builders import event

from relay.core.identifiers import keys_of
from relay.core.identity import MOST_STEPS, People
from relay.core.profiles import Profile, anonymous_key, email_key, user_key

KIM, BO = "kim@example.org", "bo@example.org"


def test_an_event_names_its_ids_and_its_address() -> None:
    found = set(keys_of(event(userId="u-1", anonymousId="a-1", traits={"email": " Kim@Example.org"})))

    assert found == {user_key("u-1"), anonymous_key("a-1"), email_key(KIM)}


def test_an_alias_names_what_its_ids_may_be() -> None:
    found = set(keys_of(event(type="alias", userId="u-1", previousId=KIM)))

    assert found == {user_key("u-1"), user_key(KIM), anonymous_key(KIM), email_key(KIM)}


def test_a_user_id_leads_over_a_further_address_to_the_contacts_own() -> None:
    profiles = {
        user_key("u-1"): Profile(points_to=email_key(BO)),
        email_key(BO): Profile(points_to=email_key(KIM)),
        email_key(KIM): Profile(email=KIM),
    }

    assert People(profiles, follows_changes=False).meet(event(userId="u-1")) == KIM


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
        people.meet(event(at_ms, userId="u-1", traits={"email": KIM}))

        assert bool(people.news(frozenset({KIM}))) is is_written


def test_an_older_event_does_not_point_an_id_elsewhere() -> None:
    people = People({user_key("u-1"): Profile(points_to=email_key(KIM), at_ms=2_000)}, follows_changes=False)

    assert people.meet(event(1_000, userId="u-1", traits={"email": BO})) == BO
    assert people.news(frozenset({BO})) == {}
