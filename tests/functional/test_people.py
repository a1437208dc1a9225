"""Identifies become contacts: what Segment's page on HubSpot (Classic) promises, over HTTP.

The numbers in the names of cases are those of its statements.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from functional.hub import PROPERTIES, READ, UPDATE, UPSERT, Hub
from portals import event, identify

from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Outcome, Skipped
from relay.reports import Report

PETER = "petergibbon@email.com"
FIRST = {PROPERTIES: 1, UPSERT: 1}
DAY_MS, MOMENT_MS = "1793491200000", "1793524500000"
MOMENT = "2026-11-01T09:15:00.000Z"


def test_s12_one_identify_without_any_page_or_track_is_one_contact(hub: Hub) -> None:
    outcomes = hub.deliver(identify(user="user1234", email=PETER, firstname="Peter", lastname="Gibbon"))

    assert outcomes == [Delivered("501")]
    assert hub.contacts == {PETER: {"firstname": "Peter", "lastname": "Gibbon"}}
    assert hub.new_calls() == FIRST


@pytest.mark.parametrize(
    ("traits", "held"),
    [
        pytest.param({"yoLO": "a"}, {"yolo": "a"}, id="S15-lower-case"),
        pytest.param({"gogurt is life": "a"}, {"gogurt_is_life": "a"}, id="S16-spaces"),
        pytest.param({"company": {"name": "X"}}, {"company": "X"}, id="S18-company-name"),
        pytest.param({"address": "1 Main St"}, {"address": "1 Main St"}, id="S19-address"),
        pytest.param({"city": "Austin"}, {"city": "Austin"}, id="S19-city"),
        pytest.param({"companyName": "X"}, {"company": "X"}, id="S19-companyName"),
        pytest.param({"firstName": "Bo"}, {"firstname": "Bo"}, id="S19-firstName"),
        pytest.param({"lastName": "Ek"}, {"lastname": "Ek"}, id="S19-lastName"),
        pytest.param({"position": "CTO"}, {"jobtitle": "CTO"}, id="S19-position"),
        pytest.param({"phone": "+45 12"}, {"phone": "+45 12"}, id="S19-phone"),
        pytest.param({"zip": "02134"}, {"zip": "02134"}, id="S19-zip"),
        pytest.param({"firstname": "Bo", "lastname": "Ek"}, {"firstname": "Bo", "lastname": "Ek"}, id="S20"),
        pytest.param({"offerDate": MOMENT}, {"offerdate": DAY_MS}, id="S44-date"),
        pytest.param({"last seen at": MOMENT}, {"last_seen_at": MOMENT_MS}, id="S44-datetime"),
        pytest.param({"notes_long": MOMENT}, {"notes_long": MOMENT}, id="S44-text-stays-text"),
        pytest.param({"lifecycle_stage": "lead"}, {"lifecyclestage": "lead"}, id="S45-snake"),
        pytest.param({"lifecycleStage": "Lead"}, {"lifecyclestage": "lead"}, id="S45-camel"),
        pytest.param({"custom_lifecycle_stage": "x"}, {"custom_lifecycle_stage": "x"}, id="S46"),
        pytest.param({"pricing_page_visits": 5}, {"pricing_page_visits": "5"}, id="S51-number"),
        pytest.param({"plan": 5}, {"plan": "5"}, id="S61-text-of-a-number"),
        pytest.param({"trial_power_users": True}, {"trial_power_users": "true"}, id="S52-enters"),
        pytest.param({"trial_power_users": False}, {"trial_power_users": "false"}, id="S52-exits"),
        pytest.param({"trial_power_users": "true"}, {"trial_power_users": "true"}, id="S61-journey-in-text"),
    ],
)
def test_a_trait_becomes_the_property_that_is_promised(
    hub: Hub, traits: Mapping[str, Any], held: Mapping[str, str]
) -> None:
    assert hub.reports(identify(email=PETER, **traits)) == [Report(Delivered("501"))]
    assert hub.contacts == {PETER: held}
    # None of it takes more than this, such as a company.
    assert hub.new_calls() == FIRST


@pytest.mark.parametrize(
    ("traits", "dropped"),
    [
        pytest.param({"nope": 1}, {"nope": "unknown_property"}, id="S17-unknown"),
        pytest.param({"j_unknown": True}, {"j_unknown": "unknown_property"}, id="S50-not-created-before"),
        pytest.param({"Price With Tax": 1}, {"Price With Tax": "read_only_property"}, id="S17-read-only"),
        pytest.param({"score": "many"}, {"score": "not_a_number"}, id="S61-no-number"),
        pytest.param({"offerDate": "soon"}, {"offerDate": "not_a_date"}, id="S44-no-date"),
        pytest.param({"medical_notes": "x"}, {"medical_notes": "unknown_property"}, id="sensitive"),
    ],
)
def test_a_trait_that_hubspot_cannot_have_costs_itself_and_is_named(
    hub: Hub, traits: Mapping[str, Any], dropped: Mapping[str, str]
) -> None:
    assert hub.reports(identify(email=PETER, plan="team", **traits)) == [Report(Delivered("501"), dropped)]
    assert hub.contacts == {PETER: {"plan": "team"}}
    assert hub.new_calls() == FIRST


@pytest.mark.parametrize(
    ("who", "address"),
    [
        pytest.param({"userId": "u-1", "traits": {"email": PETER}}, PETER, id="S14-trait"),
        pytest.param({"userId": "Peter@Example.org"}, "peter@example.org", id="S14-user-id-is-an-address"),
        pytest.param({"traits": {"E-Mail": f" {PETER.upper()} "}}, PETER, id="S66-email-only"),
        pytest.param({"context": {"traits": {"email": PETER}}}, PETER, id="S14-context"),
    ],
)
def test_the_address_is_the_key(hub: Hub, who: Mapping[str, Any], address: str) -> None:
    assert hub.deliver(event("m-1", **who)) == [Delivered("501")]
    assert hub.contacts == {address: {}}
    assert hub.new_calls() == FIRST


@pytest.mark.parametrize("is_new_process", [False, True])
def test_s66_a_user_id_alone_is_enough_for_whoever_is_known(hub: Hub, *, is_new_process: bool) -> None:
    hub.deliver(identify(100, "user-6", email=PETER))
    if is_new_process:
        hub.restart()
    hub.new_calls()

    assert hub.deliver(identify(200, "user-6", offerDate=MOMENT)) == [Delivered("501")]
    assert hub.contacts == {PETER: {"offerdate": DAY_MS}}
    assert hub.new_calls() == {UPDATE: 1}


@pytest.mark.parametrize(
    ("skipped", "reason"),
    [
        pytest.param(identify(user="u-1", plan="team"), "no_email", id="S14-neither"),
        pytest.param(identify(email="kim@example.invalid-tld"), "invalid_email", id="unknown-tld"),
        pytest.param(identify(email="kim@localhost"), "invalid_email", id="no-tld"),
        pytest.param(event("m-1", kind="track", event="Audience Entered"), "no_person", id="S59"),
        pytest.param(event("m-1", kind="group", groupId="g-1"), "no_website", id="S35"),
    ],
)
def test_what_names_nobody_is_skipped_without_a_call_about_contacts(
    hub: Hub, skipped: Event, reason: str
) -> None:
    hub.deliver(identify(email=PETER))
    hub.new_calls()

    assert hub.deliver(skipped) == [Skipped(reason)]
    assert hub.contacts == {PETER: {}}
    assert hub.new_calls() == {}


def test_s60_an_audience_key_means_the_internal_name_and_not_the_label(hub: Hub) -> None:
    hub.standin.portal.add_property("j_o_vip", type="bool", label="Best Customers")

    assert hub.reports(identify(email=PETER, best_customers=True, j_o_vip=True)) == [
        Report(Delivered("501"), {"best_customers": "unknown_property"})
    ]
    assert hub.contacts == {PETER: {"j_o_vip": "true"}}
    assert hub.new_calls() == FIRST


def test_s63_s65_engages_sample_alone_is_delivered(hub: Hub) -> None:
    sample = event(
        "personas_1",
        userId="u-1",
        anonymousId=None,
        traits={"email": PETER, "email_opened_30_days": True},
        context={"library": {"name": "analytics-python", "version": "1.2.9"}},
        integrations={},
    )

    assert hub.reports(sample) == [Report(Delivered("501"))]
    assert hub.contacts == {PETER: {"email_opened_30_days": "true"}}
    assert hub.new_calls() == FIRST


def test_s51_s52_only_changes_of_what_is_computed_are_sent(hub: Hub) -> None:
    outcomes: list[Outcome] = []
    for at_ms, visits, is_member in [(1, 5, True), (2, 5, True), (3, 6, True), (4, 6, False)]:
        traits = {"pricing_page_visits": visits, "order_completed_last_30days": is_member}
        outcomes += hub.deliver(identify(at_ms, "u-1", email=PETER, **traits))

    sent = Delivered("501")
    assert outcomes == [sent, Skipped("unchanged"), sent, sent]
    assert hub.contacts == {PETER: {"pricing_page_visits": "6", "order_completed_last_30days": "false"}}
    assert hub.new_calls() == {PROPERTIES: 1, UPSERT: 1, UPDATE: 2}


def test_s54_the_first_sync_of_an_audience_takes_a_call_for_a_hundred_members(hub: Hub) -> None:
    members = [
        identify(n, f"u-{n}", email=f"m{n}@example.org", trial_power_users=True) for n in range(1, 251)
    ]

    assert all(isinstance(outcome, Delivered) for outcome in hub.deliver(*members))
    assert hub.contacts == {f"m{n}@example.org": {"trial_power_users": "true"} for n in range(1, 251)}
    assert hub.new_calls() == {PROPERTIES: 1, UPSERT: 3}


SEVEN = frozenset(
    {
        "business-intelligence",
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.schemas.contacts.read",
        "crm.objects.companies.read",
        "crm.objects.companies.write",
        "crm.schemas.companies.read",
    }
)


def test_s2_the_seven_scopes_of_the_page_suffice(hub: Hub) -> None:
    hub.standin.scopes = SEVEN
    hub.restart(email_change="update", create_contacts=False, deletes="archive", lifecyclestage="any")
    hub.standin.portal.contacts.create({"email": PETER, "lifecyclestage": "customer"})

    assert hub.deliver(identify(1, "u-1", email=PETER, lifecycle_stage="lead")) == [Delivered("501")]
    assert hub.deliver(identify(2, "u-1", email="peter@example.org")) == [Delivered("501")]
    assert hub.contacts == {"peter@example.org": {"lifecyclestage": "lead"}}
    assert hub.deliver(event("m-3", 3, kind="delete", userId="u-1")) == [Delivered("501")]
    assert hub.contacts == {}
    assert hub.new_calls() == {
        PROPERTIES: 1,
        # The first event finds the contact, and sets its stage back; the second asks whose its address is.
        READ: 2,
        UPDATE: 4,
        "DELETE contacts/501": 1,
    }


def test_s2_what_needs_a_scope_that_is_missing_waits_until_it_is_there(hub: Hub) -> None:
    hub.standin.scopes = SEVEN - {"crm.objects.contacts.write"}

    assert hub.deliver(identify(email=PETER)) == [Deferred("missing_scope: crm.objects.contacts.write")]
    assert hub.contacts == {}
    assert hub.new_calls() == FIRST

    hub.standin.grant("crm.objects.contacts.write")
    assert [type(each) for each in hub.deliver(identify(email=PETER))] == [Delivered]
