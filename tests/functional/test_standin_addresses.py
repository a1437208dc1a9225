"""Whose address is it: primary and further e-mails, and what the stand-in does where they meet."""

from typing import Any

import pytest

from cli.standin import batches, reads, singles
from cli.standin.calls import Call
from cli.standin.portal import Portal

KIM, HOME, BO = "kim@example.org", "kim@home.example.org", "bo@example.org"


@pytest.fixture
def portal() -> Portal:
    """A portal with Kim, who has a further address, and Bo."""
    portal = Portal()
    upsert(portal, (KIM, {"email": KIM, "hs_additional_emails": HOME}), (BO, {"email": BO}))
    return portal


def upsert(portal: Portal, *inputs: tuple[str, dict[str, str]]) -> tuple[int, Any]:
    """Upsert inputs that are given as id and properties, each with its number as trace id."""
    body = [
        {"idProperty": "email", "id": address, "properties": values, "objectWriteTraceId": str(n)}
        for n, (address, values) in enumerate(inputs)
    ]
    return batches.upsert(portal, Call("2026-09", body={"inputs": body}))


def read(portal: Portal, *addresses: str) -> tuple[int, Any]:
    inputs = [{"id": address} for address in addresses]
    wanted = ["email", "hs_additional_emails", "plan"]
    return reads.read(portal, Call(body={"idProperty": "email", "inputs": inputs, "properties": wanted}))


def held(portal: Portal, address: str) -> dict[str, str]:
    contact = portal.contacts.by_email(address)
    assert contact
    return dict(contact.properties)


def owner(portal: Portal, address: str) -> str:
    contact = portal.contacts.by_email(address)
    return contact.id if contact else ""


def test_an_upsert_by_a_further_address_updates_its_owner(portal: Portal) -> None:
    status, answer = upsert(portal, (HOME.upper(), {"plan": "team"}))

    (result,) = answer["results"]
    assert (status, result["new"], result["id"]) == (200, False, owner(portal, KIM))
    assert (result["properties"]["email"], result["properties"]["plan"]) == (KIM, "team")


def test_a_read_finds_by_each_address_and_shows_the_primary_one_once(portal: Portal) -> None:
    status, answer = read(portal, HOME, KIM, "nobody@example.org")

    (result,) = answer["results"]
    assert (result["properties"]["email"], result["properties"]["hs_additional_emails"]) == (KIM, HOME)
    (error,) = answer["errors"]
    assert (status, error["category"], error["context"]) == (
        207,
        "OBJECT_NOT_FOUND",
        {"ids": ["nobody@example.org"]},
    )


def test_a_further_address_as_email_is_kept_as_it_is_unless_switched(portal: Portal) -> None:
    status, answer = upsert(portal, (HOME, {"email": HOME, "plan": "team"}))

    (result,) = answer["results"]
    assert (status, result["properties"]["email"], result["properties"]["plan"]) == (200, KIM, "team")
    assert held(portal, KIM)["hs_additional_emails"] == HOME


def test_a_further_address_as_email_may_be_a_conflict_that_names_the_owner(portal: Portal) -> None:
    portal.further_email = "conflict"

    status, answer = upsert(portal, (HOME, {"email": HOME, "plan": "team"}), (BO, {"plan": "team"}))

    kim = owner(portal, KIM)
    (error,) = answer["errors"]
    assert (status, error["category"]) == (207, "CONFLICT")
    assert error["message"] == f"Contact already exists. Existing ID: {kim}"
    assert error["context"] == {"objectWriteTraceId": ["0"], "existingId": [kim]}
    assert "plan" not in held(portal, KIM)
    assert held(portal, BO)["plan"] == "team"


def test_a_further_address_as_email_may_become_the_primary_one(portal: Portal) -> None:
    portal.further_email = "swap"

    status, answer = upsert(portal, (HOME, {"email": HOME, "plan": "team"}))

    (result,) = answer["results"]
    assert (status, result["properties"]["email"]) == (200, HOME)
    assert held(portal, KIM) == {"email": HOME, "hs_additional_emails": KIM, "plan": "team"}


def test_two_inputs_that_reach_one_contact_by_different_addresses_are_both_written(portal: Portal) -> None:
    status, answer = upsert(portal, (KIM, {"plan": "team", "city": "Odense"}), (HOME, {"plan": "solo"}))

    assert (status, {result["id"] for result in answer["results"]}) == (200, {owner(portal, KIM)})
    assert (held(portal, KIM)["plan"], held(portal, KIM)["city"]) == ("solo", "Odense")


@pytest.mark.parametrize("taken", [KIM, HOME])
@pytest.mark.parametrize("name", ["email", "hs_additional_emails"])
def test_an_address_of_another_contact_cannot_be_taken(portal: Portal, name: str, taken: str) -> None:
    status, answer = upsert(portal, (BO, {name: taken, "plan": "team"}))

    (error,) = answer["errors"]
    assert (status, error["category"]) == (207, "CONFLICT")
    assert error["context"]["existingId"] == [owner(portal, KIM)]
    assert held(portal, BO) == {"email": BO}


def test_without_trace_ids_a_conflict_undoes_the_whole_batch(portal: Portal) -> None:
    inputs = [
        {"id": owner(portal, KIM), "properties": {"plan": "team"}},
        {"id": owner(portal, BO), "properties": {"email": KIM}},
    ]

    status, answer = batches.update(portal, Call(body={"inputs": inputs}))

    assert (status, answer["category"], "context" in answer) == (409, "CONFLICT", False)
    assert answer["message"] == f"Contact already exists. Existing ID: {owner(portal, KIM)}"
    assert "plan" not in held(portal, KIM)


def test_a_single_change_to_a_taken_address_is_a_conflict(portal: Portal) -> None:
    call = Call(key=owner(portal, BO), body={"properties": {"email": HOME}})

    status, answer = singles.patch(portal, call)

    assert (status, answer["category"]) == (409, "CONFLICT")


def test_an_address_that_was_changed_is_free_again(portal: Portal) -> None:
    singles.patch(portal, Call(key=owner(portal, BO), body={"properties": {"email": "bob@example.org"}}))

    status, answer = upsert(portal, (BO, {"email": BO}))

    assert (status, answer["results"][0]["new"]) == (200, True)
    assert owner(portal, BO) != owner(portal, "bob@example.org")


def test_further_addresses_are_kept_in_lower_case_and_without_the_primary_one(portal: Portal) -> None:
    upsert(portal, (BO, {"hs_additional_emails": "Bob@Example.org; bo@example.org;bob@example.org"}))

    assert held(portal, BO)["hs_additional_emails"] == "bob@example.org"


def test_a_contact_of_any_address_is_created_with_the_id_as_its_email(portal: Portal) -> None:
    _, answer = upsert(portal, ("New@example.org", {"plan": "team"}))

    (result,) = answer["results"]
    assert (result["new"], result["properties"]["email"]) == (True, "new@example.org")


@pytest.mark.parametrize(
    ("key", "query", "status"),
    [
        (HOME, {"idProperty": "email"}, 200),
        ("nobody@example.org", {"idProperty": "email"}, 404),
        (HOME, {}, 404),
    ],
)
def test_one_contact_is_read_by_id_or_by_address(
    portal: Portal, key: str, query: dict[str, str], status: int
) -> None:
    answered, answer = reads.get(portal, Call(key=key, query={**query, "properties": "email,plan"}))

    assert answered == status
    assert status == 404 or answer["properties"]["email"] == KIM
