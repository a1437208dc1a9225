"""The stand-in answers in forms by name, for all of a call's inputs or a share of them; and keeps rules."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.standin.faults import Fault
from cli.standin.form_bodies import PAGES
from cli.standin.formed import BY_OTHER_NAMES, NAMES, NO_TRACE_IDS
from cli.standin.server import ACCESS_TOKEN, StandIn

UPSERT = "/crm/objects/2026-09/contacts/batch/upsert"


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture
def http(standin: StandIn) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {ACCESS_TOKEN}"}
    with httpx.Client(base_url=standin.url, headers=headers) as http:
        yield http


def switch(http: httpx.Client, **fault: Any) -> httpx.Response:
    return http.post("/_standin/faults", json=fault)


def rules(http: httpx.Client, **changes: Any) -> httpx.Response:
    return http.post("/_standin/rules", json=changes)


def people(*numbers: int, **values: str) -> dict[str, Any]:
    return {
        "inputs": [
            {
                "idProperty": "email",
                "id": f"user{n}@example.org",
                "objectWriteTraceId": str(n),
                "properties": {"email": f"user{n}@example.org", "jobtitle": "Baker", **values},
            }
            for n in numbers
        ]
    }


def upsert(http: httpx.Client, *numbers: int, path: str = UPSERT, **values: str) -> httpx.Response:
    return http.post(path, json=people(*numbers, **values))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_form_is_answered_on_demand_and_once(http: httpx.Client, standin: StandIn, name: str) -> None:
    assert switch(http, form=name, path="upsert").status_code == 200

    first, second = upsert(http, 1), upsert(http, 1)

    assert second.status_code == 200
    if name == NO_TRACE_IDS:
        assert "objectWriteTraceId" not in first.text
        return
    assert first.status_code != 200 or "html" in first.headers["content-type"]
    # Nothing was written by the first.
    assert second.json()["results"][0]["new"] is True
    assert standin.calls[0]["status"] == first.status_code


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_has_nothing_of_hubspots(http: httpx.Client, page: str) -> None:
    switch(http, form=page)
    status, kind, _ = PAGES[page]

    answer = upsert(http, 1)

    assert "x-hubspot-correlation-id" not in answer.headers
    assert (answer.status_code, answer.headers.get("content-type", "")) == (status, kind)


@pytest.mark.parametrize("name", sorted(BY_OTHER_NAMES))
def test_forms_go_by_everyday_names_as_well(http: httpx.Client, name: str) -> None:
    switch(http, form=name)
    switch(http, form=BY_OTHER_NAMES[name])

    assert upsert(http, 1).text == upsert(http, 1).text


def test_a_form_speaks_of_the_property_that_is_named(http: httpx.Client) -> None:
    for form in ("no_option", "required_property", "conditional_property", "unnamed_sentence"):
        switch(http, form=form, property="city")

        told = upsert(http, 1, city="Bergen").text

        assert ("city" in told, "jobtitle" in told) == (True, False)


def test_a_conflict_names_the_record_that_is_asked_for(http: httpx.Client) -> None:
    switch(http, form="conflict_object_already_exists", existing_id="501")

    answer = upsert(http, 1).json()

    assert (answer["category"], "Existing ID: 501" in answer["message"]) == ("OBJECT_ALREADY_EXISTS", True)


def test_a_share_of_the_inputs_suffers_and_the_others_are_written(
    http: httpx.Client, standin: StandIn
) -> None:
    switch(http, form="no_option", property="jobtitle", share=0.25, times=None)

    answer = upsert(http, *range(8))

    assert answer.status_code == 207
    told = answer.json()
    assert told["numErrors"] == len(told["errors"]) == 2
    assert [error["context"]["objectWriteTraceId"] for error in told["errors"]] == [["3"], ["7"]]
    assert standin.state()["count"] == 6
    # The next three have none among them, and are answered as ever.
    assert upsert(http, 20, 21, 22).status_code == 200


def test_a_batch_that_is_taken_or_refused_as_a_whole_is_refused_as_a_whole(
    http: httpx.Client, standin: StandIn
) -> None:
    standin.grant("analytics.behavioral_events.send")
    standin.portal.event_definitions.define(
        {"label": "Seen", "includeDefaultProperties": False, "propertyDefinitions": []}
    )
    event = {"eventName": "pe7654321_seen", "email": "kim@example.org", "properties": {}}
    switch(http, form="unnamed_sentence", share=0.5)

    answer = http.post("/events/2026-09/send/batch", json={"inputs": [event, event]})

    assert (answer.status_code, standin.portal.occurrences) == (400, [])


def test_a_form_that_nobody_knows_is_refused_with_the_nearest(http: httpx.Client) -> None:
    answer = switch(http, form="htlm_403")

    assert answer.status_code == 400
    assert "did you mean html_403?" in answer.json()["message"]
    assert "there is no form ???" in switch(http, form="???").json()["message"]


def test_a_property_that_is_required_in_mid_flight_holds_for_new_records_of_this_version(
    http: httpx.Client,
) -> None:
    upsert(http, 1)
    assert rules(http, required={"contacts": ["city"]}).json()["required"] == {"contacts": ["city"]}

    known, fresh = upsert(http, 1), upsert(http, 2).json()
    assert known.status_code == 200
    (error,) = fresh["errors"]
    assert error["errors"] == [
        {
            "message": "A value for city must be provided",
            "code": "MISSING_REQUIRED_PROPERTY",
            "context": {"propertyName": ["city"]},
        }
    ]
    assert upsert(http, 3, city="Bergen").status_code == 200
    assert upsert(http, 4, path="/crm/objects/2026-03/contacts/batch/upsert").status_code == 200
    rules(http, required={})
    assert upsert(http, 2).status_code == 200


def test_a_property_may_be_required_where_another_has_a_value(http: httpx.Client) -> None:
    rules(http, conditional={"contacts": {"city": "country"}})

    assert upsert(http, 1).status_code == 200
    refused = upsert(http, 1, country="Norway").json()["errors"][0]["errors"][0]

    assert refused["code"] == "MISSING_CONDITIONAL_REQUIRED_PROPERTY"
    assert refused["message"].endswith("rule based on [country]")
    assert upsert(http, 1, country="Norway", city="Bergen").status_code == 200


def test_a_bad_value_may_be_refused_without_a_name(http: httpx.Client, standin: StandIn) -> None:
    rules(http, refused_values=["bad"])

    told = upsert(http, 1, 2, city="bad").json()

    assert [error["message"] for error in told["errors"]] == ["The record cannot be saved as it is."] * 2
    assert "city" not in json.dumps(told["errors"])
    assert upsert(http, 1, city="good").status_code == 200
    standin.reset()
    assert upsert(http, 1, city="bad").status_code == 200


def test_rules_hold_for_single_writes_and_for_companies(http: httpx.Client) -> None:
    rules(http, required={"companies": ["industry"], "contacts": ["city"]})

    company = http.post("/crm/objects/2026-09/companies", json={"properties": {"domain": "acme.example"}})
    person = http.post("/crm/objects/2026-09/contacts", json={"properties": {"email": "kim@example.org"}})

    assert (company.status_code, person.status_code) == (400, 400)


def test_a_rule_that_nobody_knows_is_refused(http: httpx.Client) -> None:
    assert rules(http, demanded=["city"]).status_code == 400


def test_every_form_and_every_field_of_a_fault_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "standin.md").read_text(encoding="utf-8")
    fields = {each.alias or name for name, each in Fault.model_fields.items() if not each.exclude}

    assert {name for name in NAMES | fields if f"`{name}`" not in page} == set()
