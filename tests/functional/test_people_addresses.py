"""Addresses over HTTP: further and changed ones, conflicts, deletions, and contacts that must not be made."""

from collections.abc import Mapping

import pytest
from functional.hub import PROPERTIES, READ, UPDATE, UPSERT, Hub
from portals import event, identify

from cli.standin.faults import Fault
from relay.core.events import Event
from relay.core.outcomes import Delivered, Skipped

OLD, NEW = "kim@example.org", "kim@home.example.org"


# ------------------------------------------------------------------------------------------ further addresses

BEHAVIOURS = [
    # What the first event costs, and which of its two addresses the contact goes by after it.
    pytest.param("keep", {UPSERT: 1}, OLD, id="keep"),
    pytest.param("conflict", {UPSERT: 1, UPDATE: 1}, OLD, id="conflict"),
    pytest.param("swap", {UPSERT: 1}, NEW, id="swap"),
]


@pytest.fixture
def owner(hub: Hub) -> str:
    """Somebody with a further address, whom only HubSpot knows; returned is the record."""
    found = hub.standin.portal.contacts.create({"email": OLD, "hs_additional_emails": NEW})
    return found.id


@pytest.mark.parametrize(("behaviour", "calls", "primary"), BEHAVIOURS)
def test_a_further_address_updates_its_owner_and_the_next_event_costs_no_repair(
    hub: Hub, owner: str, behaviour: str, calls: Mapping[str, int], primary: str
) -> None:
    hub.standin.portal.further_email = behaviour  # type: ignore[assignment] # as in the table
    other = {OLD: NEW, NEW: OLD}[primary]

    assert hub.deliver(identify(100, email=NEW, plan="team")) == [Delivered(owner)]
    assert hub.contacts == {primary: {"hs_additional_emails": other, "plan": "team"}}
    assert hub.new_calls() == {PROPERTIES: 1, **calls}

    hub.restart()
    assert hub.deliver(identify(200, email=NEW, plan="free")) == [Delivered(owner)]
    assert hub.contacts == {primary: {"hs_additional_emails": other, "plan": "free"}}
    assert hub.new_calls() == {UPDATE: 1}
    assert hub.deliver(identify(300, email=NEW, plan="free")) == [Skipped("unchanged")]
    assert hub.new_calls() == {}


@pytest.mark.parametrize("behaviour", ["keep", "conflict", "swap"])
def test_once_known_events_by_either_address_are_one_input(hub: Hub, owner: str, behaviour: str) -> None:
    hub.standin.portal.further_email = behaviour  # type: ignore[assignment] # as in the table
    hub.deliver(identify(100, email=NEW, plan="team"), identify(101, email=OLD, city="Odense"))
    hub.new_calls()

    outcomes = hub.deliver(identify(300, email=OLD, plan="pro"), identify(200, email=NEW, plan="free"))

    assert outcomes == [Delivered(owner), Delivered(owner, is_merged=True)]
    (contact,) = hub.contacts.values()
    assert (contact["plan"], contact["city"]) == ("pro", "Odense")
    assert hub.new_calls() == {UPDATE: 1}
    assert hub.deliver(identify(250, email=NEW, plan="free")) == [Skipped("stale")]
    assert hub.new_calls() == {}


@pytest.mark.parametrize("behaviour", ["keep", "conflict", "swap"])
def test_of_two_addresses_that_meet_for_the_first_time_the_newest_value_counts(
    hub: Hub, owner: str, behaviour: str
) -> None:
    hub.standin.portal.further_email = behaviour  # type: ignore[assignment] # as in the table

    outcomes = hub.deliver(identify(200, email=OLD, plan="newer"), identify(100, email=NEW, plan="older"))

    assert outcomes == [Delivered(owner)] * 2
    (contact,) = hub.contacts.values()
    assert contact["plan"] == "newer"


# -------------------------------------------------------------------------------------------------- conflicts


@pytest.mark.parametrize("more", [{}, {"context": {"existingId": ["501"]}}])
def test_a_409_that_names_the_contact_is_an_update_of_it(
    hub: Hub, owner: str, more: Mapping[str, object]
) -> None:
    words = {"category": "CONFLICT", "message": f"Contact already exists. Existing ID: {owner}", **more}
    hub.standin.faults.add([Fault(path="upsert", status=409, body=words)])

    assert hub.deliver(identify(email=NEW, plan="team")) == [Delivered(owner)]
    assert hub.contacts == {OLD: {"hs_additional_emails": NEW, "plan": "team"}}
    assert hub.new_calls() == {PROPERTIES: 1, UPSERT: 1, UPDATE: 1}


def test_a_409_of_a_whole_batch_is_halved_and_costs_nobody_anything(hub: Hub) -> None:
    hub.standin.faults.add([Fault(path="upsert", status=409, body={"category": "CONFLICT"})])
    events = [identify(n, email=f"p{n}@example.org", plan="team") for n in range(1, 5)]

    assert all(isinstance(outcome, Delivered) for outcome in hub.deliver(*events))
    assert hub.contacts == {f"p{n}@example.org": {"plan": "team"} for n in range(1, 5)}
    assert hub.new_calls() == {PROPERTIES: 1, UPSERT: 3}


# ------------------------------------------------------------------------------------------ changed addresses


