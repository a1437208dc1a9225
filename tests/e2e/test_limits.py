"""A backlog for two destinations with one access token, against the stand-in's own count of calls."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from cli.local import LocalRelay, Options, local_relay
from cli.samples import SIGNING_SECRET, signature
from cli.standin.server import ACCESS_TOKEN, HUB_ID

pytestmark = pytest.mark.stack

TIMEOUT_S = 240
BATCH = 1_000


@pytest.fixture(scope="module")
def patient_relay() -> Iterator[LocalRelay]:
    """A relay with the template's own time-outs: its senders wait for tokens as they do in production."""
    with local_relay(Options(port=0)) as relay:
        yield relay


def add_destination(relay: LocalRelay, name: str, settings: dict[str, Any]) -> None:
    prefix = f"{relay.stack.outputs['ParameterPrefix']}/{name}"
    ssm = relay.aws.client("ssm")
    ssm.put_parameter(Name=f"{prefix}/settings", Value=json.dumps(settings), Type="String")
    ssm.put_parameter(Name=f"{prefix}/signing-secret", Value=SIGNING_SECRET, Type="SecureString")
    ssm.put_parameter(Name=f"{prefix}/access-token", Value=ACCESS_TOKEN, Type="SecureString")


def post_people(relay: LocalRelay, destination: str, count: int) -> None:
    for first in range(0, count, BATCH):
        events = [
            {
                "type": "identify",
                "messageId": f"{destination}-{n}",
                "traits": {"email": f"{destination}-{n}@example.org"},
            }
            for n in range(first, first + BATCH)
        ]
        body = json.dumps(events).encode()
        headers = {"content-type": "application/json", "x-signature": signature(body)}
        url = f"{relay.url}/webhook/{destination}"
        assert relay.http.post(url, content=body, headers=headers).status_code == HTTPStatus.OK


@pytest.mark.parametrize(("limit", "plan"), [(100, "starter"), (190, "professional")])
def test_a_backlog_never_draws_a_429(patient_relay: LocalRelay, limit: int, plan: str) -> None:
    relay, hubspot = patient_relay, patient_relay.standin
    assert hubspot
    hubspot.reset()
    hubspot.limiter.limit = limit
    names = [f"first-{limit}", f"second-{limit}"]
    settings = {"hub_id": HUB_ID, "app": f"app-{limit}", "plan": plan, "hubspot_url": hubspot.url}
    people = limit * 65 // BATCH * BATCH
    for name in names:
        add_destination(relay, name, settings)
        post_people(relay, name, people)

    assert relay.wait_until_empty(TIMEOUT_S)

    report = hubspot.report()
    assert report["rate_limited"] == 0
    # More calls than a window allows: the second window was waited for.
    assert report["call_count"] > limit >= report["max_in_window"]
    assert hubspot.state()["count"] == len(names) * people
    assert relay.rejected() == 0
