"""The clocks of this machine, and DynamoDB's: each of its answers tells the time.

`CLOCK_BOOTTIME` is the steady one: nobody sets it, and it counts while the process or the machine is stopped,
as Lambda does with both between two invocations. Where there is none (macOS), `CLOCK_MONOTONIC` has to do.
"""

import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from relay.core.clocks import Reading, SharedTime, Skew

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
# What writes to a table. Whatever else there may be one day is stopped as well: reads are what is named here.
_READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "DescribeTable"})

# Each answer of DynamoDB has an id, a refusal too.
_OWN_MARK = "x-amzn-requestid"


class LeaseOverError(BotoCoreError):
    """A write is not sent: the time in which this process may write is over."""

    fmt = "The lease is over."


def steady_ms() -> int:
    """Return the milliseconds of a clock that is never set and counts while the process is stopped."""
    return time.clock_gettime_ns(_STEADY) // 1_000_000


def wall_ms() -> int:
    """Return what this machine takes for the time."""
    return time.time_ns() // 1_000_000


class Clock:
    """The time of this process, as far as DynamoDB's answers let it be. Safe to use from threads."""

    def __init__(
        self, steady_ms: Callable[[], int] = steady_ms, wall_ms: Callable[[], int] = wall_ms
    ) -> None:
        self._steady_ms = steady_ms
        self._wall_ms = wall_ms
        self._lock = threading.Lock()
        self._time = SharedTime.at(self._read())
        self._asked = threading.local()

    def now_ms(self) -> int:
        """Return the time: it goes on steadily, and is set only where DynamoDB tells that it is wrong."""
        with self._lock:
            return self._time.now_ms(self._steady_ms())

    def skew(self) -> Skew | None:
        """Return how far DynamoDB's time is ahead of `now_ms`; None if an answer of DynamoDB must tell."""
        with self._lock:
            return self._time.skew(self._read())

    def earliest_ms(self) -> int:
        """Return the time that it is at least."""
        return self._within_ms()[0]

    def latest_ms(self) -> int:
        """Return the time that it is at most."""
        return self._within_ms()[1]

    def deadline_ms(self, left_ms: int) -> int:
        """Return when `left_ms` are over that somebody has reckoned by the wall clock; 0 if they are.

        The runtime client of Lambda does: it knows the moment, and its distance from a wrong clock's time.
        With that, the moment is found again, whatever the clock shows.
        """
        return self._wall_ms() + left_ms if left_ms > 0 else 0

    def listen(self, client: "DynamoDBClient") -> None:
        """Take the time from every answer that `client` receives, also from refusals."""
        events = client.meta.events
        events.register_first("before-send.dynamodb", self._sent)
        events.register("response-received.dynamodb", self._came)

    def _sent(self, **_: object) -> None:
        self._asked.at = self._read()

    def _came(self, response_dict: "Mapping[str, Any] | None" = None, **_: object) -> None:
        """Hear the answer to what this thread has sent; each try is one.

        What DynamoDB has not written tells nothing: a proxy or a gateway has a clock of its own.
        """
        sent, came = getattr(self._asked, "at", None), self._read()
        if response_dict is None or sent is None:
            return
        headers = {str(name).lower(): value for name, value in response_dict["headers"].items()}
        date_ms = _date_ms(headers.get("date")) if _OWN_MARK in headers else None
        if date_ms is None and response_dict["status_code"] != HTTPStatus.OK:
            return
        with self._lock:
            self._time.hear(sent, came, date_ms)

    def _within_ms(self) -> tuple[int, int]:
        with self._lock:
            return self._time.within_ms(self._steady_ms())

    def _read(self) -> Reading:
        return Reading(self._steady_ms(), self._wall_ms())


class Fence:
    """Lets a process write to a table only while the leases that it holds there last."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._until_ms = 0
        # Before anybody who would answer in the place of DynamoDB.
        client.meta.events.register_first("before-send.dynamodb", self._check)

    def stand_until(self, until_ms: int) -> None:
        """Let writes pass until then."""
        self._until_ms = until_ms

    def is_over(self) -> bool:
        """Say whether the leases may be over by now."""
        return self._clock.latest_ms() >= self._until_ms

    def _check(self, request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's request has no public type
        """Stop a write, at each of its tries.

        Raises LeaseOverError, which is a failed call to whoever makes it.
        """
        operation = _text(request.headers.get("X-Amz-Target", "")).rpartition(".")[2]
        if operation not in _READS and self._is_of_table(request.body) and self.is_over():
            raise LeaseOverError

    def _is_of_table(self, body: object) -> bool:
        return f'"{self._table}"' in _text(body)


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes | bytearray) else str(value)


def _date_ms(text: object) -> int | None:
    """Return the moment of a `Date`; None if it is none."""
    try:
        return int(parsedate_to_datetime(_text(text)).timestamp()) * 1000
    except (ValueError, TypeError, OverflowError):
        return None
