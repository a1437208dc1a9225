"""A table in one of the DynamoDBs, and senders that share a token bucket in it."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from fakes import Clock

from relay.adapters.bucket_item import from_item
from relay.adapters.bucket_table import BucketTable
from relay.core.bucket import Bucket, Family, Limits
from relay.core.purse import Token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

KEY = "bucket#12345678#default"
# How often a client sends a request, repetitions included.
TRIES = 3
# As patient as a busy machine may need: a write given up for its slowness would lend tokens to nobody. No
# proxy of the user's shell lies between us and this machine.
_PATIENT = Config(
    connect_timeout=10, read_timeout=60, retries={"mode": "standard", "total_max_attempts": TRIES}, proxies={}
)


def connect(url: str) -> "DynamoDBClient":
    """Return a client of the DynamoDB at `url`."""
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=_PATIENT,
    )


def take_all(sender: BucketTable, family: Family, clock: Clock) -> int:
    """Take tokens, without waiting, until there is none; return how many there were."""
    taken = 0
    while isinstance(sender.take(family, clock.now), Token):
        taken += 1
    return taken


@dataclass
class Table:
    """A table, a clock for the senders that share its one bucket, and an end to all that was made for it."""

    url: str
    name: str
    clock: Clock
    ending: ExitStack = field(default_factory=ExitStack)

    def client(self) -> "DynamoDBClient":
        """Return a client that nobody shares."""
        client = connect(self.url)
        self.ending.callback(client.close)
        return client

    def sender(self, limits: Limits, client: "DynamoDBClient | None" = None) -> BucketTable:
        """Return a sender with a client of its own, or the given one."""
        client = client or self.client()
        sender = BucketTable(client, self.name, KEY, limits=limits, now_ms=self.clock.now_ms)
        self.ending.callback(sender.give_back)
        return sender

    def item(self) -> "Mapping[str, AttributeValueTypeDef]":
        """Return the bucket as DynamoDB holds it."""
        found = self.client().get_item(TableName=self.name, Key={"pk": {"S": KEY}}, ConsistentRead=True)
        return found["Item"]

    def units(self, item: "Mapping[str, AttributeValueTypeDef]") -> float:
        """Write an item; return the write units that DynamoDB charges for it."""
        written = self.client().put_item(TableName=self.name, Item=item, ReturnConsumedCapacity="TOTAL")
        return written["ConsumedCapacity"]["CapacityUnits"]

    def bucket(self) -> Bucket:
        """Return the bucket that DynamoDB holds."""
        return from_item(self.item())

    def lent(self, family: Family) -> int:
        """Return how many tokens the bucket holds to be lent."""
        return len(self.bucket().window(family).free_at_ms)
