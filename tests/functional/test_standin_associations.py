"""Associations of contacts with companies: made, read and ended, from either side, one company primary."""

from collections.abc import Iterator
from typing import Any

import pytest
from fakes import Clock
from functional.standin_properties import request

from cli.standin.server import StandIn

PAIRS = "/crm/associations/2026-09/contacts/companies/batch"
CONTACTS, COMPANIES = "/crm/objects/2026-09/contacts", "/crm/objects/2026-09/companies"


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """A stand-in with contacts 501 and 502 and companies 9001 and 9002."""
    with StandIn() as standin:
        for email in ("kim@example.org", "bo@example.org"):
            standin.portal.contacts.create({"email": email})
        for name in ("Acme", "Bolt"):
            standin.portal.companies.create({"name": name})
        yield standin


def pair(contact: str, company: str, *type_ids: int) -> dict[str, Any]:
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": each} for each in type_ids]
    return {"from": {"id": contact}, "to": {"id": company}, **({"types": types} if types else {})}


def associate(standin: StandIn, *pairs: dict[str, Any], path: str = f"{PAIRS}/associate/default") -> Any:
    return request(standin, "POST", path, {"inputs": list(pairs)})


def held(standin: StandIn) -> dict[str, dict[str, list[int]]]:
    return {each["id"]: each["associations"] for each in standin.state()["contacts"] if each["associations"]}


@pytest.mark.parametrize(
    "path",
    [
        f"{PAIRS}/associate/default",
        "/crm/associations/2026-03/0-1/0-2/batch/associate/default",
        "/crm/v4/associations/contacts/companies/batch/associate/default",
    ],
)
def test_a_pair_is_associated_in_both_directions_and_the_first_is_primary(
    standin: StandIn, path: str
) -> None:
    answer = associate(standin, pair("501", "9001"), pair("501", "9002"), path=path)

    assert (answer.status_code, answer.json()["status"]) == (200, "COMPLETE")
    shown = [
        (each["from"]["id"], each["to"]["id"], each["associationSpec"]["associationTypeId"])
        for each in answer.json()["results"]
    ]
    assert shown == [("501", "9001", 279), ("9001", "501", 280), ("501", "9002", 279), ("9002", "501", 280)]
    assert held(standin) == {"501": {"9001": [1, 279], "9002": [279]}}


def test_repeating_is_harmless(standin: StandIn) -> None:
    for _ in range(2):
        assert associate(standin, pair("501", "9001")).status_code == 200

    assert held(standin) == {"501": {"9001": [1, 279]}}


def test_one_pair_is_associated_by_its_path(standin: StandIn) -> None:
    paths = [
        f"{CONTACTS}/501/associations/default/companies/9001",
        "/crm/v4/objects/companies/9002/associations/default/contacts/502",
        f"{CONTACTS}/501/associations/default/companies/42",
    ]

    answers = [request(standin, "PUT", path) for path in paths]

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert held(standin) == {"501": {"9001": [1, 279]}, "502": {"9002": [1, 279]}}
    assert answers[2].json()["subCategory"] == "crm.associations.TO_OBJECT_NOT_FOUND"


def test_a_company_that_becomes_primary_takes_that_from_the_former(standin: StandIn) -> None:
    associate(standin, pair("501", "9001"))

    answer = associate(standin, pair("501", "9002", 1), path=f"{PAIRS}/create")

    assert (answer.status_code, answer.json()["results"][0]["labels"]) == (201, ["Primary"])
    assert held(standin) == {"501": {"9001": [279], "9002": [1, 279]}}


def test_companies_see_the_same_associations_under_their_own_numbers(standin: StandIn) -> None:
    path = "/crm/associations/2026-09/companies/contacts/batch"
    made = associate(standin, pair("9001", "501", 2), path=f"{path}/create")
    read = request(standin, "POST", f"{path}/read", {"inputs": [{"id": "9001"}]}).json()["results"]

    assert (made.status_code, held(standin)) == (201, {"501": {"9001": [1, 279]}})
    types = [each["typeId"] for each in read[0]["to"][0]["associationTypes"]]
    assert (read[0]["to"][0]["toObjectId"], types) == (501, [2, 280])


@pytest.mark.parametrize("type_ids", [(280,), (7,), ()])
def test_a_type_that_a_contact_has_not_is_refused(standin: StandIn, type_ids: tuple[int, ...]) -> None:
    answer = associate(standin, pair("501", "9001", *type_ids), path=f"{PAIRS}/create")

    assert (answer.status_code, held(standin)) == (400, {})


@pytest.mark.parametrize("path", ["associate/default", "create"])
def test_what_is_not_there_costs_its_own_input(standin: StandIn, path: str) -> None:
    pairs = [pair("501", "42", 279), pair("43", "9001", 279), pair("502", "9001", 279)]

    answer = associate(standin, *pairs, path=f"{PAIRS}/{path}")

    assert (answer.status_code, answer.json()["numErrors"]) == (207, 2)
    told = [(each["category"], each["subCategory"], each["context"]) for each in answer.json()["errors"]]
    assert told == [
        (
            "OBJECT_NOT_FOUND",
            "crm.associations.TO_OBJECT_NOT_FOUND",
            {"objectType": ["company"], "id": ["42"]},
        ),
        (
            "OBJECT_NOT_FOUND",
            "crm.associations.FROM_OBJECT_NOT_FOUND",
            {"objectType": ["contact"], "id": ["43"]},
        ),
    ]
    assert held(standin) == {"502": {"9001": [1, 279]}}


