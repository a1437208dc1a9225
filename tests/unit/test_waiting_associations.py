"""An association that waits is made by the person's own word, and the id of a group means one company."""

from typing import Any

import pytest
from portals import Relay, event, identify

from relay.core.events import Event
from relay.core.grants import Grant
from relay.core.outcomes import Delivered
from relay.core.policy import EventPolicy, GroupPolicy, Policy

OWN, OTHER, KIM = "user01@example.org", "other01@example.net", "kim@example.org"
POLICY = Policy(events=EventPolicy("custom"), email_change="update", groups=GroupPolicy(links_context=True))


def public(made: Event) -> Event:
    """Return an event as it comes with a page's write key."""
    return made.model_copy(update={"grant": Grant("key-1")})


def track(at_ms: int, /, **fields: Any) -> Event:
    return event(f"t-{at_ms}", at_ms, "track", event="Invite Sent", **fields)


def group(at_ms: int, website: str = "acme-demo.com", /, **fields: Any) -> Event:
    return event(f"g-{at_ms}", at_ms, "group", traits={"website": f"https://{website}"}, **fields)


@pytest.fixture
def linking(relay: Relay) -> Relay:
    """A relay that links people to the groups that their events name."""
    relay.events.names = ("Invite Sent",)
    relay.restart(POLICY)
    return relay


@pytest.mark.parametrize(
    "word",
    [
        track(150, userId="u-1", properties={"email": OTHER}),
        public(event("p-150", 150, userId="u-1", traits={"email": OTHER})),
    ],
    ids=["mention", "public key"],
)
def test_an_association_waits_until_the_person_has_told_whose_the_id_is(linking: Relay, word: Event) -> None:
    linking.deliver(identify(50, email=OTHER))
    linking.deliver(group(100, userId="u-1"))
    linking.deliver(word)
    assert linking.companies.links == []

    linking.deliver(identify(200, "u-1", email=OWN))
    assert linking.companies.links == [("502", "9001")]


@pytest.mark.parametrize(
    "other",
    [public(group(250, "evil-demo.com", groupId="g-1")), group(150, "old-demo.com", groupId="g-1")],
    ids=["public key", "older"],
)
def test_the_id_of_a_group_means_the_company_of_the_newest_group_of_a_server(
    linking: Relay, other: Event
) -> None:
    linking.deliver(group(200, groupId="g-1"))
    linking.deliver(other)

    linking.deliver(event("i", 300, userId="u-1", traits={"email": KIM}, context={"groupId": "g-1"}))

    assert linking.companies.links == [("501", "9001")]


def test_a_server_says_anew_what_a_public_key_has_said_of_the_id_of_a_group(linking: Relay) -> None:
    linking.deliver(public(group(200, "evil-demo.com", groupId="g-1")))
    linking.deliver(group(100, groupId="g-1"))

    linking.deliver(event("i", 300, userId="u-1", traits={"email": KIM}, context={"groupId": "g-1"}))

    assert linking.companies.links == [("501", "9002")]


def test_an_association_by_context_that_a_public_key_may_not_make_is_told(linking: Relay) -> None:
    linking.deliver(identify(100, "u-1", email=OWN))
    linking.deliver(group(150, groupId="g-1"))

    (report,) = linking.reports(public(track(300, userId="u-1", context={"groupId": "g-1"})))

    assert isinstance(report.outcome, Delivered)
    assert report.dropped == {"context.groupId": "unconfirmed"}
    assert linking.companies.links == []


@pytest.mark.parametrize("is_known", [True, False])
def test_whoever_is_named_beside_the_user_of_a_group_does_not_belong_to_it(
    linking: Relay, *, is_known: bool
) -> None:
    linking.deliver(identify(100, "u-1", email=OWN))
    if is_known:
        linking.deliver(identify(110, "u-2", email=OTHER))

    (report,) = linking.reports(group(150, userId="u-1", context={"traits": {"email": OTHER}}))
    linking.deliver(identify(200, "u-1", city="Odense"), identify(201, "u-2", email=OTHER))

    assert report.dropped == {"context.traits.email": "another_person"}
    assert linking.companies.links == [("501", "9001")]


@pytest.mark.parametrize(
    ("fields", "dropped"), [({}, {}), ({"userId": "undefined"}, {"userId": "placeholder_id"})]
)
@pytest.mark.parametrize("is_restarted", [True, False])
def test_a_group_of_nothing_but_an_address_is_linked_once_the_contact_is_made(
    linking: Relay, fields: dict[str, str], dropped: dict[str, str], *, is_restarted: bool
) -> None:
    (report,) = linking.reports(group(100, context={"traits": {"email": KIM}}, **fields))
    assert report.dropped == {**dropped, "company": "link_pending"}
    assert linking.companies.links == []

    if is_restarted:
        linking.restart()
    linking.deliver(identify(200, email=KIM))

    assert linking.companies.links == [("501", "9001")]
    # Once and for all.
    linking.deliver(identify(300, email=KIM, plan="team"))
    assert linking.companies.links == [("501", "9001")]
