"""Companies: the calls of contacts, without a domain that is theirs alone, found by a unique property."""

from typing import Any

import pytest
from functional.standin_properties import DEFINITION, request

from cli.standin import batches, reads
from cli.standin.calls import Call
from cli.standin.object_types import COMPANIES
from cli.standin.portal import Portal
from cli.standin.server import StandIn

PATH = "/crm/objects/2026-09/companies"
KEY, ACME = "segment_group_id", "acme.example.org"


@pytest.fixture
def portal() -> Portal:
    return Portal()


def by_company(body: Any) -> Call:
    return Call("2026-09", body=body, object_type=COMPANIES)


def traced(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"inputs": [{"objectWriteTraceId": str(n), **entry} for n, entry in enumerate(entries)]}


def upserted(key: str, id_property: str = KEY, **properties: str) -> dict[str, Any]:
    return {"idProperty": id_property, "id": key, "properties": properties}


def create(portal: Portal, *values: dict[str, str]) -> tuple[int, Any]:
    return batches.create(portal, by_company(traced(*({"properties": each} for each in values))))


@pytest.mark.parametrize(
    "path", [PATH, "/crm/objects/2026-03/0-2", "/crm/v3/objects/companies", "/crm/v3/objects/0-2"]
)
def test_one_company_is_created_read_changed_and_archived(standin: StandIn, path: str) -> None:
    created = request(
        standin, "POST", path, {"properties": {"name": "Acme", "industry": "COMPUTER_SOFTWARE"}}
    )
    one = f"{path}/{created.json()['id']}"
    changed = request(standin, "PATCH", one, {"properties": {"domain": ACME, "name": ""}})
    read = request(standin, "GET", f"{one}?properties=domain,industry,name").json()["properties"]
    archived = request(standin, "DELETE", one)

    assert (created.status_code, changed.status_code, archived.status_code) == (201, 200, 204)
    assert (read["domain"], read["industry"], "name" in read) == (ACME, "COMPUTER_SOFTWARE", False)
    assert read.keys() >= {"createdate", "hs_lastmodifieddate", "hs_object_id"}
    assert "lastmodifieddate" not in read
    assert request(standin, "GET", one).json()["message"].startswith("Could not get some COMPANY objects")


def test_two_companies_may_have_one_domain(portal: Portal) -> None:
    status, answer = create(portal, {"domain": ACME}, {"domain": ACME})

    assert (status, len({result["id"] for result in answer["results"]})) == (201, 2)


@pytest.mark.parametrize("properties", [{}, {"city": "Odense"}, {"name": ""}])
def test_a_new_company_needs_a_name_or_a_domain(portal: Portal, properties: dict[str, str]) -> None:
    status, answer = create(portal, {"name": "Acme"}, properties)

    (error,) = answer["errors"]
    assert (status, error["context"]) == (207, {"objectWriteTraceId": ["1"]})
    assert error["errors"][0]["code"] == "MISSING_REQUIRED_PROPERTY"
    assert [company.properties for company in portal.companies.live.values()] == [{"name": "Acme"}]


def test_an_upsert_by_a_unique_property_creates_once_and_then_updates(portal: Portal) -> None:
    first = batches.upsert(portal, by_company(traced(upserted("g-1", name="Acme", domain=ACME))))
    second = batches.upsert(
        portal, by_company(traced(upserted("g-1", plan="team"), upserted("G-1", name="B")))
    )

    assert [result["new"] for result in first[1]["results"]] == [True]
    assert first[1]["results"][0]["properties"][KEY] == "g-1"
    assert {result["objectWriteTraceId"]: result["new"] for result in second[1]["results"]} == {
        "0": False,
        "1": True,
    }
    assert [company.properties for company in portal.companies.live.values()] == [
        {KEY: "g-1", "name": "Acme", "domain": ACME, "plan": "team"},
        {KEY: "G-1", "name": "B"},
    ]


@pytest.mark.parametrize("act", [batches.upsert, batches.update])
def test_a_domain_finds_no_company_to_write(portal: Portal, act: Any) -> None:
    status, answer = act(portal, by_company(traced(upserted(ACME, "domain", name="Acme"))))

    assert (status, answer["message"]) == (
        400,
        "Unable to perform update/upsert by non-unique 0-2 property domain",
    )


def test_a_domain_finds_no_company_to_read_or_change_either(standin: StandIn) -> None:
    request(standin, "POST", PATH, {"properties": {"domain": ACME}})
    one = f"{PATH}/{ACME}?idProperty=domain"

    assert request(standin, "GET", one).status_code == 400
    assert request(standin, "PATCH", one, {"properties": {"name": "Acme"}}).status_code == 400


def test_a_unique_value_that_is_taken_costs_its_own_input(portal: Portal) -> None:
    create(portal, {"name": "Acme", KEY: "g-1"})
    status, answer = create(portal, {"name": "Bolt", KEY: "g-1"}, {"name": "Coil", KEY: "g-2"})

    (error,) = answer["errors"]
    assert (status, error["context"], error["errors"][0]["code"]) == (
        207,
        {"objectWriteTraceId": ["0"]},
        "CONFLICTING_UNIQUE_VALUE",
    )
    assert len(portal.companies.live) == 2