def test_associations_are_read_and_one_without_any_is_an_error(standin: StandIn) -> None:
    associate(standin, pair("501", "9001"))

    answer = request(standin, "POST", f"{PAIRS}/read", {"inputs": [{"id": "501"}, {"id": "502"}]})

    (result,) = answer.json()["results"]
    assert answer.status_code == 207
    assert result == {
        "from": {"id": "501"},
        "to": [
            {
                "toObjectId": 9001,
                "associationTypes": [
                    {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"},
                    {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None},
                ],
            }
        ],
    }
    (error,) = answer.json()["errors"]
    assert error["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert error["context"]["fromObjectId"] == ["502"]


@pytest.mark.parametrize(
    ("path", "status"),
    [(f"{PAIRS}/archive", 200), ("/crm/v4/associations/contacts/companies/batch/archive", 204)],
)
def test_associations_are_ended(standin: StandIn, path: str, status: int) -> None:
    associate(standin, pair("501", "9001"), pair("501", "9002"))

    ends = [{"from": {"id": "501"}, "to": [{"id": "9001"}, {"id": "77"}]}]
    answer = request(standin, "POST", path, {"inputs": ends})

    assert (answer.status_code, held(standin)) == (status, {"501": {"9002": [279]}})


@pytest.mark.parametrize(("path", "key"), [(CONTACTS, "501"), (COMPANIES, "9001")])
def test_an_object_that_is_archived_has_no_associations_any_more(
    standin: StandIn, path: str, key: str
) -> None:
    associate(standin, pair("501", "9001"), pair("502", "9002"))

    request(standin, "DELETE", f"{path}/{key}")

    assert held(standin) == {"502": {"9002": [1, 279]}}


@pytest.mark.parametrize(
    ("path", "inputs", "status"),
    [
        ("associate/default", [pair("501", "9001")] * 2000, 200),
        ("associate/default", [pair("501", "9001")] * 2001, 400),
        ("create", [pair("501", "9001", 279)] * 2001, 400),
        ("read", [{"id": "501"}] * 1001, 400),
        ("archive", [{"from": {"id": str(n)}, "to": [{"id": "1"}]} for n in range(101)], 400),
        ("associate/default", [{"from": {"id": "501"}}], 400),
        ("associate/default", [{"from": {"id": 501}, "to": {"id": "9001"}}], 400),
        ("read", [7], 400),
    ],
)
def test_batches_have_their_sizes_and_shapes(
    standin: StandIn, path: str, inputs: list[Any], status: int
) -> None:
    assert request(standin, "POST", f"{PAIRS}/{path}", {"inputs": inputs}).status_code == status


def test_association_batches_have_a_limit_of_their_own(standin: StandIn) -> None:
    clock = Clock()
    standin.portal.clock.now_ms = clock.now_ms
    standin.limiter.associations, standin.limiter.limit = 2, 0

    answers = [associate(standin, pair("501", "9001")) for _ in range(3)]
    clock.now += 10_000
    later = associate(standin, pair("501", "9001"))

    assert [answer.status_code for answer in [*answers, later]] == [200, 200, 429, 200]
    assert answers[2].json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert "crm:associations" in answers[2].json()["groupName"]
    assert standin.report()["associations"]["rate_limited"] == 1
    # One pair by its path is an ordinary call.
    assert request(standin, "PUT", f"{CONTACTS}/501/associations/default/companies/9001").status_code == 429


@pytest.mark.parametrize("kept", ["contacts", "companies"])
def test_associating_needs_the_scopes_of_both_ends(standin: StandIn, kept: str) -> None:
    standin.scopes = frozenset({f"crm.objects.{kept}.write", f"crm.objects.{kept}.read"})

    statuses = [
        request(standin, "POST", f"{PAIRS}/{path}", {"inputs": []}).status_code
        for path in ("associate/default", "create", "read", "archive")
    ]

    assert statuses == [403] * 4


def test_a_reset_forgets_associations(standin: StandIn) -> None:
    associate(standin, pair("501", "9001"))

    standin.reset()
    standin.portal.contacts.create({"email": "kim@example.org"})

    assert held(standin) == {}


def test_labels_that_are_sent_take_the_place_of_those_that_a_pair_has(standin: StandIn) -> None:
    boss, payer = (standin.portal.associations.define(label) for label in ("Boss", "Payer"))
    associate(standin, pair("501", "9002"))
    made = associate(standin, pair("501", "9001", boss, payer), path=f"{PAIRS}/create").json()
    associate(standin, pair("501", "9001"))

    assert made["results"][0]["labels"] == ["Boss", "Payer"]
    assert held(standin)["501"]["9001"] == [boss, payer, 279]
    associate(standin, pair("501", "9001", 1), path=f"{PAIRS}/create")
    assert held(standin)["501"]["9001"] == [1, 279]


def test_a_company_sees_a_label_under_its_own_number(standin: StandIn) -> None:
    boss = standin.portal.associations.define("Boss")
    associate(standin, pair("501", "9001", boss), path=f"{PAIRS}/create")

    path = "/crm/associations/2026-09/companies/contacts/batch/read"
    (result,) = request(standin, "POST", path, {"inputs": [{"id": "9001"}]}).json()["results"]
    assert {"category": "USER_DEFINED", "typeId": boss + 1, "label": "Boss"} in result["to"][0][
        "associationTypes"
    ]
