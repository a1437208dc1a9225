"""What a bad event is told, and how an explanation is shown. That it is true is shown in tests/functional."""

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest
from rich.console import Console

from cli.explain import ExplainedEvent, Explanation, explain
from cli.explain_print import print_explanation
from cli.portal_schema import PortalSchema, standard_schema
from cli.standin.event_definitions import definition_of
from relay.settings import Destination

NOW_MS = 1_793_527_200_000
SCHEMA = standard_schema()
KIM = {"email": "kim@example.org"}
BREWED = definition_of(
    {
        "name": "brewed",
        "label": "Coffee was made",
        "includeDefaultProperties": False,
        "propertyDefinitions": [{"name": "cups", "label": "Cups", "type": "number"}],
    },
    1,
)


def explained(*events: object, schema: PortalSchema = SCHEMA, **settings: object) -> Explanation:
    return explain(events, Destination.model_validate({"hub_id": 1, **settings}), schema, NOW_MS)


def one(event: object) -> ExplainedEvent:
    (found,) = explained(event).events
    return found


def identify(**traits: object) -> Mapping[str, Any]:
    return {"type": "identify", "messageId": "m-1", "userId": "u-1", "traits": traits}


def track(**more: object) -> Mapping[str, Any]:
    return {"type": "track", "messageId": "m-2", "event": "Brewed", "context": {"traits": KIM}, **more}


def shown(explanation: Explanation) -> str:
    screen = io.StringIO()
    print_explanation(Console(file=screen, width=200), explanation, "https://api.hubapi.com")
    return screen.getvalue()


@pytest.mark.parametrize(
    ("event", "end", "remedy"),
    [
        ({"userId": "u-1", "traits": KIM}, "refused: missing_type", "set Data to `$.`"),
        (["a part"], "refused: not_an_object", "set Data to `$.`"),
        ({"type": "Identify"}, "refused: unknown_type", "It has to be identify"),
        (identify(plan="team"), "skipped: no_email", "Send `traits.email`"),
        (identify(email="kim@example"), "skipped: invalid_email", "Correct the address"),
        ({"type": "identify", "traits": "kim"}, "rejected: malformed_event", "Mend the fields"),
        (track(), "skipped: events_off", "Custom events need HubSpot Enterprise"),
        ({"type": "page", "name": "Home"}, "skipped: type_not_supported", "in `views`"),
        ({"type": "group", "traits": {"name": "Acme"}}, "skipped: no_website", "Send `traits.website`"),
        ({"type": "group", "traits": {"website": "acme"}}, "skipped: invalid_website", "bare_hosts"),
        ({"type": "group", "traits": {"website": "https://t.me/a"}}, "skipped: shared_host", "company_hosts"),
        ({"type": "delete", "userId": "u-1"}, "skipped: deletes_off", "Set `deletes`"),
    ],
)
def test_a_bad_event_is_told_what_to_mend(event: object, end: str, remedy: str) -> None:
    found = one(event)

    assert f"{found.outcome}: {found.reason}" == end
    assert found.meaning
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("plan", "end"), [("professional", "deferred: missing_tier"), ("enterprise", "rejected: no_definition")]
)
def test_a_track_on_a_plan_without_custom_events_is_told_so(plan: str, end: str) -> None:
    # Without a definition to create, nobody would find out about the plan.
    events = [BREWED] if plan == "professional" else []
    schema = PortalSchema(SCHEMA.contacts, SCHEMA.companies, events)

    (found,) = explained(track(), schema=schema, plan=plan, events="custom").events

    assert f"{found.outcome}: {found.reason}" == end
    assert found.remedy


def test_a_track_becomes_the_event_that_the_account_has() -> None:
    schema = PortalSchema(SCHEMA.contacts, SCHEMA.companies, [BREWED])

    (found,) = explained(track(properties={"cups": "2", "milk": 1}), schema=schema, plan="enterprise").events

    assert found.outcome == "delivered"
    assert found.custom_event
    assert (found.custom_event["eventName"], found.custom_event["properties"]) == (
        "pe1_brewed",
        {"cups": "2"},
    )
    assert [(left.name, left.reason) for left in found.dropped] == [("milk", "unknown_event_property")]


