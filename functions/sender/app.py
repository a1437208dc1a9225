"""Sender: SQS records → HubSpot → which records must come back. Wiring only."""

import os
import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import httpx
from aws_lambda_powertools import Logger
from botocore.config import Config

from relay.adapters.bucket_table import BucketTable
from relay.adapters.hubspot import HubSpotClient
from relay.adapters.parameters import Parameters
from relay.adapters.profile_table import LeaseTable
from relay.adapters.queue import Queue
from relay.core.events import Event
from relay.delivery import Delivery, Record
from relay.environment import SenderEnvironment
from relay.portal import Portal, Report
from relay.portals import Portals
from relay.settings import Destination
from relay.telemetry import LogJournal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

# Short waits: the bucket's tokens live for 12 s, so a write that takes long is worth nothing.
_AWS = Config(
    connect_timeout=1, read_timeout=2, retries={"mode": "standard", "max_attempts": 3}, tcp_keepalive=True
)

logger = Logger()


def handler(event: Mapping[str, Any], context: Any) -> Mapping[str, object]:  # noqa: ANN401 - Lambda's context has no type
    """Deliver one SQS batch; answer which of its records failed (ReportBatchItemFailures)."""
    now_ms = _now_ms()
    deadline_ms = now_ms + context.get_remaining_time_in_millis()
    failed = _delivery(context.aws_request_id, now_ms, deadline_ms).deliver(_records(event))
    logger.info("invocation", extra={"records": len(event["Records"]), "failed": len(failed)})
    return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in failed]}


@dataclass(frozen=True, slots=True)
class Session:
    """A portal and its tokens, for the length of one lease."""

    portal: Portal
    tokens: BucketTable

    def deliver(self, events: Sequence[Event], deadline_ms: int) -> Sequence[Report]:
        """Deliver events; start no call after `deadline_ms`."""
        return self.portal.deliver(events, deadline_ms)

    def close(self) -> None:
        """Give unused tokens back to the other senders."""
        self.tokens.give_back()


def _delivery(holder: str, now_ms: int, deadline_ms: int) -> Delivery:
    environment = _environment()
    portals = Portals(
        parameters=_parameters().read,
        open_portal=_session,
        leases=LeaseTable(_dynamodb(), environment.profile_table),
        holder=holder,
        deadline_ms=deadline_ms,
        call_ms=int(environment.hubspot_timeout_s * 1000),
    )
    return Delivery(
        portals=portals,
        events_queue=Queue(_sqs(), environment.events_queue_url),
        rejects_queue=Queue(_sqs(), environment.rejects_queue_url),
        journal=LogJournal(logger, now_ms),
        retry_delay_s=environment.retry_delay_s,
        jitter=random.random,
    )


@cache
def _session(destination: str, settings: Destination) -> Session:
    """Connect to a portal once per execution environment; other settings are another connection."""
    environment = _environment()
    # Two destinations of one portal share its bucket: HubSpot counts calls, not our destinations.
    tokens = BucketTable(
        _dynamodb(), environment.bucket_table, f"bucket#{settings.hub_id}", limit=settings.calls_in_window
    )
    crm = HubSpotClient(
        http=httpx.Client(limits=httpx.Limits(max_connections=environment.threads)),
        tokens=tokens,
        access_token=lambda fresh: (_parameters().read(destination, fresh=fresh) or {}).get(
            "access-token", ""
        ),
        base_url=settings.hubspot_url,
        version=settings.api_version,
        timeout_s=environment.hubspot_timeout_s,
    )
    return Session(Portal(crm, ThreadPoolExecutor(environment.threads), _now_ms), tokens)


@cache
def _environment() -> SenderEnvironment:
    return SenderEnvironment.from_environ(os.environ)


@cache
def _parameters() -> Parameters:
    return Parameters(_ssm, _environment().parameter_prefix, ("settings", "access-token"))


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=_AWS)


@cache
def _sqs() -> "SQSClient":
    return boto3.client("sqs", config=_AWS)


@cache
def _ssm() -> "SSMClient":
    return boto3.client("ssm", config=_AWS)


def _records(event: Mapping[str, Any]) -> list[Record]:
    return [
        Record(
            record_id=record["messageId"],
            handle=record["receiptHandle"],
            body=record["body"],
            receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
        )
        for record in event["Records"]
    ]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
