"""Which values the stand-in takes, and how it refuses the others: as HubSpot documents it."""

import json
from typing import Any

import pytest

from cli.standin import batches
from cli.standin.calls import Call
from cli.standin.portal import Portal


@pytest.fixture
def portal() -> Portal:
    return Portal()


def upsert(
    portal: Portal, *inputs: dict[str, str], version: str = "2026-09", traced: bool = True
) -> tuple[int, Any]:
    """Upsert inputs that are given as their properties."""
    body = [
        {"idProperty": "email", "id": values.get("email") or f"p{n}@example.org", "properties": values}
        | ({"objectWriteTraceId": str(n)} if traced else {})
        for n, values in enumerate(inputs)
    ]
    return batches.upsert(portal, Call(version, body={"inputs": body}))


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"plann": "x"}, "PROPERTY_DOESNT_EXIST"),
        ({"plann": ""}, "PROPERTY_DOESNT_EXIST"),
        ({"Plan": "x"}, "PROPERTY_DOESNT_EXIST"),
        ({"hs_object_id": "7"}, "READ_ONLY_VALUE"),
        ({"createdate": ""}, "READ_ONLY_VALUE"),
        ({"price_with_tax": "7"}, "READ_ONLY_VALUE"),
        ({"lifecyclestage": "king"}, "INVALID_OPTION"),
        ({"lifecyclestage": "Customer"}, "INVALID_OPTION"),
        ({"subscription_tier": "Premium"}, "INVALID_OPTION"),
        ({"subscription_tier": "tier_1;tier_2"}, "INVALID_OPTION"),
        ({"favourite_colours": "red;pink"}, "INVALID_OPTION"),
        ({"favourite_colours": "red;;blue"}, "INVALID_OPTION"),
        ({"hubspot_owner_id": "kim@example.org"}, "INVALID_OPTION"),
        ({"trial_power_users": "yes"}, "INVALID_OPTION"),
        ({"email_opened_30_days": "True"}, "INVALID_OPTION"),
        ({"score": "1,000"}, "INVALID_INTEGER"),
        ({"score": "1e5"}, "INVALID_INTEGER"),
        ({"score": "+1"}, "INVALID_INTEGER"),
        ({"score": "1.2.3"}, "INVALID_INTEGER"),
        ({"score": "\N{ARABIC-INDIC DIGIT ONE}"}, "INVALID_INTEGER"),
        ({"birthday": "not a date"}, "INVALID_DATE"),
        ({"birthday": "2026-02-30"}, "INVALID_DATE"),
        ({"signed_up_at": "20/11/2026"}, "INVALID_DATE"),
        ({"signed_up_at": "2026-11-23T10:00:00"}, "INVALID_DATE"),
        ({"email": "kim@example.test"}, "INVALID_EMAIL"),
        ({"hs_additional_emails": "bo@example.org;bo@example"}, "INVALID_EMAIL"),
        ({"plan": "x" * 65_537}, "INVALID_STRING_LENGTH"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_hubspots_code(
    portal: Portal, properties: dict[str, str], code: str
) -> None:
    status, answer = upsert(portal, properties)

    (error,) = answer["errors"]
    assert (status, error["errors"][0]["code"]) == (207, code)
    assert not portal.contacts.live


@pytest.mark.parametrize(
    "properties",
    [
        {"lifecyclestage": "customer"},
        {"subscription_tier": "tier_3"},
        {"favourite_colours": "red;blue"},
        {"favourite_colours": ";green"},
        {"hubspot_owner_id": "4711"},
        {"email_opened_30_days": "false"},
        {"score": "-12.50"},
        {"score": ""},
        {"birthday": "1990-05-17"},
        {"birthday": "643507200000"},
        {"birthday": "-86400000"},
        {"signed_up_at": "2026-11-23T10:00:00Z"},
        {"signed_up_at": "2026-11-23T10:00:00.123+01:00"},
        {"signed_up_at": "1795428000123"},
        {"plan": "x" * 65_536},
        {"phone": "anything"},
        {"medical_notes": "sensitive"},
    ],
)
def test_a_value_that_fits_is_written_as_it_is(portal: Portal, properties: dict[str, str]) -> None:
    status, answer = upsert(portal, properties)

    assert status == 200
    held = answer["results"][0]["properties"]
    assert {name: held.get(name, "") for name in properties} == {
        name: value.removeprefix(";") for name, value in properties.items()
    }
    assert "warnings" not in answer["results"][0]


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("2026-11-23T10:00:00Z", "2026-11-23"),
        ("2026-11-23T23:30:00-05:00", "2026-11-24"),
        ("1795428000123", "2026-11-23"),
        ("1795428000", "2026-11-23"),
    ],
)
def test_a_date_that_is_not_midnight_is_normalised_since_2026_09_and_was_refused_before(
    portal: Portal, raw: str, day: str
) -> None:
    refused, before = upsert(portal, {"birthday": raw}, version="2026-03")
    taken, since = upsert(portal, {"birthday": raw})

    assert (refused, before["errors"][0]["errors"][0]["code"]) == (207, "INVALID_DATE")
    assert (taken, since["results"][0]["properties"]["birthday"]) == (200, day)
    (warning,) = since["results"][0]["warnings"]
    assert warning["category"] == "PROPERTY_VALUE_NORMALIZED"
    assert warning["context"] == {
        "propertyName": ["birthday"],
        "rawValue": [raw],
        "normalizedValue": [day],
    }


