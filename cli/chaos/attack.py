"""An attack: what strangers post, and the honest sender beside them, which posts as Segment does."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self, TypeAlias

import httpx

from cli.chaos.workload import Json
from cli.chaos.world import LIMIT, World
from cli.embedded.aws_faults import AwsFault
from cli.samples import signature

# In each address, id and message of strangers, so that the verdict can tell them from the honest sender's.
STRANGER = "stranger"
STRANGERS_DOMAIN = "strangers.example"
# Segment hangs up after 5 s. Who does so leaves a function at work that nobody waits for, and on a busy
# machine one after the other: here the answer is waited for, and counted as a late one.
LATE_MS, PATIENCE_S, AGAIN_AFTER_S = 5_000, 30, 0.5
# After a fault of SSM ingest rests for 5 s at most, and answers 503: so many faults are waited out.
TRIES = 160
NO_ANSWER = "no answer"
# What the honest sender may be told for a while, and posts again; how fast this machine is decides how often.
MAY_BE_TOLD = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, NO_ANSWER})
JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Shot:
    """A request of a stranger."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)


# All that strangers post, for a world whose honest sender posts so many events.
Shots: TypeAlias = Callable[[World, int], Iterator[Shot]]


@dataclass(frozen=True, slots=True)
class Attack:
    """What is done while an honest sender posts.

    Attributes:
        shots: What strangers post.
        threads: How many strangers post at once.
        on_queue: Messages that lie on the queue before the honest sender's.
        ingest: Faults of AWS that ingest meets, for a world.
        copies: How often each request of the honest sender is posted at once, as if it had many callers.
        limit: How many ordinary calls HubSpot takes in ten seconds.
        batch: How many records a sender gets at most; 0 for the scale's own.
        check: What else may be wrong in the end.
        is_backlog: The strangers' events are on the queue before the honest sender's, which must not wait
            for them.
    """

    shots: Shots = lambda _, __: iter(())
    threads: int = 2
    on_queue: Callable[[int], Iterator[str]] = lambda _: iter(())
    ingest: Callable[[World], Sequence[AwsFault]] = lambda _: ()
    copies: int = 1
    limit: int = LIMIT
    batch: int = 0
    check: Callable[[World], Iterator[str]] = lambda _: iter(())
    is_backlog: bool = False


class Strangers:
    """Post until all is posted; `answers` counts what they were told. Use as a context manager."""

    def __init__(self, url: str, shots: Iterator[Shot], threads: int) -> None:
        self.answers: Counter[object] = Counter()
        self._url = url
        self._shots = shots
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._post_all) for _ in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self.join()

    def join(self) -> None:
        """Wait until all is posted."""
        for thread in self._threads:
            thread.join()

    def _post_all(self) -> None:
        with httpx.Client(base_url=self._url, timeout=PATIENCE_S, trust_env=False) as http:
            while not self._stopping.is_set() and (shot := self._next()):
                answer = _answer_to(http, shot.path, shot.body, shot.headers)
                with self._lock:
                    self.answers[answer] += 1

    def _next(self) -> Shot | None:
        with self._lock:
            return next(self._shots, None)


@dataclass
class Honest:
    """Posts requests one after the other, each of them until it is taken.

    `latencies_ms` are those of all tries, `refused` counts what it was told instead of 200.
    """

    world: World
    copies: int = 1
    latencies_ms: list[float] = field(default_factory=list)
    refused: Counter[object] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)

    def post(self, requests: Sequence[Sequence[Json]]) -> None:
        """Post all of them."""
        with httpx.Client(timeout=PATIENCE_S, trust_env=False) as http:
            for request in requests:
                self._post(http, request)

    def _post(self, http: httpx.Client, request: Sequence[Json]) -> None:
        body = json.dumps(request).encode()
        threads = [threading.Thread(target=self._insist, args=(http, body)) for _ in range(self.copies)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _insist(self, http: httpx.Client, body: bytes) -> None:
        headers = {**JSON, "x-signature": signature(body)}
        for _ in range(TRIES):
            started = time.monotonic()
            answer = _answer_to(http, self.world.relay.webhook_url, body, headers)
            self.latencies_ms.append((time.monotonic() - started) * 1000)
            if answer == HTTPStatus.OK:
                return
            self.refused[answer] += 1
            time.sleep(AGAIN_AFTER_S)
        self.lost.append(f"a request was never taken in {TRIES} tries")


def _answer_to(http: httpx.Client, url: str, body: bytes, headers: Mapping[str, str]) -> object:
    """Return the status of an answer, or that there was none."""
    try:
        return http.post(url, content=body, headers=dict(headers)).status_code
    except httpx.TransportError:
        return NO_ANSWER
