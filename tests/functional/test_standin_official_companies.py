"""Companies, associations and custom events on the stand-in, driven by HubSpot's official client.

The client knows no event definitions.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4 import (
    BatchInputPublicAssociationMultiArchive,
    BatchInputPublicAssociationMultiPost,
    BatchInputPublicDefaultAssociationMultiPost,
    BatchInputPublicFetchAssociationsBatchRequest,
)
from hubspot.crm.companies import (
    ApiException,
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchReadInputSimplePublicObjectId,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.events.send import (
    ApiException as EventsApiException,
)
from hubspot.events.send import (
    BatchedBehavioralEventHttpCompletionRequest,
    BehavioralEventHttpCompletionRequest,
)

from cli.standin.server import ACCESS_TOKEN, StandIn

KIM = "kim@example.org"


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """A stand-in that lets its token send events, and its searches see everything at once."""
    with StandIn() as standin:
        standin.grant("analytics.behavioral_events.send")
        standin.portal.search_lag_ms = 0
        standin.portal.contacts.create({"email": KIM})
        yield standin


@pytest.fixture
def client(standin: StandIn) -> Iterator[Any]:
    client = HubSpot(access_token=ACCESS_TOKEN)
    client.config["host"] = standin.url
    client.config["verify_ssl"] = False
    companies, links, send = client.crm.companies, client.crm.associations.v4, client.events.send
    used = [companies.batch_api, companies.basic_api, companies.search_api]
    used += [links.batch_api, links.basic_api, send.batch_api, send.basic_api]
    yield client
    for api in used:
        api.api_client.rest_client.pool_manager.clear()


def created(client: Any, *names: str) -> list[str]:
    inputs = [{"properties": {"name": name}, "associations": []} for name in names]
    body = BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs)
    results = client.crm.companies.batch_api.create(body).results
    return sorted(result.id for result in results)


def test_the_official_client_writes_batches_of_companies(client: Any) -> None:
    batch = client.crm.companies.batch_api
    ids = created(client, "Acme", "Bolt")
    inputs = [
        {"id": key, "objectWriteTraceId": key, "properties": {"plan": "team"}} for key in [ids[0], "42"]
    ]
    upserted = [{"idProperty": "segment_group_id", "id": "g-1", "properties": {"name": "Coil"}}]

    updated = batch.update(BatchInputSimplePublicObjectBatchInput(inputs=inputs))
    upsert = batch.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=upserted))
    read = batch.read(
        BatchReadInputSimplePublicObjectId(
            inputs=[{"id": key} for key in ids], properties=["name", "plan"], properties_with_history=[]
        )
    )

    assert [result.properties["plan"] for result in updated.results] == ["team"]
    assert [error.category for error in updated.errors] == ["OBJECT_NOT_FOUND"]
    assert [(result.new, result.properties["segment_group_id"]) for result in upsert.results] == [
        (True, "g-1")
    ]
    assert [result.properties["name"] for result in read.results] == ["Acme", "Bolt"]


def test_the_official_client_writes_searches_and_archives_one_company(client: Any) -> None:
    companies = client.crm.companies
    properties = {"domain": "acme.example.org"}
    one = companies.basic_api.create(SimplePublicObjectInputForCreate(properties=properties, associations=[]))
    changed = companies.basic_api.update(one.id, SimplePublicObjectInput(properties={"name": "Acme"}))
    wanted = {"propertyName": "domain", "operator": "IN", "values": ["acme.example.org"]}
    found = companies.search_api.do_search(
        PublicObjectSearchRequest(filter_groups=[{"filters": [wanted]}], properties=["name"], limit=10)
    )
    companies.basic_api.archive(one.id)

    assert changed.properties["name"] == "Acme"
    assert (found.total, [result.id for result in found.results]) == (1, [one.id])
    with pytest.raises(ApiException) as gone:
        companies.basic_api.get_by_id(one.id)
    assert gone.value.status == 404


def test_the_official_client_associates_reads_and_ends(standin: StandIn, client: Any) -> None:
    batch = client.crm.associations.v4.batch_api
    acme, bolt = created(client, "Acme", "Bolt")
    pairs = [{"from": {"id": "501"}, "to": {"id": acme}}]
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    labelled = [{"from": {"id": "501"}, "to": {"id": key}, "types": types} for key in (bolt, "42")]
    ends = [{"from": {"id": "501"}, "to": [{"id": acme}]}]
    of = ("contacts", "companies")

    made = batch.create_default(*of, BatchInputPublicDefaultAssociationMultiPost(inputs=pairs))
    primary = batch.create(*of, BatchInputPublicAssociationMultiPost(inputs=labelled))
    read = batch.get_page(*of, BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": "501"}]))
    batch.archive(*of, BatchInputPublicAssociationMultiArchive(inputs=ends))

    assert [(each._from.id, each.to.id) for each in made.results] == [("501", acme), (acme, "501")]  # noqa: SLF001 - the client's own name
    assert [error.context for error in primary.errors] == [{"objectType": ["company"], "id": ["42"]}]
    assert [result.labels for result in primary.results] == [["Primary"]]
    assert [[of.type_id for of in each.association_types] for each in read.results[0].to] == [[279], [1, 279]]
    assert standin.state()["contacts"][0]["associations"] == {bolt: [1, 279]}


def test_the_official_client_associates_one_pair(standin: StandIn, client: Any) -> None:
    (acme,) = created(client, "Acme")

    answer = client.crm.associations.v4.basic_api.create_default("contacts", "501", "companies", acme)

    assert (answer.status, len(answer.results)) == ("COMPLETE", 2)
    assert standin.state()["contacts"][0]["associations"] == {acme: [1, 279]}


def test_the_official_client_sends_events(standin: StandIn, client: Any) -> None:
    event = BehavioralEventHttpCompletionRequest(
        event_name="pe7654321_order_completed",
        email=KIM,
        occurred_at=datetime(2026, 11, 23, 10, tzinfo=UTC),
        uuid="m-1",
        properties={"order_total": "19.90"},
    )
    unknown = BehavioralEventHttpCompletionRequest(event_name="pe7654321_nowhere", email=KIM, properties={})

    client.events.send.basic_api.send(event)
    client.events.send.batch_api.send(BatchedBehavioralEventHttpCompletionRequest(inputs=[event, event]))
    with pytest.raises(EventsApiException) as refused:
        client.events.send.basic_api.send(unknown)

    assert [(each.contact_id, each.uuid) for each in standin.portal.occurrences] == [("501", "m-1")]
    assert refused.value.status == 400
