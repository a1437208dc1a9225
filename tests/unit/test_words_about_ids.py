"""Which word says whose an id is, and which one counts where several do."""

from dataclasses import replace
from typing import Any

import pytest
from portals import Relay, event, identify

from relay.core.events import Event
from relay.core.grants import Grant
from relay.core.outcomes import Delivered, Skipped
from relay.core.policy import EventPolicy, Policy
from relay.core.profiles import anonymous_key, user_key
from relay.core.rules import Rules

A, B, C = (f"{each}@example.org" for each in "abc")
OWN, OTHER = "user01@example.org", "other01@example.net"
UPDATE = Policy(events=EventPolicy("custom"), email_change="update", deletes="archive")
NEW = replace(UPDATE, email_change="new")


def page(at_ms: int, /, **fields: Any) -> Event:
    """Return an identify as it comes with a page's write key."""
    return event(f"p-{at_ms}", at_ms, **fields).model_copy(update={"grant": Grant("key-1")})


def track(at_ms: int, /, **fields: Any) -> Event:
    return event(f"t-{at_ms}", at_ms, "track", event="Invite Sent", **fields)


def alias(at_ms: int, previous: str, user: str) -> Event:
    return event(f"al-{at_ms}", at_ms, "alias", previousId=previous, userId=user)


def delete(at_ms: int, /, **fields: Any) -> Event:
    return event(f"d-{at_ms}", at_ms, "delete", **fields)


@pytest.fixture
def known(relay: Relay) -> Relay:
    """A relay whose HubSpot has a definition for the tracks."""
    relay.events.names = ("Invite Sent",)
    relay.restart(UPDATE)
    return relay


# Words on which an id leads to somebody who may be anybody.
WEAK: dict[str, Event] = {
    "mention": track(100, userId="u-1", properties={"email": OTHER}),
    "public key": page(100, userId="u-1", traits={"email": OTHER}),
}


@pytest.fixture(params=WEAK)
def weak(known: Relay, request: pytest.FixtureRequest) -> Relay:
    """A relay that has heard of a user on a word that counts for less than the person's own."""
    known.deliver(identify(50, email=OTHER, city="Odense"))
    known.deliver(WEAK[request.param])
    return known


# ---------------------------------------------------------------------------------------------------- aliases


def test_an_alias_is_no_word_about_whose_the_ids_are(weak: Relay) -> None:
    weak.deliver(alias(150, "a-1", "u-1"))

    assert weak.deliver(delete(200, userId="u-1")) == [Skipped("deletion_unconfirmed")]
    assert weak.deliver(delete(201, userId="a-1")) == [Skipped("deletion_unconfirmed")]
    assert weak.crm.deleted == []


def test_after_an_alias_the_persons_own_word_still_renames_nobody(weak: Relay) -> None:
    weak.deliver(alias(150, "a-1", "u-1"))
    weak.deliver(identify(200, "u-1", email=OWN, plan="team"))

    assert weak.crm.contacts[OTHER] == {"id": "501", "email": OTHER, "city": "Odense"}
    assert weak.crm.contacts[OWN] == {"id": "502", "email": OWN, "plan": "team"}


@pytest.mark.parametrize(("previous", "user"), [("u-2", "u-1"), ("u-1", "u-2")])
def test_an_alias_of_a_weak_word_with_a_person_is_that_person(weak: Relay, previous: str, user: str) -> None:
    weak.deliver(identify(60, "u-2", email=OWN))

    assert weak.deliver(alias(150, previous, user)) == [Skipped("alias_remembered")]
    assert weak.deliver(identify(200, "u-1", plan="team")) == [Delivered("502")]
    assert weak.crm.contacts[OTHER] == {"id": "501", "email": OTHER, "city": "Odense"}
    assert weak.crm.contacts[OWN] == {"id": "502", "email": OWN, "plan": "team"}


# -------------------------------------------------------------------------------------------------- deletions


def test_a_deletion_of_a_user_id_that_is_an_address_takes_nobody_whom_it_mentions(known: Relay) -> None:
    known.deliver(identify(50, email=OWN), identify(51, "u-2", email=OTHER))
    ids = {address: contact["id"] for address, contact in known.crm.contacts.items()}

    told = delete(200, userId=OWN, context={"traits": {"email": OTHER}})

    assert known.deliver(told) == [Delivered(ids[OWN])]
    assert known.crm.contacts.keys() == {OTHER}


