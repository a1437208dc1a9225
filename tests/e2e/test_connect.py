"""`relay connect` on a relay that runs: what it writes counts, and what it makes is seen once."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from io import RawIOBase
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from e2e.operating import Destination, relay_command
from e2e.posting import TIMEOUT_S, person

from cli.connect.plan import Write
from cli.connect.store import put
from cli.local import LocalRelay
from cli.local_file import Running, published
from cli.stack import RunningStack
from cli.standin.server import ACCESS_TOKEN, HUB_ID, StandIn

pytestmark = pytest.mark.stack

ROOT = Path(__file__).parents[2]
HEX = re.compile(r"\b[0-9a-f]{64}\b")
_names = iter(f"connect-{n}" for n in range(1, 1000))


@pytest.fixture(autouse=True)
def found(relay: LocalRelay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let `relay --local` find this relay."""
    monkeypatch.setenv("RELAY_LOCAL_FILE", str(tmp_path / "local" / "local.json"))
    outputs = {**relay.stack.outputs, "WebhookUrl": relay.webhook_url}
    with published(Running(relay.stack.name, relay.aws.endpoint_url, outputs)):
        yield


@pytest.fixture
def shop(relay: LocalRelay) -> Destination:
    """A destination that nobody has set up yet."""
    return Destination(relay, next(_names))


def connected(
    shop: Destination, *arguments: str, stdin: str = "", code: int = 0, **environment: str
) -> dict[str, Any]:
    done = relay_command("connect", shop.name, "--local", "--json", *arguments, stdin=stdin, **environment)
    assert done.exit_code == code, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def set_up(shop: Destination, *more: str) -> dict[str, Any]:
    own = ("--set", f"hubspot_url={shop.relay.hubspot_url}", "--set", f"app={shop.name}")
    return connected(shop, "--hub-id", str(HUB_ID), *own, "--access-token-stdin", *more, stdin=ACCESS_TOKEN)


def test_a_destination_is_set_up_and_takes_events_at_once(shop: Destination) -> None:
    answer = set_up(shop, "--new-header-secret", "--new-signing-secret", "--show")
    who = person()

    reply = shop.relay.http.post(
        answer["webhook_url"],
        json=who,
        headers={"authorization": f"Bearer {answer['made']['header-secret']}"},
    )

    assert reply.json()["accepted"] == 1
    lines = shop.relay.journal.wait_for(frozenset({who["messageId"]}), TIMEOUT_S)
    assert lines[who["messageId"]].outcome == "delivered"
    stored = shop.stored()
    assert {name: each["Type"] for name, each in stored.items()} == {
        "settings": "String",
        "access-token": "SecureString",
        "header-secret": "SecureString",
        "signing-secret": "SecureString",
    }
    assert stored["access-token"]["Value"] == ACCESS_TOKEN
    assert ACCESS_TOKEN not in json.dumps(answer)
    assert relay_command("doctor", shop.name, "--local").exit_code == 0


def test_a_rotation_loses_nothing_and_shows_no_old_secret(shop: Destination) -> None:
    shop.set_up()
    old = shop.stored()["header-secret"]["Value"]

    begun = relay_command("connect", shop.name, "--local", "--rotate", "--show")

    (new,) = HEX.findall(begun.stdout)
    assert old not in begun.output
    assert shop.stored()["header-secret"]["Value"] == f"{old}\n{new}"
    ended = relay_command("connect", shop.name, "--local", "--finish-rotation")
    assert (ended.exit_code, new in ended.output) == (0, False)
    assert shop.stored()["header-secret"]["Value"] == new


@pytest.mark.parametrize(
    ("token", "hub_id", "words"),
    [("pat-na1-revoked", HUB_ID, "HubSpot refuses it (401)"), (ACCESS_TOKEN, 42, f"of portal {HUB_ID}")],
)
def test_a_token_that_would_not_work_is_not_stored(
    shop: Destination, token: str, hub_id: int, words: str
) -> None:
    shop.set_up(token="", hub_id=hub_id)

    done = relay_command("connect", shop.name, "--local", "--access-token-env", "TOKEN", TOKEN=token)

    assert done.exit_code == 1
    assert words in done.stderr
    assert token not in done.output
    assert "access-token" not in shop.stored()


def test_a_token_is_stored_unchecked_if_that_is_wanted(shop: Destination, hubspot: StandIn) -> None:
    shop.set_up(token="")

    connected(shop, "--access-token-stdin", "--no-check", stdin="pat-na1-later\n")

    assert shop.stored()["access-token"]["Value"] == "pat-na1-later"
    assert hubspot.calls == []


def test_scopes_that_are_missing_are_told_and_the_token_is_stored(
    shop: Destination, hubspot: StandIn
) -> None:
    shop.set_up(token="")
    hubspot.revoke("crm.objects.contacts.write")

    done = relay_command("connect", shop.name, "--local", "--access-token-stdin", stdin=ACCESS_TOKEN)

    assert (done.exit_code, "crm.objects.contacts.write" in done.stdout) == (0, True)
    assert shop.stored()["access-token"]["Value"] == ACCESS_TOKEN


def test_a_write_key_joins_those_of_the_stack(shop: Destination) -> None:
    shop.set_up()

    answer = connected(shop, "--write-key", "--origin", "https://www.example.org", "--show")

    path = f"/{shop.relay.stack.name}/write-keys"
    found = shop.relay.aws.client("ssm").get_parameter(Name=path, WithDecryption=True)["Parameter"]
    assert found["Type"] == "SecureString"
    assert json.loads(found["Value"])[answer["made"]["write-keys"]] == {
        "destination": shop.name,
        "origins": ["https://www.example.org"],
    }
    checks = json.loads(relay_command("doctor", shop.name, "--local", "--json").stdout)["checks"]
    (keys,) = (check for check in checks if check["check"] == "write keys")
    assert keys["text"].startswith("1 of ")
    assert keys["text"].endswith("1 of them public.")


