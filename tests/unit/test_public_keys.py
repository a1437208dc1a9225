"""What somebody who reads the write key of a page can do, and what not."""

from dataclasses import replace

import pytest
from portals import Relay, event, identify

from relay.core.events import Event
from relay.core.grants import Grant
from relay.core.outcomes import Delivered, Skipped
from relay.core.policy import EmailChange, EventPolicy, GroupPolicy, Policy
from relay.core.profiles import email_key, user_key

VICTIM, EVIL, KIM = "victim@example.org", "evil@example.net", "kim@example.org"
KEY, OTHER_KEY = Grant("key-1"), Grant("key-2")
CHANGES: tuple[EmailChange, ...] = ("new", "update")
POLICY = Policy(
    events=EventPolicy("custom"),
    email_change="update",
    deletes="archive",
    groups=GroupPolicy(links_context=True),
)


def public(made: Event, grant: Grant = KEY) -> Event:
    """Return an event as it comes with a page's write key."""
    return made.model_copy(update={"grant": grant})


def page(at_ms: int, kind: str = "identify", grant: Grant = KEY, /, **fields: object) -> Event:
    return public(event(f"p-{at_ms}", at_ms, kind, **fields), grant)


def track(at_ms: int, /, **fields: object) -> Event:
    return page(at_ms, "track", event="Invite Sent", **fields)


@pytest.fixture(params=CHANGES)
def shop(relay: Relay, request: pytest.FixtureRequest) -> Relay:
    """A relay that knows the victim by a server's word, whatever a changed address means to it."""
    relay.events.names = ("Invite Sent",)
    relay.restart(replace(POLICY, email_change=request.param))
    relay.deliver(identify(100, "u-1", email=VICTIM, plan="team"))
    return relay


def assert_unharmed(relay: Relay) -> None:
    assert relay.crm.contacts[VICTIM] == {"id": "501", "email": VICTIM, "plan": "team"}
    assert relay.profiles.profiles[user_key("u-1")].points_to == email_key(VICTIM)


def test_it_changes_no_address_of_a_known_person(shop: Relay) -> None:
    assert shop.deliver(page(200, userId="u-1", traits={"email": EVIL, "plan": "x"})) == [Delivered("502")]

    assert_unharmed(shop)
    # What follows is still the victim's.
    shop.deliver(identify(300, "u-1", city="Odense"))
    assert shop.crm.contacts[VICTIM]["city"] == "Odense"
    assert "city" not in shop.crm.contacts[EVIL]


@pytest.mark.parametrize("fields", [{}, {"anonymousId": "a-9"}])
def test_it_writes_nothing_under_a_user_id_that_no_address_confirms(
    shop: Relay, fields: dict[str, str]
) -> None:
    told = page(200, userId="u-1", traits={"plan": "x", "phone": "1"}, **fields)

    assert shop.deliver(told) == [Skipped("unconfirmed")]
    assert_unharmed(shop)
    # Neither does its own visitor's id lead there from now on.
    assert shop.deliver(page(300, traits={"plan": "y"}, anonymousId="a-9")) == [Skipped("no_email")]
    assert shop.deliver(identify(400, None, plan="z").model_copy(update={"anonymous_id": "a-9"})) == [
        Skipped("no_email")
    ]


def test_its_own_address_confirms_nothing_of_somebody_else(shop: Relay) -> None:
    shop.deliver(page(200, anonymousId="a-9", userId="u-1", traits={"email": EVIL}))

    assert shop.deliver(page(300, anonymousId="a-9", userId="u-1", traits={"plan": "x"})) == [
        Skipped("unconfirmed")
    ]
    assert_unharmed(shop)


def test_a_track_of_a_known_user_adds_an_event_and_changes_no_property(shop: Relay) -> None:
    shop.restart(replace(shop.policy, rules=replace(shop.policy.rules, properties_to_contact=TAKEN)))

    (report,) = shop.reports(
        track(200, userId="u-1", context={"traits": {"plan": "x"}}, properties={"total": "9"})
    )

    assert isinstance(report.outcome, Delivered)
    assert dict(shop.events.sent[-1].person) == {"objectId": "501"}
    assert report.dropped["plan"] == report.dropped["city"] == "unconfirmed"
    assert_unharmed(shop)


TAKEN = {"Invite Sent": {"total": "city"}}


@pytest.mark.parametrize("kind", ["group", "track"])
def test_it_associates_nobody_whom_no_address_confirms(shop: Relay, kind: str) -> None:
    shop.deliver(event("g-1", 150, "group", groupId="g-1", traits={"website": "https://evil-demo.com"}))
    fields = {"event": "Invite Sent", "groupId": "g-1", "traits": {"website": "https://evil-demo.com"}}

    shop.deliver(page(200, kind, userId="u-1", anonymousId="a-9", context={"groupId": "g-1"}, **fields))
    shop.deliver(identify(300, "u-1", city="Odense"))

    assert shop.companies.links == []


