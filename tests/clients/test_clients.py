"""What real clients send arrives, once: over real HTTP, at the whole relay, into HubSpot."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from clients.clients import BATCHING, FETCHING, INLINE, SERVERS, TIMEOUT_S, Client, Plan
from clients.conftest import SLOW_WRITE_KEY
from clients.proxy import Fault, Proxy

from cli.local import LocalRelay
from cli.samples import WRITE_KEY

pytestmark = pytest.mark.stack

CLIENTS = (*SERVERS, FETCHING, BATCHING)
# They wait most of the time.
AT_A_TIME = 4
# What the relay answers when it is busy, and when it is out of order; and an answer that gets lost.
BUSY, BROKEN, LOST = Fault(429, retry_after_s=1), Fault(503, retry_after_s=1), Fault(0)
UNKNOWN_WRITE_KEY = "nobodys-write-key"


@dataclass(frozen=True, slots=True)
class Run:
    """What a client has sent about `key` through `proxy`, and which errors it told of."""

    key: str
    proxy: Proxy
    errors: Sequence[str]


Runs: TypeAlias = Mapping[str, Future[Run]]
Start: TypeAlias = Callable[..., Runs]


def run(
    relay: LocalRelay, client: Client, folder: Path, faults: Sequence[Fault] = (), write_key: str = ""
) -> Run:
    """Let a client send an identify, a track and a group about somebody new."""
    key = f"k{uuid.uuid4().hex[:12]}"
    with Proxy(relay.url, faults) as proxy:
        plan = Plan(proxy.url, write_key or client.write_key, calls_about(key))
        return Run(key, proxy, client.send(plan, folder))


def calls_about(key: str) -> Sequence[Mapping[str, Any]]:
    traits = {"email": f"{key}@example.org", "firstname": "Søren", "plan": "team"}
    company = {"website": f"https://www.{key}.com/", "name": f"{key} & Søn"}
    bought = {"seats": 5, "plan": "team"}
    return [
        {"type": "identify", "userId": key, "traits": traits},
        {"type": "track", "userId": key, "event": "Trial Started", "properties": bought},
        {"type": "group", "userId": key, "groupId": f"g-{key}", "traits": company},
    ]


@pytest.fixture(scope="module")
def start(relay: LocalRelay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start the runs of clients, several at a time; they are given by the clients' names."""
    with ThreadPoolExecutor(AT_A_TIME) as threads:

        def start(clients: Sequence[Client], **how: Any) -> Runs:
            return {
                client.name: threads.submit(run, relay, client, tmp_path_factory.mktemp(client.name), **how)
                for client in clients
            }

        yield start


@pytest.fixture(scope="module")
def plain_runs(start: Start) -> Runs:
    return start(CLIENTS)


@pytest.fixture(scope="module")
def disturbed_runs(start: Start) -> Runs:
    return start(CLIENTS, faults=[BUSY, BROKEN])


@pytest.fixture(scope="module")
def runs_with_a_lost_answer(start: Start) -> Runs:
    return start(CLIENTS, faults=[LOST])


@pytest.fixture(scope="module")
def strangers_runs(start: Start) -> Runs:
    return start([*SERVERS, INLINE], write_key=UNKNOWN_WRITE_KEY)


def named(clients: Sequence[Client]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", [client.name for client in clients])


@named(CLIENTS)
def test_identify_track_and_group_arrive_once_and_are_in_hubspot(
    relay: LocalRelay, plain_runs: Runs, name: str
) -> None:
    run = plain_runs[name].result()

    assert run.errors == []
    assert {exchange.status for exchange in run.proxy.uploads} == {200}
    assert_arrived_once(relay, run)
    assert_in_hubspot(relay, run.key)


@named(CLIENTS)
def test_a_client_comes_back_after_429_and_503_and_everything_arrives_once(
    relay: LocalRelay, disturbed_runs: Runs, name: str
) -> None:
    run = disturbed_runs[name].result()

    assert run.errors == []
    assert [exchange.status for exchange in run.proxy.uploads][:2] == [429, 503]
    assert_arrived_once(relay, run)
    assert_in_hubspot(relay, run.key)


@named(CLIENTS)
def test_events_whose_answer_is_lost_are_sent_again_and_count_once(
    relay: LocalRelay, runs_with_a_lost_answer: Runs, name: str
) -> None:
    run = runs_with_a_lost_answer[name].result()

    assert run.errors == []
    assert [exchange.status for exchange in run.proxy.uploads].count(0) == 1
    assert_delivered(relay, run)
    assert_in_hubspot(relay, run.key)


@named([*SERVERS, INLINE])
def test_what_is_sent_under_an_unknown_write_key_is_dropped_after_one_request(
    strangers_runs: Runs, name: str
) -> None:
    run = strangers_runs[name].result()

    assert_dropped(run, 401)
    # None has stumbled over the form of the answer.
    assert run.errors
    assert all("401" in error for error in run.errors)


def test_a_browser_is_not_let_in_under_a_servers_write_key(relay: LocalRelay, tmp_path: Path) -> None:
    refused = run(relay, INLINE, tmp_path, write_key=WRITE_KEY)

    assert_dropped(refused, 403)
    assert len(refused.errors) == 3


def test_a_browser_without_settings_sends_nothing(relay: LocalRelay, tmp_path: Path) -> None:
    refused = run(relay, FETCHING, tmp_path, write_key=UNKNOWN_WRITE_KEY)

    assert len(refused.errors) == 1
    assert [(exchange.method, exchange.status) for exchange in refused.proxy.exchanges] == [("GET", 404)]


def test_a_browser_asks_whether_it_may_before_it_sends(plain_runs: Runs) -> None:
    proxy = plain_runs[FETCHING.name].result().proxy

    asked = [exchange.path for exchange in proxy.exchanges if exchange.method == "OPTIONS"]
    sent = [exchange.path for exchange in proxy.uploads]
    assert Counter(asked) == Counter(sent) == Counter(["/v1/i", "/v1/t", "/v1/g"])


def test_a_browser_waits_for_a_destination_that_is_over_its_limit(relay: LocalRelay, tmp_path: Path) -> None:
    waited = run(relay, FETCHING, tmp_path, write_key=SLOW_WRITE_KEY)

    assert waited.errors == []
    assert 429 in {exchange.status for exchange in waited.proxy.uploads}
    assert_arrived_once(relay, waited)
    assert_in_hubspot(relay, waited.key)


def assert_arrived_once(relay: LocalRelay, run: Run) -> None:
    """Three events were taken, and each has been delivered, once and no more."""
    message_ids = run.proxy.accepted
    assert len(set(message_ids)) == len(message_ids) == 3
    assert_delivered(relay, run)
    lines = [line for line in relay.journal.all() if line.message_id in message_ids and line.is_final]
    assert sorted((line.message_id, line.outcome) for line in lines) == [
        (message_id, "delivered") for message_id in sorted(message_ids)
    ]


def assert_dropped(run: Run, status: int) -> None:
    """Three events were sent, each once, and none was taken."""
    sent = Counter(message_id for exchange in run.proxy.uploads for message_id in exchange.message_ids)
    assert list(sent.values()) == [1, 1, 1]
    assert {exchange.status for exchange in run.proxy.uploads} == {status}


def assert_delivered(relay: LocalRelay, run: Run) -> None:
    """Nothing more will happen to what was taken."""
    relay.journal.wait_for(frozenset(run.proxy.accepted), TIMEOUT_S)
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
