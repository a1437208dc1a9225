"""Deleting contacts: what is archived, what is gone for good, and which addresses nobody may use again."""

from typing import Any

import httpx
import pytest

from cli.standin.server import ACCESS_TOKEN, StandIn

CONTACTS = "/crm/objects/2026-09/contacts"
KIM = "kim@example.org"


def call(standin: StandIn, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {ACCESS_TOKEN}"}
    return httpx.request(method, standin.url + CONTACTS + path, json=body, headers=headers)


def upsert(standin: StandIn, key: str = KIM, **properties: str) -> dict[str, Any]:
    """Upsert one contact; return its result or its error."""
    entry = {"idProperty": "email", "id": key, "properties": properties, "objectWriteTraceId": "0"}
    answer = call(standin, "POST", "/batch/upsert", {"inputs": [entry]}).json()
    outcomes: list[dict[str, Any]] = answer["results"] + answer.get("errors", [])
    return outcomes[0]


def erase(standin: StandIn, key: str, **more: str) -> httpx.Response:
    return call(standin, "POST", "/gdpr-delete", {"objectId": key, **more})


def test_an_archived_contact_is_gone_and_its_address_makes_a_new_one(standin: StandIn) -> None:
    before = upsert(standin, plan="team")

    answer = call(standin, "DELETE", f"/{before['id']}")
    after = upsert(standin)

    assert (answer.status_code, answer.content, "content-length" in answer.headers) == (204, b"", False)
    assert (after["new"], after["id"] != before["id"], "plan" in after["properties"]) == (True, True, False)


def test_archiving_what_is_not_there_is_no_error(standin: StandIn) -> None:
    assert call(standin, "DELETE", "/900").status_code == 204
    assert call(standin, "POST", "/batch/archive", {"inputs": [{"id": "900"}]}).status_code == 204


def test_a_batch_is_archived(standin: StandIn) -> None:
    ids = [upsert(standin, email)["id"] for email in (KIM, "bo@example.org", "io@example.org")]

    call(standin, "POST", "/batch/archive", {"inputs": [{"id": key} for key in ids[:2]]})

    assert [contact["id"] for contact in standin.state()["contacts"]] == ids[2:]


@pytest.mark.parametrize("by", ["id", "email", "further"])
def test_a_contact_deleted_for_good_vanishes_and_its_address_is_free(standin: StandIn, by: str) -> None:
    before = upsert(standin, hs_additional_emails="kim@home.example.org")
    key, more = {
        "id": (before["id"], {}),
        "email": (KIM.upper(), {"idProperty": "email"}),
        "further": ("kim@home.example.org", {"idProperty": "email"}),
    }[by]

    answer = erase(standin, key, **more)

    assert (answer.status_code, standin.state()["count"]) == (204, 0)
    assert standin.portal.contacts.archived == {}
    assert upsert(standin)["new"] is True


def test_an_archived_contact_can_be_deleted_for_good_by_its_id(standin: StandIn) -> None:
    key = upsert(standin)["id"]
    call(standin, "DELETE", f"/{key}")

    assert erase(standin, key).status_code == 204
    assert standin.portal.contacts.archived == {}


def test_an_unknown_address_that_is_deleted_for_good_can_never_be_used_again(standin: StandIn) -> None:
    answer = erase(standin, "Kim@example.org", idProperty="email")
    by_id = upsert(standin)
    by_value = upsert(standin, "bo@example.org", email=KIM)
    as_further = upsert(standin, "bo@example.org", hs_additional_emails=KIM)
    created = call(standin, "POST", "", {"properties": {"email": KIM}})

    assert answer.status_code == 204
    assert [error["category"] for error in (by_id, by_value, as_further)] == ["VALIDATION_ERROR"] * 3
    assert (created.status_code, created.json()["category"]) == (400, "VALIDATION_ERROR")
    assert standin.state()["count"] == 0


def test_an_unknown_id_blocks_nothing(standin: StandIn) -> None:
    assert erase(standin, "900").status_code == 204
    assert standin.portal.contacts.blocked == set()


@pytest.mark.parametrize(
    "body", [{}, {"objectId": ""}, {"objectId": 501}, {"objectId": "1", "idProperty": "phone"}]
)
def test_a_deletion_that_names_nobody_is_refused(standin: StandIn, body: dict[str, Any]) -> None:
    assert call(standin, "POST", "/gdpr-delete", body).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/501"), ("POST", "/gdpr-delete"), ("POST", "/batch/archive")]
)
def test_deleting_needs_the_scope_for_writing(standin: StandIn, method: str, path: str) -> None:
    standin.scopes = frozenset({"oauth", "crm.objects.contacts.read"})

    answer = call(standin, method, path, {"objectId": KIM, "inputs": []})

    assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")
    (error,) = answer.json()["errors"]
    assert error["context"]["requiredGranularScopes"] == ["crm.objects.contacts.write"]


def test_a_reset_lifts_the_block(standin: StandIn) -> None:
    erase(standin, KIM, idProperty="email")

    standin.reset()

    assert upsert(standin)["new"] is True