def test_a_group_of_an_unconfirmed_user_says_so(shop: Relay) -> None:
    for n, user in enumerate(("u-1", "u-unknown")):
        group = page(200, "group", userId=user, traits={"website": f"https://acme{n}-demo.com"})
        (report,) = shop.reports(group)

        assert isinstance(report.outcome, Delivered)
        assert report.dropped == {"company": "unconfirmed"}


def test_an_association_that_waits_is_not_made_by_somebody_elses_word(relay: Relay) -> None:
    """Parked under a user id, it would be made by the identify of the user's server."""
    relay.restart(POLICY)
    relay.deliver(page(100, "group", userId="u-7", traits={"website": "https://evil-demo.com"}))
    relay.deliver(identify(200, "u-7", email=KIM))

    assert relay.companies.links == []


def test_an_association_waits_for_the_visitor_whom_the_key_has_seen(relay: Relay) -> None:
    relay.restart(POLICY)
    relay.deliver(page(100, "group", anonymousId="a-1", traits={"website": "https://acme-demo.com"}))
    relay.deliver(page(200, anonymousId="a-1", userId="u-7", traits={"email": KIM}))

    assert relay.companies.links == [("501", "9001")]


@pytest.mark.parametrize(
    ("previous", "user"),
    [("u-1", "u-evil"), ("u-evil", "u-1"), ("a-9", "u-1"), (VICTIM, EVIL), ("a-9", VICTIM)],
)
def test_it_aliases_no_known_user(shop: Relay, previous: str, user: str) -> None:
    shop.deliver(page(150, anonymousId="a-9", userId="u-evil", traits={"email": EVIL}))

    assert shop.deliver(page(200, "alias", previousId=previous, userId=user)) == [
        Skipped("alias_not_allowed")
    ]
    assert_unharmed(shop)
    shop.deliver(identify(300, "u-1", city="Odense"))
    assert shop.crm.contacts[VICTIM]["city"] == "Odense"


def test_it_aliases_a_visitor_whom_it_has_seen_to_a_user_whom_nobody_knows(shop: Relay) -> None:
    shop.deliver(page(150, anonymousId="a-1", traits={"email": KIM}))

    assert shop.deliver(page(200, "alias", previousId="a-1", userId="u-7")) == [Skipped("alias_remembered")]
    assert shop.deliver(track(300, userId="u-7")) == [Delivered("502")]


def test_another_keys_visitor_is_a_stranger(shop: Relay) -> None:
    shop.deliver(page(150, anonymousId="a-1", traits={"email": KIM}))

    assert shop.deliver(page(200, "identify", OTHER_KEY, anonymousId="a-1", traits={"plan": "x"})) == [
        Skipped("unconfirmed")
    ]
    assert shop.deliver(page(200, "alias", OTHER_KEY, previousId="a-1", userId="u-7")) == [
        Skipped("alias_not_allowed")
    ]


def test_a_visitor_is_followed_by_the_anonymous_id_that_the_key_has_seen(shop: Relay) -> None:
    shop.deliver(page(150, anonymousId="a-1", userId="u-7", traits={"email": KIM}))

    assert shop.deliver(page(200, anonymousId="a-1", userId="u-7", traits={"plan": "pro"})) == [
        Delivered("502")
    ]
    assert shop.deliver(page(300, anonymousId="a-1", traits={"city": "Odense"})) == [Delivered("502")]
    assert shop.crm.contacts[KIM] == {"id": "502", "email": KIM, "plan": "pro", "city": "Odense"}


def test_a_known_user_whose_visitor_the_key_has_seen_with_the_address_may_be_written(shop: Relay) -> None:
    shop.deliver(page(150, anonymousId="a-1", userId="u-1", traits={"email": VICTIM}))

    assert shop.deliver(page(200, anonymousId="a-1", userId="u-1", traits={"plan": "pro"})) == [
        Delivered("501")
    ]


@pytest.mark.parametrize("is_later", [True, False])
def test_a_servers_word_about_an_id_replaces_that_of_a_public_key(relay: Relay, *, is_later: bool) -> None:
    relay.restart(POLICY)
    relay.deliver(page(500, userId="u-7", traits={"email": EVIL}))

    relay.deliver(identify(600 if is_later else 400, "u-7", email=KIM))
    relay.deliver(identify(700, "u-7", plan="pro"))

    assert relay.crm.contacts[KIM]["plan"] == "pro"
    # The first one is nobody's former address: it stays what it is.
    assert relay.crm.contacts[EVIL] == {"id": "501", "email": EVIL}
    # And the key does not get the id back.
    relay.deliver(page(800, userId="u-7", traits={"email": EVIL}))
    assert relay.profiles.profiles[user_key("u-7")].points_to == email_key(KIM)


