"""The lease in DynamoDB: one sender at a time has its hand on a portal.

It lies in the table of the profiles because it guards them: who holds it may write them unchecked.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from botocore.exceptions import BotoCoreError, ClientError

from relay.core import clocks
from relay.core.doubts import Doubt
from relay.core.outcomes import Deferred

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# A holder's time may be this much behind ours: its lease is over only when it must be over for it too. Both
# are DynamoDB's, of whose clocks each may be off by half of it.
CLOCK_ERROR_MS = 2 * clocks.CLOCK_ERROR_MS
# No invocation of Lambda lasts for longer than 15 minutes, and no lease: one that does was written with a
# wrong clock. Its holder has ended when so much has passed.
LONGEST_MS = 900_000
# A holder releases within seconds; looking more often would cost more writes than the wait is worth.
LOOK_AGAIN_S = 0.5
# A doubt lasts as long as what it is about: the profiles.
EXPIRE_AFTER_S = 400 * 86_400


@dataclass(frozen=True, slots=True)
class Lease:
    """An account that is ours; `doubt` is what holders before us have left."""

    doubt: Doubt = field(default_factory=Doubt)


@dataclass(frozen=True, slots=True)
class LeaseTable:
    """Leases by name: an account's key, or a destination as releases up to 0.2.0 have it.

    `holder` is unique to an invocation and one destination of it.

    What a holder that has crashed was doing to HubSpot may go on for `rest_ms` after its lease. `now_ms` is
    the earliest that it may be.
    """

    client: "DynamoDBClient"
    table: str
    rest_ms: int
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    pause: Callable[[float], None] = time.sleep

    def acquire(self, name: str, holder: str, *, until_ms: int, wait_until_ms: int) -> Lease | Deferred:
        """Hold what is named until `until_ms`; wait for its present holder until `wait_until_ms`."""
        while (found := self._try(name, holder, until_ms)) == _BUSY:
            if self.now_ms() + LOOK_AGAIN_S * 1000 > wait_until_ms:
                break
            self.pause(LOOK_AGAIN_S * random.uniform(0.5, 1.0))  # noqa: S311 - spreads waiters, guards no secret
        return found

    def release(self, name: str, holder: str, doubt: Doubt) -> None:
        """End the lease if `holder` still has it; tell the next one what is in doubt, if anything is.

        A lost release costs time, not safety: the lease runs out, and looks like that of a crashed holder.
        """
        has_news = doubt != Doubt()
        doubts = _values(doubt) if has_news else {}
        try:
            self.client.update_item(
                TableName=self.table,
                Key=_key(name),
                UpdateExpression="SET until_ms = :never" + (f", {_DOUBT}" if has_news else ""),
                # Released already, by a try whose answer was lost, it must not lose its doubt.
                ConditionExpression="holder = :holder AND until_ms <> :never",
                ExpressionAttributeValues={":never": _number(0), ":holder": {"S": holder}, **doubts},
            )
        except (BotoCoreError, ClientError):
            return

    def _try(self, name: str, holder: str, until_ms: int) -> Lease | Deferred:
        """Take a lease that nobody holds; or that of a holder who has not ended it in time, with a doubt."""
        condition = "attribute_not_exists(until_ms) OR until_ms = :never OR holder = :holder"
        found = self._take(name, holder, until_ms, (condition, "", {":never": _number(0)}))
        if not isinstance(found, dict):
            return found
        now_ms, before_ms = self.now_ms(), _read(found, "until_ms")
        is_wrong = before_ms > now_ms + LONGEST_MS + CLOCK_ERROR_MS
        if before_ms >= now_ms - CLOCK_ERROR_MS and not is_wrong:
            return _BUSY
        ended_ms = now_ms + LONGEST_MS if is_wrong else before_ms
        # Whoever has been quicker has changed the item, unless it was a try of ours whose answer was lost.
        condition = "until_ms = :before OR holder = :holder"
        doubt = self._doubt(found).and_also(Doubt(max(now_ms, ended_ms), ended_ms + self.rest_ms))
        values = {":before": _number(before_ms), **_values(doubt)}
        found = self._take(name, holder, until_ms, (condition, f", {_DOUBT}", values))
        return _BUSY if isinstance(found, dict) else found

    def _take(
        self,
        name: str,
        holder: str,
        until_ms: int,
        how: "tuple[str, str, Mapping[str, AttributeValueTypeDef]]",
    ) -> "Lease | Deferred | dict[str, AttributeValueTypeDef]":
        """Take the lease on a condition; return the item if it does not hold."""
        condition, doubt, values = how
        try:
            answer = self.client.update_item(
                TableName=self.table,
                Key=_key(name),
                UpdateExpression=f"SET holder = :holder, until_ms = :until, expires_at = :expires_at{doubt}",
                ConditionExpression=condition,
                ExpressionAttributeValues={
                    ":holder": {"S": holder},
                    ":until": _number(until_ms),
                    ":expires_at": _number(until_ms // 1000 + EXPIRE_AFTER_S),
                    **values,
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self.client.exceptions.ConditionalCheckFailedException as error:
            return cast("dict[str, AttributeValueTypeDef]", error.response.get("Item", {}))
        except ClientError as error:
            return Deferred(f"lease_unavailable: {error.response['Error']['Code']}")
        except BotoCoreError as error:
            return Deferred(f"lease_unavailable: {type(error).__name__}")
        return Lease(self._doubt(answer["Attributes"]))

    def _doubt(self, item: "Mapping[str, AttributeValueTypeDef]") -> Doubt:
        """Return the doubt that an item tells of; no longer a rest than after the longest lease."""
        latest_ms = self.now_ms() + LONGEST_MS + CLOCK_ERROR_MS + self.rest_ms
        resting_until_ms = min(_read(item, "resting_until_ms"), latest_ms)
        return Doubt(min(_read(item, "doubted_until_ms"), latest_ms), resting_until_ms)


_BUSY = Deferred("portal_busy")
_DOUBT = "doubted_until_ms = :doubted, resting_until_ms = :resting"


def _key(name: str) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": {"S": f"lease#{name}"}}


def _number(value: int) -> "AttributeValueTypeDef":
    return {"N": str(value)}


def _read(item: "Mapping[str, AttributeValueTypeDef]", name: str) -> int:
    return int(item.get(name, {}).get("N", "0"))


def _values(doubt: Doubt) -> "dict[str, AttributeValueTypeDef]":
    return {":doubted": _number(doubt.until_ms), ":resting": _number(doubt.resting_until_ms)}
