"""Whoever takes up an address that a contact has given up is somebody else."""

from dataclasses import replace
from typing import Any

import pytest
from portals import Relay, event, identify

from relay.core.events import Event
from relay.core.grants import Grant
from relay.core.outcomes import Delivered, Skipped
from relay.core.policy import Policy
from relay.core.profiles import email_key, user_key

A, B, C = (f"{each}@example.org" for each in "abc")
EVIL = "evil@example.net"


def page(at_ms: int, /, **fields: Any) -> Event:
    """Return an identify as it comes with a page's write key."""
    return event(f"p-{at_ms}", at_ms, **fields).model_copy(update={"grant": Grant("key-1")})


def alias(at_ms: int, previous: str, user: str) -> Event:
    return event(f"al-{at_ms}", at_ms, "alias", previousId=previous, userId=user)


@pytest.fixture
def moved(relay: Relay) -> Relay:
    """A relay whose user `u-1` has had other ids and has given up an address."""
    relay.restart(Policy(email_change="update", deletes="archive"))
    relay.deliver(event("i", 100, userId="u-1", anonymousId="a-1", traits={"email": A}))
    relay.deliver(page(105, anonymousId="a-9", traits={"email": A}))
    relay.deliver(alias(110, "u-old", "u-1"))
    relay.deliver(identify(200, "u-1", email=B))
    return relay


@pytest.mark.parametrize("user", ["u-old", "u-1"])
def test_a_deletion_takes_the_person_and_not_whoever_has_the_old_address(moved: Relay, user: str) -> None:
    moved.deliver(identify(300, "u-2", email=A))

    assert moved.deliver(event("d", 500, "delete", userId=user)) == [Delivered("501")]
    assert moved.crm.deleted == [("501", False)]
    assert moved.crm.contacts == {A: {"id": "502", "email": A}}


EARLIER_IDS: list[Event] = [
    identify(600, "u-1", plan="team"),
    identify(600, "u-old", plan="team"),
    event("m-600", 600, anonymousId="a-1", traits={"plan": "team"}),
    page(600, anonymousId="a-9", traits={"plan": "team"}),
]


@pytest.mark.parametrize("is_restarted", [True, False])
@pytest.mark.parametrize("told", EARLIER_IDS, ids=["user", "alias", "anonymous", "seen by a public key"])
def test_every_id_follows_the_contact_to_its_new_address(
    moved: Relay, told: Event, *, is_restarted: bool
) -> None:
    moved.deliver(identify(300, "u-2", email=A))
    if is_restarted:
        moved.restart()

    assert moved.deliver(told) == [Delivered("501")]
    assert moved.crm.contacts == {
        A: {"id": "502", "email": A},
        B: {"id": "501", "email": B, "plan": "team"},
    }


def test_an_earlier_id_is_nobodys_to_claim(moved: Relay) -> None:
    moved.deliver(page(500, userId="u-old", traits={"email": EVIL}))

    assert moved.deliver(identify(600, "u-old", plan="team")) == [Delivered("501")]
    assert "plan" not in moved.crm.contacts[EVIL]


def test_two_users_of_one_contact_both_stay_known_when_one_changes_the_address(relay: Relay) -> None:
    relay.restart(Policy(email_change="update"))
    relay.deliver(identify(100, "u-1", email=A), identify(110, "u-2", email=A))
    relay.deliver(identify(200, "u-2", email=C))

    assert relay.deliver(identify(300, "u-1", plan="team")) == [Delivered("501")]
    assert relay.crm.contacts == {C: {"id": "501", "email": C, "plan": "team"}}


def test_the_device_of_somebody_who_was_deleted_is_not_that_of_whoever_has_the_address_now(
    relay: Relay,
) -> None:
    relay.restart(Policy(email_change="update", deletes="archive"))
    relay.deliver(event("i", 100, userId="u-1", anonymousId="a-1", traits={"email": A}))
    relay.deliver(event("d", 200, "delete", userId="u-1"))
    relay.deliver(identify(300, "u-2", email=A))

    assert relay.deliver(event("j", 400, anonymousId="a-1", traits={"plan": "team"})) == [Skipped("no_email")]
    assert relay.crm.contacts == {A: {"id": "502", "email": A}}


def test_an_older_event_by_a_further_address_brings_nobody_back_who_was_deleted(relay: Relay) -> None:
    relay.restart(Policy(email_change="update", deletes="archive"))
    relay.deliver(identify(100, "u-1", email=A))
    relay.crm.further = {B: A}
    relay.deliver(identify(150, "u-1", email=B, plan="team"))
    relay.deliver(event("d", 300, "delete", userId="u-1"))
    relay.crm.further = {}

    assert relay.deliver(identify(120, email=B, plan="team")) == [Skipped("person_deleted")]
    assert relay.crm.contacts == {}
    # Whoever has the address afterwards is somebody else.
    assert relay.deliver(identify(400, email=B, plan="free")) == [Delivered("502")]


