"""What shall go wrong between the functions and AWS: with which calls, and how often."""

import json
import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from threading import Lock
from typing import Any, Literal, TypeAlias

# What a batch operation carries, and where its answer hands back what it was too busy for.
_HANDED_BACK = {"DynamoDB.BatchWriteItem": "UnprocessedItems", "DynamoDB.BatchGetItem": "UnprocessedKeys"}


@dataclass(frozen=True)
class AwsRequest:
    """One call of a function to AWS; `operation` is such as `DynamoDB.BatchWriteItem`, `agent` who calls."""

    operation: str
    body: bytes
    agent: str = ""

    @cached_property
    def json(self) -> Mapping[str, Any]:
        """What is asked for."""
        asked: Mapping[str, Any] = json.loads(self.body)
        return asked


Hook: TypeAlias = Callable[[AwsRequest], None]


@dataclass(frozen=True, slots=True)
class AwsFault:
    """One kind of trouble for the calls it matches.

    Attributes:
        operation: Pattern of the operations, such as `DynamoDB.*`.
        holding: Text that the request's body has to hold.
        skip: So many calls are let through first.
        times: So many calls suffer; None is for ever.
        delay_s: Wait before anything else.
        drip_s: Answer byte by byte, with such a pause after each.
        error: Answer this status and code instead of passing the call on.
        cut: End the connection before the call is passed on, or after it and without an answer.
        truncate: Answer only so many bytes of what AWS has answered.
        unprocessed: This share of a batch is handed back, at least one of it.
        before: Called before the call is passed on.
        after: Called after it, before the answer is given.
        when: Asked of each call that matches: whether it is one that suffers.
    """

    operation: str
    holding: str = ""
    skip: int = 0
    times: int | None = 1
    delay_s: float = 0
    drip_s: float = 0
    error: tuple[int, str] | None = None
    cut: Literal["before", "after"] | None = None
    truncate: int | None = None
    unprocessed: float = 0
    before: Hook | None = None
    after: Hook | None = None
    when: Callable[[], bool] = lambda: True

    def matches(self, request: AwsRequest) -> bool:
        """Say whether a call is meant."""
        is_such = fnmatchcase(request.operation, self.operation) and self.holding.encode() in request.body
        return is_such and self.when()


@dataclass
class Quota:
    """So many calls a second are served, as a quota of AWS's says; those beyond are not."""

    a_second: int
    now_s: Callable[[], float] = time.monotonic
    _served: deque[float] = field(default_factory=deque)
    _lock: Lock = field(default_factory=Lock)

    def is_used_up(self) -> bool:
        """Count a call; say whether it is one too many."""
        now = self.now_s()
        with self._lock:
            while self._served and self._served[0] <= now - 1:
                self._served.popleft()
            if len(self._served) >= self.a_second:
                return True
            self._served.append(now)
            return False


@dataclass
class AwsFaults:
    """The faults that are switched on. Safe to use from many threads."""

    _faults: list[AwsFault] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, *faults: AwsFault) -> None:
        """Switch on more faults, after those that are already there."""
        with self._lock:
            self._faults += faults

    def clear(self) -> None:
        """Switch everything off."""
        with self._lock:
            self._faults.clear()

    def list(self) -> Sequence[AwsFault]:
        """Return what is still to happen."""
        with self._lock:
            return list(self._faults)

    def take(self, request: AwsRequest) -> AwsFault | None:
        """Return the first fault that this call has to suffer, and count it down."""
        with self._lock:
            for n, fault in enumerate(self._faults):
                if fault.matches(request):
                    self._count(n, fault)
                    if not fault.skip:
                        return fault
            return None

    def _count(self, n: int, fault: AwsFault) -> None:
        if fault.skip:
            self._faults[n] = replace(fault, skip=fault.skip - 1)
        elif fault.times is not None:
            self._faults[n : n + 1] = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []


def split_off(request: AwsRequest, share: float) -> tuple[AwsRequest | None, Mapping[str, Any]]:
    """Take a `share` of a batch away; return the rest of the request, if any, and what the answer says of it.

    Raises:
        ValueError: the operation hands nothing back.
    """
    name = _HANDED_BACK.get(request.operation)
    if name is None:
        raise ValueError(f"{request.operation} has no batch to hand back")
    kept: dict[str, Any] = {}
    back: dict[str, Any] = {}
    for table, asked in request.json["RequestItems"].items():
        items = asked if isinstance(asked, list) else asked["Keys"]
        count = math.ceil(len(items) * share)
        for found, part in ((back, items[:count]), (kept, items[count:])):
            if part:
                found[table] = part if isinstance(asked, list) else {**asked, "Keys": part}
    rest = AwsRequest(request.operation, json.dumps({**request.json, "RequestItems": kept}).encode())
    return rest if kept else None, {name: back}
