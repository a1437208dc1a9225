"""What waits on a relay that runs is said at once in words, and `relay retry` has it looked at anew."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.operating import Destination, relay_command
from e2e.posting import person

from cli.local import LocalRelay
from cli.local_file import Running, published
from cli.standin.server import HUB_ID, StandIn

pytestmark = pytest.mark.stack
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def found(relay: LocalRelay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let `relay --local` find this relay."""
    monkeypatch.setenv("RELAY_LOCAL_FILE", str(tmp_path / "local" / "local.json"))
    with published(Running(relay.stack.name, relay.aws.endpoint_url, relay.stack.outputs)):
        yield


@pytest.fixture
def shop(relay: LocalRelay) -> Destination:
    return Destination(relay, f"retry-{next(_numbers)}")


def waiting(shop: Destination) -> list[dict[str, Any]]:
    done = relay_command("status", "--local", "--json")
    told: list[dict[str, Any]] = json.loads(done.stdout)["waiting"]
    return [each for each in told if each["destination"] == shop.name]


def test_what_waits_is_told_while_it_waits_and_goes_after_retry(
    shop: Destination, relay: LocalRelay, hubspot: StandIn
) -> None:
    shop.set_up(hub_id=42)
    who = person()
    shop.post_waiting(who)

    (told,) = waiting(shop)
    assert told["reason"].startswith("wrong_account")
    assert told["message_id"] == who["messageId"]
    assert "waits  wrong_account" in relay_command("rejects", "--local").stdout
    assert "waits  wrong_account" in relay_command("retry", shop.name, "--local").stdout

    shop.set_up(hub_id=HUB_ID)
    done = relay_command("retry", shop.name, "--local", "--json")

    assert done.exit_code == 0
    assert json.loads(done.stdout)["destination"] == shop.name
    lines = relay.journal.wait_for(frozenset({who["messageId"]}), 60)
    assert lines[who["messageId"]].word == "delivered"
    assert waiting(shop) == []
    assert len(hubspot.state()["contacts"]) == 1