def test_a_claim_of_a_public_key_is_not_moved_by_another_one(relay: Relay) -> None:
    relay.restart(POLICY)
    relay.deliver(page(100, userId="u-7", traits={"email": KIM}))
    relay.deliver(page(200, "identify", OTHER_KEY, userId="u-7", traits={"email": EVIL}))

    assert relay.profiles.profiles[user_key("u-7")].points_to == email_key(KIM)
    assert relay.crm.contacts.keys() == {KIM, EVIL}


def test_no_deletion_follows_the_word_of_a_public_key(relay: Relay) -> None:
    relay.restart(POLICY)
    relay.crm.contacts[VICTIM] = {"id": "77", "email": VICTIM}
    relay.deliver(page(100, userId="u-7", traits={"email": VICTIM}))

    assert relay.deliver(event("d-1", 200, "delete", userId="u-7")) == [Skipped("deletion_unconfirmed")]
    assert relay.crm.deleted == []


@pytest.mark.parametrize("place", ["properties", "context"])
def test_an_address_that_a_page_mentions_points_no_id_at_all(relay: Relay, place: str) -> None:
    relay.events.names = ("Invite Sent",)
    relay.restart(POLICY)
    told = (
        {"properties": {"email": EVIL}} if place == "properties" else {"context": {"traits": {"email": EVIL}}}
    )

    relay.deliver(track(100, userId="u-7", anonymousId="a-7", **told))

    assert relay.deliver(track(200, userId="u-7")) == [Skipped("no_person")]
    assert relay.deliver(track(300, anonymousId="a-7")) == [Skipped("no_person")]


def test_a_key_that_may_change_addresses_is_believed_as_a_server_is(relay: Relay) -> None:
    relay.restart(POLICY)
    relay.deliver(identify(100, "u-1", email=VICTIM, plan="team"))
    told = page(200, "identify", replace(KEY, may_change_email=True), userId="u-1", traits={"email": KIM})

    assert relay.deliver(told) == [Delivered("501")]
    assert relay.crm.contacts == {KIM: {"id": "501", "email": KIM, "plan": "team"}}
    assert relay.deliver(event("d-1", 300, "delete", userId="u-1")) == [Delivered("501")]


def test_a_key_that_may_make_no_contacts_updates_those_that_there_are(shop: Relay) -> None:
    grant = replace(KEY, creates_contacts=False)
    shop.crm.contacts[KIM] = {"id": "77", "email": KIM}

    outcomes = shop.deliver(
        page(200, "identify", grant, traits={"email": EVIL, "plan": "x"}),
        page(201, "identify", grant, traits={"email": KIM, "plan": "y"}),
        page(202, "identify", grant, traits={"email": VICTIM, "city": "Odense"}),
    )

    assert outcomes == [Skipped("contact_unknown"), Delivered("77"), Delivered("501")]
    assert EVIL not in shop.crm.contacts


def test_whoever_may_make_contacts_makes_them_for_all_that_are_merged_with_it(shop: Relay) -> None:
    grant = replace(KEY, creates_contacts=False)

    outcomes = shop.deliver(
        page(200, "identify", grant, traits={"email": KIM, "plan": "x"}),
        identify(201, email=KIM, city="Odense"),
    )

    assert outcomes == [Delivered("502", is_merged=True), Delivered("502")]


def test_a_record_that_is_gone_is_not_made_again_for_such_a_key(shop: Relay) -> None:
    grant = replace(KEY, creates_contacts=False)
    shop.crm.contacts.clear()

    assert shop.deliver(page(200, "identify", grant, traits={"email": VICTIM, "plan": "x"})) == [
        Skipped("contact_unknown")
    ]
    assert shop.crm.contacts == {}


def test_events_of_a_server_and_of_a_page_in_one_invocation_keep_apart(relay: Relay) -> None:
    relay.restart(POLICY)
    outcomes = relay.deliver(
        page(100, userId="u-7", traits={"email": EVIL}),
        identify(200, "u-7", email=KIM),
        page(300, userId="u-7", traits={"plan": "x"}),
        identify(400, "u-7", plan="pro"),
    )

    assert outcomes[2] == Skipped("unconfirmed")
    assert relay.crm.contacts[KIM]["plan"] == "pro"
    assert "plan" not in relay.crm.contacts[EVIL]
