"""Ids that nobody owns, through the sender's handler: nobody is found or remembered by one."""

from typing import Any

import boto3
import pytest
from functional.sender import AT_MS, invoke_with, outcomes, record_of, set_up_enterprise

from cli.standin.server import StandIn
from relay.adapters.profile_item import to_item
from relay.core.profiles import Profile, email_key, user_key

FIRST, SECOND, EARLIER = "first02@example.org", "second02@example.net", "earlier02@example.org"


def case(user_id: object = "undefined") -> list[dict[str, Any]]:
    """Return two identifies of different people, and a track without an address, all of one user id."""
    return [
        {"type": "identify", "messageId": "m-1", "userId": user_id, "traits": {"email": FIRST}},
        {"type": "identify", "messageId": "m-2", "userId": user_id, "traits": {"email": SECOND}},
        {"type": "track", "messageId": "m-3", "userId": user_id, "event": "Order Completed"},
    ]


def dropped(lines: list[dict[str, Any]]) -> dict[str, list[dict[str, str]]]:
    return {line["message_id"]: line["dropped"] for line in lines if line["message"] == "event"}


def stored() -> set[str]:
    items = boto3.client("dynamodb").scan(TableName="profiles")["Items"]
    return {item["pk"]["S"].partition("#")[2].partition("#")[0] for item in items}


@pytest.mark.parametrize("user_id", ["undefined", "NULL", "0", 0, " ", "[object Object]", "{{user.id}}"])
def test_people_of_one_placeholder_are_contacts_of_their_own_and_its_track_is_nobodys(
    hubspot: StandIn, user_id: object
) -> None:
    set_up_enterprise(hubspot)

    answer, lines = invoke_with(*map(record_of, case(user_id)))

    assert answer == {"batchItemFailures": []}
    assert outcomes(lines) == {"m-1": "delivered", "m-2": "delivered", "m-3": "skipped: placeholder_id"}
    left_out = [{"property": "userId", "reason": "placeholder_id"}]
    assert dropped(lines) == {"m-1": left_out, "m-2": left_out, "m-3": left_out}
    assert {each["properties"]["email"] for each in hubspot.state()["contacts"]} == {FIRST, SECOND}
    assert hubspot.portal.occurrences == []
    assert "user" not in stored()


def test_an_id_that_merely_looks_like_one_is_the_persons_who_had_it_last(hubspot: StandIn) -> None:
    set_up_enterprise(hubspot, create_event_definitions=True)

    _, lines = invoke_with(*map(record_of, case("user-null-7")[1:]))

    assert dropped(lines) == {"m-2": [], "m-3": []}
    assert "user" in stored()


def test_what_an_earlier_version_has_remembered_under_a_placeholder_is_not_read(hubspot: StandIn) -> None:
    set_up_enterprise(hubspot)
    client = boto3.client("dynamodb")
    contact = hubspot.portal.contacts.create({"email": EARLIER})
    held = {
        user_key("undefined"): Profile(points_to=email_key(EARLIER), at_ms=1),
        user_key("null"): Profile(deleted_at_ms=AT_MS),
        email_key(EARLIER): Profile(object_id=contact.id, email=EARLIER),
    }
    before = {f"default#{key}": to_item(profile) for key, profile in held.items()}
    for key, item in before.items():
        client.put_item(TableName="profiles", Item={"pk": {"S": key}, **item})

    _, lines = invoke_with(record_of(case("undefined")[2]), record_of(case("null")[0]))

    assert outcomes(lines) == {"m-3": "skipped: placeholder_id", "m-1": "delivered"}
    for key, item in before.items():
        assert client.get_item(TableName="profiles", Key={"pk": {"S": key}})["Item"] == {
            "pk": {"S": key},
            **item,
        }


def test_settings_add_words_and_allow_them(hubspot: StandIn) -> None:
    set_up_enterprise(hubspot, placeholder_ids=["Test User"], real_ids=["guest"], events="off")
    events = [
        {**case("test user")[0], "messageId": "added"},
        {**case("guest")[1], "messageId": "allowed"},
        {**case("nil")[1], "messageId": "built-in"},
    ]

    _, lines = invoke_with(*map(record_of, events))

    assert {name: len(left_out) for name, left_out in dropped(lines).items()} == {
        "added": 1,
        "allowed": 0,
        "built-in": 1,
    }