# ---------------------------------------------------------------------------------------- which word is newer


def test_an_event_without_an_address_makes_no_address_too_old(known: Relay) -> None:
    known.deliver(identify(100, "u-1", email=A))
    known.deliver(track(300, userId="u-1"))

    (report,) = known.reports(identify(200, "u-1", email=B))

    assert (report.outcome, report.dropped) == (Delivered("501"), {})
    assert known.crm.contacts == {B: {"id": "501", "email": B}}


def test_an_address_that_is_too_old_is_told_as_left_out(known: Relay) -> None:
    known.deliver(identify(300, "u-1", email=A))

    (report,) = known.reports(identify(200, "u-1", email=B, city="Odense"))

    assert (report.outcome, report.dropped) == (Delivered("501"), {"email": "stale"})
    assert known.crm.contacts == {A: {"id": "501", "email": A, "city": "Odense"}}


def test_an_address_that_was_told_again_later_is_the_newer_one(known: Relay) -> None:
    known.restart(NEW)
    known.deliver(identify(100, "u-1", email=A))
    known.deliver(identify(300, "u-1", email=A, plan="team"))
    known.deliver(identify(200, "u-1", email=B))

    assert known.leads_to(user_key("u-1")) == A


# --------------------------------------------------------------------------------------------------- mentions


def test_a_mention_moves_no_id_that_another_mention_has_led_somewhere(known: Relay) -> None:
    known.deliver(track(100, userId="u-1", context={"traits": {"email": OTHER}}))

    (report,) = known.reports(track(150, userId="u-1", context={"traits": {"email": OWN, "plan": "team"}}))

    assert report.dropped == {"context.traits": "another_person"}
    assert known.leads_to(user_key("u-1")) == OTHER


def test_an_audience_of_whom_only_a_weak_word_is_known_goes_to_its_address(weak: Relay) -> None:
    weak.deliver(event("personas_1", 200, userId="u-1", traits={"email": OWN, "plan": "at_risk"}))

    assert weak.crm.contacts[OWN]["plan"] == "at_risk"
    assert "plan" not in weak.crm.contacts[OTHER]


def test_an_audience_is_one_whatever_form_its_context_has(known: Relay) -> None:
    known.deliver(identify(50, "u-1", email=OWN))
    context = {"personas": [{"computation_class": "audience"}]}

    known.deliver(event("m-1", 100, userId="u-1", traits={"email": OTHER, "plan": "team"}, context=context))

    assert known.crm.contacts == {OWN: {"id": "501", "email": OWN, "plan": "team"}}


def test_of_two_addresses_in_a_track_the_one_that_does_not_count_is_told(known: Relay) -> None:
    told = track(100, userId="u-1", context={"traits": {"email": OWN}}, properties={"email": OTHER})

    (report,) = known.reports(told)

    assert report.dropped == {"email": "reserved_property"}
    assert [dict(each.person) for each in known.events.sent] == [{"email": OWN}]


def test_a_page_that_counts_as_an_event_is_one_of_the_address_that_it_mentions(known: Relay) -> None:
    known.restart(replace(UPDATE, rules=Rules(views={"page": "Invite Sent"})))
    known.deliver(identify(50, "u-1", email=OWN))

    (report,) = known.reports(event("pg", 100, "page", userId="u-1", properties={"email": OTHER}))

    assert isinstance(report.outcome, Delivered)
    assert [dict(each.person) for each in known.events.sent] == [{"email": OTHER}]
    assert known.leads_to(user_key("u-1")) == OWN


def test_a_track_moves_no_anonymous_id_that_is_known(known: Relay) -> None:
    known.restart(NEW)
    known.deliver(event("i", 100, userId="u-1", anonymousId="a-1", traits={"email": A}))
    known.deliver(track(300, userId=C, anonymousId="a-1"))

    assert known.leads_to(anonymous_key("a-1")) == A
    assert known.deliver(event("j", 400, anonymousId="a-1", traits={"plan": "team"})) == [Delivered("501")]
    assert known.crm.contacts[A]["plan"] == "team"
