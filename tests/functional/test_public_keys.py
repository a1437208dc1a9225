"""What a public write key may do, through both handlers: an allowed part is delivered, the rest is named."""

import base64
import io
import json
from collections.abc import Mapping
from typing import Any, Literal

import boto3
import pytest
from functional.sender import KIM, invoke_with

from cli.standin.faults import Fault
from cli.standin.server import HUB_ID, StandIn
from ingest import app as ingest
from relay.core.write_keys import fingerprint

SERVER, PAGE_KEY, PHONE, OTHER_PAGE = (
    "a-server-write-key",
    "key-of-a-web-page",
    "key-of-phones-all",
    "key-of-another-page",
)
PAGE = "https://www.example.org"
EVENTS_SCOPES = ("analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write")


def keys(**options: object) -> None:
    """Store the write keys; `options` are those of the page's key."""
    entries = {
        SERVER: {"destination": "default"},
        PAGE_KEY: {"destination": "default", "origins": [PAGE], **options},
        OTHER_PAGE: {"destination": "default", "origins": [PAGE]},
        PHONE: {"destination": "default", "public": True},
    }
    put("write-keys", entries)


def put(name: str, value: object, kind: Literal["SecureString", "String"] = "SecureString") -> None:
    boto3.client("ssm").put_parameter(
        Name=f"/relay/{name}", Value=json.dumps(value), Type=kind, Overwrite=True
    )


@pytest.fixture(autouse=True)
def aws(hubspot: StandIn) -> StandIn:
    """An ingest that has just started, before the sender and its HubSpot."""
    for wired in (ingest.front_door, ingest.ssm, ingest.dynamodb):
        wired.cache_clear()
    return hubspot


def settle(standin: StandIn, **settings: object) -> None:
    put("default/settings", {"hub_id": HUB_ID, "hubspot_url": standin.url, **settings}, "String")


def post(key: str, *events: Mapping[str, object]) -> tuple[int, dict[str, Any], Mapping[str, str]]:
    request = {
        "rawPath": "/v1/batch",
        "requestContext": {"http": {"method": "POST"}},
        "headers": {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()},
        "body": json.dumps({"batch": events}),
    }
    answer: Any = ingest.handler(request, None)
    return answer["statusCode"], json.loads(answer["body"]), answer["headers"]


def queued() -> list[str]:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="events")["QueueUrl"]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in messages]


def delivered() -> dict[str, dict[str, Any]]:
    """Hand the queue to the sender; return the line of each event by its id."""
    records = [
        {"messageId": f"r-{n}", "receiptHandle": "h", "body": body, "attributes": _FIRST_TIME}
        for n, body in enumerate(queued())
    ]
    _, lines = invoke_with(*records)
    return {line["message_id"]: line for line in lines if line["message"] == "event"}


_FIRST_TIME = {"ApproximateReceiveCount": "1"}


def dropped(line: Mapping[str, Any]) -> dict[str, str]:
    return {each["property"]: each["reason"] for each in line.get("dropped", [])}


def identify(message_id: str = "m-1", **traits: object) -> dict[str, object]:
    return {"type": "identify", "messageId": message_id, "traits": {"email": KIM, **traits}}


def track(message_id: str = "t-1", **more: object) -> dict[str, object]:
    fields = {"event": "Order Completed", "properties": {"email": KIM, "order_total": 7}}
    return {"type": "track", "messageId": message_id, **fields, **more}


def contacts(standin: StandIn) -> dict[str, Mapping[str, str]]:
    return {each["properties"]["email"]: each["properties"] for each in standin.state()["contacts"]}


# ------------------------------------------------------------------------------------------------------ types


def test_a_key_sends_the_types_that_it_may_and_is_told_of_the_others() -> None:
    keys(types=["track"])

    status, body, _ = post(PAGE_KEY, identify(), track(), {"type": "delete", "userId": "u"}, {"type": "x"})

    assert (status, body["accepted"]) == (200, 1)
    assert body["rejected"] == [
        {"index": 0, "reason": "type_not_allowed"},
        {"index": 2, "reason": "delete_not_allowed"},
        {"index": 3, "reason": "unknown_type"},
    ]
    (message,) = queued()
    assert "t-1" in message
    assert "m-1" not in message


