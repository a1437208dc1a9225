"""What real clients send arrives, once: over real HTTP, at the whole relay, into HubSpot."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from clients.clients import BATCHING, FETCHING, INLINE, SERVERS, TIMEOUT_S, Client, Plan
from clients.proxy import Fault, Proxy

from cli.local import LocalRelay
from cli.samples import BROWSER_WRITE_KEY, WRITE_KEY

pytestmark = pytest.mark.stack

UNKNOWN_WRITE_KEY = "nobodys-write-key"
ON_SERVERS = [pytest.param(client, WRITE_KEY, id=client.name) for client in SERVERS]
IN_BROWSERS = [pytest.param(client, BROWSER_WRITE_KEY, id=client.name) for client in (FETCHING, BATCHING)]
OF_EACH_LANGUAGE = [ON_SERVERS[0], *ON_SERVERS[-2:], IN_BROWSERS[0]]
# What the relay answers when it is busy, and when it is out of order.
BUSY, BROKEN = Fault(429, retry_after_s=1), Fault(503, retry_after_s=1)
LOST = Fault(0)


def calls_about(key: str) -> Sequence[Mapping[str, Any]]:
    """Return an identify, a track and a group about somebody new."""
    traits = {"email": f"{key}@example.org", "firstname": "Søren", "plan": "team"}
    company = {"website": f"https://www.{key}.com/", "name": f"{key} & Søn"}
    return [
        {"type": "identify", "userId": key, "traits": traits},
        {
            "type": "track",
            "userId": key,
            "event": "Trial Started",
            "properties": {"seats": 5, "plan": "team"},
        },
        {"type": "group", "userId": key, "groupId": f"g-{key}", "traits": company},
    ]


@pytest.fixture
def key() -> str:
    return f"k{uuid.uuid4().hex[:12]}"


@pytest.mark.parametrize(("client", "write_key"), [*ON_SERVERS, *IN_BROWSERS])
def test_identify_track_and_group_arrive_once_and_are_in_hubspot(
    relay: LocalRelay, tmp_path: Path, key: str, client: Client, write_key: str
) -> None:
    with Proxy(relay.url) as proxy:
        errors = client.send(Plan(proxy.url, write_key, calls_about(key)), tmp_path)

    assert errors == []
    assert {exchange.status for exchange in proxy.uploads} == {200}
    assert_arrived_once(relay, proxy)
    assert_in_hubspot(relay, key)


@pytest.mark.parametrize(("client", "write_key"), [*ON_SERVERS, *IN_BROWSERS])
def test_a_client_comes_back_after_429_and_503_and_everything_arrives_once(
    relay: LocalRelay, tmp_path: Path, key: str, client: Client, write_key: str
) -> None:
    with Proxy(relay.url, [BUSY, BROKEN]) as proxy:
        errors = client.send(Plan(proxy.url, write_key, calls_about(key)), tmp_path)

    assert errors == []
    assert [exchange.status for exchange in proxy.uploads][:2] == [429, 503]
    assert_arrived_once(relay, proxy)
    assert_in_hubspot(relay, key)


@pytest.mark.parametrize(("client", "write_key"), OF_EACH_LANGUAGE)
def test_events_whose_answer_is_lost_are_sent_again_and_count_once(
    relay: LocalRelay, tmp_path: Path, key: str, client: Client, write_key: str
) -> None:
    with Proxy(relay.url, [LOST]) as proxy:
        errors = client.send(Plan(proxy.url, write_key, calls_about(key)), tmp_path)

    assert errors == []
    assert [exchange.status for exchange in proxy.uploads][:1] == [0]
    assert_delivered(relay, proxy)
    assert_in_hubspot(relay, key)


@pytest.mark.parametrize("client", [*SERVERS, INLINE], ids=lambda client: client.name)
def test_what_is_sent_under_an_unknown_write_key_is_dropped_after_one_request(
    relay: LocalRelay, tmp_path: Path, key: str, client: Client
) -> None:
    with Proxy(relay.url) as proxy:
        errors = client.send(Plan(proxy.url, UNKNOWN_WRITE_KEY, calls_about(key)), tmp_path)

    assert_dropped(proxy)
    # None has stumbled over the form of the answer.
    assert errors
    assert all("401" in error for error in errors)


def test_a_browser_is_not_let_in_under_a_servers_write_key(
    relay: LocalRelay, tmp_path: Path, key: str
) -> None:
    with Proxy(relay.url) as proxy:
        errors = INLINE.send(Plan(proxy.url, WRITE_KEY, calls_about(key)), tmp_path)

    assert_dropped(proxy)
    assert len(errors) == len(calls_about(key))


def test_a_browser_without_settings_sends_nothing(relay: LocalRelay, tmp_path: Path, key: str) -> None:
    with Proxy(relay.url) as proxy:
        errors = FETCHING.send(Plan(proxy.url, UNKNOWN_WRITE_KEY, calls_about(key)), tmp_path)

    assert len(errors) == 1
    assert [exchange.method for exchange in proxy.exchanges] == ["GET"]
    assert proxy.exchanges[0].status in {401, 404}


def test_a_browser_asks_whether_it_may_before_it_sends(relay: LocalRelay, tmp_path: Path, key: str) -> None:
    with Proxy(relay.url) as proxy:
        FETCHING.send(Plan(proxy.url, BROWSER_WRITE_KEY, calls_about(key)), tmp_path)

    sent = [exchange.path for exchange in proxy.uploads]
    assert Counter(sent) == Counter(["/v1/i", "/v1/t", "/v1/g"])
    assert {exchange.path for exchange in proxy.exchanges if exchange.method == "OPTIONS"} == set(sent)


def assert_dropped(proxy: Proxy) -> None:
    """Three events were sent, each once, and none was taken."""
    sent = Counter(message_id for exchange in proxy.uploads for message_id in exchange.message_ids)
    assert list(sent.values()) == [1, 1, 1]
    assert {exchange.status for exchange in proxy.uploads} <= {401, 403}


def assert_arrived_once(relay: LocalRelay, proxy: Proxy) -> None:
    """Three events were taken, and each has been delivered, once and no more."""
    message_ids = proxy.accepted
    assert len(set(message_ids)) == len(message_ids) == 3
    assert_delivered(relay, proxy)
    lines = [line for line in relay.journal.all() if line.message_id in message_ids and line.is_final]
    assert Counter((line.message_id, line.outcome) for line in lines) == Counter(
        (message_id, "delivered") for message_id in message_ids
    )


def assert_delivered(relay: LocalRelay, proxy: Proxy) -> None:
    """Nothing more will happen to what was taken."""
    relay.journal.wait_for(frozenset(proxy.accepted), TIMEOUT_S)
    assert relay.wait_until_empty(TIMEOUT_S)


def assert_in_hubspot(relay: LocalRelay, key: str) -> None:
    """The person is a contact with the traits and one event, linked to the company of the group."""
    assert relay.standin
    state = relay.standin.state()
    (contact,) = [each for each in state["contacts"] if each["properties"]["email"] == f"{key}@example.org"]
    assert (contact["properties"]["firstname"], contact["properties"]["plan"]) == ("Søren", "team")
    (company,) = [each for each in state["companies"] if each["properties"]["domain"] == f"{key}.com"]
    assert company["properties"]["name"] == f"{key} & Søn"
    assert list(contact["associations"]) == [company["id"]]
    (event,) = [each for each in state["occurrences"] if each["contactId"] == contact["id"]]
    assert event["eventName"].endswith("trial_started")
    assert event["properties"] == {"seats": "5", "plan": "team"}