def test_a_public_write_key_may_do_what_it_was_made_for(shop: Destination) -> None:
    shop.set_up()
    may = ("--may-change-email", "--no-create-contacts", "--trait", "plan", "--trait", "address.city")
    options = ("--public", "--type", "track", "--type", "page", "--events-a-second", "5", *may)

    answer = connected(shop, "--write-key", *options, "--show")

    key = answer["made"]["write-keys"]
    path = f"/{shop.relay.stack.name}/write-keys"
    found = shop.relay.aws.client("ssm").get_parameter(Name=path, WithDecryption=True)["Parameter"]
    assert json.loads(found["Value"])[key] == {
        "destination": shop.name,
        "public": True,
        "types": ["track", "page"],
        "events_a_second": 5,
        "may_change_email": True,
        "create_contacts": False,
        "traits": ["plan", "address.city"],
    }
    assert "Events: track, page; 5 a second." in answer["allows"]["write-keys"]
    reply = shop.relay.http.post(f"{shop.relay.url}/v1/identify", json=person(), auth=(key, ""))
    assert reply.json()["rejected"] == [{"index": 0, "reason": "type_not_allowed"}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Nothing is to be done"),
        (("--new-signing-secret",), "add --show"),
        (("--new-header-secret", "--show"), "With --rotate"),
        (("--set", "plann=free"), "did you mean plan?"),
        (("--settings", "/nowhere.json"), "cannot be read"),
        (("--access-token-stdin",), "no access token on stdin"),
        (("--access-token-env", "NOT_SET_ANYWHERE"), "NOT_SET_ANYWHERE is empty"),
        (("--access-token-stdin", "--settings", "-"), "Only one thing"),
        (("--new-header-secret", "--header-secret-env", "HOME"), "either made or given"),
        (("--trait", "plan"), "add --write-key"),
        (("--write-key", "--trait", "plan", "--show"), "only for a public key"),
        (("--write-key", "--type", "delete", "--show"), "types: not a list of identify"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_written(
    shop: Destination, arguments: Sequence[str], words: str
) -> None:
    shop.set_up()
    before = shop.stored()

    answer = connected(shop, *arguments, code=2)

    assert words in answer["error"]
    assert shop.stored() == before


def test_what_was_made_and_stored_is_shown_though_the_rest_fails(
    shop: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_or_fail(stack: RunningStack, write: Write) -> None:
        if write.name == "header-secret":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "you may not"}}, "PutParameter")
        put(stack, write)

    shop.set_up()
    shop.forget("header-secret")
    monkeypatch.setattr("cli.connect.command.put", put_or_fail)

    answer = connected(shop, "--new-signing-secret", "--new-header-secret", "--show", code=1)

    assert answer["made"] == {"signing-secret": shop.stored()["signing-secret"]["Value"]}
    assert "header-secret was not written: These AWS credentials do not allow it" in answer["error"]


def test_settings_of_default_are_explained_and_not_written(shop: Destination) -> None:
    default = Destination(shop.relay, "default")
    before = default.stored()

    answer = connected(default, "--set", "create_properties=true", code=2)

    assert "sam deploy --parameter-overrides" in answer["error"]
    assert default.stored() == before


def test_at_a_terminal_it_asks_and_shows_no_token(shop: Destination) -> None:
    shop.set_up(token="")
    answers = {
        "Hub ID": "",
        "HubSpot plan": "",
        "Region": "",
        "Access token": ACCESS_TOKEN,
        "Make a signing": "y",
    }

    shown, code = at_terminal(["connect", shop.name, "--local"], answers)

    assert code == 0, shown
    assert ACCESS_TOKEN not in shown
    stored = shop.stored()
    assert stored["access-token"]["Value"] == ACCESS_TOKEN
    assert stored["signing-secret"]["Value"] in shown
    assert json.loads(stored["settings"]["Value"])["app"] == shop.name


def at_terminal(arguments: Sequence[str], answers: Mapping[str, str]) -> tuple[str, int]:
    """Run the command at a terminal; give each answer when its question has been asked."""
    ours, theirs = pty.openpty()
    environment = {"PYTHONPATH": f"{ROOT}/functions:{ROOT}", "COLUMNS": "200", "TERM": "dumb"}
    child = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "cli", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        with os.fdopen(ours, "r+b", buffering=0) as screen:
            shown = conversation(screen, list(answers.items()))
        return shown, child.wait(TIMEOUT_S)
    finally:
        child.kill()
        child.wait()


def conversation(screen: RawIOBase, waiting: list[tuple[str, str]]) -> str:
    """Return all that a terminal shows until its program ends."""
    shown, answered, give_up_at = "", 0, time.monotonic() + TIMEOUT_S
    while time.monotonic() < give_up_at:
        if not select.select([screen], [], [], 1)[0]:
            continue
        try:
            shown += (screen.read(4096) or b"").decode()
        except OSError:
            # Linux's way to say that the other side is closed.
            return shown
        if waiting and waiting[0][0] in shown[answered:] and shown.endswith(": "):
            answered = len(shown)
            screen.write(f"{waiting.pop(0)[1]}\n".encode())
    return shown
