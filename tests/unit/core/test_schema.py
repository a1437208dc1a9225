"""HubSpot's property list, and what is kept of it."""

import json
from typing import Any

import pytest

from relay.core.schema import Property, Schema, from_slim, parse_schema, slim

STAGE = {
    "name": "lifecyclestage",
    "type": "enumeration",
    "fieldType": "radio",
    "options": [
        {"label": "Lead", "value": "lead"},
        {"label": " Big Customer ", "value": "7"},
        {"label": "lead", "value": "LEAD"},
        {"label": "", "value": "x"},
        {"label": "no value"},
        "nonsense",
    ],
}


@pytest.mark.parametrize(
    ("changes", "is_writable"),
    [
        pytest.param({}, True, id="says-nothing"),
        pytest.param({"calculated": False, "modificationMetadata": {"readOnlyValue": False}}, True, id="no"),
        pytest.param({"modificationMetadata": {"readOnlyValue": True}}, False, id="read-only"),
        pytest.param({"calculated": True, "modificationMetadata": None}, False, id="calculated"),
        pytest.param({"archived": True}, False, id="archived"),
    ],
)
def test_a_property_is_writable_unless_hubspot_says_otherwise(
    changes: dict[str, Any], *, is_writable: bool
) -> None:
    schema = parse_schema([{"name": "plan", "type": "string", "fieldType": "text", **changes}])

    assert schema.find("plan") == Property("plan", "string", "text", is_writable=is_writable)
    assert schema.is_writable("plan") is is_writable


@pytest.mark.parametrize(
    "entry", [7, None, {}, {"name": "x"}, {"type": "string"}, {"name": 7, "type": "string"}]
)
def test_an_entry_that_is_no_property_is_passed_over(entry: object) -> None:
    assert not parse_schema([entry]).properties


def test_options_are_found_by_value_before_label_in_any_case() -> None:
    found = parse_schema([STAGE]).find("lifecyclestage")

    assert found is not None
    assert found.options == {
        "Lead": "lead",
        "lead": "lead",
        "LEAD": "LEAD",
        "big customer": "7",
        "7": "7",
        "x": "x",
    }
    assert found.ambiguous == {"lead"}
    assert not found.is_multiple


@pytest.mark.parametrize("options", [None, {}, "x", [None]])
def test_options_in_another_shape_are_none(options: object) -> None:
    entry = {"name": "p", "type": "enumeration", "fieldType": "checkbox", "options": options}
    found = parse_schema([entry]).find("p")

    assert found == Property("p", "enumeration", "checkbox")
    assert found.is_multiple


def test_a_field_type_in_another_shape_is_none() -> None:
    assert parse_schema([{"name": "p", "type": "string", "fieldType": 7}]).find("p") == Property(
        "p", "string"
    )


def test_a_slim_schema_says_the_same() -> None:
    read_only = {"name": "n", "type": "number", "calculated": True}
    schema = parse_schema([STAGE, read_only])

    assert from_slim(json.loads(json.dumps(slim(schema)))) == schema


def test_an_unknown_name_is_neither_found_nor_writable() -> None:
    assert (Schema({}).find("plan"), Schema({}).is_writable("plan")) == (None, False)


def test_a_schema_that_an_earlier_version_has_kept_is_read() -> None:
    entry = ["plan", "enumeration", "select", True, {"gold": "gold"}]

    assert from_slim([entry]) == Schema(
        {"plan": Property("plan", "enumeration", "select", options={"gold": "gold"})}
    )


def labelled(**labels: str) -> list[dict[str, Any]]:
    return [{"name": name, "type": "string", "label": label} for name, label in labels.items()]


def test_a_label_in_any_form_leads_to_its_property() -> None:
    schema = parse_schema(labelled(jobtitle="Job\u00a0 Title", caffeine="Caf\u00e9?"))

    assert schema.by_label == {"job title": "jobtitle", "caf\u00e9?": "caffeine"}
    assert from_slim(json.loads(json.dumps(slim(schema)))).by_label == schema.by_label


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(labelled(a="Tier", b=" tier "), id="of-two-properties"),
        pytest.param([*labelled(a="Plan Tier"), *labelled(plan_tier="Plan Tier")], id="name-of-another"),
        pytest.param(labelled(plan_tier="Plan Tier"), id="its-own-name"),
        pytest.param([labelled(a="Tier")[0] | {"hasUniqueValue": True}], id="says-which-object-it-is"),
        pytest.param([labelled(a="Tier")[0] | {"calculated": True}], id="read-only"),
        pytest.param([labelled(a="Tier")[0] | {"label": 7}], id="no-text"),
        pytest.param(labelled(a=""), id="none"),
        pytest.param(labelled(a="\u200b"), id="invisible"),
    ],
)
def test_a_label_that_is_not_one_propertys_alone_leads_nowhere(listed: list[dict[str, Any]]) -> None:
    assert not parse_schema(listed).by_label


def test_a_label_that_one_property_can_be_written_by_is_its_alone() -> None:
    read_only = labelled(b="Tier")[0] | {"calculated": True}

    assert parse_schema([*labelled(a="Tier"), read_only]).by_label == {"tier": "a"}
