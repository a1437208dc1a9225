"""Which property a refusal blames, in each form that is known and in sentences that nobody has seen."""

from typing import Any

import pytest

from cli.standin.forms import FORMS, Asked, answer_in_form
from relay.core.property_names import blamed, required, tells_value
from relay.core.refusals import read_refusal

ADDRESS = "kim@example.org"
SENT = {"email": ADDRESS, "city": "Oslo", "plan": "gold"}
INPUT = {"id": ADDRESS, "objectWriteTraceId": "0", "properties": SENT}
OWN = ("email",)
PROPERTY_FORMS = sorted(name for name, form in FORMS.items() if form.kind == "property")
REQUIRED_FORMS = sorted(name for name, form in FORMS.items() if form.kind == "required")


def names(message: str, sent: dict[str, str] | None = None, **more: Any) -> set[str]:
    found = blamed(read_refusal({"message": message, **more}), SENT if sent is None else sent, OWN)
    return set(found.names)


def test_there_are_fifteen_forms_at_least() -> None:
    assert len(PROPERTY_FORMS) >= 15


@pytest.mark.parametrize("about", ["plan", "city"])
@pytest.mark.parametrize("form", PROPERTY_FORMS)
def test_the_property_is_found_wherever_it_is_named(form: str, about: str) -> None:
    body = answer_in_form(form, Asked([INPUT], about)).body

    assert set(blamed(read_refusal(body), SENT, OWN).names) == {about}
    assert required(read_refusal(body), SENT) is None


@pytest.mark.parametrize("form", REQUIRED_FORMS)
def test_a_property_that_is_wanted_and_was_not_sent_is_a_rule(form: str) -> None:
    refusal = read_refusal(answer_in_form(form, Asked([INPUT])).body)

    assert required(refusal, SENT) == ("jobtitle",)
    assert not blamed(refusal, SENT, OWN).names
    # Sent, it is a value that HubSpot does not like.
    assert required(refusal, {**SENT, "jobtitle": ""}) is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Property jobtitle is mandatory here", ("jobtitle",)),
        ('Some required properties were not set: "jobtitle"', ("jobtitle",)),
        ("Required property missing: jobtitle", ("jobtitle",)),
        ("The required properties are missing", None),
        ("plan is required to be an option", None),
        ("It is required", None),
        ("All went well", None),
    ],
)
def test_a_rule_may_stand_in_a_sentence_alone(message: str, expected: tuple[str, ...] | None) -> None:
    assert required(read_refusal({"message": message}), SENT) == expected


def test_a_rule_that_names_nothing_is_one_all_the_same() -> None:
    refusal = read_refusal({"errors": [{"code": "MISSING_REQUIRED_PROPERTY"}]})

    assert required(refusal, SENT) == ()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Whatever stands in plan cannot stay there", {"plan"}),
        ("plan!", {"plan"}),
        ("Die Eigenschaft plan nimmt das nicht", {"plan"}),
        ("kim@example.org may not have this city", {"city"}),
        # Nothing, or more than one, or a part of a word.
        ("We do not take this today", set()),
        ("Either plan or city is wrong", set()),
        ("The planning of cityscapes", set()),
        ("plan_b is not there", set()),
        ("email is wrong", set()),
        ("", set()),
        # Options are no names.
        ("It has the options city and plan", set()),
    ],
)
def test_of_a_sentence_of_unknown_form_the_one_name_in_it_is_believed(
    message: str, expected: set[str]
) -> None:
    found = blamed(read_refusal({"message": message}), SENT, OWN)

    assert (set(found.names), found.is_guess) == (expected, bool(expected))