def test_a_request_of_nothing_but_other_types_is_refused_for_good() -> None:
    keys(types=["track"])

    status, body, _ = post(PAGE_KEY, identify())

    assert (status, body["code"]) == (400, "no_usable_event")
    assert body["rejected"] == [{"index": 0, "reason": "type_not_allowed"}]


# ------------------------------------------------------------------------------------------------------- rate


def test_a_public_key_that_uses_more_than_its_share_waits_and_no_other_does() -> None:
    keys(events_a_second=1)

    assert post(PAGE_KEY, track("t-1"), track("t-2"), track("t-3"))[0] == 200
    status, body, headers = post(PAGE_KEY, track("t-4"))

    assert (status, body["code"]) == (429, "too_many_requests")
    assert "1 events a second of this write key" in body["message"]
    assert 1 <= int(headers["retry-after"]) <= 3
    assert [post(key, track())[0] for key in (SERVER, OTHER_PAGE, PHONE)] == [200, 200, 200]


def test_the_log_names_a_key_by_its_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    monkeypatch.setattr(ingest.logger.registered_handler, "stream", log)
    keys(events_a_second=1)

    post(PAGE_KEY, track("t-1"), track("t-2"), track("t-3"))
    post(PAGE_KEY, track("t-4"))
    post("nobodys-write-key", track("t-5"))

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    page = fingerprint(PAGE_KEY)
    assert [(line["status"], line["write_key"]) for line in lines] == [(200, page), (429, page), (401, "")]
    assert PAGE_KEY not in log.getvalue()


def test_the_share_of_a_key_is_kept_by_a_fingerprint_that_tells_nobody_the_key() -> None:
    keys(events_a_second=100)
    post(PAGE_KEY, track())

    items = boto3.client("dynamodb").scan(TableName="buckets")["Items"]

    assert [item["pk"]["S"].startswith("ingest#key#") for item in items] == [True]
    assert PAGE_KEY not in json.dumps(items)


@pytest.mark.parametrize(
    ("key", "options", "limit", "items"),
    [
        (SERVER, {}, {}, 0),
        (SERVER, {}, {"ingest_limit": None}, 0),
        (PHONE, {}, {}, 0),
        (PAGE_KEY, {}, {"ingest_limit": 0}, 0),
        (PAGE_KEY, {"events_a_second": 0}, {}, 0),
        (PAGE_KEY, {"events_a_second": 7}, {}, 1),
        (PAGE_KEY, {}, {"ingest_limit": 50}, 1),
        (SERVER, {}, {"ingest_limit": 50}, 1),
        (PAGE_KEY, {"events_a_second": 7}, {"ingest_limit": 50}, 2),
    ],
)
def test_only_a_limit_that_somebody_has_set_costs_a_call(
    aws: StandIn, key: str, options: Mapping[str, object], limit: Mapping[str, object], items: int
) -> None:
    settle(aws, **limit)
    keys(**options)

    assert post(key, track())[0] == 200
    assert len(boto3.client("dynamodb").scan(TableName="buckets")["Items"]) == items
    # The client is made by the first call.
    assert ingest.dynamodb.cache_info().currsize == (items > 0)


def test_by_default_a_public_key_that_floods_waits_and_nobody_else_does() -> None:
    keys()

    assert post(PAGE_KEY, *(track(f"t-{n}") for n in range(4_000)))[0] == 200
    status, body, headers = post(PAGE_KEY, track("t"))

    assert (status, body["code"]) == (429, "too_many_requests")
    assert "Over the 100 events a second of this write key, the default" in body["message"]
    assert 1 <= int(headers["retry-after"]) <= 30
    assert [post(key, track())[0] for key in (SERVER, OTHER_PAGE, PHONE)] == [200, 200, 200]


def test_a_flood_over_a_set_limit_costs_no_call_once_it_is_known() -> None:
    keys(events_a_second=1)
    assert post(PAGE_KEY, *(track(f"t-{n}") for n in range(300)))[0] == 200
    # Whoever asks without the table takes everything.
    boto3.client("dynamodb").delete_table(TableName="buckets")

    assert {post(PAGE_KEY, track())[0] for _ in range(10)} == {429}


