"""AWS calls within the time that a request has: none is waited for any longer, whatever it does.

botocore's time-outs are not enough. Each counts for one connection to one of several addresses and for one
read of the socket, so an answer that drips, a name server that is silent or a try too many takes as long as
it likes. So a call is made on a thread of its own and left behind when its time is up; it ends by itself, and
what it brings is not used.
"""

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ReadTimeoutError

# Segment hangs up after 5 s; an answer is there after 3.5 s, whatever AWS does. A cold start comes before.
REQUEST_MS = 3_500
# Calls to one service that were left behind occupy a thread until they end. Beyond that, none is begun.
THREADS = 16


def monotonic_ms() -> int:
    """Return a time that no correction of the clock moves."""
    return time.monotonic_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a request's time one kind of call may take: all of it together until `until_ms`.

    That counts from the request's beginning. At most `at_most_ms` and at least `at_least_ms` count from the
    first call of the kind: what the function itself does for a large body must not use up all of it.
    """

    name: str
    until_ms: int
    at_least_ms: int = 0
    at_most_ms: int = 60_000


# One after the other: 2,000 ms, 400 ms and 600 ms at worst, and 300 ms of pauses between the tries of SQS.
# What the function does itself comes between them: 100 ms for 4 MB, more on less CPU. SQS has its 600 ms
# then, too, so that what is large is stored all the same.
PARAMETERS = Share("parameters", until_ms=2_000)
PACE = Share("pace", until_ms=2_400, at_most_ms=400)
QUEUE = Share("queue", until_ms=3_000, at_least_ms=600)


@dataclass(frozen=True, slots=True)
class Patience:
    """The time of the request that is being answered, of one in each thread that answers requests."""

    now_ms: Callable[[], int] = monotonic_ms
    _began_ms: ContextVar[int] = field(default_factory=lambda: ContextVar("began_ms"))
    _ends: ContextVar[dict[str, int]] = field(default_factory=lambda: ContextVar("ends"))

    def begin(self) -> None:
        """Begin a request."""
        self._began_ms.set(self.now_ms())
        self._ends.set({})

    def left_ms(self, share: Share) -> int:
        """Return how long a call may take that is made now; 0 or less if none may be made."""
        now_ms, ends = self.now_ms(), self._ends.get()
        if share.name not in ends:
            until_ms = max(self._began_ms.get() + share.until_ms, now_ms + share.at_least_ms)
            ends[share.name] = min(until_ms, now_ms + share.at_most_ms)
        return ends[share.name] - now_ms


def wait_for(call: Future[Any], timeout_s: float) -> Any:  # noqa: ANN401 - whatever was called
    """Return what a call brings, or raise what it raises; TimeoutError when the time is up."""
    return call.result(timeout_s)


@dataclass(frozen=True, slots=True)
class Patient:
    """A client of AWS whose calls end in time; those that do not raise botocore's ReadTimeoutError."""

    client: Any
    patience: Patience
    share: Share
    threads: Executor
    wait: Callable[[Future[Any], float], Any] = wait_for

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a client has
        """Return an operation of the client, in time; anything else of it as it is."""
        found = getattr(self.client, name)
        return self._in_time(name, found) if callable(found) else found

    def _in_time(self, name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
        def call(**arguments: object) -> Any:  # noqa: ANN401 - whatever it answers
            left_ms = self.patience.left_ms(self.share)
            if left_ms <= 0:
                raise ReadTimeoutError(endpoint_url=name)
            made = self.threads.submit(operation, **arguments)
            try:
                return self.wait(made, left_ms / 1000)
            except TimeoutError as error:
                # One that has not begun yet never does.
                made.cancel()
                raise ReadTimeoutError(endpoint_url=name) from error

        return call


def threads() -> ThreadPoolExecutor:
    """Return what makes the calls to one service: threads begin when they are needed, and are used again."""
    return ThreadPoolExecutor(THREADS, "aws")
