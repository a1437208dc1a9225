"""Properties to create for traits that HubSpot does not know."""

from itertools import islice

import pytest

from relay.core.definitions import MAX_AT_ONCE, definitions_for


@pytest.mark.parametrize(
    ("value", "kind", "field_type"),
    [
        pytest.param(True, "bool", "booleancheckbox", id="S61-audience"),
        pytest.param(False, "bool", "booleancheckbox", id="S61-audience-left"),
        pytest.param(5, "number", "number", id="S61-computed-trait"),
        pytest.param(2.5, "number", "number", id="fraction"),
        pytest.param("team", "string", "text", id="text"),
        pytest.param("true", "string", "text", id="true-as-text"),
        pytest.param("02134", "string", "text", id="digits"),
        pytest.param("1793527200", "string", "text", id="seconds-as-text"),
        pytest.param("1793527200.5", "string", "text", id="seconds-with-a-fraction-as-text"),
        pytest.param("20261101", "string", "text", id="a-basic-day-may-be-a-number"),
        pytest.param("1.7935272E12", "string", "text", id="a-number-as-java-writes-it"),
        pytest.param("2026-11-01", "date", "date", id="date"),
        pytest.param("2026-11-01T10:00:00Z", "datetime", "date", id="datetime"),
        pytest.param(["a"], "string", "textarea", id="list"),
        pytest.param({"a": 1}, "string", "textarea", id="object"),
    ],
)
def test_a_property_is_created_in_the_type_of_its_first_value(
    value: object, kind: str, field_type: str
) -> None:
    (found,) = definitions_for([{"orders_90d": None}, {"orders_90d": value}, {"orders_90d": "later"}])

    assert (
        found.items()
        >= {
            "name": "orders_90d",
            "label": "Orders 90d",
            "type": kind,
            "fieldType": field_type,
            "groupName": "segment",
        }.items()
    )


def test_a_checkbox_has_the_options_that_hubspot_wants() -> None:
    (found,) = definitions_for([{"is_vip": True}])

    assert [option["value"] for option in found["options"]] == ["true", "false"]  # type: ignore[attr-defined] # JSON


@pytest.mark.parametrize("value", [None, "", "  ", [], {}, float("nan"), 10**5000], ids=type)
def test_an_empty_value_makes_no_property(value: object) -> None:
    assert definitions_for([{"plan": value}]) == []


@pytest.mark.parametrize("name", ["", "_plan", "2fa", "hs_lead", "x y", "X"])
def test_a_name_that_hubspot_would_refuse_makes_no_property(name: str) -> None:
    assert definitions_for([{name: "x"}]) == []


def test_no_more_properties_are_created_at_once_than_a_call_may_hold() -> None:
    many = {f"p{n}": n for n in range(MAX_AT_ONCE + 1)}

    assert [found["name"] for found in definitions_for([many])] == list(islice(many, MAX_AT_ONCE))
