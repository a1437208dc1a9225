"""`make run` as a user sees it: another HubSpot-like server, settings of their own, and Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.embedded.ports import free_port
from cli.samples import expected
from cli.standin.server import StandIn

pytestmark = pytest.mark.stack

ROOT = Path(__file__).parents[2]


@contextmanager
def running(folder: Path, *arguments: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """Start `python -m cli run` with a temporary folder of its own; kill it if the test does not end it."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "cli", "run", *arguments],
        cwd=ROOT,
        env={**in_folder(folder), "TMPDIR": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def in_folder(folder: Path) -> dict[str, str]:
    """Return an environment in which a relay that somebody runs in this checkout is not disturbed."""
    return {**os.environ, "RELAY_LOCAL_FILE": str(folder / "local.json"), "COLUMNS": "200"}


def local_rejects(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Ask the relay that runs with this folder for its rejects."""
    return subprocess.run(
        [sys.executable, "-m", "cli", "rejects", "--local", "--json"],
        cwd=ROOT,
        env=in_folder(folder),
        capture_output=True,
        text=True,
        check=False,
    )


def read_until(process: "subprocess.Popen[str]", words: str) -> str:
    assert process.stdout
    text = ""
    for line in process.stdout:
        text += line
        if words in line:
            return text
    pytest.fail(f"ended early:\n{text}")


def processes_in(folder: Path) -> list[str]:
    """Return the command lines of processes that work in `folder`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(folder).encode() in entry.read_bytes():
                found.append((entry.parent / "cmdline").read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue
    return found


def test_it_runs_against_another_hubspot_prints_a_request_that_works_and_ends_without_a_trace(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    settings = tmp_path / "settings.json"
    settings.write_text('{"hub_id": 42, "plan": "enterprise"}', encoding="utf-8")
    with StandIn(hub_id=42) as hubspot:
        environment = {
            "RELAY_PORT": str(free_port()),
            "RELAY_SETTINGS": str(settings),
            "HUBSPOT_BASE_URL": hubspot.url,
            "HUBSPOT_TRACK_URL": hubspot.url,
        }
        with running(folder, **environment) as process:
            shown = read_until(process, "Ctrl-C ends everything.")
            assert "skipped: no_email" in shown
            assert "kim.larsen@example.org" in shown
            assert hubspot.state()["count"] == len(expected().contacts)
            assert try_it(shown).json() == {"success": True, "accepted": 1, "rejected": []}
            assert told_by_console(shown)["stack"] == {"name": "relay-local", "is_local": True}

            process.send_signal(signal.SIGINT)

            assert process.wait(30) == 0
    assert list(folder.iterdir()) == []
    assert processes_in(folder) == []


def try_it(shown: str) -> httpx.Response:
    """Send the request that was printed for copying."""
    (url,) = re.findall(r"curl -sS (\S+/webhook/default)", shown)
    (signature,) = re.findall(r"x-signature: (\w{40})", shown)
    # Of the webhook's request; those of the SDKs' come after it.
    body, *_ = re.findall(r"-d '(.*)'", shown)
    return httpx.post(url, content=body.encode(), headers={"x-signature": signature})


def told_by_console(shown: str, what: str = "overview") -> Mapping[str, Any]:
    """Ask the console, by the URL that was printed."""
    ((address, token),) = re.findall(r"(http://127\.0\.0\.1:\d+)/#token=(\S+)", shown)
    answer = httpx.get(f"{address}/api/{what}", headers={"x-relay-token": token}, timeout=30)
    told: Mapping[str, Any] = answer.raise_for_status().json()
    return told


def test_a_stranger_sees_the_samples_arrive_and_is_told_what_is_wrong_with_what_is_wrong(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    settings, bad = tmp_path / "settings.json", tmp_path / "bad.json"
    settings.write_text('{"hub_id": 42, "traits": {"tier": "club_tier"}}', encoding="utf-8")
    bad.write_text('{"type": "identify", "traits": {"email": "kim@example.org", "frist_name": "Kim"}}')
    with running(folder, RELAY_PORT=str(free_port()), RELAY_SETTINGS=str(settings)) as process:
        shown = read_until(process, "Ctrl-C ends everything.")
        flow = told_by_console(shown, "flow")["lines"]
        assert "delivered" in {line["outcome"] for line in flow}
        assert {line["message_id"] for line in flow} == set(expected().outcomes)

        assert "HubSpot has `firstname`, which may be meant." in relay(folder, "explain", str(bad), "--local")

        (standin,) = re.findall(r"HubSpot stand-in at (\S+)", shown)
        httpx.post(f"{standin}/_standin/scopes", json={"revoke": ["crm.objects.contacts.write"]})
        httpx.post(f"{standin}/_standin/account", json={"portal_id": 7})
        relay(folder, "pause", "--local")
        checks = {
            each["check"]: each for each in json.loads(relay(folder, "doctor", "--local", "--json"))["checks"]
        }
        assert checks["scopes"]["names"] == ["crm.objects.contacts.write"]
        assert "portal 7, the settings say 42" in checks["hub id"]["text"]
        assert checks["properties"]["names"] == ["club_tier"]
        assert "relay resume" in checks["event source"]["remedy"]


def relay(folder: Path, *arguments: str) -> str:
    """Return what a command prints for the relay that runs with this folder."""
    command = [sys.executable, "-m", "cli", *arguments]
    done = subprocess.run(  # noqa: S603 - our own program
        command, cwd=ROOT, env=in_folder(folder), capture_output=True, text=True, check=False
    )
    return " ".join(done.stdout.split()) or pytest.fail(done.stderr)


def test_without_samples_nothing_is_posted(tmp_path: Path) -> None:
    with (
        StandIn() as hubspot,
        running(tmp_path, "--no-samples", RELAY_PORT="0", HUBSPOT_BASE_URL=hubspot.url) as process,
    ):
        read_until(process, "Ctrl-C ends everything.")
        assert json.loads(local_rejects(tmp_path).stdout)["is_all"]
        assert_console_of_its_own(tmp_path)
        process.send_signal(signal.SIGTERM)

        assert process.wait(30) == 0
        assert hubspot.calls == []
    assert list(tmp_path.iterdir()) == []


def assert_console_of_its_own(folder: Path) -> None:
    """Start `relay console --local` beside a relay; it shows that relay, and Ctrl-C ends it."""
    command = [sys.executable, "-m", "cli", "console", "--local"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=in_folder(folder), stdout=pipe, text=True) as process:  # noqa: S603
        try:
            shown = read_until(process, "#token=")
            assert shown.startswith("Console of relay-local, until Ctrl-C:\n")
            assert told_by_console(shown)["source"] == "Enabled"
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with StandIn() as taken:
        port = taken.url.rpartition(":")[2]
        with running(tmp_path, RELAY_PORT=port) as process:
            shown, _ = process.communicate(timeout=30)

    assert f"Port {port} is in use" in shown
    assert "Traceback" not in shown
    assert process.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_parent_that_is_killed_takes_its_children_with_it(tmp_path: Path) -> None:
    with running(tmp_path, "--no-samples", RELAY_PORT="0") as process:
        read_until(process, "Ctrl-C ends everything.")
        assert len(processes_in(tmp_path)) > 1

        process.kill()
        process.wait()

    asked = local_rejects(tmp_path)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert "has ended without removing it" in asked.stderr
    for _ in range(200):
        if not processes_in(tmp_path):
            return
        time.sleep(0.05)
    pytest.fail(f"left behind: {processes_in(tmp_path)}")
