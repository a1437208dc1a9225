"""The whole relay on this machine: embedded AWS, our template on it, a HubSpot, and a gateway in front."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from cli.embedded.aws import EmbeddedAws
from cli.embedded.deployment import Stack, deploy
from cli.embedded.gateway import Gateway
from cli.embedded.ports import check_port
from cli.journal import Journal
from cli.persistent import Persistent
from cli.samples import BROWSER_WRITE_KEY, SIGNING_SECRET, WRITE_KEY, signature
from cli.standin.server import ACCESS_TOKEN, HUB_ID, StandIn
from relay.settings import parse_destination

STACK_NAME = "relay-local"
DESTINATION = "default"
WRITE_KEYS = {
    WRITE_KEY: {"destination": DESTINATION},
    BROWSER_WRITE_KEY: {"destination": DESTINATION, "origins": ["*"]},
}


@dataclass(frozen=True, slots=True)
class Options:
    """What the user may choose. Without `hubspot_url` a stand-in is started."""

    port: int = 3000
    hubspot_url: str = ""
    track_url: str = ""
    access_token: str = ACCESS_TOKEN
    hub_id: int = HUB_ID
    settings: Mapping[str, Any] | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LocalRelay:
    """A relay that runs. `standin` is None when another HubSpot is used; `http` is for posting to it."""

    aws: EmbeddedAws
    stack: Stack
    url: str
    hubspot_url: str
    access_token: str
    standin: StandIn | None
    http: httpx.Client

    @property
    def webhook_url(self) -> str:
        """Where Segment would post."""
        return self.webhook_url_of(DESTINATION)

    def webhook_url_of(self, destination: str) -> str:
        """Where Segment would post what is for `destination`."""
        return f"{self.url}/webhook/{destination}"

    @property
    def outputs(self) -> Mapping[str, str]:
        """The stack's outputs, with the webhook's URL as it is on this machine."""
        return {**self.stack.outputs, "WebhookUrl": self.webhook_url}

    @property
    def journal(self) -> Journal:
        """What the sender has written about each event."""
        return Journal(self.aws.client("logs"), self.stack.outputs["SenderLogGroupName"])

    def post(self, body: bytes, destination: str = DESTINATION) -> httpx.Response:
        """Post a body as Segment does, signed."""
        headers = {"content-type": "application/json", "x-signature": signature(body)}
        return self.http.post(self.webhook_url_of(destination), content=body, headers=headers)

    def waiting(self) -> int:
        """Return how many records the queue holds, hidden and delayed ones included."""
        return self._depth("EventsQueueUrl")

    def rejected(self) -> int:
        """Return how many records lie in the rejects queue."""
        return self._depth("RejectsQueueUrl")

    def wait_until_empty(self, timeout_s: float) -> bool:
        """Wait until the queue holds nothing any more; False if that takes longer than `timeout_s`."""
        give_up_at = time.monotonic() + timeout_s
        while self.waiting():
            if time.monotonic() > give_up_at:
                return False
            time.sleep(0.05)
        return True

    def contacts(self, emails: list[str], properties: list[str]) -> Mapping[str, Mapping[str, str]]:
        """Ask HubSpot itself what it holds of these people."""
        answer = self.http.post(
            f"{self.hubspot_url}/crm/objects/2026-09/contacts/batch/read",
            headers={"authorization": f"Bearer {self.access_token}"},
            json={
                "idProperty": "email",
                "inputs": [{"id": email} for email in emails],
                "properties": properties,
                "propertiesWithHistory": [],
            },
        )
        found = answer.raise_for_status().json()["results"]
        return {contact["properties"]["email"]: contact["properties"] for contact in found}

    def _depth(self, output: str) -> int:
        attributes = self.aws.client("sqs").get_queue_attributes(
            QueueUrl=self.stack.outputs[output],
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )["Attributes"]
        return sum(int(count) for count in attributes.values())


@contextlib.contextmanager
def local_relay(options: Options, say: Callable[[str], None] = lambda _: None) -> Iterator[LocalRelay]:
    """Start everything, in order; end it in the opposite order, whatever happens. `say` hears each step."""
    # Before anything is started: this is the one thing that often goes wrong.
    check_port(options.port)
    with contextlib.ExitStack() as running:
        hub_id = _hub_id(options)
        standin = None if options.hubspot_url else running.enter_context(StandIn(hub_id=hub_id))
        if standin:
            say(f"HubSpot stand-in at {standin.url}")
        hubspot_url = standin.url if standin else options.hubspot_url
        aws = running.enter_context(EmbeddedAws())
        say(f"Embedded AWS at {aws.endpoint_url}")
        own = {"HubId": str(hub_id), "HubSpotBaseUrl": hubspot_url, "RetryDelaySeconds": "1"}
        stack = deploy(aws, STACK_NAME, {**own, **options.parameters})
        say(f"Stack {stack.name} from template.yaml")
        _configure(aws, stack, options, hubspot_url)
        say(f"Token, signing secret, settings and write keys in SSM under /{stack.name}/")
        front = running.enter_context(Gateway(stack.api_url, options.port, stack.options_url))
        say(f"Gateway at {front.url}")
        persistent = Persistent(httpx.HTTPTransport(trust_env=False))
        http = running.enter_context(httpx.Client(transport=persistent, timeout=30, trust_env=False))
        yield LocalRelay(aws, stack, front.url, hubspot_url, options.access_token, standin, http)


def _hub_id(options: Options) -> int:
    """Return the account's number, which the stand-in plays, as the settings say it."""
    return parse_destination(json.dumps(options.settings)).hub_id if options.settings else options.hub_id


def load_settings(path: Path) -> Mapping[str, Any]:
    """Read a file of destination settings, checked as the sender will check them.

    Raises:
        InvalidSettingsError: it would be refused.
        OSError: it cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    parse_destination(text)
    settings: Mapping[str, Any] = json.loads(text)
    return settings


def _configure(aws: EmbeddedAws, stack: Stack, options: Options, hubspot_url: str) -> None:
    ssm, prefix = aws.client("ssm"), stack.outputs["ParameterPrefix"]
    of_destination = f"{prefix}/{DESTINATION}"
    written = json.loads(ssm.get_parameter(Name=f"{of_destination}/settings")["Parameter"]["Value"])
    chosen = {"hubspot_url": hubspot_url, "track_url": options.track_url}
    settings = {**(options.settings or written), **{key: url for key, url in chosen.items() if url}}
    ssm.put_parameter(
        Name=f"{of_destination}/settings", Value=json.dumps(settings), Type="String", Overwrite=True
    )
    for name, secret in (
        (f"{of_destination}/access-token", options.access_token),
        (f"{of_destination}/signing-secret", SIGNING_SECRET),
        (f"{prefix}/write-keys", json.dumps(WRITE_KEYS)),
    ):
        ssm.put_parameter(Name=name, Value=secret, Type="SecureString")
