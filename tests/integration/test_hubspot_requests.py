"""Each call to HubSpot is the request that its guides to contacts and properties document."""

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from builders import batch
from integration.mock_hubspot import FAR, HubSpot

from relay.adapters.hubspot import HubSpotClient
from relay.adapters.hubspot_calls import MAX_TRIES
from relay.core.answers import NoReply, Reply
from relay.core.definitions import GROUP_DEFINITION
from relay.core.metrics import Metric
from relay.core.planning import Batch

CONTACTS = "/crm/objects/2026-09/contacts"
PROPERTIES = "/crm/properties/2026-09/contacts"
EMAIL, BLOOD = {"name": "email", "type": "string"}, {"name": "blood_type", "type": "string"}


def updates(**records: str) -> Batch:
    """Return a batch that updates records, each by the name of the person whose it is."""
    people = batch(*(f"{name}@example.org" for name in records))
    pairs = zip(people.inputs, records.values(), strict=True)
    return Batch(
        tuple(replace(entry.of_record(record), properties={"plan": "team"}) for entry, record in pairs)
    )


def test_an_upsert_names_each_contact_by_its_address_and_each_input_by_a_trace_id() -> None:
    hubspot = HubSpot()

    answer = hubspot.client.write_contacts(batch("kim@example.org", "bo@example.org"), FAR)

    inputs = [
        {
            "idProperty": "email",
            "id": email,
            "objectWriteTraceId": trace_id,
            "properties": {"email": email},
        }
        for trace_id, email in (("0", "kim@example.org"), ("1", "bo@example.org"))
    ]
    assert hubspot.asked == [("POST", f"{CONTACTS}/batch/upsert", {"inputs": inputs})]
    assert hubspot.requests[0].headers["authorization"] == "Bearer pat-1"
    assert hubspot.requests[0].headers["content-type"] == "application/json"
    assert isinstance(answer, Reply)
    assert (answer.status, answer.body) == (200, {"results": []})
    assert hubspot.tokens.settled == [hubspot.clock.now]


def test_an_update_names_records_and_no_property_to_find_them_by() -> None:
    hubspot = HubSpot()

    hubspot.client.write_contacts(updates(kim="501", bo="502"), FAR)

    inputs = [
        {"id": record, "objectWriteTraceId": trace_id, "properties": {"plan": "team"}}
        for trace_id, record in (("0", "501"), ("1", "502"))
    ]
    assert hubspot.asked == [("POST", f"{CONTACTS}/batch/update", {"inputs": inputs})]


def test_contacts_are_read_by_address_with_all_their_addresses() -> None:
    hubspot = HubSpot()

    hubspot.client.read_contacts(["kim@example.org", "bo@example.org"], FAR)

    body = {
        "idProperty": "email",
        "inputs": [{"id": "kim@example.org"}, {"id": "bo@example.org"}],
        "properties": ["email", "hs_additional_emails"],
        "propertiesWithHistory": [],
    }
    assert hubspot.asked == [("POST", f"{CONTACTS}/batch/read", body)]


def test_contacts_are_read_with_the_properties_that_are_asked_for() -> None:
    hubspot = HubSpot()

    hubspot.client.read_contacts(["501"], FAR, id_property="hs_object_id", properties=["plan", "email"])

    body = {
        "inputs": [{"id": "501"}],
        "properties": ["email", "hs_additional_emails", "plan"],
        "propertiesWithHistory": [],
    }
    assert hubspot.asked == [("POST", f"{CONTACTS}/batch/read", body)]


@pytest.mark.parametrize(
    ("record_id", "for_good", "asked"),
    [
        ("501", False, ("DELETE", f"{CONTACTS}/501", None)),
        ("501", True, ("POST", f"{CONTACTS}/gdpr-delete", {"objectId": "501"})),
        # Not that HubSpot has such ids: but what is deleted must be a contact.
        ("../companies/7?x=1", False, ("DELETE", f"{CONTACTS}/..%2Fcompanies%2F7%3Fx%3D1", None)),
    ],
    ids=["archived", "for good", "no other path"],
)
def test_a_contact_is_deleted_by_its_record(
    record_id: str, *, for_good: bool, asked: tuple[str, str, object]
) -> None:
    hubspot = HubSpot(lambda _: httpx.Response(204))

    answer = hubspot.client.delete_contact(record_id, FAR, for_good=for_good)

    assert hubspot.asked == [asked]
    assert isinstance(answer, Reply)
    assert (answer.status, answer.body) == (204, None)


def test_the_schema_is_one_list_that_comes_whole() -> None:
    hubspot = HubSpot()

    hubspot.client.properties("contacts", FAR)

    assert hubspot.asked == [("GET", PROPERTIES, None)]


def by_sensitivity(normal: httpx.Response, sensitive: httpx.Response) -> HubSpot:
    """Return a portal that lists sensitive properties apart, as HubSpot does."""
    return HubSpot(
        lambda request: sensitive if "dataSensitivity" in request.url.params else normal,
        reads_sensitive=True,
    )


