"""What the stand-in tells of its token and account, and how a token may do less."""

from typing import Any

import httpx
import pytest

from cli.standin.server import HUB_ID, StandIn

INFO = "/oauth/v2/private-apps/get/access-token-info"
CONTACTS = "/crm/objects/2026-09/contacts"


def call(standin: StandIn, method: str, path: str, body: Any = None, token: str = "") -> httpx.Response:
    headers = {"authorization": f"Bearer {token or standin.access_token}"}
    return httpx.request(method, standin.url + path, json=body, headers=headers)


def test_a_token_is_told_with_its_portal_and_scopes(standin: StandIn) -> None:
    told = call(standin, "POST", INFO, {"tokenKey": standin.access_token}).json()

    assert (told["hubId"], told["scopes"]) == (HUB_ID, sorted(standin.scopes))


@pytest.mark.parametrize(("tells", "token", "status"), [(False, "", 404), (True, "pat-other", 401)])
def test_of_other_tokens_nothing_is_told(standin: StandIn, token: str, status: int, *, tells: bool) -> None:
    standin.portal.tells_token = tells

    assert call(standin, "POST", INFO, {"tokenKey": "x"}, token).status_code == status


def test_scopes_are_taken_and_given_while_it_runs(standin: StandIn) -> None:
    taken = httpx.post(f"{standin.url}/_standin/scopes", json={"revoke": ["crm.objects.contacts.read"]})
    refused = call(standin, "GET", CONTACTS)
    given = httpx.post(f"{standin.url}/_standin/scopes", json={"grant": ["crm.objects.contacts.read"]})

    assert "crm.objects.contacts.read" not in taken.json()
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.contacts.read"]
    assert "crm.objects.contacts.read" in given.json()
    assert call(standin, "GET", CONTACTS).status_code == 200


def test_the_account_is_another_one_while_it_runs(standin: StandIn) -> None:
    changes = {"portal_id": 42, "region": "eu1", "kind": "SANDBOX", "time_zone": "Asia/Tokyo"}
    changed = httpx.post(f"{standin.url}/_standin/account", json=changes)

    told = call(standin, "GET", "/account-info/2026-09/details").json()

    assert changed.json() == changes
    names = ("portalId", "dataHostingLocation", "accountType", "timeZone", "uiDomain")
    assert [told[name] for name in names] == [42, "eu1", "SANDBOX", "Asia/Tokyo", "app-eu1.hubspot.com"]
    assert call(standin, "POST", INFO, {"tokenKey": "x"}).json()["hubId"] == 42
    assert httpx.post(f"{standin.url}/_standin/account", json={"hub": 7}).status_code == 400
    standin.reset()
    assert call(standin, "GET", "/account-info/2026-09/details").json()["portalId"] == HUB_ID


def test_tokens_of_further_apps_of_the_account_are_taken(standin: StandIn) -> None:
    assert call(standin, "GET", CONTACTS, token="pat-second").status_code == 401
    standin.further_tokens.add("pat-second")

    assert call(standin, "GET", CONTACTS, token="pat-second").status_code == 200


def test_what_was_taken_is_back_after_a_reset(standin: StandIn) -> None:
    standin.revoke("crm.objects.contacts.read")
    standin.portal.tells_token = False

    standin.reset()

    assert "crm.objects.contacts.read" in standin.scopes
    assert standin.portal.tells_token


def test_objects_are_listed_in_pages_with_the_properties_that_are_asked_for(standin: StandIn) -> None:
    for n in range(3):
        call(standin, "POST", CONTACTS, {"properties": {"email": f"p{n}@example.org"}, "associations": []})

    first = call(standin, "GET", f"{CONTACTS}?limit=2&properties=hs_object_id").json()
    after = first["paging"]["next"]["after"]
    last = call(standin, "GET", f"{CONTACTS}?limit=2&after={after}").json()

    ids = [each["id"] for page in (first, last) for each in page["results"]]
    assert len(ids) == len(set(ids)) == 3
    assert "paging" not in last
    assert "email" not in first["results"][0]["properties"]
    assert last["results"][0]["properties"]["email"] == "p2@example.org"


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "after=x"])
def test_a_page_that_makes_no_sense_is_refused(standin: StandIn, query: str) -> None:
    assert call(standin, "GET", f"{CONTACTS}?{query}").status_code == 400
