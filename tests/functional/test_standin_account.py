"""What the stand-in tells of its token and account, and how a token may do less."""

from typing import Any

import httpx
import pytest

from cli.standin.server import ACCESS_TOKEN, HUB_ID, StandIn

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


OTHER = "pat-na1-other"


def test_a_token_of_another_account_gets_to_what_that_account_holds(standin: StandIn) -> None:
    other = standin.open_account(42, OTHER)
    for token, email in (("", "kim@example.org"), (OTHER, "bo@example.org")):
        call(standin, "POST", CONTACTS, {"properties": {"email": email}, "associations": []}, token)

    held = [standin.state()["contacts"], standin.state(other)["contacts"]]

    assert [[each["properties"]["email"] for each in contacts] for contacts in held] == [
        ["kim@example.org"],
        ["bo@example.org"],
    ]
    told = [call(standin, "GET", "/account-info/2026-09/details", token=token) for token in ("", OTHER)]
    assert [each.json()["portalId"] for each in told] == [HUB_ID, 42]
    assert [each["portal_id"] for each in standin.calls] == [HUB_ID, 42, HUB_ID, 42]


def test_event_definitions_of_another_account_have_its_number_in_their_names(standin: StandIn) -> None:
    other = standin.open_account(42, OTHER)
    other.event_definitions.define(
        {"label": "Signed Up", "propertyDefinitions": [], "includeDefaultProperties": False}
    )

    names = [standin.state(each)["event_definitions"] for each in (other, None)]

    assert [sorted(name for name in of if "signed_up" in name) for of in names] == [["pe42_signed_up"], []]


def test_calls_to_another_account_are_counted_apart(standin: StandIn) -> None:
    standin.limiter.limit = 1
    standin.open_account(42, OTHER)

    statuses = [
        call(standin, "GET", CONTACTS, token=token).status_code for token in ("", OTHER, "", OTHER, "wrong")
    ]

    assert statuses == [200, 200, 429, 429, 429]


def test_a_legacy_event_gets_to_the_account_that_it_names(standin: StandIn) -> None:
    other = standin.open_account(42, OTHER)

    for hub_id in (HUB_ID, 42, 43):
        httpx.get(f"{standin.url}/v1/event", params={"_a": hub_id, "_n": f"for {hub_id}"})

    held = [standin.state()["legacy_events"], standin.state(other)["legacy_events"]]
    assert [len(each) for each in held] == [1, 1]


@pytest.mark.parametrize(
    ("portal_id", "token"), [(HUB_ID, "pat-new"), (42, "pat-new"), (43, OTHER), (43, ACCESS_TOKEN)]
)
def test_an_account_and_a_token_are_played_once(standin: StandIn, portal_id: int, token: str) -> None:
    standin.open_account(42, OTHER)

    with pytest.raises(ValueError, match="played already"):
        standin.open_account(portal_id, token)


def test_further_accounts_are_gone_after_a_reset(standin: StandIn) -> None:
    standin.open_account(42, OTHER)

    standin.reset()

    assert call(standin, "GET", CONTACTS, token=OTHER).status_code == 401
    assert standin.open_account(42, OTHER).contacts.live == {}


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
