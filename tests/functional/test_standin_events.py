"""Custom events: what is taken, what costs the whole call, whose they become, and who may send them."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fakes import Clock
from functional.standin_properties import request

from cli.standin.server import StandIn

SEND = "/events/2026-09/send"
SCOPE = "analytics.behavioral_events.send"
ORDER = "pe7654321_order_completed"
KIM = "kim@example.org"


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """A stand-in that lets its token send events."""
    with StandIn() as standin:
        standin.grant(SCOPE)
        yield standin


def event(**more: Any) -> dict[str, Any]:
    return {"eventName": ORDER, "email": KIM, "properties": {}, **more}


def send(standin: StandIn, *events: dict[str, Any]) -> httpx.Response:
    return request(standin, "POST", f"{SEND}/batch", {"inputs": events})


@pytest.mark.parametrize(
    "path", ["/events/2026-09", "/events/2026-03", "/events/v3", "/events/custom/2026-09"]
)
def test_an_event_is_taken_without_a_word(standin: StandIn, path: str) -> None:
    one = request(standin, "POST", f"{path}/send", event(occurredAt="2026-11-23T09:59:00.000Z", uuid="m-1"))
    more = request(standin, "POST", f"{path}/send/batch", {"inputs": [event(properties={"coupon": "X"})]})

    assert [(answer.status_code, answer.content) for answer in (one, more)] == [(204, b"")] * 2
    first, second = standin.state()["occurrences"]
    assert first == {
        "eventName": ORDER,
        "contactId": "501",
        "objectId": "",
        "email": KIM,
        "utk": "",
        "occurredAt": "2026-11-23T09:59:00.000Z",
        "uuid": "m-1",
        "properties": {},
    }
    assert second["properties"] == {"coupon": "X"}


def test_an_event_without_a_time_happened_when_it_came(standin: StandIn) -> None:
    standin.portal.clock.now_ms = Clock(1_795_428_000_123).now_ms

    send(standin, event())

    assert standin.portal.occurrences[0].occurred_at == "2026-11-23T10:00:00.123Z"


def test_an_unknown_address_makes_one_contact(standin: StandIn) -> None:
    send(standin, event(), event(email=KIM.upper()))

    assert [contact["properties"]["email"] for contact in standin.state()["contacts"]] == [KIM]
    assert [each.contact_id for each in standin.portal.occurrences] == ["501", "501"]


@pytest.mark.parametrize(
    ("who", "contact_id"),
    [
        ({"objectId": "501", "email": "bo@example.org"}, "501"),
        ({"objectId": "42", "email": "bo@example.org"}, ""),
        ({"email": "kim@home.example.org"}, "501"),
        ({"utk": "abc"}, ""),
    ],
)
def test_an_event_belongs_to_whom_it_names(standin: StandIn, who: dict[str, str], contact_id: str) -> None:
    standin.portal.contacts.create({"email": KIM, "hs_additional_emails": "kim@home.example.org"})

    answer = send(standin, {"eventName": ORDER, "properties": {}, **who})

    assert (answer.status_code, standin.portal.occurrences[0].contact_id) == (204, contact_id)
    assert standin.state()["count"] == 1


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (
            {"eventName": "pe7654321_nowhere"},
            "Event with fully qualified name pe7654321_nowhere does not exist",
        ),
        ({"eventName": "order_completed"}, "Event with fully qualified name order_completed does not exist"),
        ({"email": None}, "email, objectId and utk"),
        ({"email": "kim@nowhere"}, "INVALID_EMAIL"),
        ({"occurredAt": "yesterday"}, "occurredAt"),
        ({"properties": {"colour": "red"}}, "PROPERTY_DOESNT_EXIST"),
        ({"properties": {"order_total": "much"}}, "INVALID_INTEGER"),
        ({"properties": {"plan": "Gold"}}, "INVALID_OPTION"),
        ({"properties": {"coupon": "x" * 257}}, "at most 256 characters"),
        ({"properties": {"hs_page_url": "x" * 1025}}, "at most 1024 characters"),
        ({"properties": {f"p_{n}": "x" for n in range(51)}}, "at most 50 properties"),
        ({"properties": {"order_total": 7}}, "Invalid input JSON"),
        ({"properties": None}, "Invalid input JSON"),
        ({"eventName": 7}, "Invalid input JSON"),
    ],
)
def test_one_bad_event_costs_the_whole_batch(standin: StandIn, bad: dict[str, Any], words: str) -> None:
    alone = request(standin, "POST", SEND, event(**bad))
    among = send(standin, event(), event(**bad))

    assert [answer.status_code for answer in (alone, among)] == [400, 400]
    assert words in among.json()["message"]
    assert (standin.portal.occurrences, standin.state()["count"]) == ([], 0)


@pytest.mark.parametrize(
    "properties",
    [
        {"order_total": "19.90", "coupon": "x" * 256, "plan": "gold"},
        {"hs_page_url": "x" * 1024, "hs_referrer": "x" * 1024},
        {"coupon": ""},
    ],
)
def test_values_that_fit_are_kept(standin: StandIn, properties: dict[str, str]) -> None:
    assert send(standin, event(properties=properties)).status_code == 204
    assert standin.portal.occurrences[0].properties == properties


@pytest.mark.parametrize(("name", "status"), [("url_of_page", 204), ("linked_file", 204), ("ur_l", 400)])
def test_a_value_may_be_longer_where_the_name_has_a_word_for_that_anywhere(
    standin: StandIn, name: str, status: int
) -> None:
    prop = {"name": name, "label": name, "type": "string"}
    made = {"name": "seen", "label": "Seen", "includeDefaultProperties": False, "propertyDefinitions": [prop]}
    standin.portal.event_definitions.define(made)

    answer = send(standin, event(eventName="pe7654321_seen", properties={name: "x" * 1024}))

    assert answer.status_code == status


def test_a_switch_lets_unknown_properties_pass_but_does_not_keep_them(standin: StandIn) -> None:
    standin.portal.unknown_event_property = "ignored"

    answer = send(standin, event(properties={"colour": "x" * 300, "coupon": "X"}))

    assert (answer.status_code, standin.portal.occurrences[0].properties) == (204, {"coupon": "X"})


@pytest.mark.parametrize(("count", "status"), [(500, 204), (501, 400)])
def test_a_batch_holds_500_events(standin: StandIn, count: int, status: int) -> None:
    assert send(standin, *[event()] * count).status_code == status


@pytest.mark.parametrize("body", [{}, {"inputs": "text"}, {"inputs": [7]}])
def test_a_batch_of_another_shape_is_refused(standin: StandIn, body: dict[str, Any]) -> None:
    assert request(standin, "POST", f"{SEND}/batch", body).status_code == 400


def test_of_one_uuid_the_first_event_counts(standin: StandIn) -> None:
    send(standin, event(uuid="m-1", properties={"coupon": "first"}))

    answer = send(standin, event(uuid="m-1"), event(uuid="m-2"), event(uuid="m-2"), event(), event())

    assert answer.status_code == 204
    assert [each.uuid for each in standin.portal.occurrences] == ["m-1", "m-2", "", ""]
    assert standin.portal.occurrences[0].properties == {"coupon": "first"}


def test_a_uuid_counts_within_its_type_of_event(standin: StandIn) -> None:
    other = {"label": "Clicked", "includeDefaultProperties": False, "propertyDefinitions": []}
    standin.portal.event_definitions.define(other)

    send(standin, event(uuid="m-1"), event(uuid="m-1", eventName="pe7654321_clicked"))

    assert len(standin.portal.occurrences) == 2


def test_a_switch_refuses_a_uuid_that_comes_again(standin: StandIn) -> None:
    standin.portal.repeated_uuid = "refused"
    send(standin, event(uuid="m-1"))

    answer = send(standin, event(uuid="m-2"), event(uuid="m-1"))

    assert (answer.status_code, answer.json()["context"]) == (409, {"uuid": ["m-1"]})
    assert [each.uuid for each in standin.portal.occurrences] == ["m-1"]


@pytest.mark.parametrize("path", [SEND, f"{SEND}/batch"])
def test_sending_needs_its_scope_and_then_the_tier(standin: StandIn, path: str) -> None:
    standin.portal.tier = "professional"
    lower = request(standin, "POST", path, event())
    standin.scopes -= {SCOPE}
    missing = request(standin, "POST", path, event())

    assert (lower.status_code, "Enterprise" in lower.json()["message"]) == (403, True)
    assert "category" not in lower.json()
    assert (missing.status_code, missing.json()["category"]) == (403, "MISSING_SCOPES")
    assert missing.json()["errors"][0]["context"]["requiredGranularScopes"] == [SCOPE]


def test_events_are_outside_the_ordinary_limits(standin: StandIn) -> None:
    standin.limiter.limit = standin.limiter.daily = 0

    answer = send(standin, event())

    assert (answer.status_code, "x-hubspot-ratelimit-max" in answer.headers) == (204, False)
    assert (standin.report()["call_count"], standin.report()["events"]["call_count"]) == (0, 1)


def test_a_reset_forgets_events_and_switches(standin: StandIn) -> None:
    send(standin, event())
    portal = standin.portal
    portal.tier, portal.repeated_uuid, portal.unknown_event_property = "free", "refused", "ignored"
    portal.search_lag_ms, portal.auto_creates_companies = 0, True
    portal.clock.now_ms = Clock().now_ms

    standin.reset()

    assert standin.state()["occurrences"] == []
    assert (portal.tier, portal.repeated_uuid, portal.unknown_event_property) == (
        "enterprise",
        "ignored",
        "refused",
    )
    assert (portal.search_lag_ms, portal.auto_creates_companies) == (3000, False)
    assert portal.clock.now_ms() > Clock().now_ms()
