"""How much the ingest function takes: its own work, the whole way over HTTP, and its cold start."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path

from cli.local import LocalRelay, Options, local_relay
from cli.samples import SIGNING_SECRET, signature
from relay.intake import Intake, Request

ROUNDS = 7
BATCHES = (1, 1000)
FUNCTIONS = Path(__file__).parents[2] / "functions"


def measure() -> None:
    """Print one line for each way and size, and one for each handler's import."""
    for size in BATCHES:
        body = a_body(size)
        _print(mode="handler", batch=size, **_handler_rate(body, size))
    with local_relay(Options(port=0)) as relay:
        for size in BATCHES:
            _print(mode="http", batch=size, **_rate(partial(_post, relay, a_body(size)), size))
    for handler in ("ingest.app", "sender.app"):
        _print(mode="cold_import", handler=handler, ms=_import_ms(handler))


def a_body(size: int) -> bytes:
    """Return a body of that many identifies of different people, of an ordinary size."""
    events = [
        {
            "type": "identify",
            "messageId": f"bench-{n}",
            "userId": f"u-{n}",
            "traits": {"email": f"person{n}@example.org", "firstname": "Kim", "plan": "team", "score": n},
            "context": {"library": {"name": "analytics-python", "version": "2.4.0"}, "ip": "203.0.113.7"},
            "integrations": {},
            "timestamp": "2026-11-01T08:00:00.000Z",
        }
        for n in range(size)
    ]
    return json.dumps(events if size > 1 else events[0], separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class _Secrets:
    def read(self, destination: str, *, fresh: bool = False) -> Mapping[str, str]:
        return {"signing-secret": SIGNING_SECRET} if destination and not fresh else {}


@dataclass(frozen=True, slots=True)
class _Queue:
    def send(self, bodies: Sequence[str], destination: str) -> bool:
        return bool(bodies and destination)


def _handler_rate(body: bytes, size: int) -> Mapping[str, float]:
    """Ingest's own work: authenticate, check, pack; SSM and SQS cost nothing here."""
    intake = Intake(_Secrets(), _Queue())
    request = Request("default", {"x-signature": signature(body)}, body.decode(), is_base64=False)

    def receive() -> None:
        if intake.receive(request, received_at_ms=0).status != HTTPStatus.OK:
            raise RuntimeError("not accepted")

    return _rate(receive, size)


def _post(relay: LocalRelay, body: bytes) -> None:
    relay.post(body).raise_for_status()


def _rate(act: Callable[[], object], size: int) -> Mapping[str, float]:
    """Repeat for about a second; return events a second, and this process's CPU time for a thousand."""
    act()
    started, cpu, done = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - started < 1:
        act()
        done += size
    return {
        "events_per_s": round(done / (time.perf_counter() - started)),
        "cpu_ms_per_1k_events": round((time.process_time() - cpu) * 1_000_000 / done, 1),
    }


def _import_ms(handler: str) -> float:
    """Median time that a fresh interpreter takes to import the handler, .pyc files present."""
    program = f"import time; t = time.perf_counter(); import {handler}; print(time.perf_counter() - t)"
    seconds = [
        float(
            subprocess.run(  # noqa: S603 - our own interpreter and program
                [sys.executable, "-c", program],
                env={"PYTHONPATH": str(FUNCTIONS)},
                capture_output=True,
                check=True,
            ).stdout
        )
        for _ in range(ROUNDS)
    ]
    return round(statistics.median(seconds) * 1000, 1)


def _print(**fields: object) -> None:
    print(json.dumps({"bench": "ingest", **fields}), flush=True)
