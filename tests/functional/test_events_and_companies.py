"""Tracks and groups against the stand-in, over HTTP."""

from typing import Any, Literal

import pytest
from functional.hub import ACCOUNT, PROPERTIES, UPSERT, Hub
from functional.sender import invoke_with, outcomes, record_of, set_up_enterprise
from portals import event, identify

from cli.standin.faults import Fault
from cli.standin.server import HUB_ID, StandIn
from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped

PETER = "peter@example.com"
SEND, LIST = (
    "POST /events/2026-09/send/batch",
    "GET /events/2026-09/event-definitions?limit=100&includeProperties=true",
)
SCOPES = ("analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write")
ACME = "https://www.acme-demo.com"


def track(at_ms: int = 500, name: str = "Order Completed", **fields: object) -> Event:
    known = {"event": name, "userId": "user-1", "properties": {"email": PETER}}
    return event(f"t-{at_ms}", at_ms, kind="track", **known | fields)


def group(at_ms: int, user: str, website: str = ACME, **traits: object) -> Event:
    fields = {"userId": user, "groupId": "some_group_id", "traits": {"website": website, **traits}}
    return event(f"g-{at_ms}-{user}", at_ms, kind="group", **fields)


@pytest.fixture
def enterprise(hub: Hub) -> Hub:
    """A portal that may have custom events."""
    hub.standin.grant(*SCOPES)
    hub.restart(events="custom")
    return hub


# ----------------------------------------------------------------------------------------------------- tracks


def test_s21_s24_a_track_is_one_occurrence_tied_to_the_contact(enterprise: Hub) -> None:
    enterprise.deliver(identify(100, email=PETER))
    properties = {"email": PETER, "order_total": 19.9, "plan": "Gold", "colour": "red"}

    (report,) = enterprise.reports(track(200, properties=properties))

    (occurrence,) = enterprise.standin.portal.occurrences
    assert isinstance(report.outcome, Delivered)
    assert report.dropped == {"colour": "unknown_event_property"}
    assert (occurrence.uuid, occurrence.event_name) == ("t-200", f"pe{HUB_ID}_order_completed")
    assert occurrence.properties["order_total"] == "19.9"


def test_a_thousand_tracks_are_two_calls_that_count_towards_no_limit(enterprise: Hub) -> None:
    enterprise.deliver(identify(100, email=PETER))
    enterprise.new_calls()

    outcomes = enterprise.deliver(*(track(200 + n) for n in range(1_000)))

    assert {type(each) for each in outcomes} == {Delivered}
    assert enterprise.new_calls() == {LIST: 1, SEND: 2}
    assert len(enterprise.standin.portal.occurrences) == 1_000


@pytest.mark.parametrize("repeated", ["ignored", "refused"])
def test_a_track_that_comes_twice_counts_once(enterprise: Hub, repeated: str) -> None:
    enterprise.standin.portal.repeated_uuid = repeated  # type: ignore[assignment] # as in the table

    outcomes = [*enterprise.deliver(track(200)), *enterprise.deliver(track(200), track(201))]

    assert {type(each) for each in outcomes} == {Delivered}
    assert sorted(each.uuid for each in enterprise.standin.portal.occurrences) == ["t-200", "t-201"]


def test_an_event_is_known_by_the_label_that_people_see(enterprise: Hub) -> None:
    number = {"name": "weight", "label": "Weight", "type": "number"}
    egg = {"name": "box_gone", "label": "Parcel Sent", "includeDefaultProperties": False}
    enterprise.standin.portal.event_definitions.define({**egg, "propertyDefinitions": [number]})
    enterprise.restart(events="custom", create_event_definitions=True)

    enterprise.deliver(track(name="Parcel Sent", properties={"email": PETER, "weight": 2}))

    (occurrence,) = enterprise.standin.portal.occurrences
    assert occurrence.event_name == f"pe{HUB_ID}_box_gone"
    assert len(enterprise.standin.portal.event_definitions.live) == 2


