"""The sample events: Segment's bodies in `events/segment`, and the Lambda events that are made of them."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relay.core.envelopes import Envelope, pack

EVENTS = Path(__file__).parent.parent / "events"
# The sample Lambda events are signed with this one. It protects nothing: it is only ever set on a laptop.
SIGNING_SECRET = "local-signing-secret"  # noqa: S105 - as the comment says
# The local relay's write keys, as little of a secret: for a server's SDK, and for a browser's on any page.
WRITE_KEY = "local-server-write-key"
BROWSER_WRITE_KEY = "local-browser-write-key"
# When the sample requests were received; fixed, so that the files stay the same.
RECEIVED_AT_MS = 1_793_527_200_000


@dataclass(frozen=True, slots=True)
class Expected:
    """What becomes of the samples: outcome and dropped traits by message id, contacts by e-mail."""

    outcomes: Mapping[str, str]
    dropped: Mapping[str, Mapping[str, str]]
    contacts: Mapping[str, Mapping[str, str]]


def bodies() -> Mapping[str, bytes]:
    """Return the bodies that Segment would post, by file name."""
    return {path.stem: path.read_bytes() for path in sorted((EVENTS / "segment").glob("*.json"))}


def expected() -> Expected:
    """Return what is to become of the samples."""
    return Expected(**json.loads((EVENTS / "expected.json").read_text(encoding="utf-8")))


def signature(body: bytes, secret: str = SIGNING_SECRET) -> str:
    """Sign as Segment does: a batch by the bytes of its first event."""
    return hmac.new(secret.encode(), _first_event(body), hashlib.sha1).hexdigest()


def lambda_events() -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Return every Lambda event below `events/`, by its file: an HTTP request, or SQS records."""
    for name, body in bodies().items():
        content = json.loads(body)
        yield EVENTS / "ingest" / f"{name}.json", http_event(body)
        events = content if isinstance(content, list) else [content]
        yield (
            EVENTS / "sender" / f"{name}.json",
            sqs_event(Envelope("default", RECEIVED_AT_MS, tuple(events))),
        )


def write_lambda_events() -> None:
    """Write the Lambda events anew, after a change of the bodies."""
    for path, event in lambda_events():
        path.write_text(json.dumps(event, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _first_event(body: bytes) -> bytes:
    text = body.decode()
    return text[1 : json.JSONDecoder().raw_decode(text, 1)[1]].encode() if text.startswith("[") else body


def http_event(body: bytes) -> Mapping[str, Any]:
    """Return the event with which Lambda would hand ingest a signed request of Segment's."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/webhook/default",
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "content-length": str(len(body)),
            "content-type": "application/json",
            "user-agent": "Segment (Actions)",
            "x-signature": signature(body),
        },
        "requestContext": {
            "http": {"method": "POST", "path": "/webhook/default", "protocol": "HTTP/1.1"},
            "requestId": "sample-request",
            "stage": "$default",
            "timeEpoch": RECEIVED_AT_MS,
        },
        "body": body.decode(),
        "isBase64Encoded": False,
    }


def sqs_event(*envelopes: Envelope) -> Mapping[str, Any]:
    """Return the event with which Lambda would hand the sender the messages of these envelopes."""
    messages = [body for envelope in envelopes for body in pack(envelope)]
    return {"Records": [_sqs_record(n, body) for n, body in enumerate(messages, start=1)]}


def as_records(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return messages that were received as the records with which Lambda would hand them to the sender."""
    return [
        {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
        }
        for message in messages
    ]


def _sqs_record(number: int, body: str) -> Mapping[str, Any]:
    return {
        "messageId": f"00000000-0000-4000-8000-{number:012}",
        "receiptHandle": f"sample-receipt-{number}",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(RECEIVED_AT_MS),
            "SenderId": "sample",
            "ApproximateFirstReceiveTimestamp": str(RECEIVED_AT_MS),
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:segment-hubspot-relay-events",
        "awsRegion": "us-east-1",
    }
