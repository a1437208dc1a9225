"""Sender: SQS records → HubSpot → which records must come back. Wiring only."""

import os
import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from relay.accounts import Accounts
from relay.adapters.account_table import AccountTable, ClaimTable
from relay.adapters.bucket_table import BucketTable
from relay.adapters.clock import Clock, Fence
from relay.adapters.definition_table import DefinitionTable
from relay.adapters.exchange import client as client_of
from relay.adapters.hubspot import HubSpotClient
from relay.adapters.hubspot_account import HubSpotAccount
from relay.adapters.hubspot_calls import Calls
from relay.adapters.hubspot_companies import HubSpotCompanies
from relay.adapters.hubspot_events import HubSpotEvents
from relay.adapters.lease_table import LeaseTable
from relay.adapters.legacy_track import LegacyTrack
from relay.adapters.made_table import MadeTable
from relay.adapters.parameters import Parameters
from relay.adapters.profile_table import ProfileTable
from relay.adapters.queue import Queue
from relay.adapters.refused_table import RefusedTable
from relay.adapters.schema_table import SchemaTable
from relay.adapters.sent_table import SentTable
from relay.adapters.trouble_table import TroubleTable
from relay.adapters.usage_table import UsageTable
from relay.core.accounts import Account, bucket_key
from relay.core.answers import Answer
from relay.core.bucket import Learned, Observation
from relay.core.budgets import budget_for
from relay.core.claims import Claim
from relay.core.doubts import Doubt
from relay.core.endings import last_try_ms, wrap_up_ms
from relay.core.events import Event
from relay.core.expiry import sent_at
from relay.core.guesses import Guesses
from relay.core.log_lines import to_line
from relay.core.versions import Versions
from relay.delivery import Delivery
from relay.environment import SenderEnvironment
from relay.fates import Record
from relay.former_memory import MovingStore
from relay.log_guard import guarded
from relay.memory import DoubtingStore
from relay.outbox import Outbox
from relay.parts import Apis, Stores
from relay.portal import Portal
from relay.portals import Invocation, Portals
from relay.reports import Report
from relay.targets import Target
from relay.telemetry import LogJournal, Meter
from relay.troubles import TroubleBook, WatchedPortals

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

# Short waits: the bucket's tokens live for 12 s, so a write that takes long is worth nothing.
AWS_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "max_attempts": 3},
    tcp_keepalive=True,
    # As many as threads may read and write profiles at a time (SenderThreads).
    max_pool_connections=64,
    # Twenty thousand people in ten seconds: what we send is of the shape that the type checker knows, and
    # DynamoDB checks it too.
    parameter_validation=False,
)
_TWO_TRIES = Config(retries={"mode": "standard", "total_max_attempts": 2})

# SQS calls at a time.
SQS_CALLS = 10
# So many portals with their threads are kept at most; one that is opened anew after `relay retry` is another.
MAX_SESSIONS = 64

# boto3 makes one client at a time; many at once are as many MB as well.
_MAKING = Lock()

# RFC 3339, or Lambda takes every line for one of INFO when it filters by level.
logger = Logger(use_rfc3339=True, utc=True, json_serializer=to_line)
# One for all: portals are kept between invocations, and what their calls note belongs to whichever runs.
meter = Meter()


@guarded
def handler(event: Mapping[str, Any], context: Any) -> Mapping[str, object]:  # noqa: ANN401 - Lambda's context has no type
    """Deliver one SQS batch; answer which of its records failed (ReportBatchItemFailures)."""
    deadline_ms = clock().deadline_ms(context.get_remaining_time_in_millis())
    try:
        records = _records(event)
        failed = delivery_for(context.aws_request_id, deadline_ms, len(records)).deliver(records)
    finally:
        # Whatever is raised, the calls that were made count.
        meter.write()
    logger.info("invocation", extra={"records": len(event["Records"]), "failed": len(failed)})
    return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in failed]}


@dataclass(frozen=True, slots=True)
class Session:
    """A portal and its tokens, for the length of one lease."""

    portal: Portal
    tokens: BucketTable
    former: MovingStore | None = None
    old_senders_until_ms: int = 0

    def deliver(
        self, events: Sequence[Event], deadline_ms: int, *, doubted_until_ms: int
    ) -> Sequence[Report]:
        """Deliver events; start no call after `deadline_ms`."""
        return self.portal.deliver(events, deadline_ms, doubted_until_ms=doubted_until_ms)

    @property
    def doubt(self) -> Doubt:
        """What HubSpot may have since the last delivery and nobody remembers."""
        return self.portal.doubt

    def close(self) -> None:
        """Give unused tokens back to the other senders, and tell how much of the limits was used.

        Senders of an older release, which hold the lease next, may write to the former part of the memory.
        """
        if self.former and _now_ms() < self.old_senders_until_ms:
            self.former.look_again()
        self.tokens.give_back()
        for metric, percent in self.tokens.used().items():
            meter.note(metric, percent)