def test_what_is_replayed_after_its_event_was_defined_is_delivered_at_once(hubspot: StandIn) -> None:
    set_up_enterprise(hubspot)
    sent = {"type": "track", "messageId": "t-1", "event": "Box Gone", "properties": {"email": PETER}}
    _, lines = invoke_with(record_of(sent))
    assert outcomes(lines) == {"t-1": "rejected: no_definition"}

    egg = {"label": "Box Gone", "includeDefaultProperties": False, "propertyDefinitions": []}
    hubspot.portal.event_definitions.define(egg)
    _, lines = invoke_with(record_of(sent, rejections=(Rejected("no_definition"),)))

    assert outcomes(lines) == {"t-1": "delivered"}
    lists = [
        call for call in hubspot.calls if call["method"] == "GET" and "event-definitions" in call["path"]
    ]
    assert len(lists) == 2


def test_of_two_tracks_of_two_people_with_one_message_id_one_is_sent_and_the_other_told_as_a_repeat(
    enterprise: Hub,
) -> None:
    one, two = (
        event("same", 200 + n, "track", event="Order Completed", context={"traits": {"email": email, **more}})
        for n, (email, more) in enumerate(
            [("one@example.org", {}), ("two@example.net", {"firstname": "Two"})]
        )
    )

    first, second = enterprise.reports(one, two)

    assert isinstance(first.outcome, Delivered)
    # Its contact was written; the event was not.
    assert isinstance(second.outcome, Delivered)
    assert (first.dropped, second.dropped) == ({}, {"messageId": "repeated"})
    assert [each.uuid for each in enterprise.standin.portal.occurrences] == ["same"]


def test_bad_events_that_nobody_names_cost_the_good_ones_beside_them_nothing(enterprise: Hub) -> None:
    enterprise.standin.faults.add([Fault(path="send/batch", status=400, body={"message": "no"}, times=1)])

    outcomes = enterprise.deliver(*(track(200 + n) for n in range(20)))

    assert {type(each) for each in outcomes} == {Delivered}


def test_s27_an_event_that_hubspot_does_not_have_is_rejected_or_made_if_wanted(enterprise: Hub) -> None:
    (outcome,) = enterprise.deliver(track(name="Bought Item"))
    assert isinstance(outcome, Rejected)
    assert outcome.reason == "no_definition"

    enterprise.restart(events="custom", create_event_definitions=True)
    tracks = [track(200 + n, "Bought Item", properties={"email": PETER, "value": 20.5}) for n in range(5)]
    assert {type(each) for each in enterprise.deliver(*tracks)} == {Delivered}
    assert {each.properties["value"] for each in enterprise.standin.portal.occurrences} == {"20.5"}


def test_s22_without_the_tier_or_the_scope_tracks_wait_and_the_family_is_left_alone(hub: Hub) -> None:
    hub.restart(events="custom")
    (scope,) = hub.deliver(track(200))
    hub.standin.grant(*SCOPES)
    hub.standin.portal.tier = "professional"
    hub.restart(events="custom")
    hub.new_calls()
    (tier,) = hub.deliver(track(201))
    (again,) = hub.deliver(track(202))

    assert scope == Deferred("missing_scope: behavioral_events.event_definitions.read_write")
    assert again == tier == Deferred("missing_tier")
    assert sum(hub.new_calls().values()) <= 2


@pytest.mark.parametrize(
    ("plan", "tier", "is_sent"),
    [
        ("enterprise", "enterprise", True),
        ("starter", "enterprise", True),
        ("professional", "professional", False),
        ("enterprise", "professional", False),
    ],
)
def test_events_are_custom_where_hubspot_has_them_and_off_elsewhere_whatever_the_plan_is_said_to_be(
    hub: Hub, plan: str, tier: Literal["professional", "enterprise"], *, is_sent: bool
) -> None:
    hub.standin.grant(*SCOPES)
    hub.standin.portal.tier = tier
    hub.restart(plan=plan)
    (outcome,) = hub.deliver(track(context={"traits": {"email": PETER, "firstname": "Peter"}}))

    assert len(hub.standin.portal.occurrences) == int(is_sent)
    assert isinstance(outcome, Delivered if is_sent else Skipped)
    assert hub.contacts[PETER] == {"firstname": "Peter"}


def test_s28_s70_legacy_tracks_set_contact_properties_without_a_contact_call(hub: Hub) -> None:
    hub.restart(events="legacy")
    traits = {"email": "peter+1@example.com", "firstname": "Peter", "lastname": "Gibbons"}
    properties = {"email": PETER, "revenue": "$39.95"}
    bought = track(200, "Bought Item", context={"traits": traits}, properties=properties)

    assert hub.deliver(bought) == [Delivered("")]
    assert len(hub.standin.portal.legacy_events.received) == 1
    (call,) = (each for each in hub.standin.calls if each["path"] == "/v1/event")
    assert f"_a={HUB_ID}&_n=Bought%20Item&_m=39.95" in call["query"]
    assert "email=peter%2B1@example.com" in call["query"]
    assert hub.contacts["peter+1@example.com"] == {"firstname": "Peter", "lastname": "Gibbons"}
    assert UPSERT not in hub.new_calls()


