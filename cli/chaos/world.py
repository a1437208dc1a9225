"""What a fault may reach: the relay with all its parts, and the scale at which it runs."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from cli.chaos.workload import NAMES
from cli.embedded.processes import kill
from cli.embedded.proxy import AwsProxy
from cli.invoke import set_event_source
from cli.local import DESTINATION, LocalRelay, Options, local_relay
from cli.samples import SIGNING_SECRET
from cli.standin.portal import Portal
from cli.standin.server import HUB_ID, StandIn

SETTINGS = {"hub_id": HUB_ID, "plan": "enterprise"}
LIMIT = 190
SCOPES = ("analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write")
# DynamoDB's largest batch of writes.
WRITES = 25


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a run is: its events, those of a request, and the records that a sender gets at most."""

    events: int
    request: int
    # Few, so that many invocations see the same people.
    batch: int = 6
    hubspot_s: int = 1
    sender_s: int = 6

    @property
    def parameters(self) -> Mapping[str, str]:
        """The template's: short time-outs, so that faults heal soon."""
        return {
            "HubSpotTimeoutSeconds": str(self.hubspot_s),
            "SenderTimeoutSeconds": str(self.sender_s),
            "VisibilityTimeoutSeconds": str(self.sender_s + 1),
            "RetryDelaySeconds": "1",
            # Longer than a call of the fault `stall` is at work after the time-out.
            "RestSeconds": "2",
            # What it does within bounds, it does within those of a small one.
            "SenderMemorySize": "512",
        }


SHORT = Scale(events=240, request=16)


def scale_for(events: int) -> Scale:
    """Return the scale of a run of so many events."""
    return SHORT if events <= SHORT.events else Scale(events, request=min(100, events // 15), sender_s=12)


@dataclass(frozen=True, slots=True)
class World:
    """A relay whose senders reach AWS through `proxy`, ingest through `front`, and HubSpot is `hubspot`."""

    relay: LocalRelay
    proxy: AwsProxy
    front: AwsProxy
    hubspot: StandIn
    scale: Scale

    def kill_senders(self) -> None:
        """End the senders at once, wherever they are in their work."""
        kill(self.relay.aws, self.function)

    def renew_ingest(self) -> None:
        """Let ingest begin with nothing in its hands. Nothing must be on its way to it."""
        kill(self.relay.aws, self.ingest)

    @property
    def ingest(self) -> str:
        """The name of the function that takes requests."""
        return self.relay.stack.outputs["IngestFunctionName"]

    @property
    def function(self) -> str:
        """The name of the sender."""
        return self.relay.stack.outputs["SenderFunctionName"]

    def put_parameter(self, name: str, value: str, destination: str = DESTINATION) -> None:
        """Store a secret of a destination in SSM."""
        self._put(destination, name, value, "SecureString")

    def put_settings(
        self, hub_id: int = HUB_ID, destination: str = DESTINATION, more: Mapping[str, object] | None = None
    ) -> None:
        """Store the settings of a destination in SSM, for the account `hub_id`."""
        settings = {**SETTINGS, "hub_id": hub_id, "hubspot_url": self.hubspot.url, **(more or {})}
        self._put(destination, "settings", json.dumps(settings), "String")

    def add_destination(self, name: str) -> None:
        """Set up a further destination of the same account and token."""
        self.put_settings(destination=name)
        self.put_parameter("access-token", self.hubspot.access_token, name)
        self.put_parameter("signing-secret", SIGNING_SECRET, name)

    @contextmanager
    def environment(self, more: Mapping[str, str], patience_s: int = 0) -> Iterator[None]:
        """Give the sender more environment variables; its processes are started anew.

        Lambda waits `patience_s` for it, if that is given, instead of its own time-out.
        """
        functions = self.relay.aws.client("lambda")
        known = functions.get_function_configuration(FunctionName=self.function)
        own = {"Environment": {"Variables": known["Environment"]["Variables"]}, "Timeout": known["Timeout"]}
        if more:
            variables = {**own["Environment"]["Variables"], **more}
            functions.update_function_configuration(
                FunctionName=self.function,
                Environment={"Variables": variables},
                Timeout=patience_s or own["Timeout"],
            )
        try:
            yield
        finally:
            if more:
                functions.update_function_configuration(FunctionName=self.function, **own)

    def begin_anew(self, settings: Mapping[str, object], limit: int = LIMIT) -> None:
        """Forget all that was: what HubSpot has, what the relay remembers, what lies on the queues.

        The destination has these further `settings`. It points to the first account again, and the senders
        know of none. HubSpot takes `limit` ordinary calls in ten seconds.
        """
        self.hubspot.reset()
        self.hubspot.limiter.limit = limit
        self.hubspot.grant(*SCOPES)
        furnish(self.hubspot.portal)
        self.put_settings(more=settings)
        self.put_parameter("access-token", self.hubspot.access_token)
        self.kill_senders()
        for proxy in (self.proxy, self.front):
            proxy.faults.clear()
            proxy.calls.clear()
        for table in ("ProfileTableName", "BucketTableName"):
            self._empty(self.relay.stack.outputs[table])
        for queue in ("EventsQueueUrl", "RejectsQueueUrl"):
            self.relay.aws.client("sqs").purge_queue(QueueUrl=self.relay.stack.outputs[queue])

    def _put(self, destination: str, name: str, value: str, kind: Literal["String", "SecureString"]) -> None:
        path = f"{self.relay.stack.outputs['ParameterPrefix']}/{destination}/{name}"
        self.relay.aws.client("ssm").put_parameter(Name=path, Value=value, Type=kind, Overwrite=True)

    def rejects(self) -> list[Mapping[str, Any]]:
        """Take everything out of the rejects queue."""
        sqs, url = self.relay.aws.client("sqs"), self.relay.stack.outputs["RejectsQueueUrl"]
        found: list[Mapping[str, Any]] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            found += messages
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def _empty(self, table: str) -> None:
        dynamodb = self.relay.aws.client("dynamodb")
        pages = dynamodb.get_paginator("scan").paginate(TableName=table, ProjectionExpression="pk")
        keys = [{"pk": item["pk"]} for page in pages for item in page["Items"]]
        for n in range(0, len(keys), WRITES):
            deletes = [{"DeleteRequest": {"Key": key}} for key in keys[n : n + WRITES]]
            dynamodb.batch_write_item(RequestItems={table: deletes})


def furnish(portal: Portal) -> None:
    """Define the custom events of the workload in an account."""
    properties = [{"name": "total", "type": "number"}, {"name": "plan", "type": "string"}]
    for name in NAMES:
        portal.event_definitions.define(
            {"label": name, "propertyDefinitions": properties, "includeDefaultProperties": False}
        )


@contextmanager
def world(scale: Scale) -> Iterator[World]:
    """Start everything."""
    options = Options(port=0, settings=SETTINGS, parameters=scale.parameters)
    with (
        local_relay(options) as relay,
        AwsProxy(relay.aws.endpoint_url) as proxy,
        AwsProxy(relay.aws.endpoint_url) as front,
    ):
        if relay.standin is None:
            raise RuntimeError("there is no stand-in")
        # The embedded AWS hands a function ten records at most, and lets none of them come twice.
        set_event_source(relay, enabled=False)
        proxy.serve(relay.aws, relay.stack.outputs["SenderFunctionName"])
        front.serve(relay.aws, relay.stack.outputs["IngestFunctionName"])
        yield World(relay, proxy, front, relay.standin, scale)