@dataclass(frozen=True, slots=True)
class Connection:
    """A way to HubSpot with one access token, and the tokens of its bucket."""

    calls: Calls
    tokens: BucketTable
    versions: Versions

    def details(self, deadline_ms: int) -> Answer:
        """Ask for the account's details."""
        return HubSpotAccount(self.calls, self.versions).details(deadline_ms)

    def token_info(self, deadline_ms: int) -> Answer:
        """Ask what HubSpot knows of the access token."""
        return HubSpotAccount(self.calls, self.versions).token_info(deadline_ms)

    def follow(self, key: str) -> None:
        """Make no call before those that were made by another bucket are past."""
        self.tokens.follow(key)

    def close(self) -> None:
        """Give unused tokens back to the other senders."""
        self.tokens.give_back()


def delivery_for(holder: str, deadline_ms: int, records: int) -> Delivery:
    """Wire the adapters for one invocation; what is costly to make is kept between invocations."""
    env, total_ms = environment(), deadline_ms - _now_ms()
    call_ms, end_ms = int(env.hubspot_timeout_s * 1000), wrap_up_ms(total_ms, records)
    fence().stand_until(deadline_ms)
    portals = Portals(
        parameters=_values_of,
        accounts=accounts(),
        claims=claims(),
        open_portal=lambda target, account, claim: session(
            target, account, claim, troubles().retry_at_ms(target.destination)
        ),
        leases=LeaseTable(dynamodb(), env.profile_table, env.rest_ms, clock().earliest_ms),
        invocation=Invocation(holder, deadline_ms, call_ms, env.rest_ms, end_ms),
        now_ms=_now_ms,
    )
    # One for all that is put off: what waited together comes back together, and shares HubSpot's calls.
    jitter = random.random()  # noqa: S311 - no secret
    outbox = Outbox(
        events_queue=Queue(sqs(), env.events_queue_url, sqs_threads(), _now_ms),
        rejects_queue=Queue(sqs(), env.rejects_queue_url, sqs_threads(), _now_ms),
        retry_delay_s=env.retry_delay_s,
        jitter=lambda: jitter,
        now_ms=_now_ms,
        deadline_ms=deadline_ms,
        marks=troubles(),
        last_try_ms=last_try_ms(total_ms),
    )
    watched = WatchedPortals(portals, troubles(), _forget)
    budget = budget_for(env.memory_mb, total_ms)
    return Delivery(watched, outbox, LogJournal(logger, meter, _now_ms), _now_ms, budget, troubles())


@cache
def connection(target: Target) -> Connection:
    """Make a connection to HubSpot once per execution environment; another access token is another one."""
    env, settings = environment(), target.settings
    key = bucket_key(target.token_hash)
    limits, now = settings.limits, clock()
    tokens = BucketTable(dynamodb(), env.bucket_table, key, limits=limits, now_ms=now.now_ms)
    tokens.keep_time(now.skew)
    calls = Calls(
        http=client_of(env.threads),
        tokens=tokens,
        access_token=target.access_token,
        base_url=settings.hubspot_url,
        timeout_s=env.hubspot_timeout_s,
        now_ms=now.now_ms,
        note=meter.note,
    )
    return Connection(calls, tokens, settings.versions)


