"""DynamoDB: how many events a second a lane takes in or a write key sends, over all ingest functions.

One item for each of them whose limit somebody has set holds the time until which it is used up (the generic
cell rate algorithm). A request goes through if that lies at most a second ahead, and moves it on by what its
events take. So a batch is taken whole, and those after it wait until it is paid for. Without DynamoDB
everything is taken: this is a fuse against floods, and events that are refused may be lost.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from relay.core.documents import MAX_ELEMENTS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# How far ahead the limit may be used up: a second's events may come at once.
BURST_MS = 1_000
# By how much the clocks of two environments may differ before one takes the other's word for impossible.
SKEW_MS = 10_000
# Two may write at once; who has lost that often lets the events in.
TRIES = 3
# An item of one that has gone quiet says nothing.
EXPIRE_AFTER_S = 86_400


@dataclass(frozen=True, slots=True)
class PaceTable:
    """The table of the token buckets, in which ingest has items of its own. Its names are few."""

    client: "Callable[[], DynamoDBClient]"
    table: str
    now_ms: Callable[[], int]
    # Until when each limit was used up as we last saw it, in microseconds. Only what is given back moves it
    # back, so what is used up by this is refused without a call: a flood costs no more of them than what it
    # gets through.
    _seen_until_us: dict[str, int] = field(default_factory=dict)

    def seen_wait_ms(self, name: str, limit: int) -> int:
        """Return 0 if events may be taken as far as is known here, else in how many milliseconds to ask."""
        return _wait_ms(self._seen_until_us.get(name, 0), _Span.of(self.now_ms(), limit))

    def wait_ms(self, name: str, events: int, limit: int) -> int:
        """Return 0 if the events may be taken, else in how many milliseconds to ask again.

        Moves the item of `name`, a lane or a write key's fingerprint, by what the events take.
        """
        cost_us = events * 1_000_000 // limit
        for _ in range(TRIES):
            span = _Span.of(self.now_ms(), limit)
            if wait_ms := _wait_ms(self._seen_until_us.get(name, 0), span):
                return wait_ms
            try:
                until_us, is_moved = self._move(name, cost_us, span)
            except (BotoCoreError, ClientError):
                return 0
            self._seen_until_us[name] = until_us
            if is_moved:
                return 0
        return _wait_ms(self._seen_until_us[name], _Span.of(self.now_ms(), limit))

    def give_back(self, name: str, events: int, limit: int) -> None:
        """Move the item of `name` back by what events take that were counted, and are refused elsewhere.

        Best effort: what cannot be given back is paid for. Others may have seen how it stood before, and
        refuse until then.
        """
        try:
            answer = self.client().update_item(
                TableName=self.table,
                Key={"pk": {"S": f"ingest#{name}"}},
                UpdateExpression="SET until_us = until_us - :cost",
                ConditionExpression="attribute_exists(until_us)",
                ExpressionAttributeValues={":cost": _number(events * 1_000_000 // limit)},
                ReturnValues="ALL_NEW",
            )
        except (BotoCoreError, ClientError):
            return
        self._seen_until_us[name] = _until_us(answer["Attributes"])

    def _move(self, name: str, cost_us: int, span: "_Span") -> tuple[int, bool]:
        """Move the time until which the limit is used up; return it, and whether it was ours to move.

        What was seen last is a guess at how it stands; a wrong one moves nothing.
        """
        values = {":now": span.now_us, ":expires_at": span.now_us // 1_000_000 + EXPIRE_AFTER_S}
        if span.now_us <= self._seen_until_us.get(name, 0) <= span.ahead_us:
            change, condition = "until_us = until_us + :cost", "until_us BETWEEN :now AND :ahead"
            values |= {":cost": cost_us, ":ahead": span.ahead_us}
        else:
            change = "until_us = :until"
            condition = "attribute_not_exists(until_us) OR until_us < :now OR until_us > :never"
            values |= {":until": span.now_us + cost_us, ":never": span.never_us}
        try:
            answer = self.client().update_item(
                TableName=self.table,
                Key={"pk": {"S": f"ingest#{name}"}},
                UpdateExpression=f"SET {change}, expires_at = :expires_at",
                ConditionExpression=condition,
                ExpressionAttributeValues={key: _number(value) for key, value in values.items()},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self.client().exceptions.ConditionalCheckFailedException as error:
            return _until_us(cast("Mapping[str, Any]", error.response.get("Item", {}))), False
        return _until_us(answer["Attributes"]), True


@dataclass(frozen=True, slots=True)
class _Span:
    """Now; until when a limit may be used up for a request to pass; and until when none can be used up.

    What lies beyond that was written under a lower limit, or by a clock that was wrong, and counts no more.
    """

    now_us: int
    ahead_us: int
    never_us: int

    @classmethod
    def of(cls, now_ms: int, limit: int) -> "_Span":
        ahead_ms = now_ms + BURST_MS
        largest_us = MAX_ELEMENTS * 1_000_000 // limit
        return cls(now_ms * 1000, ahead_ms * 1000, (ahead_ms + SKEW_MS) * 1000 + largest_us)


def _wait_ms(until_us: int, span: _Span) -> int:
    return -(-(until_us - span.ahead_us) // 1000) if span.ahead_us < until_us <= span.never_us else 0


def _number(value: int) -> "AttributeValueTypeDef":
    return {"N": str(value)}


def _until_us(item: Mapping[str, Any]) -> int:
    return int(item.get("until_us", {}).get("N", "0"))
