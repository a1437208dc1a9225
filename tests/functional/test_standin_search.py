"""Searching: what it sees and when, what it finds, and what HubSpot does not let it ask."""

from typing import Any

import pytest
from fakes import Clock
from functional.standin_properties import request

from cli.standin import deletes, search, singles
from cli.standin.calls import Call
from cli.standin.object_types import COMPANIES
from cli.standin.portal import Portal
from cli.standin.server import StandIn

NAMES = ("Acme", "Bolt", "Coil")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def portal(clock: Clock) -> Portal:
    """A portal with three companies, a second apart, that a search sees."""
    portal = Portal()
    portal.clock.now_ms = clock.now_ms
    for n, name in enumerate(NAMES):
        values = {"name": name, "domain": f"{name.lower()}.example.org", "numberofemployees": str(n * 5)}
        create(portal, **values)
        clock.now += 1000
    change(portal, "9003", industry="BANKING")
    clock.now += 3000
    return portal


def create(portal: Portal, **properties: str) -> None:
    singles.create(portal, Call(body={"properties": properties}, object_type=COMPANIES))


def change(portal: Portal, key: str, **properties: str) -> None:
    singles.patch(portal, Call(key=key, body={"properties": properties}, object_type=COMPANIES))


def wanted(name: str, operator: str, **more: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, **more}


def body(*filters: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"filterGroups": [{"filters": list(filters)}] if filters else [], **more}


def found(portal: Portal, asked: dict[str, Any]) -> list[str]:
    status, answer = search.search(portal, Call(body=asked, object_type=COMPANIES))
    assert status == 200
    return [result["properties"]["name"] for result in answer["results"]]


def test_what_is_new_or_changed_or_archived_is_seen_late(portal: Portal, clock: Clock) -> None:
    create(portal, name="Dyno")
    change(portal, "9001", name="Ajax")
    deletes.archive(portal, Call(key="9002", object_type=COMPANIES))

    clock.now += 2999
    before = found(portal, body())
    clock.now += 1
    after = found(portal, body())

    assert (before, after) == (["Acme", "Bolt", "Coil"], ["Ajax", "Coil", "Dyno"])


def test_the_lag_can_be_set(portal: Portal) -> None:
    portal.search_lag_ms = 0
    create(portal, name="Dyno")

    assert "Dyno" in found(portal, body())


@pytest.mark.parametrize(
    ("each", "names"),
    [
        (wanted("domain", "EQ", value="acme.example.org"), "Acme"),
        (wanted("domain", "EQ", value="ACME.example.org"), "Acme"),
        (wanted("domain", "NEQ", value="acme.example.org"), "Bolt Coil"),
        (wanted("domain", "IN", values=["acme.example.org", "coil.example.org"]), "Acme Coil"),
        (wanted("domain", "IN", values=["ACME.example.org", "coil.example.org"]), "Coil"),
        (wanted("domain", "NOT_IN", values=["acme.example.org"]), "Bolt Coil"),
        (wanted("name", "IN", values=["acme"]), "Acme"),
        (wanted("name", "IN", values=["Acme"]), ""),
        (wanted("industry", "IN", values=["BANKING"]), "Coil"),
        (wanted("industry", "IN", values=["banking"]), ""),
        (wanted("industry", "HAS_PROPERTY"), "Coil"),
        (wanted("industry", "NOT_HAS_PROPERTY"), "Acme Bolt"),
        (wanted("industry", "NEQ", value="AUTOMOTIVE"), "Coil"),
        (wanted("industry", "NOT_IN", values=["AUTOMOTIVE"]), "Coil"),
        (wanted("numberofemployees", "GT", value="5"), "Coil"),
        (wanted("numberofemployees", "GTE", value="5"), "Bolt Coil"),
        (wanted("numberofemployees", "LT", value="5"), "Acme"),
        (wanted("numberofemployees", "LTE", value="5"), "Acme Bolt"),
        (wanted("numberofemployees", "BETWEEN", value="4", highValue="6"), "Bolt"),
        (wanted("hs_object_id", "EQ", value="9002"), "Bolt"),
        (wanted("domain", "CONTAINS_TOKEN", value="Acme*"), "Acme"),
        (wanted("domain", "CONTAINS_TOKEN", value="*.example.org"), "Acme Bolt Coil"),
        (wanted("domain", "CONTAINS_TOKEN", value="example"), ""),
        (wanted("domain", "CONTAINS_TOKEN", value="a.me*"), ""),
        (wanted("domain", "NOT_CONTAINS_TOKEN", value="*acme*"), "Bolt Coil"),
        (wanted("industry", "NOT_CONTAINS_TOKEN", value="x"), "Coil"),
    ],
)
def test_an_operator_finds(portal: Portal, each: dict[str, Any], names: str) -> None:
    assert found(portal, body(each)) == names.split()


