"""A relay with the sample events delivered, one event rejected, and a console that a browser looks at."""

import itertools
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from clients.installed import chromium, node
from console.driving import Drive, person

from cli import samples
from cli.console.server import Console
from cli.local import LocalRelay, Options, local_relay
from cli.run import console_of

SCENARIOS = Path(__file__).parent / "programs" / "scenarios.mjs"
TIMEOUT_S = 120
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def relay() -> Iterator[LocalRelay]:
    # Before anything is started.
    node(), chromium()
    with local_relay(Options(port=0)) as relay:
        for body in samples.bodies().values():
            assert relay.post(body).is_success
        wanted = frozenset(samples.expected().outcomes)
        assert wanted == relay.journal.wait_for(wanted, TIMEOUT_S).keys()
        yield relay


@pytest.fixture(scope="session")
def console(relay: LocalRelay) -> Iterator[Console]:
    with console_of(relay, 0) as console:
        yield console


@pytest.fixture(scope="session")
def browser(console: Console) -> Iterator["subprocess.Popen[str]"]:
    command = [node(), str(SCENARIOS), chromium(), console.url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as browser:  # noqa: S603 - our own program
        yield browser


@pytest.fixture
def drive(browser: "subprocess.Popen[str]") -> Drive:
    """Run a scenario in the browser; return what it has seen."""

    def drive(scenario: str, **plan: Any) -> Any:
        assert browser.stdin
        assert browser.stdout
        browser.stdin.write(json.dumps({"scenario": scenario, **plan}) + "\n")
        browser.stdin.flush()
        answer = json.loads(browser.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["seen"]

    return drive


@pytest.fixture
def rejected(relay: LocalRelay) -> Iterator[Mapping[str, Any]]:
    """An event of somebody whose address HubSpot does not take any more; it takes it again at the end."""
    assert relay.standin
    event = person(f"gone-{next(_numbers)}")
    address = event["traits"]["email"]
    relay.standin.portal.contacts.blocked.add(address)
    reject(relay, event)
    yield event
    relay.standin.portal.contacts.blocked.discard(address)
    sqs, url = relay.aws.client("sqs"), relay.stack.outputs["RejectsQueueUrl"]
    sqs.purge_queue(QueueUrl=url)


def reject(relay: LocalRelay, event: Mapping[str, Any]) -> None:
    message_id = event["messageId"]
    assert relay.post(json.dumps(event).encode()).is_success
    found = relay.journal.wait_for(frozenset({message_id}), TIMEOUT_S)
    assert found[message_id].outcome == "rejected: refused"
