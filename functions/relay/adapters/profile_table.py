"""The lease in DynamoDB: one sender at a time has its hand on a portal.

It lies in the table of the profiles because it guards them: who holds it may write them unchecked.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from relay.core.outcomes import Deferred

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# A holder's clock may be this much behind ours: its lease is over only when it must be over for it too.
CLOCK_ERROR_MS = 200
# A holder releases within seconds; looking more often would cost more writes than the wait is worth.
LOOK_AGAIN_S = 0.5
# The item is of no use once its lease is over.
EXPIRE_AFTER_S = 86_400


@dataclass(frozen=True, slots=True)
class LeaseTable:
    """Leases by destination. `holder` is unique to an invocation."""

    client: "DynamoDBClient"
    table: str
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000

    def acquire(self, destination: str, holder: str, *, until_ms: int, wait_until_ms: int) -> Deferred | None:
        """Hold the destination until `until_ms`; wait for its present holder until `wait_until_ms`.

        None when it is ours; else why it is not.
        """
        while (refusal := self._try(destination, holder, until_ms)) == _BUSY:
            if self.now_ms() + LOOK_AGAIN_S * 1000 > wait_until_ms:
                break
            time.sleep(LOOK_AGAIN_S * random.uniform(0.5, 1.0))  # noqa: S311 - spreads waiters, guards no secret
        return refusal

    def release(self, destination: str, holder: str) -> None:
        """End the lease if `holder` still has it. A lost release costs time, not safety: it runs out."""
        try:
            self.client.update_item(
                TableName=self.table,
                Key=_key(destination),
                UpdateExpression="SET until_ms = :never",
                ConditionExpression="holder = :holder",
                ExpressionAttributeValues={":never": {"N": "0"}, ":holder": {"S": holder}},
            )
        except (BotoCoreError, ClientError):
            return

    def _try(self, destination: str, holder: str, until_ms: int) -> Deferred | None:
        over_ms = self.now_ms() - CLOCK_ERROR_MS
        try:
            self.client.update_item(
                TableName=self.table,
                Key=_key(destination),
                UpdateExpression="SET holder = :holder, until_ms = :until, expires_at = :expires_at",
                ConditionExpression="attribute_not_exists(pk) OR until_ms < :over OR holder = :holder",
                ExpressionAttributeValues={
                    ":holder": {"S": holder},
                    ":until": {"N": str(until_ms)},
                    ":over": {"N": str(over_ms)},
                    ":expires_at": {"N": str(until_ms // 1000 + EXPIRE_AFTER_S)},
                },
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return _BUSY
        except (BotoCoreError, ClientError) as error:
            return Deferred(f"lease_unavailable: {type(error).__name__}")
        return None


_BUSY = Deferred("portal_busy")


def _key(destination: str) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": {"S": f"lease#{destination}"}}
