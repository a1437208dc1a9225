"""`make invoke`: one function with one sample event, and what went out of it. No container needed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from cli.local import LocalRelay, Options, local_relay

_FUNCTIONS = {"ingest": "IngestFunctionName", "sender": "SenderFunctionName"}


def invoke(function: str, event_file: Path, options: Options, console: Console) -> bool:
    """Invoke `ingest` or `sender` with the event in `event_file`; False if the function failed."""
    event = json.loads(event_file.read_text(encoding="utf-8"))
    with local_relay(options) as relay:
        # Or the sender would take away what ingest has just stored.
        set_event_source(relay, enabled=False)
        answer = relay.aws.client("lambda").invoke(
            FunctionName=relay.stack.outputs[_FUNCTIONS[function]], Payload=json.dumps(event).encode()
        )
        response = json.loads(answer["Payload"].read())
        went_out = _messages(relay) if function == "ingest" else _calls(relay)
    _print(console, "Response", response)
    _print(console, "Stored on the queue" if function == "ingest" else "Sent to HubSpot", went_out)
    return "FunctionError" not in answer


def set_event_source(relay: LocalRelay, *, enabled: bool) -> None:
    """Let the sender receive records, or not."""
    functions = relay.aws.client("lambda")
    (mapping,) = functions.list_event_source_mappings()["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)


def _messages(relay: LocalRelay) -> list[Any]:
    received = relay.aws.client("sqs").receive_message(
        QueueUrl=relay.stack.outputs["EventsQueueUrl"], MaxNumberOfMessages=10
    )
    return [json.loads(message["Body"]) for message in received.get("Messages", [])]


def _calls(relay: LocalRelay) -> list[Mapping[str, Any]]:
    shown = ("method", "path", "status", "body")
    calls = relay.standin.calls if relay.standin else []
    return [{key: call[key] for key in shown} for call in calls]


def _print(console: Console, title: str, value: object) -> None:
    console.print(title, style="bold")
    console.print_json(json.dumps(value))
