"""Creating properties: what the stand-in wants of a definition, as HubSpot does."""

from collections.abc import Iterator
from typing import Any

import pytest
from functional.standin_properties import DEFINITION, WRITE, call, listed

from cli.standin.server import StandIn


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """A stand-in that lets its token create properties."""
    with StandIn() as standin:
        standin.grant(WRITE)
        yield standin


def options(*values: str) -> list[dict[str, Any]]:
    return [
        {"label": value, "value": value, "displayOrder": n, "hidden": False} for n, value in enumerate(values)
    ]


def test_a_created_property_can_be_written_at_once_and_not_be_created_again(standin: StandIn) -> None:
    first = call(standin, "POST", "", DEFINITION)
    again = call(standin, "POST", "", DEFINITION)

    assert (first.status_code, first.json()["hubspotDefined"]) == (201, False)
    assert listed(standin)["shoe_size"]["type"] == "number"
    assert again.status_code == 409
    assert (again.json()["category"], again.json()["subCategory"]) == (
        "OBJECT_ALREADY_EXISTS",
        "Properties.PROPERTY_WITH_NAME_EXISTS",
    )


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": "Shoe_Size"}, ""),
        ({"name": "90_days"}, ""),
        ({"name": "shoe size"}, ""),
        ({"name": "s" * 100}, ""),
        ({"type": "phone_number", "fieldType": "phonenumber"}, ""),
        ({"type": "json", "fieldType": "text"}, ""),
        ({"type": "string", "fieldType": "number"}, ""),
        ({"type": "number", "fieldType": "text"}, ""),
        ({"type": "datetime", "fieldType": "text"}, ""),
        ({"type": "bool", "fieldType": "checkbox", "options": options("true", "false")}, ""),
        ({"type": "bool", "fieldType": "booleancheckbox"}, "INVALID_BOOLEAN_OPTION"),
        (
            {"type": "bool", "fieldType": "booleancheckbox", "options": options("yes", "no")},
            "INVALID_BOOLEAN_OPTION",
        ),
        (
            {"type": "bool", "fieldType": "booleancheckbox", "options": options("true", "false", "")},
            "INVALID_BOOLEAN_OPTION",
        ),
        ({"type": "enumeration", "fieldType": "select", "options": options("a", "a")}, ""),
        ({"groupName": "nowhere"}, ""),
    ],
)
def test_a_definition_that_hubspot_would_refuse_is_refused(
    standin: StandIn, more: dict[str, Any], code: str
) -> None:
    before = listed(standin)

    answer = call(standin, "POST", "", {**DEFINITION, **more})

    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert [error["code"] for error in answer.json().get("errors", ())] == ([code] if code else [])
    assert listed(standin) == before


@pytest.mark.parametrize("missing", DEFINITION)
def test_a_definition_without_a_required_field_is_refused(standin: StandIn, missing: str) -> None:
    body = {name: value for name, value in DEFINITION.items() if name != missing}

    for path, sent in (("", body), ("/batch/create", {"inputs": [DEFINITION, body]})):
        answer = call(standin, "POST", path, sent)
        assert (answer.status_code, missing in answer.json()["message"]) == (400, True)
    assert "shoe_size" not in listed(standin)


@pytest.mark.parametrize(
    ("kind", "field_type", "more"),
    [
        ("string", "textarea", {}),
        ("date", "date", {}),
        ("datetime", "date", {}),
        ("bool", "booleancheckbox", {"options": options("true", "false")}),
        ("enumeration", "checkbox", {"options": options("a", "b")}),
    ],
)
def test_definitions_of_every_type_are_taken(
    standin: StandIn, kind: str, field_type: str, more: dict[str, Any]
) -> None:
    answer = call(standin, "POST", "", {**DEFINITION, "type": kind, "fieldType": field_type, **more})

    assert (answer.status_code, answer.json()["type"]) == (201, kind)


def test_a_batch_creates_what_it_can(standin: StandIn) -> None:
    inputs = [{**DEFINITION, "name": name} for name in ("hat_size", "plan", "Bad Name", "hat_size")]

    good = call(standin, "POST", "/batch/create", {"inputs": [DEFINITION]})
    mixed = call(standin, "POST", "/batch/create", {"inputs": inputs})

    assert (good.status_code, "errors" in good.json()) == (201, False)
    assert (mixed.status_code, mixed.json()["numErrors"]) == (207, 3)
    assert [result["name"] for result in mixed.json()["results"]] == ["hat_size"]
    assert [error["category"] for error in mixed.json()["errors"]] == [
        "OBJECT_ALREADY_EXISTS",
        "VALIDATION_ERROR",
        "OBJECT_ALREADY_EXISTS",
    ]


@pytest.mark.parametrize("inputs", [[DEFINITION] * 101, [7]])
def test_a_batch_that_is_too_large_or_no_batch_creates_nothing(standin: StandIn, inputs: list[Any]) -> None:
    assert call(standin, "POST", "/batch/create", {"inputs": inputs}).status_code == 400
    assert "shoe_size" not in listed(standin)


def test_beyond_the_limit_no_more_are_created(standin: StandIn) -> None:
    own = [entry for entry in standin.portal.properties.live.values() if not entry["hubspotDefined"]]
    standin.portal.custom_property_limit = len(own) + 1
    inputs = [{**DEFINITION, "name": name} for name in ("one", "two")]

    batch = call(standin, "POST", "/batch/create", {"inputs": inputs})
    single = call(standin, "POST", "", {**DEFINITION, "name": "three"})

    assert (batch.status_code, len(batch.json()["results"])) == (207, 1)
    assert (single.status_code, single.json()["category"]) == (400, "VALIDATION_ERROR")