def test_s53_an_identify_and_an_audiences_track_in_one_batch(enterprise: Hub) -> None:
    enterprise.restart(events="custom", create_event_definitions=True)
    entered = track(
        200,
        "Audience Entered",
        properties={"audience_key": "vip", "vip": True},
        context={"traits": {"email": PETER}},
    )

    assert {type(each) for each in enterprise.deliver(entered, identify(100, email=PETER))} == {Delivered}
    assert len(enterprise.contacts) == 1


def test_s55_s56_an_accounts_trait_reaches_each_of_its_people_in_one_call(hub: Hub) -> None:
    addresses = [f"visitor-{n}@acme-demo.com" for n in range(5)]
    visits = [event(f"v-{n}", 100, traits={"email": to, "score": 5}) for n, to in enumerate(addresses)]

    assert {type(each) for each in hub.deliver(*visits)} == {Delivered}

    assert {email: found["score"] for email, found in hub.contacts.items()} == dict.fromkeys(addresses, "5")
    assert hub.new_calls()[UPSERT] == 1


# ----------------------------------------------------------------------------------------------------- groups


def settled_down(hub: Hub) -> None:
    """Let the time pass in which HubSpot may be making companies by itself, and its index catch up."""
    hub.clock.now += 60_000
    hub.standin.portal.search_lag_ms = 0


def companies(hub: Hub) -> dict[str, dict[str, str]]:
    """Return what HubSpot holds by domain; fail if there are two of one."""
    found = [each["properties"] for each in hub.standin.state()["companies"]]
    assert len({each.get("domain") for each in found}) == len(found)
    return {each["domain"]: each for each in found}


def links(hub: Hub) -> dict[str, list[str]]:
    return {
        each["properties"]["email"]: list(each["associations"]) for each in hub.standin.state()["contacts"]
    }


@pytest.mark.parametrize("is_in_order", [True, False])
def test_s32_s34_a_group_is_a_company_that_its_contact_belongs_to(hub: Hub, *, is_in_order: bool) -> None:
    person, account = (
        identify(100, "some_user_id", email=PETER),
        group(200, "some_user_id", name="Example Inc."),
    )
    for each in (person, account) if is_in_order else (account, person):
        assert isinstance(hub.deliver(each)[0], Delivered)

    assert companies(hub)["acme-demo.com"]["name"] == "Example Inc."
    assert [len(each) for each in links(hub).values()] == [1]


def test_s37_s58_special_traits_and_audiences_are_company_properties(hub: Hub) -> None:
    traits: dict[str, Any] = {
        "name": "Example Inc.",
        "employees": "329",
        "industry": "Computer Software",
        "address": {"street": "42 Main Street", "city": "Austin", "postalCode": "02134"},
        "at_risk_accounts": True,
        "email": "office@acme-demo.com",
    }

    (report,) = hub.reports(group(100, "u-1", **traits))

    company = companies(hub)["acme-demo.com"]
    assert {
        name: company[name] for name in ("numberofemployees", "industry", "city", "zip", "at_risk_accounts")
    } == {
        "numberofemployees": "329",
        "industry": "COMPUTER_SOFTWARE",
        "city": "Austin",
        "zip": "02134",
        "at_risk_accounts": "true",
    }
    assert report.dropped["email"] == "unknown_property"
    assert hub.contacts == {}


def test_a_company_that_is_there_is_found_and_none_is_made(hub: Hub) -> None:
    hub.standin.portal.companies.create({"domain": "acme-demo.com", "name": "Old Name"})
    hub.standin.portal.search_lag_ms = 0

    assert hub.deliver(group(100, "u-1", name="New Name")) == [Delivered("9001")]
    assert companies(hub)["acme-demo.com"]["name"] == "New Name"


