"""An event never lands on somebody else: through the sender's handler, against the stand-in."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from functional.sender import invoke_with, outcomes, record_of, set_up_enterprise, start_cold

from cli.standin.server import StandIn
from relay.core.grants import Grant

OWN, OTHER = "user01@example.org", "other01@example.net"
Events = Sequence[Mapping[str, Any]]


def at(seconds: int) -> str:
    return f"2026-11-01T08:00:{seconds:02}.000Z"


def event(seconds: int, kind: str = "identify", user: str | None = "u-1", /, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "messageId": f"m-{seconds}", "userId": user, "timestamp": at(seconds), **fields}


def deliver(events: Events, *, together: bool, grant: Grant | None = None) -> dict[str, str]:
    """Deliver events in one invocation, or each in one of a new process; return what became of each."""
    told: dict[str, str] = {}
    for each in [events] if together else [[one] for one in events]:
        start_cold()
        _, lines = invoke_with(*(record_of(one, grant) for one in each))
        told |= outcomes(lines)
    return told


def contacts(hubspot: StandIn) -> dict[str, dict[str, str]]:
    """Return what matters of the contacts, by their addresses."""
    held = [each["properties"] for each in hubspot.state()["contacts"]]
    names = {"firstname", "city", "trial_power_users"}
    return {each["email"]: {name: text for name, text in each.items() if name in names} for each in held}


@pytest.fixture(params=[True, False], ids=["one invocation", "many"])
def together(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.mark.parametrize("mode", ["custom", "legacy", "off"])
def test_a_track_that_mentions_somebody_moves_no_id(hubspot: StandIn, mode: str, *, together: bool) -> None:
    set_up_enterprise(hubspot, events=mode, create_event_definitions=True, email_change="update")
    told = deliver(
        [
            event(1, traits={"email": OWN}),
            event(2, "track", event="Invite Sent", properties={"email": OTHER}),
            event(3, "track", event="Invite Sent", properties={"seats": 2}),
            event(4, traits={"city": "Odense"}),
        ],
        together=together,
    )

    assert told["m-4"] == "delivered"
    held = contacts(hubspot)
    assert held[OWN] == {"city": "Odense"}
    assert held.get(OTHER, {}) == {}
    if mode == "custom":
        ids = {each["properties"]["email"]: each["id"] for each in hubspot.state()["contacts"]}
        assert [each["contactId"] for each in hubspot.state()["occurrences"]] == [ids[OTHER], ids[OWN]]


@pytest.mark.parametrize("change", ["new", "update"])
def test_an_audience_of_each_address_is_no_change_of_address(
    hubspot: StandIn, change: str, *, together: bool
) -> None:
    set_up_enterprise(hubspot, email_change=change)
    hubspot.portal.add_property("trial_power_users")
    personas = {"computation_class": "audience", "computation_key": "trial_power_users"}
    audience = {"trial_power_users": True}
    told = deliver(
        [
            event(1, traits={"email": OWN}),
            event(2, traits={"email": OWN, **audience}, context={"personas": personas}),
            event(3, traits={"email": OTHER, **audience}, context={"personas": personas}),
            event(4, traits={"city": "Odense"}),
        ],
        together=together,
    )

    assert set(told.values()) <= {"delivered", "skipped: unchanged"}
    assert contacts(hubspot) == {OWN: {"trial_power_users": "true", "city": "Odense"}}


@pytest.mark.parametrize("change", ["new", "update"])
def test_an_address_that_a_person_has_changed_in_hubspot_stays(hubspot: StandIn, change: str) -> None:
    set_up_enterprise(hubspot, email_change=change)
    deliver([event(1, traits={"email": OWN})], together=True)
    (contact,) = hubspot.portal.contacts.live.values()
    hubspot.portal.contacts.replace(contact, {**contact.properties, "email": OTHER})

    deliver([event(2, traits={"email": OWN, "city": "Odense"})], together=True)

    assert contacts(hubspot) == {OTHER: {"city": "Odense"}}


@pytest.mark.parametrize("behaviour", ["keep", "conflict", "swap"])
@pytest.mark.parametrize("change", ["new", "update"])
def test_a_further_address_of_a_known_person_stays_a_further_one(
    hubspot: StandIn, behaviour: str, change: str
) -> None:
    """Whatever HubSpot does with a write by a further address: none is made."""
    set_up_enterprise(hubspot, email_change=change)
    hubspot.portal.further_email = behaviour  # type: ignore[assignment] # as in the table
    deliver([event(1, traits={"email": OWN})], together=True)
    (contact,) = hubspot.portal.contacts.live.values()
    hubspot.portal.contacts.replace(contact, {**contact.properties, "hs_additional_emails": OTHER})

    told = deliver([event(2, traits={"email": OTHER, "city": "Odense"})], together=True)

    assert told == {"m-2": "delivered"}
    assert contacts(hubspot) == {OWN: {"city": "Odense"}}


def test_a_real_change_of_address_goes_back_and_forth(hubspot: StandIn, *, together: bool) -> None:
    set_up_enterprise(hubspot, email_change="update")
    deliver([event(1, traits={"email": OWN, "city": "Odense"})], together=True)
    for n, address in enumerate((OTHER, OWN, OTHER)):
        deliver([event(2 + n, traits={"email": address})], together=together)

        assert contacts(hubspot) == {address: {"city": "Odense"}}


def test_an_alias_makes_two_ids_one_person(hubspot: StandIn, *, together: bool) -> None:
    set_up_enterprise(hubspot)
    told = deliver(
        [
            event(1, traits={"email": OWN}),
            event(2, "alias", "u-2", previousId="u-1"),
            event(3, "identify", "u-2", traits={"city": "Odense"}),
        ],
        together=together,
    )

    assert told["m-3"] == "delivered"
    assert contacts(hubspot) == {OWN: {"city": "Odense"}}


def test_the_only_address_may_stand_among_external_ids(hubspot: StandIn) -> None:
    set_up_enterprise(hubspot)
    external = [{"type": "email", "id": OWN, "collection": "users", "encoding": "none"}]

    told = deliver([event(1, traits={"city": "Odense"}, context={"externalIds": external})], together=True)

    assert told == {"m-1": "delivered"}
    assert contacts(hubspot) == {OWN: {"city": "Odense"}}


def test_a_deletion_takes_nobody_whom_an_event_only_mentioned(hubspot: StandIn) -> None:
    set_up_enterprise(hubspot, deletes="gdpr", create_event_definitions=True)
    deliver([event(1, "identify", "u-2", traits={"email": OTHER})], together=True)
    deliver([event(2, "track", event="Invite Sent", properties={"email": OTHER})], together=True)

    told = deliver([event(3, "delete")], together=True)

    assert told == {"m-3": "skipped: deletion_unconfirmed"}
    assert contacts(hubspot).keys() == {OTHER}


def test_a_page_cannot_take_a_known_user_away(hubspot: StandIn, *, together: bool) -> None:
    set_up_enterprise(hubspot, email_change="update")
    deliver([event(1, traits={"email": OWN})], together=True)

    told = deliver(
        [event(2, traits={"email": OTHER, "city": "Evil"}), event(3, traits={"city": "Evil"})],
        together=together,
        grant=Grant("page"),
    )
    deliver([event(4, traits={"city": "Odense"})], together=True)

    assert told == {"m-2": "delivered", "m-3": "skipped: unconfirmed"}
    assert contacts(hubspot) == {OWN: {"city": "Odense"}, OTHER: {"city": "Evil"}}


def test_of_a_list_of_postal_addresses_the_first_one_counts(hubspot: StandIn, *, together: bool) -> None:
    places = [{"street": "1 Quay", "city": "Bergen"}, {"street": "2 Quay", "city": "Oslo"}]

    deliver([event(1, traits={"email": OWN, "address": places, "phone": [{"home": 1}]})], together=together)

    (contact,) = hubspot.state()["contacts"]
    assert contact["properties"].items() >= {"address": "1 Quay", "city": "Bergen"}.items()
    assert "phone" not in contact["properties"]
