"""What the sender handler remembers between invocations and processes, and what it does not."""

import json
from typing import Any

import boto3
from functional.sender import KIM, SAMPLES, identify, invoke, invoke_with, outcomes, start_cold

from cli.samples import bodies, expected
from cli.standin.schema import whole
from cli.standin.server import StandIn

WROTE_COMPANIES = ("sample-group-2", "sample-group-3")
LATER_MS = 1_800_000_000_000
UPSERT = "/crm/objects/2026-09/contacts/batch/upsert"


def again(message_id: str) -> str:
    """Return how a sample's event ends whose record comes again."""
    outcome = expected().outcomes[message_id]
    # A group that has written its company is known by its message: that is what it has done.
    is_company = outcome == "delivered" and message_id in WROTE_COMPANIES
    return "skipped: unchanged" if outcome == "delivered" and not is_company else outcome


def test_the_same_records_again_are_unchanged_and_cost_no_call(hubspot: StandIn) -> None:
    invoke(*SAMPLES)
    calls, contacts = len(hubspot.calls), hubspot.state()

    answer, lines = invoke(*SAMPLES)

    assert answer == {"batchItemFailures": []}
    assert outcomes(lines) == {message_id: again(message_id) for message_id in expected().outcomes}
    assert (len(hubspot.calls), hubspot.state()) == (calls, contacts)


def test_a_cold_start_reads_no_properties_for_the_schema_is_shared(hubspot: StandIn) -> None:
    invoke(*SAMPLES)
    calls = len(hubspot.calls)
    start_cold()

    invoke_with(identify())

    assert [call["path"] for call in hubspot.calls[calls:]] == [UPSERT]


def test_a_user_id_is_remembered_by_another_process(hubspot: StandIn) -> None:
    invoke_with(identify(user_id="user-6"))
    start_cold()

    _, lines = invoke_with(
        identify(user_id="user-6", traits={"offerDate": "2026-11-01T09:15:00.000Z"}, received_at_ms=LATER_MS)
    )

    assert outcomes(lines) == {"m-default": "delivered"}
    (contact,) = hubspot.state()["contacts"]
    assert (contact["properties"]["email"], contact["properties"]["offerdate"]) == (KIM, "1793491200000")


PERSONAL = {"firstname", "lastname", "company", "address", "phone", "city"}


def private_words() -> set[str]:
    """Return what the samples tell of people: addresses, user ids, and values by which they are known."""
    known = [text for held in expected().contacts.values() for name, text in held.items() if name in PERSONAL]
    ids = [event.get("userId") for body in bodies().values() for event in _listed(json.loads(body))]
    return {word.lower() for word in (*expected().contacts, *known, *filter(None, ids)) if word}


def _listed(content: Any) -> list[dict[str, Any]]:
    return content if isinstance(content, list) else [content]


def test_no_log_line_holds_an_address_or_a_value(hubspot: StandIn) -> None:
    text = "".join(json.dumps(invoke(*SAMPLES)[1], ensure_ascii=False).lower() for _ in range(2))

    assert hubspot.state()["count"] == len(expected().contacts)
    assert "classic-1-identify" in text
    assert {word for word in private_words() if word in text} == set()


def test_the_memory_holds_no_personal_data_but_each_contacts_address_in_one_place(hubspot: StandIn) -> None:
    invoke(*SAMPLES)

    items = boto3.client("dynamodb").scan(TableName="profiles")["Items"]
    profiles = [item for item in items if item["pk"]["S"].startswith("@7654321#")]
    addresses = [item["email"]["S"] for item in profiles if "email" in item]
    assert sorted(addresses) == sorted(expected().contacts)
    assert hubspot.state()["count"] == len(addresses)
    text = repr([{**item, "email": ""} for item in profiles]).lower()
    assert {word for word in private_words() if word in text} == set()


def test_a_contact_is_known_by_a_unique_property_through_the_handler(hubspot: StandIn) -> None:
    entry = {"name": "customer_id", "hubspotDefined": False, "hasUniqueValue": True}
    hubspot.portal.properties.live["customer_id"] = whole(entry)
    settings = {"hub_id": 7654321, "hubspot_url": hubspot.url, "match_property": "customer_id"}
    boto3.client("ssm").put_parameter(
        Name="/relay/default/settings", Value=json.dumps(settings), Type="String", Overwrite=True
    )
    one = identify(user_id="u-1", traits={"email": KIM, "firstname": "Kim"})
    invoke_with(one)
    start_cold()

    answer, lines = invoke_with(identify(user_id="u-1", traits={"firstname": "K."}, received_at_ms=LATER_MS))

    assert answer == {"batchItemFailures": []}
    assert set(outcomes(lines).values()) == {"delivered"}
    (contact,) = hubspot.state()["contacts"]
    held = {name: contact["properties"].get(name) for name in ("customer_id", "email", "firstname")}
    assert held == {"customer_id": "u-1", "email": KIM, "firstname": "K."}
