"""Defining custom events: their names, their properties, and which definitions are refused."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from functional.standin_properties import request

from cli.standin.server import StandIn

PATH = "/events/2026-09/event-definitions"
SCOPE = "behavioral_events.event_definitions.read_write"
CLICKED = {"label": "Clicked", "includeDefaultProperties": False, "propertyDefinitions": []}


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """A stand-in that lets its token define events."""
    with StandIn() as standin:
        standin.grant(SCOPE)
        yield standin


def define(standin: StandIn, **more: Any) -> httpx.Response:
    return request(standin, "POST", PATH, {**CLICKED, **more})


def prop(name: str = "colour", **more: Any) -> dict[str, Any]:
    return {"name": name, "label": "Colour", "type": "string", **more}


def options(*values: str) -> list[dict[str, Any]]:
    return [
        {"label": v.title(), "value": v, "displayOrder": n, "hidden": False} for n, v in enumerate(values)
    ]


def test_a_sample_is_defined_from_the_start(standin: StandIn) -> None:
    answer = request(standin, "GET", f"{PATH}/pe7654321_order_completed")

    found = answer.json()
    kinds = {each["name"]: each["type"] for each in found["properties"] if not each["hubspotDefined"]}
    assert (answer.status_code, found["name"]) == (200, "order_completed")
    assert found["labels"]["singular"] == "Order Completed"
    assert kinds == {"order_total": "number", "coupon": "string", "plan": "enumeration"}
    assert request(standin, "GET", f"{PATH}/order_completed").json() == found


def test_the_event_of_another_account_is_not_known(standin: StandIn) -> None:
    assert request(standin, "GET", f"{PATH}/pe1_order_completed").status_code == 400


def test_an_event_is_defined_in_the_name_of_its_account(standin: StandIn) -> None:
    standin.portal.event_definitions.hub_id = 42

    assert define(standin, name="clicked_it").json()["fullyQualifiedName"] == "pe42_clicked_it"


def test_an_event_is_defined_once_and_can_then_be_sent(standin: StandIn) -> None:
    standin.grant("analytics.behavioral_events.send")
    first = define(standin, name="clicked_it", propertyDefinitions=[prop()])
    again = define(standin, name="clicked_it")
    name = first.json()["fullyQualifiedName"]
    event = {"eventName": name, "email": "kim@example.org", "properties": {"colour": "red"}}
    sent = request(standin, "POST", "/events/2026-09/send", event)

    assert (first.status_code, name, first.json()["primaryObject"]) == (
        201,
        "pe7654321_clicked_it",
        "CONTACT",
    )
    assert [each["name"] for each in first.json()["properties"]] == ["colour"]
    assert (again.status_code, "already exists" in again.json()["message"]) == (409, True)
    assert sent.status_code == 204


@pytest.mark.parametrize(
    ("label", "name"),
    [("Order Refunded", "order_refunded"), ("2nd  Visit!", "nd_visit"), ("x" * 60, "x" * 50)],
)
def test_a_name_is_made_from_the_label(standin: StandIn, label: str, name: str) -> None:
    assert define(standin, label=label).json()["name"] == name


def test_default_properties_come_if_they_are_asked_for(standin: StandIn) -> None:
    found = define(standin, includeDefaultProperties=True).json()

    assert {each["name"] for each in found["properties"]} >= {
        "hs_browser",
        "hs_city",
        "hs_page_url",
        "hs_utm_source",
    }


@pytest.mark.parametrize(
    "more",
    [
        {"label": ""},
        {"includeDefaultProperties": None},
        {"propertyDefinitions": None},
        {"label": "x" * 101},
        {"label": "!?"},
        {"name": "Clicked"},
        {"name": "2nd_visit"},
        {"name": "x" * 51},
        {"primaryObject": "PET"},
        {"propertyDefinitions": [7]},
        {"propertyDefinitions": [prop(), prop()]},
        {"propertyDefinitions": [prop("Colour")]},
        {"propertyDefinitions": [prop("x" * 51)]},
        {"propertyDefinitions": [prop(label="")]},
        {"propertyDefinitions": [prop(label="x" * 51)]},
        {"propertyDefinitions": [prop(type="json")]},
        {"propertyDefinitions": [prop(type="enumeration")]},
        {"propertyDefinitions": [prop(type="enumeration", options=options("a", "a"))]},
        {"propertyDefinitions": [prop(type="enumeration", options=[{"label": "A", "value": "a"}])]},
    ],
)
def test_a_definition_that_hubspot_would_refuse_is_refused(standin: StandIn, more: dict[str, Any]) -> None:
    assert define(standin, **more).status_code == 400
    assert standin.state()["event_definitions"] == ["pe7654321_order_completed"]


@pytest.mark.parametrize("kind", ["string", "number", "datetime", "bool", "date"])
def test_a_property_is_added_once(standin: StandIn, kind: str) -> None:
    define(standin)
    path = f"{PATH}/pe7654321_clicked/property"

    first = request(standin, "POST", path, prop(type=kind))
    again = request(standin, "POST", path, prop())

    assert (first.status_code, first.json()["name"], first.json()["type"]) == (201, "colour", kind)
    assert (again.status_code, "already exists" in again.json()["message"]) == (409, True)
    found = request(standin, "GET", f"{PATH}/clicked").json()["properties"]
    assert [each["name"] for each in found] == ["colour"]


def test_an_enumeration_keeps_its_options(standin: StandIn) -> None:
    added = prop(type="enumeration", options=options("red", "blue"))
    define(standin, propertyDefinitions=[added])

    (found,) = request(standin, "GET", f"{PATH}/clicked").json()["properties"]

    assert [(each["value"], each["label"]) for each in found["options"]] == [("red", "Red"), ("blue", "Blue")]


@pytest.mark.parametrize(
    ("event", "body"), [("clicked", prop("Colour")), ("clicked", {"name": "colour"}), ("nowhere", prop())]
)
def test_a_property_that_hubspot_would_refuse_is_not_added(
    standin: StandIn, event: str, body: dict[str, Any]
) -> None:
    define(standin)

    assert request(standin, "POST", f"{PATH}/{event}/property", body).status_code == 400


def test_definitions_are_listed_in_pages(standin: StandIn) -> None:
    for n in range(4):
        define(standin, label=f"Clicked {n}")

    first = request(standin, "GET", f"{PATH}?limit=3").json()
    last = request(standin, "GET", f"{PATH}?limit=3&after={first['paging']['next']['after']}").json()

    assert (first["total"], len(first["results"]), len(last["results"])) == (5, 3, 2)
    assert "paging" not in last
    assert request(standin, "GET", f"{PATH}?limit=many").status_code == 400


@pytest.mark.parametrize(
    ("text", "names"), [("order", "order_completed"), ("CLICKED", "clicked"), ("zebra", "")]
)
def test_definitions_are_found_by_a_part_of_their_name_or_label(
    standin: StandIn, text: str, names: str
) -> None:
    define(standin)

    found = request(standin, "GET", f"{PATH}?searchString={text}").json()["results"]

    assert [each["name"] for each in found] == names.split()


@pytest.mark.parametrize(("query", "shown"), [("", False), ("?includeProperties=true", True)])
def test_a_list_shows_properties_if_they_are_asked_for(standin: StandIn, query: str, *, shown: bool) -> None:
    (found,) = request(standin, "GET", f"{PATH}{query}").json()["results"]

    assert bool(found["properties"]) is shown


def test_a_name_that_was_deleted_is_spent(standin: StandIn) -> None:
    define(standin)

    deleted = request(standin, "DELETE", f"{PATH}/pe7654321_clicked")

    assert (deleted.status_code, deleted.content) == (204, b"")
    gone = request(standin, "GET", f"{PATH}/pe7654321_clicked")
    assert gone.status_code == 400
    assert gone.json()["message"] == "Event with fully qualified name pe7654321_clicked does not exist"
    assert define(standin).status_code == 400
    assert request(standin, "DELETE", f"{PATH}/nowhere").status_code == 400


def test_beyond_the_limit_no_more_are_defined(standin: StandIn) -> None:
    assert standin.portal.event_definitions.limit == 500
    standin.portal.event_definitions.limit = 2

    statuses = [define(standin, label=label).status_code for label in ("One", "Two")]

    assert statuses == [201, 400]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", ""), ("GET", "/x"), ("DELETE", "/x"), ("POST", "/x/property")],
)
def test_defining_needs_its_scope_and_the_tier(standin: StandIn, method: str, path: str) -> None:
    standin.portal.tier = "starter"
    lower = request(standin, method, PATH + path, CLICKED)
    standin.scopes = frozenset({"oauth"})
    missing = request(standin, method, PATH + path, CLICKED)

    assert (lower.status_code, "Enterprise" in lower.json()["message"]) == (403, True)
    assert (missing.status_code, missing.json()["category"]) == (403, "MISSING_SCOPES")


def test_a_reset_leaves_the_sample_alone(standin: StandIn) -> None:
    define(standin)
    request(standin, "DELETE", f"{PATH}/order_completed")

    standin.reset()

    assert standin.state()["event_definitions"] == ["pe7654321_order_completed"]
    assert standin.portal.event_definitions.deleted == set()
