"""Properties over HTTP: long lists, sensitive and new ones, ones that are gone, options, and stages."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from functional.hub import CREATE, GROUP, PROPERTIES, SENSITIVE, UPDATE, UPSERT, Hub
from portals import identify

from cli.standin.calls import Call
from relay.core.outcomes import Deferred, Delivered, Skipped
from relay.reports import Report
from relay.schemas import REFRESH_AFTER_MS

KIM = "kim@example.org"
FIRST = {PROPERTIES: 1, UPSERT: 1}


def test_s42_a_property_list_of_more_than_5_mb_still_delivers(hub: Hub) -> None:
    hub.standin.portal.add_properties(1000, options=50)
    _, listed = hub.standin.portal.properties.list(Call())
    assert len(json.dumps(listed)) > 5 * 1024 * 1024

    reports = hub.reports(identify(100, email=KIM, bulk_7="option_3", bulk_1000="Option 49", plan="team"))

    assert reports == [Report(Delivered("501"))]
    assert hub.contacts == {KIM: {"bulk_7": "option_3", "bulk_1000": "option_49", "plan": "team"}}
    assert hub.new_calls() == FIRST
    # Neither the next event nor the next process reads it again.
    hub.restart()
    assert hub.deliver(identify(200, email=KIM, bulk_7="option_4")) == [Delivered("501")]
    assert hub.new_calls() == {UPDATE: 1}


def test_sensitive_properties_are_set_only_if_that_is_wanted(hub: Hub) -> None:
    hub.restart(sensitive_properties=True)

    assert hub.reports(identify(email=KIM, medical_notes="none", plan="team")) == [Report(Delivered("501"))]
    assert hub.contacts == {KIM: {"medical_notes": "none", "plan": "team"}}
    assert hub.new_calls() == {**FIRST, SENSITIVE: 1}


# --------------------------------------------------------------------------------------------- new properties

NEW = {
    "is_fan": (True, "true", "bool", "booleancheckbox"),
    "shoe_size": (39.5, "39.5", "number", "number"),
    "first_ride": ("2026-11-01", "1793491200000", "date", "date"),
    "last_ride": ("2026-11-01T09:15:00Z", "1793524500000", "datetime", "date"),
    "motto": ("ride on", "ride on", "string", "text"),
    "bikes": (["a", "b"], '["a","b"]', "string", "textarea"),
}
TRAITS: Mapping[str, Any] = {name: value for name, (value, *_) in NEW.items()}


def test_unknown_traits_become_properties_and_arrive_if_that_is_wanted(hub: Hub) -> None:
    hub.standin.grant("crm.schemas.contacts.write")
    hub.restart(create_properties=True)

    assert hub.reports(identify(100, email=KIM, **TRAITS)) == [Report(Delivered("501"))]
    assert hub.contacts == {KIM: {name: text for name, (_, text, *_) in NEW.items()}}
    live = hub.standin.portal.properties.live
    assert {name: (live[name]["type"], live[name]["fieldType"], live[name]["groupName"]) for name in NEW} == {
        name: (kind, field_type, "segment") for name, (_, _, kind, field_type) in NEW.items()
    }
    # What was created is known from the answer: the list need not be read again.
    assert hub.new_calls() == {PROPERTIES: 1, GROUP: 1, CREATE: 1, UPSERT: 1}
    # They are properties like any other now.
    hub.restart()
    assert hub.reports(identify(200, email=KIM, is_fan=False)) == [Report(Delivered("501"))]
    assert hub.contacts[KIM]["is_fan"] == "false"
    assert hub.new_calls() == {UPDATE: 1}


def test_without_the_scope_what_needs_a_new_property_waits_and_goes_when_it_is_there(hub: Hub) -> None:
    hub.restart(create_properties=True)
    event = identify(100, email=KIM, motto="ride on", score=100)

    assert hub.deliver(event) == [Deferred("missing_scope: crm.schemas.contacts.write")]
    assert hub.contacts == {}
    hub.standin.grant("crm.schemas.contacts.write")

    assert hub.reports(event) == [Report(Delivered("501"))]
    assert hub.contacts == {KIM: {"score": "100", "motto": "ride on"}}


# ---------------------------------------------------------------------------------- properties that are gone


@pytest.mark.parametrize("fails_batch", [False, True])
def test_a_property_that_hubspot_has_lost_costs_itself_and_is_found_out_once(
    hub: Hub, *, fails_batch: bool
) -> None:
    hub.standin.portal.unknown_property_fails_batch = fails_batch
    hub.deliver(identify(1, email=KIM))
    hub.standin.portal.remove_property("plan")
    hub.clock.now += REFRESH_AFTER_MS
    hub.new_calls()

    assert hub.reports(
        identify(100, email=KIM, plan="team", city="Odense"),
        identify(100, email="bo@example.org", city="Rom"),
    ) == [Report(Delivered("501"), {"plan": "refused_property_doesnt_exist"}), Report(Delivered("502"))]
    assert hub.contacts == {KIM: {"city": "Odense"}, "bo@example.org": {"city": "Rom"}}
    assert hub.new_calls() == {UPSERT: 1, UPDATE: 2, PROPERTIES: 1}
    assert hub.reports(identify(200, email=KIM, plan="team", city="Rom")) == [
        Report(Delivered("501"), {"plan": "unknown_property"})
    ]
    assert hub.new_calls() == {UPDATE: 1}


def test_an_option_that_hubspot_has_lost_costs_its_property(hub: Hub) -> None:
    hub.deliver(identify(1, email=KIM))
    hub.standin.portal.add_property("subscription_tier", type="enumeration", options={"tier_1": "Basic"})
    hub.new_calls()

    assert hub.reports(identify(100, email=KIM, subscription_tier="Premium", city="Odense")) == [
        Report(Delivered("501"), {"subscription_tier": "refused_invalid_option"})
    ]
    assert hub.contacts == {KIM: {"city": "Odense"}}
    assert hub.new_calls() == {UPDATE: 2}


# ----------------------------------------------------------------------------------------------------- stages


@pytest.mark.parametrize(
    ("policy", "stage", "dropped", "calls"),
    [
        pytest.param("forward", "customer", {"lifecyclestage": "kept_by_hubspot"}, {UPSERT: 1}, id="forward"),
        pytest.param("any", "lead", {}, {UPSERT: 1, UPDATE: 2}, id="any"),
        pytest.param(
            "never", "customer", {"lifecycle_stage": "lifecyclestage_never"}, {UPSERT: 1}, id="never"
        ),
    ],
)
def test_s45_a_stage_that_leads_back_is_kept_or_set_as_the_owner_decides(
    hub: Hub, policy: str, stage: str, dropped: Mapping[str, str], calls: Mapping[str, int]
) -> None:
    hub.standin.portal.contacts.create({"email": KIM, "lifecyclestage": "customer"})
    hub.restart(lifecyclestage=policy)

    assert hub.reports(identify(100, email=KIM, lifecycle_stage="lead", plan="team")) == [
        Report(Delivered("501"), dropped)
    ]
    assert hub.contacts == {KIM: {"lifecyclestage": stage, "plan": "team"}}
    assert hub.new_calls() == {PROPERTIES: 1, **calls}
    # Said again, it costs nothing.
    assert hub.deliver(identify(200, email=KIM, lifecycle_stage="lead", plan="team")) == [
        Skipped("unchanged")
    ]
    assert hub.new_calls() == {}


@pytest.mark.parametrize("policy", ["forward", "any"])
def test_s45_a_stage_that_advances_takes_one_call(hub: Hub, policy: str) -> None:
    hub.standin.portal.contacts.create({"email": KIM, "lifecyclestage": "lead"})
    hub.restart(lifecyclestage=policy)

    assert hub.reports(identify(email=KIM, lifecycle_stage="customer")) == [Report(Delivered("501"))]
    assert hub.contacts == {KIM: {"lifecyclestage": "customer"}}
    assert hub.new_calls() == FIRST
