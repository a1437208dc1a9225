"""Which input a result or an error speaks of, where HubSpot does not echo trace ids."""

from dataclasses import replace
from typing import Any

import pytest
from builders import batch

from relay.core.attribution import errors_of, results_of
from relay.core.mapping import ObjectRef
from relay.core.planning import Input

KIM, BO = batch("kim@example.org", "bo@example.org").inputs


def result(object_id: object = "501", **properties: object) -> dict[str, object]:
    return {"id": object_id, "properties": properties}


def entry(trace_id: str, name: str, value: str, **properties: str) -> Input:
    return Input(trace_id, ObjectRef("contacts", name, value), {name: value, **properties}, (0,))


def whose(inputs: list[Input], *results: dict[str, object]) -> dict[str, object]:
    """Return the ids of the results by the trace ids of the inputs that they are of."""
    return {trace: each["id"] for trace, each in results_of(inputs, results).items()}


@pytest.mark.parametrize("value", ["KIM@example.org", " kim@example.org "])
def test_a_result_is_known_by_its_address_in_any_case(value: str) -> None:
    assert whose([KIM, BO], result("502", email="bo@example.org"), result(email=value)) == {
        "0": "501",
        "1": "502",
    }


def test_a_result_is_known_by_a_further_address() -> None:
    further = result(email="k@example.org", hs_additional_emails="x@example.org;KIM@example.org")

    assert whose([KIM, BO], further) == {"0": "501"}


def test_an_update_is_known_by_its_record_alone() -> None:
    one, other = (each.of_record(f"50{n}") for n, each in enumerate((KIM, BO)))

    assert whose([one, other], result("501", email="kim@example.org"), result(500)) == {"0": 500, "1": "501"}


def test_a_result_is_known_by_its_key_or_its_domain() -> None:
    one, other = entry("0", "customer_id", "7"), entry("1", "domain", "acme.com")

    assert whose([one, other], result("502", domain="Acme.com"), result(customer_id=7)) == {
        "0": "501",
        "1": "502",
    }


def test_trace_ids_count_first_also_as_numbers() -> None:
    traced = {**result("501", email="bo@example.org"), "objectWriteTraceId": 0}

    assert whose([KIM, BO], traced) == {"0": "501"}
    # What is settled is not asked about again.
    assert whose([KIM], traced, result("9", email="kim@example.org")) == {"0": "501"}


def test_what_may_mean_two_means_neither() -> None:
    twin = entry("1", "customer_id", "7", email="kim@example.org")
    assert whose([KIM, twin], result(email="kim@example.org")) == {}
    # Two results of one: nobody knows which counts.
    assert whose([KIM], result("1", email="kim@example.org"), result("2", email="kim@example.org")) == {}


def test_a_result_with_a_foreign_trace_id_is_as_one_without() -> None:
    foreign = {**result(email="kim@example.org"), "objectWriteTraceId": "99"}

    assert whose([KIM, BO], foreign) == {"0": "501"}


def errors(inputs: list[Input], *found: dict[str, Any]) -> dict[str, str]:
    return {trace: str(each["message"]) for trace, each in errors_of(inputs, found).items()}


@pytest.mark.parametrize(
    "context",
    [
        {"objectWriteTraceId": "0"},
        {"objectWriteTraceId": [0, "77"]},
        {"ids": ["KIM@example.org"]},
        {"email": ["kim@example.org"]},
        {"id": "kim@example.org"},
    ],
)
def test_an_error_names_its_input_in_its_context(context: dict[str, object]) -> None:
    assert errors([KIM, BO], {"message": "no", "context": context}) == {"0": "no"}


def test_one_error_may_name_several() -> None:
    error = {"message": "no", "context": {"ids": ["kim@example.org", "bo@example.org"]}}

    assert errors([KIM, BO], error) == {"0": "no", "1": "no"}


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ("Address <kim@example.org> is bad.", {"0"}),
        ("Neither kim@example.org nor bo@example.org", set()),
        ("Nobody", set()),
    ],
)
def test_an_error_may_name_its_input_in_its_sentence(message: str, meant: set[str]) -> None:
    third = replace(BO, trace_id="2", ref=replace(BO.ref, id="al@example.org"), properties={})

    assert set(errors([KIM, BO, third], {"message": message})) == meant


def test_of_two_records_in_a_sentence_the_one_that_was_to_get_the_value_is_meant() -> None:
    one, other = (each.of_record(f"50{n}") for n, each in enumerate((KIM, BO)))
    message = (
        "Cannot set PropertyValueCoordinates{propertyName=plan, value=x} on 501. 500 already has that value."
    )

    assert set(errors([one, other], {"message": message})) == {"1"}


def test_a_short_number_in_a_sentence_is_no_id() -> None:
    assert errors([entry("0", "customer_id", "1"), BO], {"message": "Invalid JSON on line 1"}) == {}


def test_the_one_error_that_is_left_is_of_the_one_input_that_is_left() -> None:
    error = {"message": "no"}

    assert errors_of([KIM, BO], [error], settled=["1"]) == {"0": error}
    assert errors_of([KIM, BO], [error]) == {}
    assert errors_of([KIM], [error, error]) == {}
