"""The token bucket in DynamoDB: one item a portal, one conditional write for up to ten tokens, no reads.

A write carries a nonce. When its answer is lost, botocore sends it again; the condition then fails on our
own write, and the nonce in the item says so. When all tries fail, whether it was applied is unknown: nothing
of it is believed, and what it may have lent lapses by itself.
"""

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from botocore.exceptions import BotoCoreError, ClientError

from relay.core.bucket import (
    CALL_DEADLINE_MS,
    USE_WITHIN_MS,
    Bucket,
    Settlement,
    Take,
    pack_offsets,
    settle,
    take,
    unpack_offsets,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# One write lends this many: few enough that a crash strands at most a tenth of the smallest limit.
TOKENS_PER_TAKE = 10
# Whoever waits looks again this often, so that tokens that others have brought back are seen.
LOOK_AGAIN_MS = 500
# The senders of one portal are few: more collisions in a row than this are a fault, not contention.
MAX_CONTENDED = 20
# An idle portal's item is of no use after its tokens have lapsed; a day is longer than any clock is wrong.
EXPIRE_AFTER_S = 86_400


@dataclass(frozen=True, slots=True)
class Token:
    """The right to one call: send before `use_by_ms`, give up by `answer_by_ms`, then settle it."""

    lent_free_at_ms: int
    use_by_ms: int

    @property
    def answer_by_ms(self) -> int:
        """The latest moment at which the call may still be waiting for its answer."""
        return self.use_by_ms + CALL_DEADLINE_MS


class BucketTable:
    """Tokens for the calls to one portal, shared with all other senders. Safe to use from many threads."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        key: str,
        *,
        limit: int,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._client = client
        self._table = table
        self._key = key
        self._limit = limit
        self._now_ms = now_ms
        self._bucket = Bucket()
        self._pool: list[Token] = []
        self._settlements: list[Settlement] = []
        self._lock = threading.Lock()

    def take(self, deadline_ms: int) -> Token | None:
        """Return a token, waiting for one until `deadline_ms`; None if there is none by then."""
        while True:
            with self._lock:
                token, wait_ms = self._try_take()
            if token:
                return token
            if self._now_ms() + wait_ms > deadline_ms:
                return None
            time.sleep(min(wait_ms, LOOK_AGAIN_MS) * _jitter() / 1000)

    def settle(self, token: Token, *, was_used: bool) -> None:
        """Note that the call of `token` ended just now, or was never made; written with the next take."""
        ended = Settlement(token.lent_free_at_ms, self._now_ms() if was_used else None)
        with self._lock:
            self._settlements.append(ended)

    def give_back(self) -> None:
        """Write what is settled and return what is unused: the last thing before the process is frozen."""
        with self._lock:
            self._discard(self._pool)
            if self._settlements:
                self._write(wanted=0)

    def _try_take(self) -> tuple[Token | None, int]:
        now_ms = self._now_ms()
        self._discard([token for token in self._pool if token.use_by_ms <= now_ms])
        if not self._pool:
            taken = self._write(wanted=TOKENS_PER_TAKE)
            if taken is None or not taken.lent:
                return None, taken.wait_ms if taken else LOOK_AGAIN_MS
            self._pool = [Token(taken.free_at_ms, taken.taken_at_ms + USE_WITHIN_MS)] * taken.lent
        return self._pool.pop(), 0

    def _discard(self, tokens: list[Token]) -> None:
        self._settlements += [Settlement(token.lent_free_at_ms, None) for token in tokens]
        self._pool = [token for token in self._pool if token not in tokens]

    def _write(self, *, wanted: int) -> Take | None:
        """Settle and take in one conditional write; None if DynamoDB does not let us."""
        for _ in range(MAX_CONTENDED):
            settled = settle(self._bucket, self._settlements)
            taken = take(settled, wanted=wanted, limit=self._limit, now_ms=self._now_ms())
            wish = replace(taken.bucket, version=self._bucket.version + 1, nonce=uuid.uuid4().hex)
            stored = self._put(wish, taken.taken_at_ms)
            if stored is None:
                # Unknown write: settling once more could free a token twice.
                self._bucket, self._settlements = Bucket(), []
                return None
            self._bucket = stored
            if stored.nonce == wish.nonce:
                self._settlements = []
                return taken
            time.sleep(0.02 * _jitter())
        return None

    def _put(self, wish: Bucket, now_ms: int) -> Bucket | None:
        """Write `wish` over the version before it; return what is stored now, None if that is unknown."""
        values: Mapping[str, AttributeValueTypeDef] = {
            ":new": {"N": str(wish.version)},
            ":nonce": {"S": wish.nonce},
            ":base": {"N": str(now_ms)},
            ":offsets": {"B": pack_offsets(wish.free_at_ms, now_ms)},
            ":expires_at": {"N": str(now_ms // 1000 + EXPIRE_AFTER_S)},
        }
        before: Mapping[str, AttributeValueTypeDef] = {":old": {"N": str(wish.version - 1)}}
        is_first = wish.version == 1
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": self._key}},
                UpdateExpression="SET version = :new, nonce = :nonce, base_ms = :base, offsets = :offsets, "
                "expires_at = :expires_at",
                ConditionExpression="attribute_not_exists(version)" if is_first else "version = :old",
                ExpressionAttributeValues=values if is_first else {**values, **before},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            return _read(cast("Mapping[str, AttributeValueTypeDef]", error.response.get("Item", {})))
        except (BotoCoreError, ClientError):
            return None
        return wish


def _read(item: "Mapping[str, AttributeValueTypeDef]") -> Bucket:
    if "version" not in item:
        return Bucket()
    base_ms = int(item["base_ms"]["N"])
    free_at_ms = unpack_offsets(bytes(item["offsets"]["B"]), base_ms)
    return Bucket(int(item["version"]["N"]), item["nonce"]["S"], free_at_ms)


def _jitter() -> float:
    return random.uniform(0.5, 1.0)  # noqa: S311 - spreads waiters over time, guards no secret
