"""What the traits of tracks fill, over HTTP and through the sender handler."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from functional.hub import PROPERTIES, READ, SENSITIVE, UPDATE, UPSERT, Hub
from functional.sender import KIM, identify, invoke_with, outcomes, put_off, reasons, start_cold
from portals import event, kim

from cli.standin.faults import Fault
from cli.standin.server import StandIn
from relay.core.envelopes import Envelope, pack
from relay.core.events import Event
from relay.core.outcomes import Deferred, Skipped

READS = "/crm/objects/2026-09/contacts/batch/read"


def track(at_ms: int = 500, /, **traits: object) -> Event:
    return event(
        f"t-{at_ms}", at_ms, "track", event="App Opened", context={"traits": {"email": KIM, **traits}}
    )


def has(hub: Hub, **properties: str) -> None:
    hub.standin.portal.contacts.create({"email": KIM, **properties})


# ------------------------------------------------------------------------------------------------------ a hub


def test_a_stale_copy_changes_nothing_and_what_was_empty_is_filled(hub: Hub) -> None:
    hub.restart(events="off", context_traits="fill")
    has(hub, plan="team", phone="+45 1234")

    (report,) = hub.reports(track(100, plan="free", phone="+45 99", city="Odense", score=0))

    assert report.dropped == {"plan": "already_set", "phone": "already_set"}
    assert hub.contacts == {KIM: {"plan": "team", "phone": "+45 1234", "city": "Odense", "score": "0"}}
    assert hub.new_calls() == {PROPERTIES: 1, READ: 1, UPDATE: 1}
    # Said again, even by another process, it costs nothing.
    hub.restart(events="off", context_traits="fill")
    hub.deliver(track(200, plan="free", phone="+45 99", city="Aarhus", score=7))
    assert hub.new_calls() == {}
    assert hub.contacts[KIM]["city"] == "Odense"


def test_somebody_whom_hubspot_does_not_have_is_made_with_all_traits(hub: Hub) -> None:
    hub.restart(events="off", context_traits="fill")

    hub.deliver(track(100, plan="free", lifecycleStage="lead"))

    assert hub.contacts == {KIM: {"plan": "free", "lifecyclestage": "lead"}}
    assert hub.new_calls() == {PROPERTIES: 1, READ: 1, UPSERT: 1}


def test_a_phone_does_not_undo_an_identify(hub: Hub) -> None:
    hub.restart(events="off", context_traits="fill")
    hub.deliver(kim(100, plan="team"))
    hub.new_calls()

    hub.deliver(track(900, plan="free"))

    assert hub.contacts == {KIM: {"plan": "team"}}
    assert hub.new_calls() == {}
    # And with the default, it does.
    hub.restart(events="off")
    hub.deliver(track(950, plan="free"))
    assert hub.contacts == {KIM: {"plan": "free"}}


def test_ignored_traits_make_no_contact_and_no_call(hub: Hub) -> None:
    hub.restart(events="off", context_traits="ignore")

    (report,) = hub.reports(track(100, plan="free"))

    assert report.dropped == {"context.traits": "context_traits_ignored"}
    assert (hub.contacts, hub.new_calls()) == ({}, {PROPERTIES: 1})


def test_a_sensitive_property_is_seen_and_kept(hub: Hub) -> None:
    hub.restart(events="off", context_traits="fill", sensitive_properties=True)
    has(hub, medical_notes="some")

    (report,) = hub.reports(track(100, medical_notes="none"))

    assert report.dropped == {"medical_notes": "already_set"}
    assert hub.contacts == {KIM: {"medical_notes": "some"}}
    assert hub.new_calls() == {PROPERTIES: 1, SENSITIVE: 1, READ: 1}


def test_a_legacy_event_leaves_filling_to_a_call_that_answers(hub: Hub) -> None:
    hub.restart(context_traits="fill", events="legacy")
    has(hub, plan="team")

    hub.deliver(track(100, plan="free", city="Odense"))

    assert hub.contacts == {KIM: {"plan": "team", "city": "Odense"}}
    (call,) = (each for each in hub.standin.calls if each["path"] == "/v1/event")
    assert "city" not in call["query"]


def test_while_hubspot_cannot_be_asked_nothing_is_overwritten(hub: Hub) -> None:
    hub.restart(events="off", context_traits="fill")
    has(hub, plan="team")
    hub.standin.faults.add([Fault(path="batch/read", status=503)])

    assert hub.deliver(track(100, plan="free")) == [Deferred("status_503")]
    assert hub.deliver(track(100, plan="free")) == [Skipped("events_off")]
    assert hub.contacts == {KIM: {"plan": "team"}}


@pytest.mark.parametrize("scope", ["crm.objects.contacts.read"])
def test_without_the_scope_to_read_identifies_go_on(hub: Hub, scope: str) -> None:
    hub.restart(events="off", context_traits="fill")
    hub.deliver(kim(100))
    hub.standin.revoke(scope)

    first, second = hub.deliver(kim(200, plan="team"), track(300, city="Odense"))

    assert isinstance(second, Deferred)
    assert second.reason.startswith("missing_scope")
    assert not isinstance(first, Deferred)
    assert hub.contacts == {KIM: {"plan": "team"}}


# ------------------------------------------------------------------------------------------------ the handler


def settle_on(hubspot: StandIn, **settings: object) -> None:
    text = json.dumps({"hub_id": 7654321, "hubspot_url": hubspot.url, **settings})
    boto3.client("ssm").put_parameter(
        Name="/relay/default/settings", Value=text, Type="String", Overwrite=True
    )


def record(message_id: str, **traits: object) -> Mapping[str, Any]:
    event = {
        "type": "track",
        "event": "App Opened",
        "messageId": message_id,
        "context": {"traits": {"email": KIM, **traits}},
    }
    (body,) = pack(Envelope("default", 1_800_000_000_000, (event,)))
    return {
        "messageId": f"r-{message_id}",
        "receiptHandle": "h",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
    }


def dropped(lines: list[dict[str, Any]]) -> Mapping[str, Mapping[str, str]]:
    return {
        line["message_id"]: {each["property"]: each["reason"] for each in line["dropped"]}
        for line in lines
        if line["message"] == "event"
    }


def held(hubspot: StandIn) -> Mapping[str, str]:
    (contact,) = hubspot.state()["contacts"]
    return {name: text for name, text in contact["properties"].items() if name in ("plan", "city", "zip")}


def test_the_handler_fills_by_its_settings_and_remembers_what_it_has_found(hubspot: StandIn) -> None:
    settle_on(hubspot, context_traits="fill")
    hubspot.portal.contacts.create({"email": KIM, "zip": "5000"})
    invoke_with(identify(traits={"email": KIM, "plan": "team"}))

    _, lines = invoke_with(record("t-1", plan="free", city="Odense", zip="1000"))

    assert outcomes(lines) == {"t-1": "skipped: events_off"}
    assert dropped(lines) == {"t-1": {"plan": "already_set", "zip": "already_set"}}
    assert held(hubspot) == {"plan": "team", "city": "Odense", "zip": "5000"}
    # The facts lie in the table, for another process too.
    asked = [call["path"] for call in hubspot.calls].count(READS)
    start_cold()
    _, lines = invoke_with(record("t-2", plan="gold", city="Aarhus", zip="1000"))
    assert set(dropped(lines)["t-2"].values()) == {"already_set"}
    assert [call["path"] for call in hubspot.calls].count(READS) == asked == 1
    assert held(hubspot) == {"plan": "team", "city": "Odense", "zip": "5000"}
    # An identify counts, however old it is.
    start_cold()
    invoke_with(
        identify(traits={"email": KIM, "zip": "6000", "city": "Rom"}, received_at_ms=1_600_000_000_000)
    )
    assert held(hubspot) == {"plan": "team", "city": "Rom", "zip": "6000"}


def test_an_event_comes_back_if_hubspot_cannot_be_asked(hubspot: StandIn) -> None:
    settle_on(hubspot, context_traits="fill")
    hubspot.faults.add([Fault(path="batch/read", status=503)])

    answer, lines = invoke_with(record("t-1", plan="free"))
    assert (answer, put_off()) == ({"batchItemFailures": []}, 1)
    assert reasons(lines) == {"status_503"}

    answer, _ = invoke_with(record("t-1", plan="free"))
    assert answer == {"batchItemFailures": []}
    assert held(hubspot) == {"plan": "free"}