@lru_cache(maxsize=MAX_SESSIONS)
def session(target: Target, account: Account, claim: Claim | None, retry_at_ms: int = 0) -> Session:
    """Open a portal once per execution environment; other settings are another session.

    So is another mark of `relay retry`: what was kept or shared before `retry_at_ms` counts no more.
    """
    env, settings = environment(), target.settings
    threads = ThreadPoolExecutor(env.threads)
    calls, tokens = connection(target).calls, connection(target).tokens
    # A bucket that has expired meanwhile knows no longer when the account's day ends.
    tokens.tell(Observation(_now_ms(), Learned(time_zone=account.time_zone)))
    versions, table = settings.versions, env.profile_table
    crm = HubSpotClient(calls, versions, settings.sensitive_properties)
    companies = HubSpotCompanies(calls, versions)
    track = LegacyTrack(calls.http, settings.tracking_url, env.hubspot_timeout_s, _now_ms, meter.note)
    apis = Apis(crm, HubSpotEvents(calls, versions), track, companies, companies, account.portal_id)
    # A schema with sensitive properties is not for destinations that must not know them.
    kind = "sensitive" if settings.sensitive_properties else "contacts"
    profiles = ProfileTable(dynamodb(), table, account.key, threads)
    former = (
        MovingStore(profiles, ProfileTable(dynamodb(), table, target.destination, threads)) if claim else None
    )
    stores = Stores(
        SchemaTable(dynamodb(), table, f"schema#{account.key}#{kind}", stale_before_ms=retry_at_ms),
        SchemaTable(dynamodb(), table, f"schema#{account.key}#companies", "companies", retry_at_ms),
        DefinitionTable(dynamodb(), table, f"definitions#{account.key}", retry_at_ms),
        DoubtingStore(former or profiles, _now_ms),
        SentTable(dynamodb(), table, account.key, threads, _now_ms),
        RefusedTable(dynamodb(), table, f"refused#{account.key}#contacts"),
        RefusedTable(dynamodb(), table, f"refused#{account.key}#companies"),
        MadeTable(dynamodb(), table, account.key),
    )
    policy = replace(settings.policy, rest_ms=env.rest_ms)
    portal = Portal(apis, stores, threads, _now_ms, policy)
    return Session(portal, tokens, former, claim.old_senders_until_ms if claim else 0)


@cache
def accounts() -> Accounts:
    """Whose the access tokens are, as far as this process knows."""
    env = environment()
    store, usages = AccountTable(dynamodb(), env.profile_table), UsageTable(dynamodb(), env.bucket_table)
    return Accounts(connection, store, usages, _now_ms)


@cache
def troubles() -> TroubleBook:
    """What events wait for, as far as this process knows."""
    return TroubleBook(TroubleTable(dynamodb(), environment().profile_table), _now_ms)


@cache
def claims() -> ClaimTable:
    """Whose the memories of older releases are, as far as this process knows."""
    return ClaimTable(dynamodb(), environment().profile_table, _now_ms)


@cache
def environment() -> SenderEnvironment:
    """What the template has set, read once."""
    return SenderEnvironment.from_environ(os.environ)


@cache
def parameters() -> Parameters:
    """Settings and access tokens by destination.

    Names come from the queue here, so nobody guesses them; those of destinations that are gone may be many.
    """
    names, guesses = ("settings", "access-token"), Guesses(burst=100, reserved=50, every_ms=500)
    return Parameters(_ssm, environment().parameter_prefix, names, guesses=guesses)


@cache
def dynamodb() -> "DynamoDBClient":
    """The client of the tables, whose answers tell the time."""
    client = boto3.client("dynamodb", config=AWS_CONFIG)
    clock().listen(client)
    return client


@cache
def clock() -> Clock:
    """The time that all senders share, as far as this process knows."""
    return Clock()


@cache
def fence() -> Fence:
    """What keeps this process from writing to the memory when its leases are over."""
    return Fence(dynamodb(), environment().profile_table, clock())


@cache
def sqs() -> "SQSClient":
    """The client of both queues. Whoever sends tries again by itself, and knows until when."""
    return boto3.client("sqs", config=AWS_CONFIG.merge(Config(retries={"total_max_attempts": 1})))


@cache
def sqs_threads() -> ThreadPoolExecutor:
    """What calls SQS side by side: a thousand records that all wait are a hundred calls."""
    return ThreadPoolExecutor(SQS_CALLS)


@cache
def ssm() -> "SSMClient":
    """The client of the parameters; made on the first read. What it does not get now it asks for later."""
    return boto3.client("ssm", config=AWS_CONFIG.merge(_TWO_TRIES))


def _values_of(destination: str, fresh: bool) -> Mapping[str, str] | None:  # noqa: FBT001 - the portals' port
    """Return a destination's parameters; the last known where fresh ones cannot be had."""
    found = parameters().read(destination, fresh=fresh)
    return parameters().read(destination) if fresh and found is None else found


def _ssm() -> "SSMClient":
    """Return that client to any thread: of many destinations each asks first, and clients are large."""
    with _MAKING:
        return ssm()


def _forget(destination: str) -> None:
    """Drop what is kept of a destination beside its session, after `relay retry`."""
    parameters().forget(destination)
    accounts().doubt(destination)


def _records(event: Mapping[str, Any]) -> list[Record]:
    now_ms = _now_ms()
    return [
        Record(
            record_id=record["messageId"],
            handle=record["receiptHandle"],
            body=record["body"],
            receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
            group_id=record["attributes"].get("MessageGroupId", ""),
            sent_at_ms=sent_at(int(record["attributes"].get("SentTimestamp", 0)), now_ms),
        )
        for record in event["Records"]
    ]


def _now_ms() -> int:
    return clock().now_ms()
