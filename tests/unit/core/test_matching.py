"""By what else than an address an event names its contact."""

from typing import Any

import pytest
from builders import event

from relay.core.grants import Grant
from relay.core.handles import handle_for, handle_of, identity_of, is_address, kind_of, ref_of
from relay.core.identifiers import keys_of
from relay.core.mapping import ObjectRef
from relay.core.matching import (
    MAX_VALUE_CHARS,
    Matching,
    id_value,
    matching_for,
    record_id_of,
    told_value,
    unused_record_ids,
)
from relay.core.placeholders import IdRules
from relay.core.profiles import email_key, object_key
from relay.core.rules import Rules
from relay.core.schema import Property, Schema

KIM = "kim@example.org"
TEXT = Schema({"customer_id": Property("customer_id", "string")})
NUMBER = Schema({"customer_id": Property("customer_id", "number")})
RULES = Rules(
    traits={"crm.key": "customer_id"},
    properties_to_contact={"Signed Up": {"account.id": "customer_id"}, "Page": {"id": "customer_id"}},
    views={"page": "Page"},
)


def matching(schema: Schema = TEXT) -> Matching:
    return matching_for("customer_id", schema, RULES, IdRules())


@pytest.mark.parametrize(
    ("handle", "ref", "identity"),
    [
        (KIM, ObjectRef("contacts", "email", KIM), {"email": KIM}),
        ("customer_id:a:b", ObjectRef("contacts", "customer_id", "a:b"), {"customer_id": "a:b"}),
        ("hs_object_id:501", ObjectRef("contacts", "hs_object_id", "501"), {}),
        ("", ObjectRef("contacts", "email", ""), {"email": ""}),
    ],
)
def test_a_handle_says_which_contact_is_meant(handle: str, ref: ObjectRef, identity: dict[str, str]) -> None:
    assert (ref_of(handle), handle_of(ref), dict(identity_of(handle))) == (ref, handle, identity)
    assert handle_for(kind_of(handle), ref.id) == handle
    assert is_address(handle) == (ref.id_property == "email")


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"traits": {"customer_id": "c-7"}}, "c-7"),
        ({"traits": {"Customer Id": " c-7 "}}, "c-7"),
        ({"traits": {"customer_id": 7}}, "7"),
        ({"traits": {"crm": {"key": "c-7"}}}, "c-7"),
        ({"traits": {}, "context": {"traits": {"customer_id": "c-7"}}}, "c-7"),
        # An identify's own traits are all that it says.
        ({"traits": {"plan": "x"}, "context": {"traits": {"customer_id": "c-7"}}}, ""),
        ({"context": {"externalIds": [{"type": "Customer-ID", "id": "c-7"}]}}, "c-7"),
        ({"context": {"externalIds": [{"type": "customer_id", "id": "c-7", "collection": "accounts"}]}}, ""),
        ({"context": {"externalIds": [{"type": 7, "id": "c-7"}, "x", {"id": "y"}]}}, ""),
        ({"type": "group", "traits": {"customer_id": "c-7"}}, ""),
        ({"type": "group", "context": {"traits": {"customer_id": "c-7"}}}, "c-7"),
        ({"type": "track", "event": "Signed Up", "properties": {"account": {"id": "c-7"}}}, "c-7"),
        ({"type": "track", "event": "Other", "properties": {"account": {"id": "c-7"}}}, ""),
        ({"type": "page", "properties": {"id": "c-7"}}, "c-7"),
        ({"type": "track", "event": "x", "userId": None, "properties": {"customer_id": "c-7"}}, "c-7"),
        ({"type": "track", "event": "x", "userId": "u-1", "properties": {"customer_id": "c-7"}}, ""),
        ({"traits": {"customer_id": "x" * MAX_VALUE_CHARS}}, "x" * MAX_VALUE_CHARS),
        ({"traits": {"customer_id": "x" * (MAX_VALUE_CHARS + 1)}}, ""),
        ({"traits": {"customer_id": "  "}}, ""),
        ({"traits": {"customer_id": None}}, ""),
    ],
    ids=str,
)
def test_a_value_is_what_the_event_sets_the_property_to(fields: dict[str, Any], value: str) -> None:
    assert told_value(event(**fields), matching()) == value


def test_a_property_that_is_a_number_has_numbers_for_values() -> None:
    assert told_value(event(traits={"customer_id": "007.50"}), matching(NUMBER)) == "7.5"
    assert [id_value(event(userId=each), matching(NUMBER)) for each in ("u-1", " 42 ", None)] == [
        "",
        "42",
        "",
    ]
    assert id_value(event(userId=" u-1 "), matching()) == "u-1"


def test_without_a_property_of_that_name_nothing_is_a_value() -> None:
    nothing = matching_for("customer_id", Schema({}), RULES, IdRules())

    assert (nothing, matching_for("", TEXT, RULES, IdRules())) == (Matching(), Matching())
    told = event(userId="u-1", traits={"customer_id": "c-7"})
    assert (told_value(told, nothing), id_value(told, nothing)) == ("", "")


@pytest.mark.parametrize(
    ("fields", "record_id"),
    [
        ({"traits": {"hs_object_id": "501"}}, "501"),
        ({"traits": {"hsObjectId": 501}}, "501"),
        ({"traits": {"HS Object Id": " 0501 "}}, "501"),
        ({"traits": {"hs_object_id": "x", "hsObjectId": "501"}}, "501"),
        ({"traits": {"plan": "x"}, "context": {"traits": {"hs_object_id": "501"}}}, "501"),
        ({"type": "track", "properties": {"hs_object_id": "501"}}, "501"),
        ({"type": "group", "traits": {"hs_object_id": "501"}}, ""),
        ({"type": "page", "properties": {"hs_object_id": "501"}}, ""),
        ({"context": {"externalIds": [{"type": "hubspot_id", "id": 501}]}}, "501"),
        *(
            ({"traits": {"hs_object_id": value}}, "")
            for value in ("", "0", "-5", "5.0", 5.5, True, None, "9" * 20, "\u0665", [5])
        ),
    ],
    ids=str,
)
def test_a_record_id_is_a_number_in_any_of_its_places(fields: dict[str, Any], record_id: str) -> None:
    assert record_id_of(event(**fields)) == record_id


def test_traits_that_name_no_record_although_they_should_are_told() -> None:
    traits = {"hs_object_id": "501", "hsObjectId": "x", "plan": "x"}
    public = event().model_copy(update={"grant": Grant("k")})

    assert unused_record_ids(event(), traits) == {"hsObjectId": "invalid_record_id"}
    assert unused_record_ids(public, traits) == {
        "hs_object_id": "unconfirmed",
        "hsObjectId": "invalid_record_id",
    }


def test_what_is_remembered_under_values_and_records_is_recalled() -> None:
    found = set(keys_of(event(userId="u-1", traits={"customer_id": "c-7", "hs_object_id": 5}), matching()))

    assert found >= {email_key("customer_id:c-7"), email_key("customer_id:u-1")}
    assert found >= {email_key("hs_object_id:5"), object_key("5")}
