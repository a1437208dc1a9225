"""The whole relay on the embedded AWS, once for all tests; with short time-outs, so that faults heal."""

from collections.abc import Iterator

import pytest

from cli.local import LocalRelay, Options, local_relay
from cli.standin.server import StandIn

PARAMETERS = {
    "HubSpotTimeoutSeconds": "2",
    "SenderTimeoutSeconds": "8",
    "VisibilityTimeoutSeconds": "9",
    "RetryDelaySeconds": "1",
    # No call of these tests is at work for longer than the next one waits.
    "RestSeconds": "1",
}


@pytest.fixture(scope="session")
def running_relay() -> Iterator[LocalRelay]:
    with local_relay(Options(port=0, parameters=PARAMETERS)) as relay:
        yield relay


@pytest.fixture
def relay(running_relay: LocalRelay) -> LocalRelay:
    """A relay with an empty, healthy HubSpot."""
    assert running_relay.standin
    running_relay.standin.reset()
    return running_relay


@pytest.fixture
def hubspot(relay: LocalRelay) -> StandIn:
    """The HubSpot behind `relay`."""
    assert relay.standin
    return relay.standin
