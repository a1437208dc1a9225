"""The HubSpot stand-in: batches, limits, faults, and what it shows to whoever looks in."""

from typing import Any

import httpx
import pytest

from cli.embedded.ports import PortInUseError
from cli.standin.faults import Fault
from cli.standin.server import ACCESS_TOKEN, HUB_ID, StandIn

UPSERT = "/crm/objects/2026-09/contacts/batch/upsert"


def upsert_input(email: str, trace_id: str | None = None, **properties: str) -> dict[str, Any]:
    entry = {"idProperty": "email", "id": email, "properties": {"email": email, **properties}}
    return entry | ({"objectWriteTraceId": trace_id} if trace_id else {})


def post(standin: StandIn, *inputs: dict[str, Any]) -> httpx.Response:
    headers = {"authorization": f"Bearer {standin.access_token}"}
    return httpx.post(standin.url + UPSERT, json={"inputs": inputs}, headers=headers)


def test_the_property_list_is_that_of_a_portal(standin: StandIn) -> None:
    headers = {"authorization": f"Bearer {ACCESS_TOKEN}"}
    listed = httpx.get(f"{standin.url}/crm/properties/2026-09/contacts", headers=headers).json()["results"]
    by_name = {entry["name"]: entry for entry in listed}

    assert len(by_name) == len(listed) >= 200
    assert by_name["hs_object_id"]["modificationMetadata"]["readOnlyValue"] is True
    assert "customer" in {option["value"] for option in by_name["lifecyclestage"]["options"]}


def test_results_are_not_in_the_order_of_the_inputs(standin: StandIn) -> None:
    answer = post(standin, *(upsert_input(f"p{n}@example.org", str(n)) for n in range(5)))

    order = [result["objectWriteTraceId"] for result in answer.json()["results"]]
    assert order != sorted(order)
    assert sorted(order) == ["0", "1", "2", "3", "4"]


def test_without_trace_ids_one_bad_input_costs_the_whole_batch(standin: StandIn) -> None:
    answer = post(standin, upsert_input("kim@example.org"), upsert_input("bo@example.org", score="many"))

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "INVALID_INTEGER")
    assert standin.state()["count"] == 0


def test_the_same_address_twice_costs_the_whole_batch_with_or_without_trace_ids(standin: StandIn) -> None:
    answer = post(standin, upsert_input("kim@example.org", "0"), upsert_input("KIM@example.org", "1"))

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Duplicate IDs found in batch input: [kim@example.org]")
    assert standin.state()["count"] == 0


@pytest.mark.parametrize("value", [7, True, None, {}, []])
def test_values_that_are_no_text_are_refused(standin: StandIn, value: object) -> None:
    entry = upsert_input("kim@example.org", "0")
    entry["properties"]["plan"] = value

    assert post(standin, entry).status_code == 400


def test_an_empty_text_clears_and_what_is_left_out_stays(standin: StandIn) -> None:
    post(standin, upsert_input("kim@example.org", "0", plan="team", city="Odense"))
    post(standin, upsert_input("kim@example.org", "0", plan=""))

    (contact,) = standin.state()["contacts"]
    assert "plan" not in contact["properties"]
    assert contact["properties"]["city"] == "Odense"


def test_more_than_a_hundred_inputs_are_refused(standin: StandIn) -> None:
    assert post(standin, *(upsert_input(f"p{n}@example.org", str(n)) for n in range(101))).status_code == 400


def test_a_body_without_inputs_writes_nothing_and_says_complete(standin: StandIn) -> None:
    headers = {"authorization": f"Bearer {ACCESS_TOKEN}"}
    answer = httpx.post(standin.url + UPSERT, json={"input": []}, headers=headers)

    assert (answer.status_code, answer.json()["results"]) == (200, [])


