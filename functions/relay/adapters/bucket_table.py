"""The token bucket in DynamoDB: an item an access token, one conditional write for up to ten calls.

It is read only where the time is not known, for the time that comes with the answer.

A write carries a nonce. When its answer is lost, botocore sends it again; the condition then fails on our
own write, and the nonce in the item says so. When all tries fail, whether it was applied is unknown: nothing
of it is believed, and what it may have lent lapses by itself.
"""

import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from botocore.exceptions import BotoCoreError, ClientError

from relay.adapters.bucket_item import from_item, to_item
from relay.core.bucket import WAIT_MS, WINDOW_FULL, Bucket, Family, Limits, Observation, until_free
from relay.core.clocks import Skew
from relay.core.metrics import Metric, used_of
from relay.core.purse import TOKENS_PER_TAKE, NoToken, Purse, Stored, Token, Write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# Whoever was overtaken tries again after up to this long, so that the overtaken do not meet again.
RETRY_WITHIN_S = 0.02


class BucketTable:
    """Tokens for the calls with one access token, shared with all other senders. Safe to use from threads."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        key: str,
        *,
        limits: Limits,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._client = client
        self._table = table
        self._key = key
        self._now_ms = now_ms
        self._skew: Callable[[], Skew | None] = Skew
        self._purse = Purse(limits)
        self._changed = threading.Condition()
        self._waiting: Counter[Family] = Counter()
        self._is_writing = False
        self._failures = 0
        self._trouble = ""
        self._settler: threading.Thread | None = None
        self._used: dict[Metric, int] = {}

    def keep_time(self, skew: Callable[[], Skew | None]) -> None:
        """Go by DynamoDB's time: `skew` tells how far it is ahead of ours, None if an answer must tell."""
        self._skew = skew

    def take(self, family: Family, deadline_ms: int) -> Token | NoToken:
        """Return a token, waiting for one up to 15 s but not beyond `deadline_ms`; else why there is none."""
        with self._changed:
            self._start_settler()
            self._waiting[family] += 1
            try:
                return self._take(family, min(deadline_ms, self._now_ms() + WAIT_MS))
            finally:
                self._waiting[family] -= 1

    def settle(self, token: Token, answered_at_ms: int | None, seen: Observation | None = None) -> None:
        """Note when the call of `token` was answered, None if it was never made, and what its answer told.

        It is written with the next take, or within half a second.
        """
        with self._changed:
            self._purse.settle(token, answered_at_ms, seen, self._now_ms())
            self._changed.notify_all()

    def tell(self, seen: Observation) -> None:
        """Note what is known of HubSpot's limits from elsewhere than an answer."""
        with self._changed:
            self._purse.tell(seen, self._now_ms())

    def follow(self, key: str) -> None:
        """Lend nothing before the calls are past that another bucket has lent tokens for."""
        found = self._get(key)
        # Without the table no token is lent either.
        if found is not None:
            self.tell(until_free(from_item(found), self._now_ms()))

    def give_back(self) -> None:
        """Write what is settled and return what is unused: the last thing before the process is frozen."""
        with self._changed:
            settler, self._settler = self._settler, None
            self._purse.give_back(self._now_ms())
            self._changed.notify_all()
            failures = self._failures
            while self._is_writing or (self._purse.write_by_ms() and failures == self._failures):
                self._write_or_wait(Family.BURST, wanted=0)
        if settler:
            settler.join()

    def used(self) -> "Mapping[Metric, int]":
        """Return the highest shares of the limits seen since this was last asked; nothing if none was."""
        with self._changed:
            used, self._used = self._used, {}
        return used

    def _take(self, family: Family, give_up_at_ms: int) -> Token | NoToken:
        failures = self._failures
        while True:
            now_ms = self._now_ms()
            found = self._purse.pop(family, now_ms) if self._knows_the_time() else None
            if isinstance(found, Token):
                return found
            if failures != self._failures:
                return NoToken(now_ms, 0, f"bucket_unavailable: {self._trouble}")
            if found is None:
                self._write_or_wait(family, wanted=TOKENS_PER_TAKE)
            elif now_ms >= give_up_at_ms or _is_hopeless(found, give_up_at_ms - now_ms):
                return found
            else:
                self._changed.wait((min(found.retry_at_ms, give_up_at_ms) - now_ms) / 1000)

    def _start_settler(self) -> None:
        if self._settler is None or not self._settler.is_alive():
            self._settler = threading.Thread(target=self._settle_in_time, name="settler", daemon=True)
            self._settler.start()

    def _settle_in_time(self) -> None:
        """Write what no take has written within half a second, until the tokens are given back."""
        with self._changed:
            while self._settler is threading.current_thread():
                due_ms = self._purse.write_by_ms()
                wait_ms = due_ms - self._now_ms() if due_ms is not None else None
                if wait_ms is None or wait_ms > 0:
                    self._changed.wait(None if wait_ms is None else wait_ms / 1000)
                    continue
                # Whoever waits takes what this write may bring.
                family = next((family for family in Family if self._waiting[family]), Family.BURST)
                self._write_or_wait(family, wanted=TOKENS_PER_TAKE if self._waiting[family] else 0)

    def _write_or_wait(self, family: Family, *, wanted: int) -> None:
        """Settle and take in one conditional write, or wait for the one that is under way. Holds the lock."""
        if self._is_writing:
            self._changed.wait()
            return
        if not self._knows_the_time():
            self._ask_for_the_time()
            return
        now_ms = self._now_ms()
        write = self._purse.begin(
            family,
            wanted=wanted,
            now_ms=now_ms,
            day_ends_at_ms=next_midnight_ms(now_ms + self._purse.skew.least_ms, self._purse.time_zone),
            nonce=secrets.token_hex(8),
        )
        self._is_writing = True
        self._changed.release()
        found = Stored(None)
        try:
            found = self._put(write.bucket, write.taken.taken_at_ms)
        finally:
            self._changed.acquire()
            self._is_writing = False
            self._note(write, found)

    def _knows_the_time(self) -> bool:
        """Say whether the shared time is known; if not, nothing that is at hand may be used by it."""
        skew = self._skew()
        if skew is None:
            self._purse.forget()
            return False
        self._purse.believe(skew)
        return True

    def _ask_for_the_time(self) -> None:
        """Read the bucket: its time comes with the answer. Holds the lock but while it asks."""
        self._is_writing = True
        self._changed.release()
        found: Mapping[str, AttributeValueTypeDef] | None = None
        try:
            found = self._get(self._key)
        finally:
            self._changed.acquire()
            self._is_writing = False
            if found is None or self._skew() is None:
                self._failures += 1
                self._trouble = self._trouble or "TimeUnknown"
            else:
                self._purse.bucket = from_item(found)
            self._changed.notify_all()

    def _get(self, key: str) -> "Mapping[str, AttributeValueTypeDef] | None":
        try:
            found = self._client.get_item(TableName=self._table, Key={"pk": {"S": key}}, ConsistentRead=True)
        except ClientError as error:
            self._trouble = error.response["Error"]["Code"]
        except BotoCoreError as error:
            self._trouble = type(error).__name__
        else:
            return found.get("Item", {})
        return None

    def _note(self, write: Write, found: Stored) -> None:
        jitter = random.random()  # noqa: S311 - spreads senders over time, guards no secret
        is_done = self._purse.stored(write, found, now_ms=self._now_ms(), jitter=jitter)
        self._failures += found.bucket is None
        if found.bucket:
            self._see(found.bucket)
        if not is_done:
            self._is_writing = True
            self._changed.wait(RETRY_WITHIN_S * jitter)
            self._is_writing = False
        self._changed.notify_all()

    def _see(self, bucket: Bucket) -> None:
        for metric, percent in used_of(bucket, self._purse.limits, self._now_ms()):
            self._used[metric] = max(percent, self._used.get(metric, percent))

    def _put(self, wish: Bucket, now_ms: int) -> Stored:
        """Write `wish` over the version before it; return what is stored now."""
        item = to_item(wish, now_ms)
        values: Mapping[str, AttributeValueTypeDef] = {f":{name}": value for name, value in item.items()}
        before: Mapping[str, AttributeValueTypeDef] = {":before": {"N": str(wish.version - 1)}}
        is_first = wish.version == 1
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": self._key}},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in item),
                ConditionExpression="attribute_not_exists(pk)" if is_first else "#version = :before",
                ExpressionAttributeNames={f"#{name}": name for name in item},
                ExpressionAttributeValues=values if is_first else {**values, **before},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            found = cast("Mapping[str, AttributeValueTypeDef]", error.response.get("Item", {}))
            # After a retry, the first try may have been applied and overwritten since.
            retries = error.response["ResponseMetadata"]["RetryAttempts"]
            return Stored(from_item(found), is_certain=retries == 0)
        except ClientError as error:
            self._trouble = error.response["Error"]["Code"]
        except BotoCoreError as error:
            self._trouble = type(error).__name__
        else:
            return Stored(wish)
        return Stored(None)


def _is_hopeless(found: NoToken, wait_ms: int) -> bool:
    # A full window is not: other senders may bring tokens back long before they would lapse.
    return found.reason != WINDOW_FULL and found.wait_ms > wait_ms


def next_midnight_ms(now_ms: int, time_zone: str) -> int:
    """Return when the day ends in `time_zone`; in UTC while that is unknown, or is no time zone."""
    try:
        zone: tzinfo = ZoneInfo(time_zone or "UTC")
    except (ValueError, OSError, ZoneInfoNotFoundError):
        # A folder of the database, such as "America", is no time zone and an OSError.
        zone = UTC
    tomorrow = datetime.fromtimestamp(now_ms / 1000, zone).date() + timedelta(days=1)
    return int(datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).timestamp() * 1000)
