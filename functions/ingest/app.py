"""Ingest: an HTTP request → events on the queue → an answer. Wiring only."""

import json
import os
import time
import uuid
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from relay.adapters.pace_table import PaceTable
from relay.adapters.parameters import Parameters
from relay.adapters.patience import PACE, PARAMETERS, QUEUE, THREADS, Patience, Patient, Share, threads
from relay.adapters.queue import Queue
from relay.core.admission import TYPE_NOT_ALLOWED
from relay.core.log_lines import listed, to_line, within
from relay.environment import IngestEnvironment
from relay.front_door import FrontDoor
from relay.intake import Answer, Intake, Request
from relay.log_guard import guarded
from relay.shares import Shares
from relay.tracking_api import TrackingApi
from relay.webhooks import Webhooks

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ssm import SSMClient

# How long a call may take at most stands in relay.adapters.patience. Within that, a connection that has gone
# dead is given up early enough for another try; whoever sends to SQS tries again by itself.
_ONE_TRY = Config(
    connect_timeout=1,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
    max_pool_connections=THREADS,
)
_TWO_TRIES = _ONE_TRY.merge(Config(retries={"mode": "standard", "total_max_attempts": 2}))

_Client = TypeVar("_Client")

# RFC 3339, or Lambda takes every line for one of INFO when it filters by level.
logger = Logger(use_rfc3339=True, utc=True, json_serializer=to_line)


@guarded
def handler(event: Mapping[str, Any], context: object) -> Mapping[str, object]:  # noqa: ARG001 - Lambda's signature
    """Answer one API Gateway HTTP API event (payload format 2.0)."""
    patience().begin()
    answer = front_door().receive(request_of(event), received_at_ms=_now_ms())
    _log(answer)
    headers = {"content-type": "application/json", **answer.headers}
    return {"statusCode": answer.status, "headers": headers, "body": json.dumps(answer.body)}


@cache
def front_door() -> FrontDoor:
    """Wire the adapters once per execution environment, and not at import time."""
    environment = IngestEnvironment.from_environ(os.environ)
    names = ("settings", "signing-secret", "header-secret")
    parameters = Parameters(
        ssm, environment.parameter_prefix, names, stack_names=("write-keys",), now_ms=_now_ms
    )
    queue = Queue(_patient(boto3.client("sqs", config=_ONE_TRY), QUEUE), environment.events_queue_url)
    shares = Shares(PaceTable(dynamodb, environment.bucket_table, _now_ms))
    intake = Intake(queue, shares, _new_id)
    return FrontDoor(Webhooks(parameters, intake), TrackingApi(parameters, intake))


@cache
def ssm() -> "SSMClient":
    """The client of the parameters; made on the first read."""
    return _patient(boto3.client("ssm", config=_TWO_TRIES), PARAMETERS)


@cache
def dynamodb() -> "DynamoDBClient":
    """The client of the pace; made only where somebody has set a limit."""
    return _patient(boto3.client("dynamodb", config=_ONE_TRY), PACE)


@cache
def patience() -> Patience:
    """How long the request that is being answered may take."""
    return Patience()


def _patient(client: _Client, share: Share) -> _Client:
    # Threads of its own: calls to one service that never end keep no call to another waiting.
    return cast("_Client", Patient(client, patience(), share, threads()))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _new_id() -> str:
    return f"relay-{uuid.uuid4()}"


def request_of(event: Mapping[str, Any]) -> Request:
    """Return what an API Gateway HTTP API event asks."""
    return Request(
        method=event["requestContext"]["http"]["method"],
        path=event["rawPath"],
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=event.get("body") or "",
        is_base64=bool(event.get("isBase64Encoded")),
        query=event.get("queryStringParameters") or {},
    )


def _log(answer: Answer) -> None:
    found = answer.body.get("rejected")
    rejected = found if isinstance(found, list) else []
    fields = {
        "destination": answer.destination,
        "write_key": answer.key,
        "status": answer.status,
        "code": answer.body.get("code"),
        "accepted": answer.body.get("accepted", 0),
        # Alarms of the template rest on both; that a key may not send a type was decided by somebody.
        "rejected_events": len(rejected),
        "bad_events": sum(each["reason"] != TYPE_NOT_ALLOWED for each in rejected),
        # The first of them: a whole batch is mostly rejected for one and the same reason.
        "rejected": listed(rejected),
    }
    logger.info("request", extra=within(fields))
