"""Addresses that go from one contact to another, over HTTP: what is meant for one reaches no other."""

from collections.abc import Mapping, Sequence

import pytest
from functional.hub import Hub
from portals import event, identify

from cli.standin.faults import Fault
from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered

A, B, C = (f"{each}@example.org" for each in "abc")
CHANGES = ["new", "update"]
# Longer than anything rests after an answer that was lost.
LATER_MS = 200_000


def held(hub: Hub) -> Mapping[str, Mapping[str, str]]:
    """Return what HubSpot holds of the contacts that there are, by their records."""
    return {each["id"]: each["properties"] for each in hub.standin.state()["contacts"]}


def values(hub: Hub, name: str) -> Mapping[str, str | None]:
    """Return what each record holds of one property."""
    return {record: properties.get(name) for record, properties in held(hub).items()}


def change_by_hand(hub: Hub, before: str, now: str) -> None:
    """Give a contact another address as somebody does in HubSpot."""
    contacts = hub.standin.portal.contacts
    contact = contacts.by_email(before)
    assert contact
    contacts.replace(contact, {**contact.properties, "email": now})


def deliver_all(hub: Hub, events: Sequence[Event]) -> None:
    """Deliver events as the queue does: those that have to wait come again, up to five times in all."""
    for _ in range(5):
        outcomes = hub.deliver(*events)
        ends = zip(events, outcomes, strict=True)
        events = [each for each, outcome in ends if isinstance(outcome, Deferred)]
        hub.clock.now += LATER_MS
    assert events == []


@pytest.fixture
def two(hub: Hub) -> Hub:
    """Two people, the records 501 and 502, whose changed addresses change those of their contacts."""
    hub.restart(email_change="update", deletes="archive")
    hub.deliver(identify(100, "u-1", email=A))
    hub.deliver(identify(101, "u-2", email=B))
    return hub


@pytest.fixture
def merged(hub: Hub) -> Hub:
    """A contact, the record 501, with a further address that HubSpot would make the first one by a write."""
    hub.restart(email_change="update")
    hub.standin.portal.further_email = "swap"
    hub.standin.portal.contacts.create({"email": A, "hs_additional_emails": B})
    return hub


# ----------------------------------------------------------------------------------- an address is taken over


@pytest.mark.parametrize("is_reversed", [False, True])
def test_two_people_shift_their_addresses_in_one_invocation(two: Hub, *, is_reversed: bool) -> None:
    events = [identify(200, "u-1", email=C, plan="one"), identify(300, "u-2", email=A, plan="two")]

    two.deliver(*reversed(events) if is_reversed else events)
    two.restart(email_change="update")
    two.deliver(identify(400, "u-1", city="one"))
    two.deliver(identify(401, "u-2", city="two"))

    assert values(two, "email") == {"501": C, "502": A}
    assert values(two, "plan") == values(two, "city") == {"501": "one", "502": "two"}


def test_after_such_a_shift_a_deletion_takes_the_right_one(two: Hub) -> None:
    two.deliver(identify(200, "u-1", email=C), identify(300, "u-2", email=A))

    assert two.deliver(event("d", 500, "delete", userId="u-1")) == [Delivered("501")]
    assert held(two).keys() == {"502"}


def test_six_people_each_take_up_the_address_of_the_next_in_one_invocation(hub: Hub) -> None:
    hub.restart(email_change="update")
    for n in range(6):
        hub.deliver(identify(100 + n, f"u-{n}", email=f"p{n}@example.org"))

    deliver_all(
        hub,
        [identify(206 - n, f"u-{n}", email=f"p{n + 1}@example.org", plan=f"of u-{n}") for n in range(6)],
    )

    assert values(hub, "plan") == {f"{501 + n}": f"of u-{n}" for n in range(6)}
    assert values(hub, "email") == {f"{501 + n}": f"p{n + 1}@example.org" for n in range(6)}


def test_the_device_of_somebody_is_not_that_of_whoever_takes_the_old_address(hub: Hub) -> None:
    hub.restart(email_change="update")
    hub.deliver(event("i", 100, userId="u-1", anonymousId="a-1", traits={"email": A}))
    hub.deliver(identify(200, "u-1", email=B))
    hub.deliver(identify(300, "u-2", email=A))

    assert hub.deliver(event("j", 400, anonymousId="a-1", traits={"plan": "one"})) == [Delivered("501")]
    assert values(hub, "plan") == {"501": "one", "502": None}


