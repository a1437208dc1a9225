"""A relay for an Enterprise portal, once for all clients."""

from collections.abc import Iterator

import pytest

from cli.local import LocalRelay, Options, local_relay
from cli.standin.server import HUB_ID

SETTINGS = {
    "hub_id": HUB_ID,
    "plan": "enterprise",
    "create_event_definitions": True,
    # A browser sends each call in a request of its own: a track may be there before its person.
    "pending": 60,
}
SCOPES = ("analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write")


@pytest.fixture(scope="session")
def relay() -> Iterator[LocalRelay]:
    with local_relay(Options(port=0, settings=SETTINGS)) as relay:
        assert relay.standin
        relay.standin.grant(*SCOPES)
        yield relay
