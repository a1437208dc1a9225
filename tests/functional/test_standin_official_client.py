"""The HubSpot stand-in, driven by HubSpot's official client: not only by our own idea of HubSpot."""

from collections.abc import Iterator
from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm.contacts import (
    ApiException,
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchReadInputSimplePublicObjectId,
    PublicGdprDeleteInput,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.properties import (
    ApiException as PropertiesApiException,
)
from hubspot.crm.properties import (
    BatchInputPropertyCreate,
    PropertyCreate,
    PropertyGroupCreate,
)

from cli.standin.server import ACCESS_TOKEN, StandIn


@pytest.fixture
def crm(standin: StandIn) -> Iterator[Any]:
    """The CRM part of HubSpot's client, with the right to create properties."""
    standin.grant("crm.schemas.contacts.write")
    client = HubSpot(access_token=ACCESS_TOKEN)
    client.config["host"] = standin.url
    client.config["verify_ssl"] = False
    crm = client.crm
    used = (
        crm.contacts.batch_api,
        crm.contacts.basic_api,
        crm.contacts.search_api,
        crm.properties.core_api,
        crm.properties.batch_api,
        crm.properties.groups_api,
    )
    yield crm
    for api in used:
        api.api_client.rest_client.pool_manager.clear()


@pytest.fixture
def contacts(crm: Any) -> Any:
    return crm.contacts


def upsert_input(email: str, trace_id: str, **properties: str) -> dict[str, Any]:
    values = {"email": email, **properties}
    return {"idProperty": "email", "id": email, "objectWriteTraceId": trace_id, "properties": values}


def definition(name: str, **more: Any) -> PropertyCreate:
    usual = {"type": "string", "field_type": "text", "group_name": "contactinformation"}
    return PropertyCreate(**{"name": name, "label": name, **usual, **more})


def test_the_official_client_upserts_and_reads_back(contacts: Any) -> None:
    inputs = [upsert_input(email, email[0], plan="team") for email in ("Kim@example.org", "bo@example.org")]
    body = BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs)

    first = contacts.batch_api.upsert(body)
    second = contacts.batch_api.upsert(body)
    read = contacts.batch_api.read(
        BatchReadInputSimplePublicObjectId(
            id_property="email",
            inputs=[{"id": "kim@example.org"}],
            properties=["email", "plan"],
            properties_with_history=[],
        )
    )

    assert (first.status, [result.new for result in first.results]) == ("COMPLETE", [True, True])
    assert [result.new for result in second.results] == [False, False]
    assert {result.object_write_trace_id for result in first.results} == {"K", "b"}
    (kim,) = read.results
    assert (kim.properties["email"], kim.properties["plan"]) == ("kim@example.org", "team")


def test_the_official_client_sees_errors_as_it_expects_them(contacts: Any) -> None:
    inputs = [upsert_input("kim@example.org", "0"), upsert_input("bo@example.org", "1", plann="team")]

    answer = contacts.batch_api.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs))

    assert [result.properties["email"] for result in answer.results] == ["kim@example.org"]
    (error,) = answer.errors
    assert (error.category, error.context["objectWriteTraceId"]) == ("VALIDATION_ERROR", ["1"])


def test_the_official_client_creates_searches_and_meets_a_conflict(standin: StandIn, contacts: Any) -> None:
    standin.portal.search_lag_ms = 0
    one = SimplePublicObjectInputForCreate(properties={"email": "kim@example.org"}, associations=[])
    created = contacts.basic_api.create(one)

    with pytest.raises(ApiException) as conflict:
        contacts.basic_api.create(one)
    found = contacts.search_api.do_search(
        PublicObjectSearchRequest(
            filter_groups=[
                {"filters": [{"propertyName": "email", "operator": "EQ", "value": "kim@example.org"}]}
            ],
            properties=["email"],
            limit=10,
        )
    )

    assert (conflict.value.status, f"Existing ID: {created.id}" in conflict.value.body) == (409, True)
    assert [result.id for result in found.results] == [created.id]


def test_the_official_client_updates_a_batch_and_one(contacts: Any) -> None:
    one = SimplePublicObjectInputForCreate(properties={"email": "kim@example.org"}, associations=[])
    kim = contacts.basic_api.create(one)
    inputs = [
        {"id": kim.id, "objectWriteTraceId": "0", "properties": {"plan": "team"}},
        {"id": "999", "objectWriteTraceId": "1", "properties": {"plan": "team"}},
    ]

    answer = contacts.batch_api.update(BatchInputSimplePublicObjectBatchInput(inputs=inputs))
    patched = contacts.basic_api.update(kim.id, SimplePublicObjectInput(properties={"city": "Odense"}))

    assert [result.properties["plan"] for result in answer.results] == ["team"]
    assert [(error.category, error.context) for error in answer.errors] == [
        ("OBJECT_NOT_FOUND", {"ids": ["999"]})
    ]
    assert patched.properties["city"] == "Odense"


def test_the_official_client_archives_and_deletes_for_good(standin: StandIn, contacts: Any) -> None:
    ones = [
        contacts.basic_api.create(
            SimplePublicObjectInputForCreate(properties={"email": email}, associations=[])
        )
        for email in ("kim@example.org", "bo@example.org")
    ]

    contacts.basic_api.archive(ones[0].id)
    contacts.basic_api.purge(PublicGdprDeleteInput(object_id="bo@example.org", id_property="email"))

    assert standin.state()["count"] == 0
    with pytest.raises(ApiException) as gone:
        contacts.basic_api.get_by_id(ones[0].id)
    assert gone.value.status == 404


def test_the_official_client_reads_and_creates_properties(crm: Any) -> None:
    known = crm.properties.core_api.get_all("contacts", archived=False).results
    created = crm.properties.core_api.create("contacts", definition("shoe_size"))
    inputs = BatchInputPropertyCreate(inputs=[definition("hat_size"), definition("shoe_size")])
    batch = crm.properties.batch_api.create("contacts", inputs)

    assert (created.name, created.field_type) == ("shoe_size", "text")
    assert [result.name for result in batch.results] == ["hat_size"]
    assert [error.category for error in batch.errors] == ["OBJECT_ALREADY_EXISTS"]
    assert len(crm.properties.core_api.get_all("contacts").results) == len(known) + 2
    assert crm.properties.core_api.get_by_name("contacts", "hat_size").label == "hat_size"


def test_the_official_client_creates_groups(crm: Any) -> None:
    group = PropertyGroupCreate(name="segment", label="Segment", display_order=-1)
    crm.properties.groups_api.create("contacts", group)

    with pytest.raises(PropertiesApiException) as again:
        crm.properties.groups_api.create("contacts", group)

    assert again.value.status == 409
    listed = crm.properties.groups_api.get_all("contacts").results
    assert [found.name for found in listed] == ["contactinformation", "segment"]