def test_a_track_that_repeats_a_message_id_is_told_so_and_shows_no_event() -> None:
    schema = PortalSchema(SCHEMA.contacts, SCHEMA.companies, [BREWED])
    other = track(context={"traits": {"email": "bo@example.org"}})

    first, second = explained(track(), other, schema=schema, plan="enterprise").events

    assert (first.outcome, bool(first.custom_event)) == ("delivered", True)
    assert (f"{second.outcome}: {second.reason}", second.custom_event) == ("skipped: repeated", None)


def test_auto_believes_what_the_account_shows() -> None:
    schema = PortalSchema(SCHEMA.contacts, SCHEMA.companies, [BREWED])

    (found,) = explained(track(), schema=schema, plan="starter").events

    assert found.outcome == "delivered"


def test_an_event_is_made_in_the_name_of_its_own_account() -> None:
    explanation = explained(track(), plan="enterprise", create_event_definitions=True)

    assert explanation.events[0].custom_event
    assert explanation.events[0].custom_event["eventName"] == "pe1_brewed"
    assert [call.url for call in explanation.calls if "event-definitions" in call.url and not call.is_read]


def test_what_is_left_out_is_told_with_what_may_be_meant() -> None:
    found = one(identify(**KIM, firstnme="Kim", birthday="2026-11-01"))

    assert found.object == "contact kim@example.org"
    assert found.properties == KIM
    hints = {left.name: left.remedy for left in found.dropped}
    assert hints["firstnme"].startswith("HubSpot has `firstname`, which may be meant.")
    assert "may be meant" not in hints["birthday"]


def test_a_value_that_hubspot_refuses_is_not_told_as_set() -> None:
    number = {"name": "code", "type": "enumeration", "options": [], "externalOptions": True}
    schema = PortalSchema([*SCHEMA.contacts, number], SCHEMA.companies)

    (found,) = explained(identify(**KIM, code="gold"), schema=schema).events

    (left,) = found.dropped
    assert left.reason.startswith("refused")
    assert found.properties == KIM


def test_events_of_one_person_share_a_call_and_the_older_says_so() -> None:
    older, newer = (
        {**identify(**KIM, city=city), "timestamp": at}
        for city, at in (("A", "2026-01-01"), ("B", "2026-02-01"))
    )

    explanation = explained(newer, older)

    assert [each.reason for each in explanation.events] == ["", "merged"]
    (write,) = [call for call in explanation.calls if not call.is_read]
    assert [entry["properties"]["city"] for entry in write.body["inputs"]] == ["B"]


def test_two_events_of_one_message_id_are_told_apart() -> None:
    first, second = identify(**KIM, city="A"), {**identify(**KIM, zip="1"), "timestamp": "2026-01-01"}

    properties = [each.properties for each in explained(first, second).events]

    assert properties == [{**KIM, "city": "A"}, {**KIM, "zip": "1"}]


def test_two_events_that_are_the_same_are_both_told() -> None:
    events = explained(identify(**KIM), identify(**KIM), 7).events

    assert [each.index for each in events] == [0, 1, 2]
    assert {each.outcome for each in events} == {"delivered", "refused"}


def test_a_track_that_waits_for_its_person_is_told_as_waiting_in_the_end() -> None:
    explanation = explained({**track(), "context": {}, "anonymousId": "a"}, pending=86_400)

    (found,) = explanation.events
    assert (found.outcome, found.reason) == ("deferred", "person_pending")
    assert set(found.waits) == {"person_pending"}
    assert not explanation.is_well


def test_hubspots_own_form_of_properties_is_enough() -> None:
    listed: list[Mapping[str, Any]] = [
        {"name": "email", "type": "string", "hasUniqueValue": False},
        {"name": "place", "type": "object_coordinates", "modificationMetadata": {"readOnlyValue": False}},
        {"name": "total", "type": "number", "calculated": True},
        {"label": "without a name"},
    ]

    (found,) = explained(
        identify(**KIM, place="1,2", total=1),
        schema=PortalSchema(listed, [{"name": "domain", "type": "string"}]),
    ).events

    assert (found.outcome, found.properties) == ("delivered", {**KIM, "place": "1,2"})
    assert [(left.name, left.reason) for left in found.dropped] == [("total", "read_only_property")]