def test_a_property_that_is_created_as_unique_can_be_used_for_upserts(standin: StandIn) -> None:
    standin.grant("crm.schemas.companies.write")
    definition: dict[str, Any] = {**DEFINITION, "name": "our_key", "type": "string", "fieldType": "text"}
    definition |= {"groupName": "companyinformation", "hasUniqueValue": True}

    created = request(standin, "POST", "/crm/properties/2026-09/companies", definition)
    answers = [
        request(standin, "POST", f"{PATH}/batch/upsert", traced(upserted("1", "our_key", name="Acme")))
        for _ in range(2)
    ]

    assert (created.status_code, created.json()["hasUniqueValue"]) == (201, True)
    assert [answer.json()["results"][0]["new"] for answer in answers] == [True, False]


def test_a_batch_is_updated_by_record_id(portal: Portal) -> None:
    create(portal, {"name": "Acme"})
    entries = [{"id": key, "properties": {"plan": "team"}} for key in ("9001", "42")]

    status, answer = batches.update(portal, by_company(traced(*entries)))

    assert (status, answer["results"][0]["properties"]["plan"]) == (207, "team")
    (error,) = answer["errors"]
    assert (error["category"], error["context"]) == ("OBJECT_NOT_FOUND", {"ids": ["42"]})


@pytest.mark.parametrize(
    ("id_property", "key", "status"),
    [(None, "9001", 200), (KEY, "g-1", 200), (KEY, "G-1", 207), ("domain", ACME, 400)],
)
def test_a_batch_is_read_by_id_or_unique_property(
    portal: Portal, id_property: str | None, key: str, status: int
) -> None:
    create(portal, {"domain": ACME, KEY: "g-1"})
    by = {"idProperty": id_property} if id_property else {}

    answered, answer = reads.read(portal, by_company({"inputs": [{"id": key}], "properties": [KEY], **by}))

    assert answered == status
    assert status != 200 or answer["results"][0]["properties"][KEY] == "g-1"


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"industry": "Computer Software"}, "INVALID_OPTION"),
        ({"numberofemployees": "many"}, "INVALID_INTEGER"),
        ({"at_risk_accounts": "yes"}, "INVALID_OPTION"),
        ({"hs_object_id": "1"}, "READ_ONLY_VALUE"),
        ({"hs_lastmodifieddate": "1"}, "READ_ONLY_VALUE"),
        ({"email": "kim@example.org"}, "PROPERTY_DOESNT_EXIST"),
    ],
)
def test_values_are_judged_by_the_companies_own_properties(
    portal: Portal, properties: dict[str, str], code: str
) -> None:
    status, answer = create(portal, {"name": "Acme", **properties})

    assert (status, answer["errors"][0]["errors"][0]["code"]) == (207, code)
    assert not portal.companies.live


def test_without_trace_ids_one_bad_company_costs_all(portal: Portal) -> None:
    inputs = [{"properties": {"name": "Acme"}}, {"properties": {"city": "Odense"}}]

    status, _ = batches.create(portal, by_company({"inputs": inputs}))

    assert (status, dict(portal.companies.live)) == (400, {})


def test_a_batch_is_archived_and_its_unique_values_are_free(standin: StandIn) -> None:
    request(standin, "POST", PATH, {"properties": {"name": "Acme", KEY: "g-1"}})

    archived = request(standin, "POST", f"{PATH}/batch/archive", {"inputs": [{"id": "9001"}]})
    again = request(standin, "POST", PATH, {"properties": {"name": "Acme", KEY: "g-1"}})

    assert (archived.status_code, again.status_code) == (204, 201)
    assert [company["id"] for company in standin.state()["companies"]] == ["9002"]


def test_companies_have_properties_of_their_own(standin: StandIn) -> None:
    listed = request(standin, "GET", "/crm/properties/2026-09/companies").json()["results"]
    by_name = {entry["name"]: entry for entry in listed}

    assert by_name.keys() >= {"name", "domain", "hs_additional_domains", "address2", "annualrevenue", "type"}
    labels = {option["value"]: option["label"] for option in by_name["industry"]["options"]}
    assert labels["COMPUTER_SOFTWARE"] == "Computer Software"
    kinds = {name: by_name[name]["type"] for name in ("at_risk_accounts", "pricing_page_visits", "plan")}
    assert kinds == {"at_risk_accounts": "bool", "pricing_page_visits": "number", "plan": "string"}
    assert {name for name, entry in by_name.items() if entry["hasUniqueValue"]} == {KEY}
    assert {entry["groupName"] for entry in listed} == {"companyinformation"}


def test_each_type_needs_its_own_scopes(standin: StandIn) -> None:
    standin.scopes = frozenset({"oauth", "crm.objects.contacts.write", "crm.schemas.contacts.write"})
    refused = [
        request(standin, "POST", PATH, {"properties": {"name": "Acme"}}),
        request(standin, "POST", f"{PATH}/search", {}),
        request(standin, "POST", "/crm/properties/2026-09/companies", DEFINITION),
    ]

    assert [answer.json()["errors"][0]["context"]["requiredGranularScopes"] for answer in refused] == [
        ["crm.objects.companies.write"],
        ["crm.objects.companies.read"],
        ["crm.schemas.companies.write"],
    ]


def test_a_reset_forgets_companies_and_their_properties(standin: StandIn) -> None:
    request(standin, "POST", PATH, {"properties": {"name": "Acme"}})
    standin.portal.add_property("colour", "companies")
    standin.portal.remove_property("plan", "companies")

    standin.reset()

    assert (standin.state()["companies"], standin.state()["company_count"]) == ([], 0)
    live = standin.portal.company_properties.live
    assert ("colour" in live, "plan" in live) == (False, True)
