"""New objects that name their associations: made with them, or not made at all."""

from collections.abc import Iterator
from typing import Any

import pytest
from functional.standin_properties import request

from cli.standin.server import StandIn

CONTACTS, COMPANIES = "/crm/objects/2026-09/contacts", "/crm/objects/2026-09/companies"


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """A stand-in with contact 501 and company 9001."""
    with StandIn() as standin:
        standin.portal.contacts.create({"email": "kim@example.org"})
        standin.portal.companies.create({"name": "Acme"})
        yield standin


def held(standin: StandIn) -> dict[str, dict[str, list[int]]]:
    return {each["id"]: each["associations"] for each in standin.state()["contacts"] if each["associations"]}


@pytest.mark.parametrize(
    ("path", "properties", "other", "type_id"),
    [
        (COMPANIES, {"name": "Coil"}, "501", 280),
        (COMPANIES, {"name": "Coil"}, "501", 2),
        (CONTACTS, {"email": "io@example.org"}, "9001", 279),
    ],
)
def test_a_new_object_can_name_its_associations(
    standin: StandIn, path: str, properties: dict[str, str], other: str, type_id: int
) -> None:
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]
    good: dict[str, Any] = {"properties": properties, "associations": [{"to": {"id": other}, "types": types}]}
    bad: dict[str, Any] = {"properties": {}, "associations": [{"to": {"id": "42"}, "types": types}]}
    inputs = [{**entry, "objectWriteTraceId": str(n)} for n, entry in enumerate((good, bad))]

    answer = request(standin, "POST", f"{path}/batch/create", {"inputs": inputs})
    alone = request(standin, "POST", path, bad)

    assert [link for links in held(standin).values() for link in links.values()] == [[1, 279]]
    (error,) = answer.json()["errors"]
    assert (error["category"], error["context"]) == ("INVALID_OBJECT_IDS", {"objectWriteTraceId": ["1"]})
    assert (alone.status_code, alone.json()["message"]) == (400, "One or more associations are invalid")


def test_without_trace_ids_associations_are_undone_as_well(standin: StandIn) -> None:
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 280}]
    inputs = [
        {"properties": {"name": "Coil"}, "associations": [{"to": {"id": "501"}, "types": types}]},
        {"properties": {}},
    ]

    answer = request(standin, "POST", f"{COMPANIES}/batch/create", {"inputs": inputs})

    assert (answer.status_code, held(standin), standin.state()["company_count"]) == (400, {}, 1)
