"""From an event to what it asks of HubSpot."""

import pytest
from builders import event

from relay.core.mapping import Mapped, ObjectRef, UpsertObject, email_of, intents_for, property_name
from relay.core.outcomes import Skipped
from relay.core.schema import Property, Schema

NAMES = ("email", "firstname", "plan", "gogurt_is_life", "yolo")
SCHEMA = Schema(
    {name: Property(name, "string", is_writable=True) for name in NAMES}
    | {"hs_object_id": Property("hs_object_id", "number", is_writable=False)}
)


def mapped(**traits: object) -> Mapped:
    found = intents_for(event(traits={"email": "kim@example.org", **traits}), SCHEMA)
    assert isinstance(found, Mapped)
    return found


def test_an_identify_creates_or_updates_the_contact_of_its_address() -> None:
    assert mapped(plan="team").intent == UpsertObject(
        ObjectRef("contacts", "email", "kim@example.org"), {"email": "kim@example.org", "plan": "team"}
    )


@pytest.mark.parametrize(
    ("trait", "name"),
    [
        ("yoLO", "yolo"),
        ("gogurt is life", "gogurt_is_life"),
        ("a\tb  c", "a_b__c"),
        (" plan ", "plan"),
        ("", ""),
    ],
)
def test_keys_are_lower_cased_and_white_space_becomes_an_underscore(trait: str, name: str) -> None:
    assert property_name(trait) == name


def test_keys_in_any_spelling_reach_their_property() -> None:
    properties = mapped(**{"yoLO": 1, "gogurt is life": True, "firstName": "Kim"}).intent.properties

    assert {"yolo": "1", "gogurt_is_life": "true", "firstname": "Kim"}.items() <= properties.items()


def test_what_hubspot_does_not_have_is_left_out_and_named_and_the_rest_is_sent() -> None:
    found = mapped(plan="team", **{"shoe size": 39, "hs_object_id": 7, "firstname": None})

    assert found.intent.properties == {"email": "kim@example.org", "plan": "team"}
    assert found.dropped == {
        "shoe size": "unknown_property",
        "hs_object_id": "read_only_property",
        "firstname": "no_value",
    }


def test_an_empty_text_clears_a_property() -> None:
    assert mapped(plan="").intent.properties["plan"] == ""


def test_the_address_is_sent_in_its_own_form_whatever_the_trait_says() -> None:
    assert mapped(email="  KIM@Example.org ").intent.properties == {"email": "kim@example.org"}


@pytest.mark.parametrize(
    ("traits", "user_id", "expected"),
    [
        ({"email": " Kim@Example.ORG\n"}, "u-1", "kim@example.org"),
        ({"email": "kim@example.org"}, "other@example.org", "kim@example.org"),
        ({}, "Kim@example.org", "kim@example.org"),
        ({"email": ""}, "kim@example.org", "kim@example.org"),
        ({"email": 7}, "kim@example.org", "kim@example.org"),
        ({"email": "not an address"}, "u-1", None),
        ({"email": "a@b"}, None, None),
        ({"email": "a@b@c.org"}, None, None),
        ({}, None, None),
    ],
)
def test_the_address_is_the_trait_else_a_user_id_that_is_one(
    traits: dict[str, object], user_id: str | None, expected: str | None
) -> None:
    assert email_of(event(traits=traits, userId=user_id)) == expected


def test_an_identify_without_an_address_is_skipped_with_a_reason() -> None:
    assert intents_for(event(traits={"plan": "team"}), SCHEMA) == Skipped("no_email")


@pytest.mark.parametrize("kind", ["track", "page", "screen", "group", "alias", "delete"])
def test_other_calls_are_skipped_with_a_reason(kind: str) -> None:
    found = intents_for(event(type=kind, traits={"email": "kim@example.org"}), SCHEMA)

    assert found == Skipped("type_not_supported")
