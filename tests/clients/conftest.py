"""A relay for an Enterprise portal, once for all clients; one of its destinations takes an event a second."""

import json
from collections.abc import Iterator

import pytest

from cli.local import WRITE_KEYS, LocalRelay, Options, local_relay
from cli.standin.server import HUB_ID

SETTINGS = {
    "hub_id": HUB_ID,
    "plan": "enterprise",
    "create_event_definitions": True,
    # A browser sends each call in a request of its own: a track may be there before its person.
    "pending": 60,
}
SLOW_WRITE_KEY = "browser-write-key-of-a-slow-destination"
SCOPES = ("analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write")


@pytest.fixture(scope="session")
def relay() -> Iterator[LocalRelay]:
    with local_relay(Options(port=0, settings=SETTINGS)) as relay:
        assert relay.standin
        relay.standin.grant(*SCOPES)
        add_slow_destination(relay)
        yield relay


def add_slow_destination(relay: LocalRelay) -> None:
    ssm, prefix = relay.aws.client("ssm"), relay.stack.outputs["ParameterPrefix"]
    settings = {**SETTINGS, "hubspot_url": relay.hubspot_url, "ingest_limit": 1}
    keys = WRITE_KEYS | {SLOW_WRITE_KEY: {"destination": "slow", "origins": ["*"]}}
    for name, value in (
        ("slow/settings", json.dumps(settings)),
        ("slow/access-token", relay.access_token),
        ("write-keys", json.dumps(keys)),
    ):
        ssm.put_parameter(Name=f"{prefix}/{name}", Value=value, Type="SecureString", Overwrite=True)