def test_a_wrong_token_and_a_missing_scope_are_told_apart(standin: StandIn) -> None:
    standin.scopes = frozenset({"oauth"})
    missing = post(standin, upsert_input("kim@example.org", "0"))
    standin.access_token = "another"
    headers = {"authorization": f"Bearer {ACCESS_TOKEN}"}
    wrong = httpx.post(standin.url + UPSERT, json={"inputs": []}, headers=headers)

    assert (missing.status_code, missing.json()["category"]) == (403, "MISSING_SCOPES")
    assert (wrong.status_code, wrong.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_the_limit_is_rolling_and_its_headers_count_down() -> None:
    with StandIn(limit=3) as standin:
        answers = [post(standin) for _ in range(5)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert [answer.headers["x-hubspot-ratelimit-remaining"] for answer in answers[:3]] == ["2", "1", "0"]
        assert answers[3].json()["policyName"] == "TEN_SECONDLY_ROLLING"
        assert (standin.report()["max_in_window"], standin.report()["rate_limited"]) == (5, 2)


def test_account_and_token_tell_the_portals_number(standin: StandIn) -> None:
    headers = {"authorization": f"Bearer {ACCESS_TOKEN}"}
    details = httpx.get(f"{standin.url}/account-info/2026-09/details", headers=headers).json()
    url = f"{standin.url}/oauth/v2/private-apps/get/access-token-info"
    info = httpx.post(url, json={"tokenKey": ACCESS_TOKEN}, headers=headers).json()

    assert (details["portalId"], info["hubId"]) == (HUB_ID, HUB_ID)


def test_an_answer_may_drip_and_is_the_same(standin: StandIn) -> None:
    httpx.post(f"{standin.url}/_standin/faults", json={"path": "upsert", "drip_ms": 1})

    answer = post(standin, upsert_input("kim@example.org", "0"))

    assert len(answer.json()["results"]) == 1
    assert (standin.state()["count"], standin.faults.list()) == (1, [])


def test_faults_strike_as_often_as_they_are_told_to(standin: StandIn) -> None:
    httpx.post(f"{standin.url}/_standin/faults", json={"path": "upsert", "status": 500, "body": "<html>"})
    httpx.post(
        f"{standin.url}/_standin/faults", json=[{"drop": "before"}, {"drop": "after"}, {"truncate": 5}]
    )

    assert (post(standin).status_code, standin.state()["count"]) == (500, 0)
    with pytest.raises(httpx.TransportError):
        post(standin, upsert_input("kim@example.org", "0"))
    assert standin.state()["count"] == 0
    with pytest.raises(httpx.TransportError):
        post(standin, upsert_input("kim@example.org", "0"))
    assert standin.state()["count"] == 1
    with pytest.raises(httpx.TransportError):
        post(standin)
    assert post(standin).status_code == 200


def test_of_several_calls_only_every_so_manieth_suffers(standin: StandIn) -> None:
    standin.faults.add([Fault(status=500, every=3, times=2)])

    assert [post(standin).status_code for _ in range(7)] == [200, 200, 500, 200, 200, 500, 200]


def test_a_call_that_was_processed_can_be_answered_wrongly(standin: StandIn) -> None:
    standin.faults.add([Fault(answer=504), Fault(forget=True)])
    inputs = [upsert_input(f"kim{n}@example.org", str(n)) for n in range(4)]

    assert (post(standin, *inputs).status_code, standin.state()["count"]) == (504, 4)
    assert len(post(standin, *inputs).json()["results"]) == 2
    assert len(post(standin, *inputs).json()["results"]) == 4


def test_somebody_is_told_before_a_call_is_processed_and_after_it(standin: StandIn) -> None:
    seen: list[int] = []
    standin.faults.add(
        [Fault(**{name: lambda: seen.append(standin.state()["count"])}) for name in ("before", "after")]
    )

    post(standin, upsert_input("kim@example.org", "0"))
    post(standin, upsert_input("bo@example.org", "0"))

    assert seen == [0, 2]
    assert httpx.get(f"{standin.url}/_standin/faults").json() == []


def test_the_stand_in_shows_what_it_holds_and_forgets_it_when_told_to(standin: StandIn) -> None:
    post(standin, upsert_input("kim@example.org", "0"))
    standin.faults.add([Fault(times=None)])

    assert httpx.get(f"{standin.url}/_standin/state").json()["count"] == 1
    calls = httpx.get(f"{standin.url}/_standin/calls").json()["calls"]
    assert [(call["method"], call["status"], call["inputs"]) for call in calls] == [("POST", 200, 1)]
    httpx.post(f"{standin.url}/_standin/reset")
    assert (standin.state()["count"], standin.report()["calls"], standin.faults.list()) == (0, [], [])


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [("/nowhere", b"", 404), (UPSERT, b"{nonsense", 400), ("/_standin/nowhere", b"", 404)],
)
def test_what_it_does_not_know_it_says(standin: StandIn, path: str, content: bytes, status: int) -> None:
    headers = {"authorization": f"Bearer {ACCESS_TOKEN}"}

    assert httpx.post(standin.url + path, content=content, headers=headers).status_code == status


def test_a_port_in_use_is_named_with_a_way_out(standin: StandIn) -> None:
    port = int(standin.url.rpartition(":")[2])

    with pytest.raises(PortInUseError, match=f"Port {port} is in use.*RELAY_PORT={port + 1}"):
        StandIn(port)


def test_what_plays_somebody_elses_answer_has_no_header_of_hubspots(standin: StandIn) -> None:
    bodies: list[object] = [{"message": "Forbidden"}, "<html>", {"message": "no"}, None]
    standin.faults.add([Fault(status=403, body=body) for body in bodies])

    answers = [httpx.get(f"{standin.url}/crm/properties/2026-09/contacts") for _ in bodies]

    assert ["x-hubspot-correlation-id" in each.headers for each in answers] == [False, False, True, True]