def test_messages_of_public_keys_lie_in_lanes_of_their_own() -> None:
    keys()
    for key in (SERVER, PAGE_KEY, PHONE):
        post(key, track())
    sqs = boto3.client("sqs")

    found = sqs.receive_message(
        QueueUrl=sqs.get_queue_url(QueueName="events")["QueueUrl"],
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["MessageGroupId"],
    )["Messages"]

    assert {message["Attributes"]["MessageGroupId"] for message in found} == {
        "default",
        f"default#{fingerprint(PAGE_KEY)}",
        f"default#{fingerprint(PHONE)}",
    }


@pytest.mark.parametrize("options", [{}, {"events_a_second": 0}])
def test_a_flood_by_a_public_key_leaves_the_destinations_set_limit_to_others(
    aws: StandIn, options: Mapping[str, object]
) -> None:
    settle(aws, ingest_limit=10)
    keys(**options)

    statuses = [post(PAGE_KEY, *(track(f"t-{n}-{m}") for m in range(30)))[0] for n in range(10)]

    assert statuses == [200] + [429] * 9
    assert [post(key, track())[0] for key in (SERVER, OTHER_PAGE)] == [200, 200]


def test_a_flood_by_a_public_key_leaves_the_destinations_share_to_others(aws: StandIn) -> None:
    settle(aws, ingest_limit=10)
    keys(events_a_second=1)

    statuses = [post(PAGE_KEY, track("t-1"), track("t-2"), track("t-3"))[0] for _ in range(10)]

    assert statuses == [200] + [429] * 9
    assert post(SERVER, track("t-4"))[0] == 200


def test_without_dynamodb_a_public_keys_events_are_taken() -> None:
    keys(events_a_second=1)
    boto3.client("dynamodb").delete_table(TableName="buckets")

    assert [post(PAGE_KEY, track())[0] for _ in range(3)] == [200, 200, 200]


# ----------------------------------------------------------------------------------------------------- traits


def test_traits_that_a_key_may_not_set_are_named_and_the_rest_is_delivered(aws: StandIn) -> None:
    keys(traits=["Plan", "address.city"])
    address = {"city": "Oslo", "street": "Main 1"}

    post(PAGE_KEY, identify(plan="team", jobtitle="CEO", address=address))
    (line,) = delivered().values()

    assert line["outcome"] == "delivered"
    assert dropped(line) == {"jobtitle": "not_allowed", "address.street": "not_allowed"}
    held = contacts(aws)[KIM]
    assert (held["plan"], held["city"]) == ("team", "Oslo")
    assert "jobtitle" not in held
    assert "address" not in held


def test_a_server_key_sets_every_trait(aws: StandIn) -> None:
    keys(traits=["plan"])

    post(SERVER, identify(plan="team", jobtitle="CEO"))
    (line,) = delivered().values()

    assert (line["outcome"], dropped(line)) == ("delivered", {})
    assert contacts(aws)[KIM]["jobtitle"] == "CEO"


def test_traits_of_a_tracks_person_and_what_rules_take_from_it_are_held_to_the_list(aws: StandIn) -> None:
    aws.grant(*EVENTS_SCOPES)
    rules = {"Order Completed": {"order_total": "plan", "coupon": "city"}}
    settle(aws, events="custom", properties_to_contact=rules)
    keys(traits=["coupon", "jobtitle"])
    traits = {"email": KIM, "jobtitle": "CEO", "company": "Acme"}
    properties = {"order_total": 7, "coupon": "Oslo"}

    post(PAGE_KEY, track(context={"traits": traits}, properties=properties))
    (line,) = delivered().values()

    assert line["outcome"] == "delivered"
    left_out = dropped(line)
    assert (left_out["context.traits.company"], left_out["plan"]) == ("not_allowed", "not_allowed")
    held = contacts(aws)[KIM]
    assert (held["jobtitle"], held["city"], held.get("plan"), held.get("company")) == (
        "CEO",
        "Oslo",
        None,
        None,
    )
    # The event itself is no property of the contact.
    (occurrence,) = aws.portal.occurrences
    assert occurrence.properties["order_total"] == "7"