def test_a_change_of_address_whose_answer_is_lost_is_known_once_the_event_comes_back(two: Hub) -> None:
    change = identify(200, "u-1", email=C, plan="one")
    two.standin.faults.add([Fault(path="update", drop="after")])
    (outcome,) = two.deliver(change)
    assert isinstance(outcome, Deferred)
    two.clock.now += LATER_MS

    two.deliver(change)
    two.deliver(identify(300, "u-2", email=A, plan="two"))

    assert values(two, "plan") == {"501": "one", "502": "two"}
    assert values(two, "email") == {"501": C, "502": A}


def test_what_was_sent_to_one_address_does_not_reach_the_stranger_of_the_next(hub: Hub) -> None:
    hub.restart(email_change="update")
    hub.standin.portal.contacts.create({"email": A})
    hub.standin.portal.contacts.create({"email": B})

    hub.deliver(identify(100, "u-1", email=A, plan="to A"), identify(200, "u-1", email=B, city="to B"))

    assert values(hub, "email") == {"501": A, "502": B}
    assert values(hub, "plan") == {"501": "to A", "502": None}
    assert values(hub, "city") == {"501": None, "502": "to B"}


# --------------------------------------------------------------------------------- an address changed by hand


@pytest.mark.parametrize("change", CHANGES)
def test_the_old_address_of_a_contact_renamed_by_hand_is_a_new_persons(hub: Hub, change: str) -> None:
    hub.restart(email_change=change, deletes="archive")
    hub.deliver(identify(100, "u-1", email=A))
    change_by_hand(hub, A, B)
    # By this event it becomes known that 501 goes by the other one.
    hub.deliver(identify(200, "u-1", email=B, city="one"))
    hub.standin.portal.contacts.create({"email": A})

    assert hub.deliver(identify(300, "u-2", email=A, plan="two")) == [Delivered("502")]
    assert values(hub, "plan") == {"501": None, "502": "two"}
    assert values(hub, "city") == {"501": "one", "502": None}
    # And a deletion takes the new one alone.
    assert hub.deliver(event("d", 500, "delete", userId="u-2")) == [Delivered("502")]
    assert held(hub).keys() == {"501"}


# ------------------------------------------------------------------------------------------ further addresses


@pytest.mark.parametrize("change", CHANGES)
def test_a_further_address_that_comes_with_the_first_stays_a_further_one(merged: Hub, change: str) -> None:
    merged.restart(email_change=change)
    merged.deliver(identify(50, email=A))

    merged.deliver(identify(100, "u-1", email=A), identify(200, "u-1", email=B, plan="one"))

    assert values(merged, "email") == {"501": A}
    assert values(merged, "plan") == {"501": "one"}


def test_a_further_address_that_an_alias_names_stays_a_further_one(merged: Hub) -> None:
    merged.deliver(identify(100, "u-1", email=A))

    merged.deliver(event("al", 200, "alias", previousId="u-1", userId=B))

    assert values(merged, "email") == {"501": A}


def test_a_further_address_stays_one_though_the_first_was_not_written(merged: Hub) -> None:
    merged.standin.faults.add([Fault(path="upsert", status=503, body={})])
    (outcome,) = merged.deliver(identify(100, "u-1", email=A))
    assert isinstance(outcome, Deferred)

    merged.deliver(identify(200, "u-1", email=B))

    assert values(merged, "email") == {"501": A}


def test_a_contact_that_each_write_gives_another_of_its_addresses_is_found_by_its_user(hub: Hub) -> None:
    hub.standin.portal.further_email = "swap"
    addresses = [f"x{n}@example.org" for n in range(7)]
    hub.standin.portal.contacts.create(
        {"email": addresses[0], "hs_additional_emails": ";".join(addresses[1:])}
    )
    hub.deliver(identify(100, "u-1", email=addresses[0]))
    for n, address in enumerate(addresses[1:]):
        hub.deliver(identify(101 + n, email=address, plan=str(n)))

    assert hub.deliver(identify(300, "u-1", city="late")) == [Delivered("501")]
    assert values(hub, "city") == {"501": "late"}
