"""DynamoDB: how many events a second a destination takes in or a write key sends, over all ingest functions.

One item for each of them with a limit holds the time until which its limit is used up (the generic cell
rate algorithm). A request goes through if that lies at most a second ahead, and moves it on by what its
events take. So a batch is taken whole, and those after it wait until it is paid for. Without DynamoDB
everything is taken: this is a fuse against floods, and events that are refused may be lost.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# How far ahead the limit may be used up: a second's events may come at once.
BURST_MS = 1_000
# Two may write at once; who has lost that often lets the events in.
TRIES = 3
# An item of one that has gone quiet says nothing.
EXPIRE_AFTER_S = 86_400


@dataclass(frozen=True, slots=True)
class PaceTable:
    """The table of the token buckets, in which ingest has items of its own."""

    client: "Callable[[], DynamoDBClient]"
    table: str
    now_ms: Callable[[], int]
    # Until when each limit was used up as we last saw it: decides what is tried first.
    _seen_until_ms: dict[str, int] = field(default_factory=dict)

    def wait_ms(self, name: str, events: int, limit: int) -> int:
        """Return 0 if the events may be taken, else in how many milliseconds to ask again.

        Moves the item of `name`, a destination or a write key's fingerprint, by what the events take.
        """
        cost_ms = math.ceil(events * 1000 / limit)
        for _ in range(TRIES):
            now_ms, before_ms = self.now_ms(), self._seen_until_ms.get(name, 0)
            is_busy = now_ms <= before_ms <= now_ms + BURST_MS
            try:
                until_ms, is_moved = self._move(name, cost_ms, now_ms, is_busy=is_busy)
            except (BotoCoreError, ClientError):
                return 0
            self._seen_until_ms[name] = until_ms
            if is_moved:
                return 0
            if until_ms > now_ms + BURST_MS:
                return until_ms - now_ms - BURST_MS
        return 0

    def _move(self, name: str, cost_ms: int, now_ms: int, *, is_busy: bool) -> tuple[int, bool]:
        """Move the time until which the limit is used up; return it, and whether it was ours to move.

        `is_busy` is a guess from what was seen last; a wrong one moves nothing.
        """
        values = {":now": _number(now_ms), ":expires_at": _number(now_ms // 1000 + EXPIRE_AFTER_S)}
        if is_busy:
            change, condition = "until_ms = until_ms + :cost", "until_ms BETWEEN :now AND :ahead"
            values |= {":cost": _number(cost_ms), ":ahead": _number(now_ms + BURST_MS)}
        else:
            change, condition = "until_ms = :until", "attribute_not_exists(until_ms) OR until_ms < :now"
            values[":until"] = _number(now_ms + cost_ms)
        try:
            answer = self.client().update_item(
                TableName=self.table,
                Key={"pk": {"S": f"ingest#{name}"}},
                UpdateExpression=f"SET {change}, expires_at = :expires_at",
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self.client().exceptions.ConditionalCheckFailedException as error:
            return _until_ms(cast("Mapping[str, Any]", error.response.get("Item", {}))), False
        return _until_ms(answer["Attributes"]), True


def _number(value: int) -> "AttributeValueTypeDef":
    return {"N": str(value)}


def _until_ms(item: Mapping[str, Any]) -> int:
    return int(item.get("until_ms", {}).get("N", "0"))