@pytest.mark.parametrize(
    ("sent", "message", "expected"),
    [
        ({"plan": "x", "note": "my plan"}, "my plan is not what note may hold", {"note"}),
        ({"plan": "x", "note": "my plan"}, "We do not like my plan", set()),
        ({"plan": "city", "city": "x"}, "plan may not be so", {"plan"}),
        ({"plan": "city", "city": "x"}, "plan may not be city", set()),
        ({"city": "plan", "plan": "x"}, "Property city has the value plan", set()),
        ({"a.b": "(", "plan": "("}, "plan does not take (", {"plan"}),
    ],
)
def test_what_stands_in_a_value_names_nothing(sent: dict[str, str], message: str, expected: set[str]) -> None:
    assert names(message, sent) == expected


def test_a_value_cannot_pass_for_the_coordinates_of_another_property() -> None:
    value = "x, propertyName=city"
    message = f"Cannot set PropertyValueCoordinates{{propertyName=plan, value={value}}} on 501."

    assert names(message, {"plan": value, "city": "Oslo"}) == {"plan"}


def test_of_several_details_each_names_its_own() -> None:
    details = [
        {"message": "no", "code": "INVALID_OPTION", "context": {"propertyName": ["plan"]}},
        {"message": 'Property "city" does not exist'},
    ]

    assert blamed(read_refusal({"errors": details}), SENT, OWN).names == {
        "plan": "INVALID_OPTION",
        "city": "",
    }


def test_a_name_in_the_whole_counts_where_the_details_name_none() -> None:
    assert names('Property "city" is odd', errors=[{"message": "no"}]) == {"city"}


@pytest.mark.parametrize(
    ("error", "value", "expected"),
    [
        ({"message": "gold was no option of plan"}, "gold", True),
        ({"message": "golden was no option of plan"}, "gold", False),
        ({"message": "gold is no option"}, "gold", False),
        ({"message": "plan: ()"}, "", False),
        ({"message": "propertyName=plan, value=gold} on 5. 6 already has that value."}, "GOLD", True),
        ({"message": "propertyName=plan, value=gold rush} on 5. 6 already has that value."}, "gold", False),
        ({"context": {"propertyName": ["plan"], "conflictingValue": ["Gold"]}}, "gold", True),
    ],
)
def test_a_refusal_may_tell_the_value_that_it_means(
    error: dict[str, Any], value: str, *, expected: bool
) -> None:
    assert tells_value(read_refusal(error), "plan", value) is expected


@pytest.mark.parametrize(
    "error",
    [
        {"errors": ["plan is not a number"]},
        {"errors": [{"message": "bad", "in": "inputs[0].properties[plan]"}]},
        {"errors": [{"message": "bad", "in": "properties/plan"}]},
        {"errors": [{"message": "bad", "property": "plan"}]},
        {"errors": [{"message": "bad", "propertyName": "plan"}]},
        {"errors": [{"message": "bad", "context": {"property_name": ["plan"]}}]},
        {"errors": [{"message": "bad", "context": {"field": ["plan"]}}]},
        {"errors": [{"message": "bad", "errorTokens": {"PROPERTY": ["plan"]}}]},
        {"context": {"invalidProperties": ["plan"]}},
        {"message": 'Not valid: [ {"isValid": false, "message": "bad", "name": "plan"} ]'},
        {"message": 'Not valid properties: {"isValid": false, "message": "bad", "name": "plan"}'},
    ],
)
def test_a_property_is_found_under_other_names_and_in_other_shapes(error: dict[str, Any]) -> None:
    # That one is called `name` must not make it be meant.
    sent = {**SENT, "name": "Kim"}

    assert set(blamed(read_refusal({"message": "invalid", **error}), sent, OWN).names) == {"plan"}


def test_what_is_told_beside_a_sentence_and_names_two_names_none() -> None:
    error = {"message": "invalid", "context": {"of": ["plan"], "and": ["city"], "who": ["email"]}}

    assert not blamed(read_refusal(error), SENT, OWN).names


@pytest.mark.parametrize("said", ["Oslo is required to be a number", '"oslo" is mandatory here'])
def test_a_value_at_the_beginning_of_a_sentence_is_no_required_property(said: str) -> None:
    assert required(read_refusal({"message": said}), SENT) is None