def test_all_filters_of_any_group_have_to_fit(portal: Portal) -> None:
    groups = [
        {"filters": [wanted("name", "EQ", value="acme"), wanted("industry", "HAS_PROPERTY")]},
        {"filters": [wanted("name", "EQ", value="bolt")]},
    ]

    assert found(portal, {"filterGroups": groups}) == ["Bolt"]


@pytest.mark.parametrize(
    ("sorts", "names"),
    [
        ([], "Acme Bolt Coil"),
        ([{"propertyName": "createdate", "direction": "ASCENDING"}], "Acme Bolt Coil"),
        ([{"propertyName": "createdate", "direction": "DESCENDING"}], "Coil Bolt Acme"),
        (["-createdate"], "Coil Bolt Acme"),
        (["name"], "Acme Bolt Coil"),
    ],
)
def test_results_come_in_the_order_that_is_asked_for(portal: Portal, sorts: list[Any], names: str) -> None:
    assert found(portal, body(sorts=sorts)) == names.split()


def test_results_come_in_pages(portal: Portal) -> None:
    _, first = search.search(portal, Call(body=body(limit=2), object_type=COMPANIES))
    after = first["paging"]["next"]["after"]
    _, last = search.search(portal, Call(body=body(limit=2, after=after), object_type=COMPANIES))

    assert (first["total"], [result["id"] for result in first["results"]]) == (3, ["9001", "9002"])
    assert (last["total"], [result["id"] for result in last["results"]]) == (3, ["9003"])
    assert "paging" not in last


def test_ten_results_are_shown_if_no_limit_is_given(portal: Portal, clock: Clock) -> None:
    for n in range(20):
        create(portal, name=f"company {n}")
    clock.now += 3000

    assert len(found(portal, body())) == 10
    assert len(found(portal, body(limit=200))) == 23


ONE = wanted("name", "EQ", value="acme")


@pytest.mark.parametrize(
    "asked",
    [
        {"filterGroups": [{"filters": [ONE]}] * 6},
        {"filterGroups": [{"filters": [ONE] * 7}]},
        {"filterGroups": [{"filters": [ONE] * 5}] * 4},
        {"filterGroups": [{"filters": []}]},
        body(ONE, limit=201),
        body(ONE, limit=0),
        body(ONE, limit="10"),
        body(ONE, after="next"),
        body(ONE, after="9999"),
        body(ONE, sorts=["name", "createdate"]),
        body(wanted("plann", "EQ", value="x")),
        body(wanted("name", "LIKE", value="x")),
        body(wanted("name", "IN", values=[])),
    ],
)
def test_what_hubspot_does_not_let_ask_is_refused(portal: Portal, asked: dict[str, Any]) -> None:
    status, answer = search.search(portal, Call(body=asked, object_type=COMPANIES))

    assert (status, answer["category"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "asked", [{"filterGroups": "x"}, {"filterGroups": [7]}, {"filterGroups": [{}]}, body(sorts="x")]
)
def test_what_is_no_search_is_refused(portal: Portal, asked: dict[str, Any]) -> None:
    status, answer = search.search(portal, Call(body=asked, object_type=COMPANIES))

    assert (status, "category" in answer) == (400, False)


@pytest.mark.parametrize("path", ["contacts", "companies"])
def test_a_body_of_more_than_3000_characters_is_refused(standin: StandIn, path: str) -> None:
    url = f"/crm/objects/2026-09/{path}/search"
    long = body(wanted("createdate", "IN", values=["x" * 2800]))

    assert request(standin, "POST", url, long).status_code == 200
    assert request(standin, "POST", url, {**long, "query": "y" * 200}).status_code == 400


def test_searches_have_a_limit_of_their_own_and_no_headers(standin: StandIn) -> None:
    clock = Clock()
    standin.portal.clock.now_ms = clock.now_ms
    path = "/crm/objects/2026-09/companies/search"

    answers = [request(standin, "POST", path, {}) for _ in range(6)]
    clock.now += 1000
    later = request(standin, "POST", path, {})

    assert [answer.status_code for answer in [*answers, later]] == [200] * 5 + [429, 200]
    refused = answers[-1].json()
    assert (refused["errorType"], refused["policyName"]) == ("RATE_LIMIT", "SECONDLY")
    assert refused["message"] == "You have reached your secondly limit."
    assert not [name for name in later.headers if name.startswith("x-hubspot-ratelimit")]
    report = standin.report()
    assert (report["call_count"], report["search"]) == (
        0,
        {"call_count": 7, "max_in_window": 6, "rate_limited": 1},
    )


@pytest.mark.parametrize(
    ("value", "names"),
    [("www.acme.example.org", "Acme"), ("http*", "Acme"), ("*/en", "Acme"), ("en", "Acme")],
)
def test_a_token_is_what_stands_between_marks_or_the_whole(portal: Portal, value: str, names: str) -> None:
    change(portal, "9001", domain="https://www.acme.example.org/en")
    portal.search_lag_ms = 0

    assert " ".join(found(portal, body(wanted("domain", "CONTAINS_TOKEN", value=value)))) == names