def test_a_group_of_a_key_with_a_list_finds_its_company_and_sets_no_more_of_it(aws: StandIn) -> None:
    keys(traits=["industry"])
    traits = {"website": "https://acme.example.com", "name": "Not Acme", "phone": "1"}

    post(PAGE_KEY, {"type": "group", "messageId": "g-1", "groupId": "g", "traits": traits})
    (line,) = delivered().values()

    assert line["outcome"] == "delivered"
    assert dropped(line) == dict.fromkeys(("website", "name", "phone"), "not_allowed")
    (company,) = aws.state()["companies"]
    assert company["properties"]["domain"] == "acme.example.com"
    assert {"name", "phone", "website"} & company["properties"].keys() == set()


# -------------------------------------------------------------------------------------------------- creations


def test_a_public_key_makes_no_property_beside_a_server_key_that_does(aws: StandIn) -> None:
    aws.grant("crm.schemas.contacts.write")
    settle(aws, create_properties=True)
    keys()

    post(SERVER, identify("m-1", server_made="x"))
    post(PAGE_KEY, identify("m-2", page_made="y"))
    lines = delivered()

    live = aws.portal.properties.live
    assert ("server_made" in live, "page_made" in live) == (True, False)
    assert dropped(lines["m-2"]) == {"page_made": "unknown_property"}
    assert dropped(lines["m-1"]) == {}


def test_a_public_key_makes_no_event_and_no_property_of_one_beside_a_server_key_that_does(
    aws: StandIn,
) -> None:
    aws.grant(*EVENTS_SCOPES)
    settle(aws, events="custom", create_event_definitions=True)
    keys()

    post(SERVER, identify(), track("t-1", event="Made By Server", properties={"email": KIM, "a": 1}))
    post(PAGE_KEY, track("t-2", event="Made By Page"))
    post(PAGE_KEY, track("t-3", event="Made By Server", properties={"email": KIM, "a": 2, "b": 3}))
    post(PAGE_KEY, track("t-4", properties={"email": KIM, "c": 3}))
    lines = delivered()

    made = aws.portal.event_definitions.live
    assert ("made_by_server" in made, "made_by_page" in made) == (True, False)
    assert lines["t-2"]["reason"] == "no_definition"
    assert dropped(lines["t-3"]) == {"b": "unknown_event_property"}
    assert dropped(lines["t-4"]) == {"c": "unknown_event_property"}


def test_a_public_key_does_not_say_of_which_type_a_property_becomes(aws: StandIn) -> None:
    aws.grant("crm.schemas.contacts.write")
    settle(aws, create_properties=True)
    keys()

    post(PAGE_KEY, identify("m-1", page_mood=7))
    post(SERVER, identify("m-2", page_mood="seven"))
    lines = delivered()

    assert aws.portal.properties.live["page_mood"]["type"] == "string"
    # It is there now, for whoever names it.
    assert [dropped(line) for line in lines.values()] == [{}, {}]
    assert contacts(aws)[KIM]["page_mood"] == "seven"


def test_a_public_event_does_not_wait_for_what_it_has_not_asked_for(aws: StandIn) -> None:
    aws.grant("crm.schemas.contacts.write")
    settle(aws, create_properties=True)
    keys()
    aws.faults.add([Fault(path="batch/create", status=503)])

    post(SERVER, identify("m-1", server_made="x"))
    post(PAGE_KEY, {**identify("m-2", page_made="y"), "traits": {"email": "p@example.org", "page_made": "y"}})
    lines = delivered()

    assert (lines["m-1"]["outcome"], lines["m-2"]["outcome"]) == ("deferred", "delivered")
    assert dropped(lines["m-2"]) == {"page_made": "unknown_property"}


def test_a_public_key_alone_asks_hubspot_to_create_nothing(aws: StandIn) -> None:
    aws.grant("crm.schemas.contacts.write", *EVENTS_SCOPES)
    settle(aws, create_properties=True, events="custom", create_event_definitions=True)
    keys()

    post(PHONE, identify("m-1", page_made="y"), track("t-1", event="Made By Phone"))
    post(PAGE_KEY, track("t-2", properties={"email": KIM, "c": 3}))
    lines = delivered()

    assert {n: line["outcome"] for n, line in lines.items()} == {
        "m-1": "delivered",
        "t-1": "rejected",
        "t-2": "delivered",
    }
    asked = [call["path"] for call in aws.calls if call["method"] == "POST"]
    assert [path for path in asked if "properties" in path or "event-definitions" in path] == []
