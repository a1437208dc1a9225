"""What a refusal names, whatever its shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.refusals import existing_id, missing_scopes, named_properties, read_refusal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({}, {}),
        ({"errors": None, "message": None}, {}),
        (
            {"errors": [{"code": "X", "context": {"propertyName": ["a", "b", 7]}}]},
            {"a": "X", "b": "X", "7": "X"},
        ),
        ({"errors": [{"error": "X", "context": {"propertyName": ["a"]}}]}, {"a": "X"}),
        ({"errors": [{"context": {"propertyName": ["a"]}}]}, {"a": ""}),
        ({"errors": [7, {"context": 7}, {"context": {"propertyName": "a"}}]}, {"a": ""}),
        (
            {"message": 'not valid: [{"name": "a", "error": "X"}, {"name": "b"}, {"error": "Y"}]'},
            {"a": "X", "b": ""},
        ),
        ({"message": 'not valid: [{"name": "a", "error": "X"}] and more'}, {"a": "X"}),
        ({"message": "not valid: [{"}, {}),
        ({"message": 'not valid: {"'}, {}),
        ({"message": 'not valid: {"code": "X"}'}, {}),
        ({"message": 'not valid: {"name": "a", "error": "X"}'}, {"a": "X"}),
        ({"message": "not valid: [x]"}, {}),
        (
            {
                "errors": [{"code": "X", "context": {"propertyName": ["a"]}}],
                "message": '[{"name": "a", "error": "Y"}]',
            },
            {"a": "X"},
        ),
    ],
)
def test_properties_are_named_in_the_errors_or_in_the_message(
    error: dict[str, object], expected: dict[str, str]
) -> None:
    assert named_properties(error) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"context": {"existingId": ["501"]}}, "501"),
        ({"message": "Contact already exists. Existing ID: 501"}, "501"),
        ({"message": "Contact already exists. Existing ID: 501", "context": {"existingId": ["502"]}}, "502"),
        ({"message": "Contact already exists."}, ""),
        ({"context": {"existingId": 501}}, "501"),
    ],
)
def test_a_conflict_may_name_the_contact_that_is_there(error: dict[str, object], expected: str) -> None:
    assert existing_id(error) == expected


@given(st.dictionaries(st.sampled_from(["errors", "message", "context"]), JSON))
def test_no_shape_of_a_refusal_is_an_exception(error: dict[str, object]) -> None:
    assert all(isinstance(name, str) for name in named_properties(error))
    assert isinstance(existing_id(error), str)


@pytest.mark.parametrize(
    "message",
    [
        "User kim.larsen@example.org lacks the scope crm.objects.contacts.write",
        "kim.larsen%40example.org lacks the scope crm.objects.contacts.write",
        "crm.objects.contacts.write: no scope for <mailto:kim@sub.example.org>",
    ],
)
def test_no_part_of_an_address_is_a_scope(message: str) -> None:
    assert missing_scopes({"message": message}) == "crm.objects.contacts.write"


@pytest.mark.parametrize(
    "error",
    [
        {"message": "Contact already exists with ID 501"},
        {"message": "Contact already exists (id: 501)"},
        {"message": "There is an existing record with ID 501"},
        {"category": "CONFLICT", "context": {"existingRecordId": ["501"]}},
        {"category": "CONFLICT", "context": {"existing_id": [501]}},
        {"category": "CONFLICT", "context": {"EXISTING_OBJECT_ID": ["501"]}},
    ],
)
def test_an_existing_record_is_found_in_other_spellings(error: dict[str, object]) -> None:
    assert existing_id(error) == "501"


@pytest.mark.parametrize("message", ["No property exists on object with id 501", "Object 501 not found"])
def test_another_id_in_a_sentence_is_no_existing_record(message: str) -> None:
    assert existing_id({"message": message}) == ""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"category": "VALIDATION_ERROR", "message": "A contact with this email already exists"}, True),
        ({"category": "VALIDATION_ERROR", "message": "Company “A” already exists."}, True),
        ({"category": "VALIDATION_ERROR", "subCategory": "CONTACT_EXISTS"}, True),
        ({"category": "VALIDATION_ERROR", "subCategory": "crm.objects.CONTACT_EXISTS"}, True),
        ({"category": "VALIDATION_ERROR", "message": "A property of this name already exists"}, False),
        ({"category": "VALIDATION_ERROR", "subCategory": "CONTACT_EXISTS_NOT"}, False),
    ],
)
def test_a_conflict_is_one_in_other_words(error: dict[str, object], *, expected: bool) -> None:
    assert read_refusal(error).is_conflict is expected
