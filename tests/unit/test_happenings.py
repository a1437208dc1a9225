"""Tracks: what is sent of them, to whom, and what becomes of them; with a HubSpot that is at hand."""

from typing import Any

import pytest
from builders import refusal
from portals import Relay, event, identify, kim

from relay.core.answers import Answer, NoReply, Reply
from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Rejected, Skipped
from relay.core.planning import Batch
from relay.core.policy import EventPolicy, Policy
from relay.core.rules import Rules

KIM = "kim@example.org"
CUSTOM, LEGACY = Policy(events=EventPolicy("custom")), Policy(events=EventPolicy("legacy"))


def track(at_ms: int = 500, /, name: str = "Order Completed", **fields: object) -> Event:
    return event(f"t-{at_ms}", at_ms, kind="track", **{"event": name, "properties": {"email": KIM}} | fields)


def traits(**others: object) -> dict[str, object]:
    return {"traits": {"email": KIM, **others}}


def test_a_track_is_an_event_of_its_person(relay: Relay) -> None:
    relay.restart(CUSTOM)
    relay.deliver(kim(100))

    assert relay.deliver(track(200, properties={"email": KIM, "total": 20.5})) == [Delivered("501")]
    (sent,) = relay.events.sent
    assert (sent.event_name, sent.uuid, dict(sent.person)) == (
        "pe7654321_order_completed",
        "t-200",
        {"objectId": "501"},
    )
    assert sent.properties == {"total": "20.5"}
    # Nothing is asked of the contact, so nothing is written.
    assert len(relay.crm.batches) == 1


def test_an_identify_and_a_track_of_a_new_person_take_one_call_each(relay: Relay) -> None:
    relay.restart(CUSTOM)

    outcomes = relay.deliver(track(200, context=traits(plan="team")), kim(100, city="Odense"))

    assert outcomes == [Delivered("501"), Delivered("501", is_merged=True)]
    assert relay.crm.sent == [{"email": KIM, "city": "Odense", "plan": "team"}]
    assert [dict(each.person) for each in relay.events.sent] == [{"objectId": "501"}]


def test_a_track_of_somebody_whom_only_hubspot_may_know_goes_by_the_address(relay: Relay) -> None:
    relay.restart(CUSTOM)

    assert relay.deliver(track()) == [Delivered("")]
    assert [dict(each.person) for each in relay.events.sent] == [{"email": KIM}]


@pytest.mark.parametrize("ids", [{"userId": "u-1"}, {"anonymousId": "a-1"}])
def test_a_track_is_about_the_remembered_person_of_its_ids(relay: Relay, ids: dict[str, str]) -> None:
    relay.restart(CUSTOM)
    relay.deliver(event("m-1", 100, **ids, traits={"email": KIM}))

    assert relay.deliver(track(200, properties={}, **ids)) == [Delivered("501")]
    assert [dict(each.person) for each in relay.events.sent] == [{"objectId": "501"}]


def test_a_track_of_nobody_is_skipped_or_waits_for_its_person_for_a_while(relay: Relay) -> None:
    relay.restart(CUSTOM)
    nobody = track(relay.clock.now, properties={}, userId="u-1")
    assert relay.deliver(nobody) == [Skipped("no_person")]

    relay.restart(Policy(events=EventPolicy("custom", pending_ms=60_000)))
    assert relay.deliver(nobody) == [Deferred("person_pending")]
    relay.deliver(identify(relay.clock.now, "u-1", email=KIM))
    assert relay.deliver(nobody) == [Delivered("501")]
    other = track(relay.clock.now, properties={}, userId="u-2")
    relay.clock.now += 60_000
    assert relay.deliver(other) == [Skipped("no_person")]


@pytest.mark.parametrize(
    "fields",
    [
        {"context": {"hubspotutk": "0a1b2c"}, "properties": {"coupon": "x"}},
        {"properties": {"hubspotutk": "0a1b2c", "coupon": "x"}},
    ],
)
def test_a_track_of_nobody_is_its_visitors_if_the_page_hands_hubspots_token_on(
    relay: Relay, fields: dict[str, Any]
) -> None:
    relay.restart(Policy(events=EventPolicy("custom", pending_ms=60_000)))

    (report,) = relay.reports(track(relay.clock.now, userId="u-1", **fields))

    assert (report.outcome, dict(report.dropped)) == (Delivered(""), {})
    (sent,) = relay.events.sent
    assert (dict(sent.person), dict(sent.properties)) == ({"utk": "0a1b2c"}, {"coupon": "x"})
    assert relay.crm.batches == []


