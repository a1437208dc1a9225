"""The whole relay on the embedded AWS, once for all tests; with short time-outs, so that faults heal."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from permissions import ROLES, Permissions

from cli.embedded.proxy import AwsProxy
from cli.local import LocalRelay, Options, local_relay
from cli.local_file import Running, published
from cli.standin.server import StandIn

PARAMETERS = {
    "HubSpotTimeoutSeconds": "2",
    "SenderTimeoutSeconds": "8",
    "VisibilityTimeoutSeconds": "9",
    "RetryDelaySeconds": "1",
    # No call of these tests is at work for longer than the next one waits.
    "RestSeconds": "1",
}


@dataclass(frozen=True)
class Doors:
    """A relay whose functions reach AWS each through a door of its own, where their calls are seen."""

    relay: LocalRelay
    proxies: Mapping[str, AwsProxy]

    def check(self) -> None:
        """Fail at a call that the role of its function does not allow; forget those that are allowed."""
        functions = self.relay.aws.client("lambda")
        for function, proxy in self.proxies.items():
            name = self.relay.stack.outputs[f"{function}Name"]
            environ = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
            calls, proxy.calls[:] = proxy.calls[:], []
            for call in calls:
                service, _, operation = call.request.operation.partition(".")
                asked = json.loads(call.request.body)
                Permissions().check(function, f"{service.lower()}.{operation}", asked, environ)


@pytest.fixture(scope="session")
def doors() -> Iterator[Doors]:
    with local_relay(Options(port=0, parameters=PARAMETERS)) as relay, ExitStack() as running:
        proxies = {function: running.enter_context(AwsProxy(relay.aws.endpoint_url)) for function in ROLES}
        for function, proxy in proxies.items():
            proxy.serve(relay.aws, relay.stack.outputs[f"{function}Name"])
        yield Doors(relay, proxies)


@pytest.fixture
def relay(doors: Doors) -> Iterator[LocalRelay]:
    """A relay with an empty, healthy HubSpot, whose functions do only what their roles allow."""
    assert doors.relay.standin
    doors.relay.standin.reset()
    yield doors.relay
    doors.check()


@pytest.fixture
def found(relay: LocalRelay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let `relay --local` find this relay; nothing stays rejected afterwards."""
    monkeypatch.setenv("RELAY_LOCAL_FILE", str(tmp_path / "local" / "local.json"))
    with published(Running(relay.stack.name, relay.aws.endpoint_url, relay.outputs)):
        yield
    sqs, url = relay.aws.client("sqs"), relay.stack.outputs["RejectsQueueUrl"]
    sqs.purge_queue(QueueUrl=url)


@pytest.fixture
def hubspot(relay: LocalRelay) -> StandIn:
    """The HubSpot behind `relay`."""
    assert relay.standin
    return relay.standin
