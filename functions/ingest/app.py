"""Ingest: an HTTP request from Segment → events on the queue → an answer. Wiring only."""

import json
import os
import time
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from relay.adapters.parameters import Parameters
from relay.adapters.queue import Queue
from relay.environment import IngestEnvironment
from relay.intake import Answer, Intake, Request

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

# Segment hangs up after 5 s (Webhooks Classic): two tries of AWS must fit in, and leave time for an answer.
_AWS = Config(
    connect_timeout=1, read_timeout=2, retries={"mode": "standard", "max_attempts": 2}, tcp_keepalive=True
)

MAX_LOGGED_REJECTS = 100

logger = Logger()


def handler(event: Mapping[str, Any], context: object) -> Mapping[str, object]:  # noqa: ARG001 - Lambda's signature
    """Answer one API Gateway HTTP API event (payload format 2.0)."""
    request = _request(event)
    answer = intake().receive(request, received_at_ms=time.time_ns() // 1_000_000)
    _log(request, answer)
    headers = {"content-type": "application/json"}
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = "5"
    return {"statusCode": answer.status, "headers": headers, "body": json.dumps(answer.body)}


@cache
def intake() -> Intake:
    """Wire the adapters once per execution environment, and not at import time."""
    environment = IngestEnvironment.from_environ(os.environ)
    names = ("settings", "signing-secret", "header-secret")
    secrets = Parameters(ssm, environment.parameter_prefix, names)
    return Intake(secrets, Queue(boto3.client("sqs", config=_AWS), environment.events_queue_url))


@cache
def ssm() -> "SSMClient":
    """The client of the parameters; made on the first read."""
    return boto3.client("ssm", config=_AWS)


def _request(event: Mapping[str, Any]) -> Request:
    return Request(
        destination=(event.get("pathParameters") or {}).get("destination", ""),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=event.get("body") or "",
        is_base64=bool(event.get("isBase64Encoded")),
    )


def _log(request: Request, answer: Answer) -> None:
    rejected = answer.body.get("rejected")
    fields = {
        "destination": request.destination,
        "status": answer.status,
        "code": answer.body.get("code"),
        "accepted": answer.body.get("accepted", 0),
        # CloudWatch cuts long lines; a whole batch is rejected for one and the same reason.
        "rejected": rejected[:MAX_LOGGED_REJECTS] if isinstance(rejected, list) else [],
    }
    logger.info("request", extra=fields)