def test_what_a_visitors_track_says_of_the_contact_is_reported_as_left_out(relay: Relay) -> None:
    relay.restart(CUSTOM)
    context = {"hubspotutk": "0a1b2c", "traits": {"plan": "team"}}

    (report,) = relay.reports(track(properties={}, context=context))

    assert (report.outcome, dict(report.dropped)) == (Delivered(""), {"plan": "no_person"})
    assert relay.crm.batches == []


@pytest.mark.parametrize(
    ("policy", "token"),
    [(LEGACY, "0a1b2c"), (Policy(), "0a1b2c"), (CUSTOM, "a b"), (CUSTOM, 5), (CUSTOM, "")],
)
def test_a_visitor_counts_only_where_hubspot_takes_the_token(
    relay: Relay, policy: Policy, token: object
) -> None:
    relay.restart(policy)

    assert relay.deliver(track(properties={"hubspotutk": token})) == [Skipped("no_person")]
    assert (relay.events.sent, relay.events.queries) == ([], [])


def test_a_known_persons_track_goes_by_the_person_whatever_the_token(relay: Relay) -> None:
    relay.restart(CUSTOM)

    relay.deliver(track(properties={"email": KIM, "hubspotutk": "0a1b2c"}))

    assert [(dict(each.person), dict(each.properties)) for each in relay.events.sent] == [
        ({"email": KIM}, {})
    ]


@pytest.mark.parametrize("context", [{}, traits(plan="team")])
def test_without_events_a_track_is_skipped_and_its_contact_properties_count(
    relay: Relay, context: dict[str, object]
) -> None:
    (report,) = relay.reports(track(context=context))

    assert report.outcome == Skipped("events_off")
    assert [each.get("plan") for each in relay.crm.sent] == (["team"] if context else [])


def test_s28_a_legacy_track_sets_contact_properties_without_a_call_of_its_own(relay: Relay) -> None:
    relay.restart(LEGACY)

    assert relay.deliver(track(name="Bought Item", context=traits(plan="team"))) == [Delivered("")]
    (query,) = relay.events.queries
    assert "_n=Bought%20Item" in query
    assert "plan=team" in query
    assert relay.crm.batches == []


def test_a_property_of_an_event_sets_one_of_the_contact_by_a_rule(relay: Relay) -> None:
    rules = Rules(properties_to_contact={"Order Completed": {"coupon": "plan"}})
    relay.restart(Policy(rules, events=EventPolicy("custom")))

    relay.deliver(track(properties={"email": KIM, "coupon": "x"}))

    assert relay.crm.sent == [{"email": KIM, "plan": "x"}]
    assert [dict(each.properties) for each in relay.events.sent] == [{"coupon": "x"}]


def test_s10_a_page_is_skipped_unless_a_rule_makes_it_an_event(relay: Relay) -> None:
    page = event("p-1", kind="page", name="Pricing", userId=KIM)
    relay.restart(CUSTOM)
    assert relay.deliver(page) == [Skipped("type_not_supported")]

    relay.restart(Policy(Rules(views={"page": "Order Completed"}), events=EventPolicy("custom")))
    assert relay.deliver(page) == [Delivered("")]


def test_an_event_that_hubspot_does_not_have_is_rejected_and_its_contact_properties_count(
    relay: Relay,
) -> None:
    relay.restart(CUSTOM)

    (outcome,) = relay.deliver(track(name="Unheard Of", context=traits(plan="team")))

    assert isinstance(outcome, Rejected)
    assert outcome.reason == "no_definition"
    assert relay.crm.contacts[KIM]["plan"] == "team"


def test_while_its_contact_is_open_a_track_is_not_sent(relay: Relay) -> None:
    relay.restart(CUSTOM)
    relay.crm.script = lambda _: NoReply("no_answer: ReadTimeout")

    assert relay.deliver(track(context=traits(plan="team"))) == [Deferred("no_answer: ReadTimeout")]
    assert relay.events.sent == []


def test_a_track_that_comes_back_is_sent_again_with_the_same_uuid(relay: Relay) -> None:
    relay.restart(CUSTOM)
    relay.events.answer = Reply(503)
    assert relay.deliver(track(context=traits(plan="team"))) == [Deferred("status_503")]
    relay.events.answer = Reply(204)

    assert relay.deliver(track(context=traits(plan="team"))) == [Delivered("501")]
    assert {each.uuid for each in relay.events.sent} == {"t-500"}
    assert len(relay.crm.batches) == 1


def test_a_refused_contact_property_does_not_keep_the_event_back(relay: Relay) -> None:
    def refuse(batch: Batch) -> Answer | None:
        return refusal(400, {"message": "no"}) if any("plan" in e.properties for e in batch.inputs) else None

    relay.restart(CUSTOM)
    relay.crm.script = refuse

    assert relay.deliver(track(context=traits(plan="team"))) == [Rejected("refused", "no")]
    assert len(relay.events.sent) == 1