def test_sensitive_properties_are_listed_apart_and_joined() -> None:
    hubspot = by_sensitivity(
        httpx.Response(200, json={"results": [EMAIL]}), httpx.Response(200, json={"results": [BLOOD]})
    )

    assert hubspot.client.properties("contacts", FAR) == Reply(200, {"results": [EMAIL, BLOOD]})
    assert hubspot.asked == [
        ("GET", PROPERTIES, None),
        ("GET", f"{PROPERTIES}?dataSensitivity=sensitive", None),
    ]
    assert len(hubspot.tokens.settled) == 2


@pytest.mark.parametrize(
    ("normal", "sensitive", "status", "calls"),
    [
        (httpx.Response(500), httpx.Response(200, json={"results": [BLOOD]}), 500, 1),
        (httpx.Response(200, json={"results": [EMAIL]}), httpx.Response(403, json={}), 403, 2),
        (httpx.Response(200, json={"results": None}), httpx.Response(200, json={"results": []}), 200, 1),
    ],
    ids=["no list", "no sensitive list", "a list that is none"],
)
def test_half_a_schema_is_none(
    normal: httpx.Response, sensitive: httpx.Response, status: int, calls: int
) -> None:
    hubspot = by_sensitivity(normal, sensitive)

    answer = hubspot.client.properties("contacts", FAR)

    assert isinstance(answer, Reply)
    assert answer.status == status
    assert answer.body != {"results": [EMAIL]}
    assert len(hubspot.requests) == calls


@pytest.mark.parametrize("group_status", [201, 409, 500], ids=["made", "there already", "unknown"])
def test_properties_are_created_in_a_group_of_their_own(group_status: int) -> None:
    definition = {"name": "plan_tier", "type": "string"}
    hubspot = HubSpot(
        lambda request: httpx.Response(group_status if request.url.path.endswith("/groups") else 201, json={})
    )

    answer = hubspot.client.create_properties([definition], FAR)

    assert hubspot.asked == [
        ("POST", f"{PROPERTIES}/groups", dict(GROUP_DEFINITION)),
        ("POST", f"{PROPERTIES}/batch/create", {"inputs": [definition]}),
    ]
    assert isinstance(answer, Reply)
    assert answer.status == 201
    assert len(hubspot.tokens.settled) == 2


def test_without_an_answer_about_the_group_no_property_is_created() -> None:
    hubspot = HubSpot()
    hubspot.tokens.left = 0

    assert hubspot.client.create_properties([{"name": "plan_tier"}], FAR) == NoReply("window_full")
    assert hubspot.requests == []


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.write_contacts(batch("kim@example.org"), FAR),
        lambda client: client.read_contacts(["kim@example.org"], FAR),
        lambda client: client.delete_contact("501", FAR, for_good=True),
        lambda client: client.properties("contacts", FAR),
    ],
    ids=["write", "read", "delete", "schema"],
)
def test_every_attempt_of_every_call_takes_a_token(call: Callable[[HubSpotClient], object]) -> None:
    hubspot = HubSpot(lambda _: httpx.Response(429, json={}))

    call(hubspot.client)

    assert len(hubspot.requests) == len(hubspot.tokens.settled) == MAX_TRIES
    assert hubspot.tokens.left == 100 - MAX_TRIES


ODD_BODIES = {
    "deep": b"[" * 200_000 + b"]" * 200_000,
    "a number of thousands of digits": b'{"id": ' + b"9" * 10_000 + b"}",
    "bytes that are no text": b"\xff\xfe\x00{",
    "half": b'{"status": "err',
    "a page": b"<html></html>",
}


@pytest.mark.parametrize("content", ODD_BODIES.values(), ids=ODD_BODIES)
def test_a_body_that_is_no_json_is_a_page_and_is_counted(content: bytes) -> None:
    hubspot = HubSpot(lambda _: httpx.Response(403, content=content))

    answer = hubspot.client.properties("contacts", FAR)

    assert isinstance(answer, Reply)
    assert (answer.status, answer.body, answer.is_unreadable) == (403, None, True)
    assert (Metric.CALLS_FOREIGN, 1) in hubspot.notes


@pytest.mark.parametrize(
    ("content", "counted"),
    [(b'{"message": "Forbidden"}', 1), (b'{"status": "error"}', 0), (b'{"status": NaN}', 1), (b" ", 1)],
)
def test_what_hubspot_has_not_written_is_counted(content: bytes, counted: int) -> None:
    hubspot = HubSpot(lambda _: httpx.Response(403, content=content))

    hubspot.client.properties("contacts", FAR)

    assert hubspot.notes.count((Metric.CALLS_FOREIGN, 1)) == counted


def test_text_with_odd_characters_is_read_as_it_is() -> None:
    body = b'{"status": "error", "message": "\\ud800 \\u0000", "message": "\\udfff"}'
    hubspot = HubSpot(lambda _: httpx.Response(400, content=body))

    assert hubspot.client.properties("contacts", FAR) == Reply(
        400, {"status": "error", "message": "\udfff"}, {"content-length": str(len(body))}
    )
