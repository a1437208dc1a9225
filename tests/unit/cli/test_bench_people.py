"""The model that a bench holds the relay to, and the events that it posts."""

from collections.abc import Mapping

from cli.bench.people import TOLD, TRAITS, again, expected, identifies, one_each, upserts, wrong_contacts
from cli.standin.objects import CrmObject
from cli.standin.portal import Portal

KIM, ROBIN = "kim@example.org", "robin@example.org"


def an_identify(address: str, hour: int, **traits: str) -> Mapping[str, object]:
    return {
        "type": "identify",
        "userId": address.partition("@")[0],
        "traits": {"email": address, **traits},
        "timestamp": f"2026-11-01T{hour:02}:00:00.000+00:00",
    }


def held(portal: Portal) -> list[CrmObject]:
    return list(portal.contacts.live.values())


def test_of_each_property_the_value_counts_whose_event_happened_last() -> None:
    events = [
        an_identify(KIM, 9, firstName="Kim", city="Oslo"),
        an_identify(ROBIN, 7, city="Bergen"),
        an_identify(KIM, 8, firstName="K.", jobTitle="CTO"),
        an_identify(KIM, 10, city="Rome"),
    ]

    assert expected(events) == {
        KIM: {"firstname": "Kim", "jobtitle": "CTO", "city": "Rome"},
        ROBIN: {"city": "Bergen"},
    }


def test_every_identify_tells_six_of_nine_traits_at_a_time_of_its_own() -> None:
    events = identifies(500)

    assert all(len(event["traits"].keys() & TRAITS.keys()) == TOLD for event in events)
    times = [event["timestamp"] for event in events]
    assert len(set(times)) == len(events)
    assert times not in (sorted(times), sorted(times, reverse=True))
    assert len(expected(events)) < len(events)


def test_what_is_told_again_is_the_same() -> None:
    contacts = expected(identifies(500))

    assert expected(again(contacts)) == contacts


def test_one_each_tells_of_everybody_once_and_of_other_values_with_each_seed() -> None:
    first, second = one_each(60, "person", 0), one_each(60, "person", 1)

    assert len(expected(first)) == 60
    assert expected(first).keys() == expected(second).keys()
    assert all(expected(second)[address] != held for address, held in expected(first).items())


def test_a_contact_that_is_stale_missing_or_not_expected_is_wrong() -> None:
    wanted = {KIM: {"city": "Rome"}, ROBIN: {"city": "Bergen"}}
    portal = Portal()
    kim = portal.contacts.create({"email": KIM, "city": "Oslo", "lifecyclestage": "lead"})

    assert wrong_contacts(wanted, held(portal)) == 2

    portal.contacts.replace(kim, {"email": KIM, "city": "Rome", "lifecyclestage": "lead"})
    portal.contacts.create({"email": ROBIN, "city": "Bergen"})
    assert wrong_contacts(wanted, held(portal)) == 0

    portal.contacts.create({"email": "noone@example.org"})
    assert wrong_contacts(wanted, held(portal)) == 1


def test_a_contact_that_is_there_twice_is_wrong() -> None:
    portal = Portal()
    for _ in range(2):
        portal.contacts.create({"email": KIM, "city": "Rome"})

    assert wrong_contacts({KIM: {"city": "Rome"}}, held(portal)) == 1


def test_whatever_writes_contacts_counts_as_an_upsert() -> None:
    path = "/crm/objects/2026-09/contacts/batch"
    calls: list[Mapping[str, object]] = [
        {"path": f"{path}/upsert", "inputs": 100},
        {"path": f"{path}/update", "inputs": 3},
        {"path": f"{path}/read", "inputs": 50},
        {"path": "/crm/objects/2026-09/companies/batch/update", "inputs": 7},
        {"path": "/crm/properties/2026-09/contacts", "inputs": None},
    ]

    assert upserts(calls) == 103