# ---------------------------------------------------------------------------------- addresses changed by hand


def rename(relay: Relay, before: str, now: str) -> None:
    """Give a contact another address as somebody does in HubSpot."""
    relay.crm.contacts[now] = {**relay.crm.contacts.pop(before), "email": now}


def test_the_old_address_of_a_contact_that_was_renamed_by_hand_is_free_for_a_new_person(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=A))
    rename(relay, A, B)
    # By this event the new address becomes known.
    relay.deliver(identify(200, "u-1", email=B, city="Odense"))

    assert relay.deliver(identify(300, "u-2", email=A, plan="team")) == [Delivered("502")]
    assert relay.deliver(identify(400, "u-1", plan="free")) == [Delivered("501")]
    assert relay.crm.contacts == {
        A: {"id": "502", "email": A, "plan": "team"},
        B: {"id": "501", "email": B, "city": "Odense", "plan": "free"},
    }
    assert (relay.leads_to(user_key("u-1")), relay.leads_to(user_key("u-2"))) == (B, A)


def test_an_old_address_that_the_contact_keeps_as_a_further_one_is_still_its_own(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=A))
    rename(relay, A, B)
    relay.crm.further = {A: B}
    relay.deliver(identify(200, "u-1", email=B, city="Odense"))

    relay.restart()
    assert relay.deliver(identify(300, email=A, plan="team")) == [Delivered("501")]
    assert relay.crm.contacts == {B: {"id": "501", "email": B, "city": "Odense", "plan": "team"}}
    # It was remembered with the answer that told of the new one.
    assert relay.crm.reads == [[B]]


def test_a_change_back_to_the_old_address_is_sent_and_the_other_one_is_free(relay: Relay) -> None:
    relay.restart(Policy(email_change="update"))
    relay.deliver(identify(100, "u-1", email=A, plan="free"))
    rename(relay, A, B)
    relay.deliver(identify(200, "u-1", email=B))

    assert relay.deliver(identify(300, "u-1", email=A)) == [Delivered("501")]
    assert relay.deliver(identify(400, "u-2", email=B, plan="team")) == [Delivered("502")]
    assert relay.crm.contacts == {
        A: {"id": "501", "email": A, "plan": "free"},
        B: {"id": "502", "email": B, "plan": "team"},
    }


def test_a_change_back_is_sent_where_the_answer_to_the_change_was_lost(relay: Relay) -> None:
    relay.restart(Policy(email_change="update"))
    relay.deliver(identify(100, "u-1", email=A))
    # HubSpot has it, and nobody has seen the answer.
    rename(relay, A, B)
    relay.clock.now += 600_000
    relay.deliver(identify(200, "u-1", email=B), doubted_until_ms=relay.clock.now)

    assert relay.deliver(identify(300, "u-1", email=A)) == [Delivered("501")]
    assert relay.crm.contacts == {A: {"id": "501", "email": A}}


def without_records(relay: Relay) -> None:
    """Leave what 0.1.0 remembered: ids lead to addresses, and none to or from HubSpot's ids."""
    held = relay.profiles.profiles
    ends = {key: email_key(relay.leads_to(key)) for key, each in held.items() if each.points_to}
    relay.profiles.profiles = {
        key: replace(each, points_to=ends.get(key, ""))
        for key, each in held.items()
        if not key.startswith("object#")
    }
    relay.restart()


def test_a_memory_without_records_still_knows_a_contact_that_was_renamed_by_hand(relay: Relay) -> None:
    relay.deliver(identify(100, "u-1", email=A, plan="free"))
    without_records(relay)
    rename(relay, A, B)
    relay.deliver(identify(200, "u-1", email=B, city="Odense"))

    assert relay.deliver(identify(300, "u-2", email=A, plan="team")) == [Delivered("502")]
    assert relay.crm.contacts[B] == {"id": "501", "email": B, "city": "Odense", "plan": "free"}


def test_a_memory_without_records_lets_no_older_event_overwrite_by_the_record(relay: Relay) -> None:
    relay.deliver(identify(300, "u-1", email=A, plan="team"))
    without_records(relay)

    relay.deliver(identify(200, hs_object_id="501", email=A, plan="free"))
    assert relay.crm.contacts == {A: {"id": "501", "email": A, "plan": "team"}}
