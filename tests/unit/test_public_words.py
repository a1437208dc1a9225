"""What a public key's word about an id is worth, and what it is told of what it may not do."""

from dataclasses import replace
from typing import Any

import pytest
from portals import Relay, event, identify

from relay.core.events import Event
from relay.core.grants import Grant
from relay.core.outcomes import Delivered, Skipped
from relay.core.policy import EmailChange, EventPolicy, Policy

A, B = "a@example.org", "b@example.org"
OWN, OTHER = "user01@example.org", "other01@example.net"
VICTIM, EVIL = "victim@example.org", "evil@example.net"
KEY = Grant("key-1")
CHANGES: tuple[EmailChange, ...] = ("new", "update")
POLICY = Policy(events=EventPolicy("custom"), email_change="update", deletes="archive")
DAY_MS, JULY_MS = 86_400_000, 1_690_000_000_000


def page(at_ms: int, kind: str = "identify", grant: Grant = KEY, /, **fields: Any) -> Event:
    """Return an event as it comes with a page's write key."""
    return event(f"p-{at_ms}", at_ms, kind, **fields).model_copy(update={"grant": grant})


@pytest.fixture
def known(relay: Relay) -> Relay:
    """A relay whose HubSpot has a definition for the tracks."""
    relay.events.names = ("Invite Sent",)
    relay.restart(POLICY)
    return relay


@pytest.fixture(params=CHANGES)
def shop(known: Relay, request: pytest.FixtureRequest) -> Relay:
    """A relay that knows the victim by a server's word, whatever a changed address means to it."""
    known.restart(replace(POLICY, email_change=request.param))
    known.deliver(identify(100, "u-1", email=VICTIM, plan="team"))
    return known


def assert_unharmed(relay: Relay) -> None:
    relay.deliver(identify(900, "u-1", city="Odense"))
    assert relay.crm.contacts[VICTIM] == {"id": "501", "email": VICTIM, "plan": "team", "city": "Odense"}


@pytest.mark.parametrize(
    ("previous", "user"), [("u-evil", "u-1"), ("u-1", "u-evil"), ("u-evil", VICTIM), (VICTIM, "u-evil")]
)
def test_a_key_that_may_change_addresses_aliases_no_known_user(shop: Relay, previous: str, user: str) -> None:
    told = page(200, "alias", replace(KEY, may_change_email=True), previousId=previous, userId=user)

    assert shop.deliver(told) == [Skipped("alias_not_allowed")]
    assert_unharmed(shop)


def test_no_deletion_follows_the_word_of_a_key_that_may_change_addresses(relay: Relay) -> None:
    relay.restart(POLICY)
    relay.deliver(
        page(100, "identify", replace(KEY, may_change_email=True), userId="u-7", traits={"email": OWN})
    )

    assert relay.deliver(event("d-1", 200, "delete", userId="u-7")) == [Skipped("deletion_unconfirmed")]
    assert relay.crm.deleted == []


def test_what_a_key_was_not_allowed_to_change_is_told(shop: Relay) -> None:
    (report,) = shop.reports(page(200, userId="u-1", traits={"email": EVIL}))

    assert report.dropped == {"userId": "unconfirmed"}
    assert_unharmed(shop)


def test_a_public_keys_visitor_is_who_was_seen_last(known: Relay) -> None:
    known.restart(replace(POLICY, email_change="new"))
    known.deliver(page(100, anonymousId="a-1", traits={"email": A}))
    known.deliver(page(300, anonymousId="a-1", traits={"email": A}))
    known.deliver(page(200, anonymousId="a-1", traits={"email": B}))

    assert known.deliver(page(400, anonymousId="a-1", traits={"plan": "team"})) == [Delivered("501")]
    assert known.crm.contacts[A]["plan"] == "team"
    assert "plan" not in known.crm.contacts[B]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(
            [
                identify(JULY_MS, "u-1", email=A),
                # Later than the server's next event by more than the time after which a pointer is refreshed.
                page(JULY_MS + 31 * DAY_MS, userId="u-1", traits={"email": A}),
                identify(JULY_MS + 30 * DAY_MS, "u-1", email=B),
            ],
            id="known before",
        ),
        pytest.param(
            [
                page(500, userId="u-1", traits={"email": A}),
                identify(400, "u-1", email=A),
                identify(450, "u-1", email=B),
            ],
            id="known afterwards",
        ),
    ],
)
def test_the_time_of_a_public_keys_word_counts_against_no_server(known: Relay, events: list[Event]) -> None:
    for each in events:
        known.deliver(each)

    assert known.crm.contacts == {B: {"id": "501", "email": B}}


def test_a_mention_takes_a_claim_of_a_public_key_over(known: Relay) -> None:
    known.deliver(page(100, userId="u-1", traits={"email": OTHER}))

    (report,) = known.reports(
        event(
            "t-150",
            150,
            "track",
            event="Invite Sent",
            userId="u-1",
            context={"traits": {"email": OWN, "plan": "team"}},
        )
    )

    assert isinstance(report.outcome, Delivered)
    assert report.dropped == {}
    known.deliver(identify(160, "u-1", city="Odense"))
    assert known.crm.contacts[OWN] == {"id": "502", "email": OWN, "plan": "team", "city": "Odense"}
    assert known.crm.contacts[OTHER] == {"id": "501", "email": OTHER}
