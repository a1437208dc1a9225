"""The clients under test: each a program of its own that sends calls and says which errors it was told of."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pytest
from clients.installed import HERE, chromium, node, python_packages

from cli.samples import BROWSER_WRITE_KEY, WRITE_KEY

TIMEOUT_S = 60
PROGRAMS = HERE / "programs"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a client is to do: which calls to send, where to, and as whom."""

    url: str
    write_key: str
    calls: Sequence[Mapping[str, Any]]

    def to_json(self) -> dict[str, Any]:
        return {
            "url": self.url,
            "writeKey": self.write_key,
            "calls": self.calls,
            "timeoutMs": TIMEOUT_S * 1000,
        }


class Client(Protocol):
    """A client, as it is installed, and the write key that it is to have."""

    @property
    def name(self) -> str: ...

    @property
    def write_key(self) -> str: ...

    def send(self, plan: Plan, folder: Path) -> Sequence[str]:
        """Send all calls, and wait until each is taken or given up; return the errors that were told of.

        `folder` is empty, and may be written to.
        """
        ...


@dataclass(frozen=True, slots=True)
class PythonClient:
    """A Python client in a folder of its own. It sees no other package."""

    write_key: ClassVar[str] = WRITE_KEY
    name: str
    package: str

    def send(self, plan: Plan, folder: Path) -> Sequence[str]:
        environment = {"PYTHONPATH": str(python_packages(self.name))}
        command = [sys.executable, "-S", str(PROGRAMS / "python_client.py"), self.package]
        return _errors(run(command, plan.to_json(), folder, environment))


@dataclass(frozen=True, slots=True)
class NodeClient:
    """An npm package for servers."""

    write_key: ClassVar[str] = WRITE_KEY
    name: str
    program: str

    def send(self, plan: Plan, folder: Path) -> Sequence[str]:
        return _errors(run_node(self.program, plan.to_json(), folder))


@dataclass(frozen=True, slots=True)
class BrowserClient:
    """An npm package for browsers, in a real one.

    It asks the relay for its settings, unless they are `inline`; `delivery` is how it is to send.
    """

    write_key: ClassVar[str] = BROWSER_WRITE_KEY
    name: str
    inline: bool = False
    delivery: Mapping[str, Any] | None = None

    def send(self, plan: Plan, folder: Path) -> Sequence[str]:
        own = {"inline": self.inline, "delivery": self.delivery}
        browser = {"chromium": chromium(), "folder": str(folder / "browser")}
        return _errors(run_node("browser.mjs", {**plan.to_json(), **own, **browser}, folder))


def run_node(program: str, plan: Mapping[str, Any], folder: Path) -> Any:
    """Run one of the Node programs; return what it prints."""
    return run([node(), str(PROGRAMS / program)], plan, folder)


def run(
    command: Sequence[str],
    plan: Mapping[str, Any],
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Any:
    """Run a program in `folder` with a plan as its input; return what it prints, which is JSON."""
    # Nothing of the user's shell but where programs are: no proxy, no write key.
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), **(environment or {})}
    done = subprocess.run(  # noqa: S603 - our own programs
        command,
        input=json.dumps(plan),
        env=variables,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    if done.returncode:
        pytest.fail(f"{Path(command[-1]).name} ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)


def _errors(report: Mapping[str, Any]) -> Sequence[str]:
    errors: list[str] = report["errors"]
    return errors


SERVERS: Sequence[Client] = (
    PythonClient("segment-analytics-python-2.4.0", "segment.analytics"),
    PythonClient("segment-analytics-python-2.3.4", "segment.analytics"),
    PythonClient("segment-analytics-python-2.2.3", "segment.analytics"),
    PythonClient("rudder-sdk-python-2.1.9", "rudderstack.analytics"),
    NodeClient("segment-analytics-node", "segment_node.mjs"),
    NodeClient("rudder-sdk-node", "rudder_node.mjs"),
)
FETCHING = BrowserClient("segment-analytics-next")
INLINE = BrowserClient("segment-analytics-next-inline", inline=True)
BATCHING = BrowserClient(
    "segment-analytics-next-batching",
    delivery={"strategy": "batching", "config": {"size": 2, "timeout": 100}},
)