def test_the_same_events_always_give_the_same_explanation() -> None:
    events = [
        identify(**KIM, city="A"),
        track(),
        {"type": "group", "traits": {"website": "https://a.example.org"}},
    ]

    assert explained(*events) == explained(*events)
    assert json.loads(json.dumps(explained(*events).as_json()))["events"][0]["index"] == 0


def test_it_is_shown_by_event_and_then_by_call() -> None:
    text = shown(explained(identify(**KIM, city="", shoe=7), {"traits": {}}))

    assert "  1  identify m-1  delivered\n" in text
    assert "sets of contact kim@example.org" in text
    assert "city   (cleared)" in text
    assert "without shoe (unknown_property): HubSpot has no such property" in text
    assert "  2  no type  refused: missing_type" in text
    assert "→ In the webhook's mapping" in text
    assert "1 call that writes and 1 call that only reads; none was made." in text
    assert "\nPOST /crm/objects/2026-09/contacts/batch/upsert\n{" in text
    assert "GET /crm/properties/2026-09/contacts  reads" in text
    assert "HubSpot's standard properties" in text


def test_what_a_value_holds_cannot_command_a_terminal() -> None:
    text = shown(explained({**identify(**KIM, city="\x1b[31mred[/bold]"), "messageId": "\x1b[2J[red]"}))

    assert "\x1b" not in text
    assert "[31mred[/bold]" in text


def test_what_waits_is_shown_with_the_time() -> None:
    group = {
        "type": "group",
        "messageId": "m-3",
        "userId": "u-1",
        "traits": {"website": "https://example.org"},
    }
    text = shown(explained(identify(**KIM), group))

    assert "it waits first: company_may_be_coming" in text
    assert "/companies/batch/create  after 10 s" in text


def test_a_call_that_hubspot_would_refuse_is_shown_so() -> None:
    schema = PortalSchema(SCHEMA.contacts, SCHEMA.companies, [BREWED])

    assert "HubSpot would answer 403" in shown(explained(track(), schema=schema, events="custom"))


def test_an_id_that_nobody_owns_is_named_with_what_to_do_about_it() -> None:
    kim = {**identify(**KIM), "userId": "undefined"}
    nobody = {"type": "track", "messageId": "m-2", "userId": "undefined", "event": "Brewed"}

    known, lost = explained(kim, nobody).events

    left_out = [("userId", "placeholder_id")]
    assert [(left.name, left.reason) for left in known.dropped] == left_out
    assert [(left.name, left.reason) for left in lost.dropped] == left_out
    assert (known.outcome, lost.outcome, lost.reason) == ("delivered", "skipped", "placeholder_id")
    assert "nobody owns" in lost.meaning
    assert "real_ids" in lost.remedy


def test_a_group_whose_id_nobody_owns_is_shown_without_a_company() -> None:
    group = {"type": "group", "messageId": "g-1", "groupId": "null", "traits": {"name": "Acme"}}

    (found,) = explained(group, group_key="account_id").events

    assert (found.outcome, found.reason, found.object) == ("skipped", "placeholder_id", "")


def test_a_contact_is_named_by_what_it_is_known_by() -> None:
    event = {**identify(plan="team", lastname="Ek"), "context": {"traits": KIM}}
    by_record = {**identify(hs_object_id="7", email="kim@example.org"), "messageId": "m-9", "userId": None}

    found = explained(event, by_record, match_property="customer_id")

    assert [each.object for each in found.events] == ["contact u-1 (customer_id)", "contact 7 (hs_object_id)"]
    assert found.events[0].properties == {"customer_id": "u-1", "lastname": "Ek"}
    assert [call.body["inputs"][0].get("idProperty") for call in found.calls if not call.is_read] == [
        "customer_id",
        None,
        "email",
    ]


def test_where_the_account_lacks_the_property_that_is_named_events_wait() -> None:
    account = PortalSchema(SCHEMA.contacts, SCHEMA.companies)

    (event,) = explained(identify(lastname="Ek"), schema=account, match_property="customer_id").events

    assert (event.outcome, event.reason) == ("deferred", "match_property_missing: customer_id")
    assert "that can be written" in event.meaning
