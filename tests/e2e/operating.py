"""What tests of commands on a running relay share: destinations of their own, and the command line."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from e2e.posting import TIMEOUT_S, wait_for
from typer.testing import CliRunner, Result

from cli.local import LocalRelay
from cli.main import app
from cli.standin.server import ACCESS_TOKEN, HUB_ID

HEADER_SECRET = "a-header-secret-of-a-test"


def relay_command(*arguments: str, stdin: str = "", **environment: str) -> Result:
    return CliRunner(env={"COLUMNS": "200", **environment}).invoke(
        app, arguments, input=stdin, catch_exceptions=False
    )


@dataclass(frozen=True)
class Destination:
    """A destination of the running relay, of the account that all destinations there have."""

    relay: LocalRelay
    name: str

    def store(self, name: str, value: str, kind: str = "SecureString") -> None:
        path = f"/{self.relay.stack.name}/{self.name}/{name}"
        self.relay.aws.client("ssm").put_parameter(Name=path, Value=value, Type=kind, Overwrite=True)

    def forget(self, name: str) -> None:
        path = f"/{self.relay.stack.name}/{self.name}/{name}"
        self.relay.aws.client("ssm").delete_parameter(Name=path)

    def stored(self) -> dict[str, Any]:
        """Return the destination's parameters as SSM holds them, by name."""
        path = f"/{self.relay.stack.name}/{self.name}"
        found = self.relay.aws.client("ssm").get_parameters_by_path(Path=path, WithDecryption=True)
        return {each["Name"].rpartition("/")[2]: each for each in found["Parameters"]}

    def set_up(self, token: str = ACCESS_TOKEN, **settings: Any) -> None:
        own = {"hub_id": HUB_ID, "hubspot_url": self.relay.hubspot_url, "app": self.name, **settings}
        self.store("settings", json.dumps(own), "String")
        if token:
            self.store("access-token", token)
        self.store("header-secret", HEADER_SECRET)

    def post(self, *events: Mapping[str, Any]) -> None:
        """Post events to this destination, and wait until nothing more will happen to them."""
        self._send(events)
        lines = self.relay.journal.wait_for(frozenset(each["messageId"] for each in events), TIMEOUT_S)
        assert all(line.is_final for line in lines.values())
        assert len(lines) == len(events)

    def post_waiting(self, *events: Mapping[str, Any]) -> None:
        """Post events to this destination, and wait until each has been looked at."""
        self._send(events)
        wait_for(lambda: self.relay.journal.lines().keys() >= {each["messageId"] for each in events})

    def _send(self, events: Sequence[Mapping[str, Any]]) -> None:
        answer = self.relay.http.post(
            f"{self.relay.url}/webhook/{self.name}",
            json=list(events),
            headers={"authorization": f"Bearer {HEADER_SECRET}"},
        )
        assert answer.json()["accepted"] == len(events), answer.text