def test_a_semicolon_in_front_adds_options_and_none_replaces_them(portal: Portal) -> None:
    held = [
        upsert(portal, {"favourite_colours": value})[1]["results"][0]["properties"]["favourite_colours"]
        for value in ("red", ";green", ";red;blue", "blue")
    ]

    assert held == ["red", "red;green", "red;green;blue", "blue"]


def test_the_id_of_a_new_contact_has_to_be_an_address(portal: Portal) -> None:
    entry = {"idProperty": "email", "id": "kim@nowhere", "properties": {}, "objectWriteTraceId": "0"}

    status, answer = batches.upsert(portal, Call("2026-09", body={"inputs": [entry]}))

    assert (status, answer["errors"][0]["errors"][0]["code"]) == (207, "INVALID_EMAIL")


def test_a_refusal_lists_every_bad_property_twice(portal: Portal) -> None:
    status, answer = upsert(portal, {"plann": "x", "score": "many"}, {"plann": "y"}, traced=False)

    assert status == 400
    assert answer.keys() == {"status", "category", "message", "correlationId", "errors"}
    assert [(e["code"], e["context"]) for e in answer["errors"]] == [
        ("PROPERTY_DOESNT_EXIST", {"propertyName": ["plann"]}),
        ("INVALID_INTEGER", {"propertyName": ["score"]}),
        ("PROPERTY_DOESNT_EXIST", {"propertyName": ["plann"]}),
    ]
    words, _, listed = answer["message"].partition(": ")
    assert words == "Property values were not valid"
    assert [(e["error"], e["name"], e["isValid"]) for e in json.loads(listed)] == [
        ("PROPERTY_DOESNT_EXIST", "plann", False),
        ("INVALID_INTEGER", "score", False),
        ("PROPERTY_DOESNT_EXIST", "plann", False),
    ]


def test_a_refused_input_is_named_by_its_trace_id_among_those_that_are_written(portal: Portal) -> None:
    status, answer = upsert(portal, {"plan": "team"}, {"score": "many"})

    assert (status, answer["numErrors"]) == (207, 1)
    (error,) = answer["errors"]
    assert error.keys() == {"status", "category", "message", "context", "errors", "links"}
    assert error["context"] == {"objectWriteTraceId": ["1"]}
    assert [result["objectWriteTraceId"] for result in answer["results"]] == ["0"]


def test_a_refusal_of_an_option_lists_those_that_there_are(portal: Portal) -> None:
    _, answer = upsert(portal, {"subscription_tier": "Premium"})

    assert answer["errors"][0]["errors"][0]["message"] == (
        'Premium was not one of the allowed options: [label: "Basic" value: "tier_1" '
        'label: "Plus" value: "tier_2" label: "Premium" value: "tier_3"]'
    )


@pytest.mark.parametrize(("fails_batch", "status", "written"), [(False, 207, 1), (True, 400, 0)])
def test_a_switch_says_whether_an_unknown_property_costs_its_input_or_the_batch(
    portal: Portal, status: int, written: int, *, fails_batch: bool
) -> None:
    portal.unknown_property_fails_batch = fails_batch

    answered, _ = upsert(portal, {"plan": "team"}, {"plann": "x"})

    assert (answered, len(portal.contacts.live)) == (status, written)


def test_with_the_switch_another_bad_value_still_costs_its_own_input_only(portal: Portal) -> None:
    portal.unknown_property_fails_batch = True

    answered, _ = upsert(portal, {"plan": "team"}, {"score": "many"})

    assert (answered, len(portal.contacts.live)) == (207, 1)


def test_one_input_without_a_trace_id_makes_the_whole_batch_one_without(portal: Portal) -> None:
    inputs = [
        {"idProperty": "email", "id": "kim@example.org", "properties": {}, "objectWriteTraceId": "0"},
        {"idProperty": "email", "id": "bo@example.org", "properties": {"score": "many"}},
    ]

    status, _ = batches.upsert(portal, Call("2026-09", body={"inputs": inputs}))

    assert (status, len(portal.contacts.live)) == (400, 0)


def test_the_same_trace_id_twice_costs_the_whole_batch(portal: Portal) -> None:
    entry = {"idProperty": "email", "properties": {}, "objectWriteTraceId": "0"}
    inputs = [{**entry, "id": "kim@example.org"}, {**entry, "id": "bo@example.org"}]

    status, _ = batches.upsert(portal, Call("2026-09", body={"inputs": inputs}))

    assert (status, len(portal.contacts.live)) == (400, 0)
