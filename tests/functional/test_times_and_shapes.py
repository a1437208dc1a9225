"""Events whose times and objects have another form: through the sender handler to the stand-in."""

from collections.abc import Mapping
from typing import Any

import pytest
from functional.sender import KIM, invoke_with, record_of, set_up_enterprise

from cli.standin.server import StandIn
from relay.core.grants import Grant

AT = "2026-10-31T09:00:01.000Z"
ARRIVED = "2026-11-01T10:00:00.000Z"


@pytest.fixture(autouse=True)
def enterprise(hubspot: StandIn) -> StandIn:
    """A portal that may have custom events, and wants consent to marketing."""
    set_up_enterprise(hubspot, consent=["marketing"])
    return hubspot


def track(**fields: object) -> Mapping[str, object]:
    event = {"type": "track", "messageId": "t-1", "event": "Order Completed", "timestamp": AT}
    return {**event, "properties": {"email": KIM, "coupon": "E"}, **fields}


def line_of(event: Mapping[str, object], grant: Grant | None = None) -> Mapping[str, Any]:
    """Deliver an event; return its line, what was left out by name."""
    _, lines = invoke_with(record_of(event, grant))
    (line,) = (each for each in lines if each["message"] == "event")
    return {**line, "dropped": {each["property"]: each["reason"] for each in line["dropped"]}}


@pytest.mark.parametrize(
    ("fields", "occurred_at", "dropped"),
    [
        ({"timestamp": "0001-01-01T00:00:00Z"}, ARRIVED, {"timestamp": "empty_time"}),
        ({"timestamp": "0000-00-00", "originalTimestamp": AT}, AT, {"timestamp": "empty_time"}),
        ({"timestamp": "2026-10-31T08:00:00.029:Z"}, "2026-10-31T08:00:00.029Z", {}),
        ({"timestamp": "10/31/2026 8:00 AM"}, ARRIVED, {"timestamp": "not_a_time"}),
        ({"timestamp": "2569-10-31T08:00:00Z"}, ARRIVED, {"timestamp": "in_the_future"}),
    ],
)
def test_a_time_is_read_or_that_of_the_arrival_is_taken_and_told(
    hubspot: StandIn, fields: Mapping[str, object], occurred_at: str, dropped: Mapping[str, str]
) -> None:
    line = line_of(track(**fields))

    (occurrence,) = hubspot.portal.occurrences
    assert (line["outcome"], line["dropped"]) == ("delivered", dropped)
    assert occurrence.occurred_at == occurred_at


@pytest.mark.parametrize(
    ("properties", "sent", "dropped"),
    [
        (f'{{"email": "{KIM}", "coupon": "E"}}', {"coupon": "E"}, {}),
        ([["email", KIM], ["coupon", "E"]], {"coupon": "E"}, {}),
        ("{broken", {}, {"properties": "not_an_object"}),
    ],
)
def test_properties_are_read_or_told(
    hubspot: StandIn, properties: object, sent: Mapping[str, str], dropped: Mapping[str, str]
) -> None:
    line = line_of(track(userId=KIM, properties=properties))

    (occurrence,) = hubspot.portal.occurrences
    assert (line["outcome"], line["dropped"], occurrence.properties) == ("delivered", dropped, sent)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"integrations": '{"hubspot": "false"}'}, "integrations"),
        ({"integrations": "{'HubSpot': False}"}, "integrations"),
        ({"context": '{"integrations": {"HubSpot": false}}'}, "integrations"),
        ({"context": {"consentManagement": {"deniedConsentIds": ["marketing"]}}}, "no_consent"),
        ({"context": '{"consentManagement": {"deniedConsentIds": ["marketing"]}}'}, "no_consent"),
        ({"context": {"consent": '{"categoryPreferences": {"marketing": false}}'}}, "no_consent"),
    ],
)
@pytest.mark.parametrize("kind", ["track", "identify", "group"])
def test_an_opt_out_holds_in_any_form(
    hubspot: StandIn, kind: str, fields: Mapping[str, object], reason: str
) -> None:
    own = {"traits": {"email": KIM, "website": "https://example.org"}, "properties": {}}

    line = line_of(track(type=kind, **own, **fields))

    assert (line["outcome"], line["reason"]) == ("skipped", reason)
    assert (hubspot.portal.occurrences, hubspot.state()["contacts"]) == ([], [])


def test_a_public_key_may_do_no_more_in_text_than_in_objects(hubspot: StandIn) -> None:
    grant = Grant("key", creates_contacts=True, traits=frozenset({"city"}))
    traits = f'{{"email": "{KIM}", "city": "Odense", "plan": "gold"}}'

    line = line_of({"type": "identify", "messageId": "i-1", "userId": "u-1", "traits": traits}, grant)

    (contact,) = hubspot.state()["contacts"]
    assert (line["outcome"], line["dropped"]) == ("delivered", {"plan": "not_allowed"})
    assert contact["properties"].get("city") == "Odense"
    assert contact["properties"].get("plan") is None
