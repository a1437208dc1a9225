"""What the functional tests share: a portal over HTTP, and the sender's surroundings."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import RLock
from typing import Any

import httpx
import pytest
from functional.calls import CheckedBoto3
from functional.hub import Hub
from functional.sender import set_up_aws, start_cold
from moto import mock_aws
from moto.dynamodb.responses import DynamoHandler
from permissions import Permissions

from cli.standin.server import StandIn
from ingest import app as ingest
from relay.adapters.exchange import client as client_of
from sender import app as sender


@pytest.fixture(autouse=True)
def permissions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Permissions]:
    """Every call to AWS of a handler is one that its role allows, in each of these tests."""
    permissions = Permissions()
    for function, app in (("IngestFunction", ingest), ("SenderFunction", sender)):
        monkeypatch.setattr(app, "boto3", CheckedBoto3(function, permissions, os.environ))
    yield permissions
    # Whatever has become of the exception.
    assert permissions.refused == []


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture
def hub() -> Iterator[Hub]:
    with StandIn() as standin, httpx.Client() as http, ThreadPoolExecutor(4) as threads:
        yield Hub(standin, http, threads)


@pytest.fixture
def atomic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let moto's DynamoDB answer one call at a time: by itself its conditions are not atomic."""
    lock, answer = RLock(), DynamoHandler.call_action

    def one_at_a_time(handler: DynamoHandler) -> Any:
        with lock:
            return answer(handler)

    monkeypatch.setattr(DynamoHandler, "call_action", one_at_a_time)


@pytest.fixture
def hubspot(monkeypatch: pytest.MonkeyPatch, atomic: None) -> Iterator[StandIn]:  # noqa: ARG001 - its effect
    """The HubSpot behind the sender handler, whose AWS is played by moto."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    start_cold()
    # The handler keeps its connections for as long as its process lives; a test has to close them.
    client = client_of(4)
    monkeypatch.setattr(sender, "client_of", lambda _: client)
    passed_on: Any = {"core": {"passthrough": {"urls": [r"http://127\.0\.0\.1.*"]}}}
    with mock_aws(config=passed_on), StandIn() as standin, client:
        set_up_aws(monkeypatch, standin)
        yield standin