def test_a_new_address_of_a_user_is_a_new_contact_unless_an_update_is_wanted(hub: Hub) -> None:
    hub.deliver(identify(100, "u-1", email=OLD, plan="team"))

    assert hub.deliver(identify(200, "u-1", email=NEW)) == [Delivered("502")]
    assert hub.contacts == {OLD: {"plan": "team"}, NEW: {}}
    assert hub.new_calls() == {PROPERTIES: 1, READ: 1, UPSERT: 2}


def test_a_new_address_of_a_user_changes_that_of_the_contact_if_that_is_wanted(hub: Hub) -> None:
    hub.restart(email_change="update")
    hub.deliver(identify(100, "u-1", email=OLD, plan="team"))
    hub.restart(email_change="update")

    assert hub.deliver(identify(200, "u-1", email=NEW, city="Odense")) == [Delivered("501")]
    assert hub.contacts == {NEW: {"plan": "team", "city": "Odense"}}
    assert hub.new_calls() == {PROPERTIES: 1, READ: 1, UPSERT: 1, UPDATE: 1}
    # Whatever still calls the user by the old address reaches the same contact.
    assert hub.deliver(identify(150, "u-1", email=OLD, score=7)) == [Delivered("501")]
    assert hub.contacts == {NEW: {"plan": "team", "city": "Odense", "score": "7"}}
    assert hub.new_calls() == {UPDATE: 1}


def test_a_new_address_that_somebody_has_already_goes_to_that_contact_and_merges_nobody(hub: Hub) -> None:
    hub.restart(email_change="update")
    hub.deliver(identify(100, "u-1", email=OLD, plan="team"))
    boss = hub.standin.portal.contacts.create({"email": "boss@example.org", "hs_additional_emails": NEW})
    hub.new_calls()

    assert hub.deliver(identify(200, "u-1", email=NEW, city="Odense")) == [Delivered(boss.id)]
    assert hub.contacts == {
        OLD: {"plan": "team"},
        "boss@example.org": {"hs_additional_emails": NEW, "city": "Odense"},
    }
    assert hub.new_calls() == {READ: 1, UPDATE: 1}


# -------------------------------------------------------------------------------------------------- deletions


def delete(at_ms: int, user_id: str = "u-1") -> Event:
    return event(f"m-{at_ms}", at_ms, kind="delete", userId=user_id)


def test_deletions_are_off_unless_wanted(hub: Hub) -> None:
    hub.deliver(identify(100, "u-1", email=OLD))
    hub.new_calls()

    assert hub.deliver(delete(200)) == [Skipped("deletes_off")]
    assert hub.contacts == {OLD: {}}
    assert hub.new_calls() == {}


@pytest.mark.parametrize(
    ("deletes", "call", "is_kept"),
    [("archive", "DELETE contacts/501", True), ("gdpr", "POST contacts/gdpr-delete", False)],
)
def test_a_deletion_takes_the_record_and_blocks_no_address(
    hub: Hub, deletes: str, call: str, *, is_kept: bool
) -> None:
    hub.restart(deletes=deletes)
    hub.deliver(identify(100, "u-1", email=OLD, plan="team"))
    hub.restart(deletes=deletes)

    assert hub.deliver(delete(200)) == [Delivered("501")]
    contacts = hub.standin.portal.contacts
    assert (hub.contacts, contacts.blocked, "501" in contacts.archived) == ({}, set(), is_kept)
    assert hub.new_calls() == {PROPERTIES: 1, UPSERT: 1, call: 1}
    # What is older than the deletion stays away, and whoever comes back is somebody new.
    assert hub.deliver(identify(150, "u-1", email=OLD, city="Odense")) == [Skipped("person_deleted")]
    assert hub.deliver(identify(300, "u-1", email=OLD, plan="free")) == [Delivered("502")]
    assert hub.contacts == {OLD: {"plan": "free"}}
    assert hub.new_calls() == {UPSERT: 1}


@pytest.mark.parametrize("deletes", ["archive", "gdpr"])
def test_a_person_whom_hubspot_does_not_have_is_not_deleted_by_address(hub: Hub, deletes: str) -> None:
    hub.restart(deletes=deletes)

    assert hub.deliver(delete(200, OLD)) == [Skipped("contact_unknown")]
    assert hub.standin.portal.contacts.blocked == set()
    assert hub.new_calls() == {PROPERTIES: 1, READ: 1}


def test_a_person_known_by_a_further_address_is_deleted_by_the_record(hub: Hub, owner: str) -> None:
    hub.restart(deletes="gdpr")

    assert hub.deliver(delete(200, NEW)) == [Delivered(owner)]
    assert (hub.contacts, hub.standin.portal.contacts.blocked) == ({}, set())
    assert hub.new_calls() == {PROPERTIES: 1, READ: 1, "POST contacts/gdpr-delete": 1}


# ------------------------------------------------------------------------------------ contacts not to be made


def test_without_new_contacts_only_those_that_hubspot_has_are_updated(hub: Hub, owner: str) -> None:
    hub.restart(create_contacts=False)

    assert hub.deliver(
        identify(100, email=OLD, plan="team"), identify(100, email="bo@example.org", plan="team")
    ) == [Delivered(owner), Skipped("contact_unknown")]
    assert hub.contacts == {OLD: {"hs_additional_emails": NEW, "plan": "team"}}
    assert hub.new_calls() == {PROPERTIES: 1, READ: 1, UPDATE: 1}
    # Whoever is known need not be looked up again.
    assert hub.deliver(identify(200, email=OLD, plan="free")) == [Delivered(owner)]
    assert hub.contacts == {OLD: {"hs_additional_emails": NEW, "plan": "free"}}
    assert hub.new_calls() == {UPDATE: 1}