def test_hubspot_makes_the_company_of_a_new_contact_itself_and_no_second_one_is_made(hub: Hub) -> None:
    hub.standin.portal.auto_creates_companies = True
    hub.deliver(identify(100, "u-1", email="peter@acme-demo.com"))

    (early,) = hub.deliver(group(200, "u-1", name="Acme"))
    assert isinstance(early, Deferred)
    settled_down(hub)

    assert isinstance(hub.deliver(group(200, "u-1", name="Acme"))[0], Delivered)
    assert companies(hub)["acme-demo.com"]["name"] == "Acme"


def test_a_lost_create_answer_makes_no_second_company(hub: Hub) -> None:
    hub.standin.faults.add([Fault(path="companies/batch/create", drop="after")])
    (lost,) = hub.deliver(group(100, "u-1", name="Acme"))
    (soon,) = hub.deliver(group(100, "u-1", name="Acme"))
    assert isinstance(lost, Deferred)
    assert isinstance(soon, Deferred)
    settled_down(hub)

    later: Outcome = hub.deliver(group(100, "u-1", name="Acme"))[0]
    assert isinstance(later, Delivered)
    assert companies(hub)["acme-demo.com"]["name"] == "Acme"


def test_a_company_whose_domain_a_person_has_entered_otherwise_is_updated(hub: Hub) -> None:
    hub.standin.portal.companies.create({"domain": "www.Acme-Demo.com", "name": "Made by a person"})
    hub.standin.portal.search_lag_ms = 0

    assert hub.deliver(group(100, "u-1", name="Acme")) == [Delivered("9001")]
    assert [(each["domain"], each["name"]) for each in companies(hub).values()] == [
        ("www.Acme-Demo.com", "Acme")
    ]


def test_two_firms_with_pages_on_one_host_are_no_company(hub: Hub) -> None:
    hub.deliver(identify(1, "u-1", email=PETER))
    pages = [group(100 + n, "u-1", f"https://www.facebook.com/firm-{n}", name=f"Firm {n}") for n in (1, 2)]

    assert hub.deliver(*pages) == [Skipped("shared_host")] * 2
    assert companies(hub) == {}


def test_two_firms_with_pages_on_one_host_are_told_apart_by_their_ids(hub: Hub) -> None:
    hub.restart(group_key="segment_group_id")
    for n in (1, 2):
        traits = {"website": f"https://www.facebook.com/firm-{n}", "name": f"Firm {n}"}
        (report,) = hub.reports(event(f"g-{n}", n, kind="group", groupId=f"g-{n}", traits=traits))
        assert report.dropped == {"domain": "shared_host"}

    assert sorted(each.properties["name"] for each in hub.standin.portal.companies.live.values()) == [
        "Firm 1",
        "Firm 2",
    ]


def test_groups_of_many_people_take_few_calls(hub: Hub) -> None:
    people = [identify(100 + n, f"u-{n}", email=f"p{n}@example.org") for n in range(200)]
    groups = [
        group(1_000 + n, f"u-{n}", f"https://example{n % 50}.com", name=f"E{n % 50}") for n in range(200)
    ]

    outcomes = hub.deliver(*people, *groups)

    assert {type(each) for each in outcomes} == {Delivered}
    assert len(companies(hub)) == 50
    assert all(len(each) == 1 for each in links(hub).values())
    calls = dict(hub.new_calls())
    assert sum(calls.values()) - calls.get(PROPERTIES, 0) - calls.get(ACCOUNT, 0) <= 7


def test_groups_may_be_known_by_their_id_in_a_unique_property(hub: Hub) -> None:
    hub.restart(group_key="segment_group_id")

    assert isinstance(hub.deliver(group(100, "u-1", name="Acme"))[0], Delivered)
    assert isinstance(hub.deliver(group(200, "u-2", name="Acme Inc."))[0], Delivered)
    assert companies(hub)["acme-demo.com"]["segment_group_id"] == "some_group_id"
    assert companies(hub)["acme-demo.com"]["name"] == "Acme Inc."


def test_a_company_may_become_the_contacts_primary_one(hub: Hub) -> None:
    hub.restart(associate="primary")
    hub.deliver(identify(100, "u-1", email=PETER), group(200, "u-1"))
    hub.deliver(group(300, "u-1", "https://other.com"))

    ids = {each["properties"]["domain"]: each["id"] for each in hub.standin.state()["companies"]}
    (found,) = (each["associations"] for each in hub.standin.state()["contacts"])
    assert found.keys() == set(ids.values())
    # Without the setting the first would stay the primary one.
    assert [company for company, types in found.items() if 1 in types] == [ids["other.com"]]
