"""How much the ingest function takes: its own work, the way over HTTP, its cold start, and what it stores."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any

from cli.bench.cold import first_request, import_ms
from cli.local import LocalRelay, Options, local_relay
from cli.samples import SIGNING_SECRET, http_event
from ingest import app
from relay.adapters.queue import chunks
from relay.core.documents import read_elements
from relay.core.envelopes import Message
from relay.front_door import FrontDoor
from relay.intake import Intake
from relay.shares import Shares
from relay.tracking_api import TrackingApi
from relay.webhooks import Webhooks

# One event, and batches up to Segment's largest.
SIZES = (1, 100, 1000, 4000)
# What SQS bills as one request.
BILLED_BYTES = 64 * 1024


def measure() -> None:
    """Print one line for each size and way, for each JSON library, and for each handler's import."""
    for size in SIZES:
        body = a_body(size)
        queue = _Queue()
        rates = _rate(partial(_handle, json.dumps(http_event(body)), _front_door(queue)), size)
        _print(mode="handler", batch=size, body_bytes=len(body), **rates, **_stored(queue, size))
    parsers = _parsers()
    for library, parse in parsers.items():
        _print(mode="json", library=library, **_rate(partial(parse, a_body(SIZES[-1])), SIZES[-1]))
    with local_relay(Options(port=0)) as relay:
        for size in SIZES:
            _print(mode="http", batch=size, **_rate(partial(_post, relay, a_body(size)), size))
            _print(mode="first_request", batch=size, **first_request(relay, a_body(size)))
    for module in ("ingest.app", "sender.app", *parsers):
        _print(mode="cold_import", module=module, ms=import_ms(module))


def a_body(size: int) -> bytes:
    """Return a body of that many events of different people, of 1,000 bytes each, as browsers make them."""
    events = [
        {
            "type": "track" if n % 2 else "identify",
            "messageId": f"ajs-next-1793527200000-00000000-0000-4000-8000-{n:012}",
            "userId": f"u-{n}",
            "anonymousId": None,
            **({"event": "Trial Started", "properties": {"plan": "Team", "seats": n % 50}} if n % 2 else {}),
            "traits": {
                "email": f"person{n}@example.org",
                "firstName": "Søren",
                "score": n * 1.25,
                "address": {"city": "Køge", "postalCode": f"{n:05}"},
            },
            "context": {
                "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
                "ip": f"203.0.113.{n % 255}",
                "locale": "da-DK",
                "timezone": "Europe/Copenhagen",
                "userAgent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 "
                "(KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
                "page": {
                    "path": f"/app/{n}/settings",
                    "title": "Settings",
                    "url": f"https://www.example.org/app/{n}/settings?utm_source=newsletter",
                    "referrer": "https://www.example.com/search/results",
                    "search": "?utm_source=newsletter&utm_medium=email",
                },
            },
            "integrations": {},
            "timestamp": "2026-11-01T08:00:00.000Z",
            "originalTimestamp": "2026-11-01T08:00:00.000Z",
            "sentAt": "2026-11-01T08:00:00.100Z",
            "receivedAt": "2026-11-01T08:00:00.200Z",
        }
        for n in range(size)
    ]
    content = events if size > 1 else events[0]
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class _Parameters:
    def read(self, destination: str, *, fresh: bool = False, is_named: bool = False) -> Mapping[str, str]:  # noqa: ARG002 - the port's
        # As fast as it can: the default limit would end that.
        known = {"settings": '{"ingest_limit":0}', "signing-secret": SIGNING_SECRET}
        return known if destination and not fresh else {}


@dataclass(slots=True)
class _Queue:
    bodies: Sequence[str] = field(default_factory=list)

    def send(self, bodies: Sequence[str], lane: str) -> bool:
        self.bodies = bodies
        return bool(lane)


@dataclass(frozen=True, slots=True)
class _Pace:
    def wait_ms(self, name: str, events: int, limit: int) -> int:
        raise NotImplementedError(name, events, limit)

    def give_back(self, name: str, events: int, limit: int) -> None:
        raise NotImplementedError(name, events, limit)

    def seen_wait_ms(self, name: str, limit: int) -> int:
        raise NotImplementedError(name, limit)


def _front_door(queue: _Queue) -> FrontDoor:
    parameters, intake = _Parameters(), Intake(queue, Shares(_Pace()), lambda: "relay-1")
    return FrontDoor(Webhooks(parameters, intake), TrackingApi(parameters, intake))


def _handle(event: str, door: FrontDoor) -> None:
    """Do what happens in the function, reading Lambda's event included; SSM and SQS cost nothing here."""
    answer = door.receive(app.request_of(json.loads(event)), received_at_ms=0)
    if answer.status != HTTPStatus.OK:
        raise RuntimeError("not accepted")


def _stored(queue: _Queue, size: int) -> Mapping[str, float]:
    """Return what of the last request lies on the queue, and for what SQS charges."""
    sent = list(chunks([Message(body, "") for body in queue.bodies]))
    billed = sum(-(-sum(len(each.body) for each in chunk) // BILLED_BYTES) for chunk in sent)
    return {
        "messages": len(queue.bodies),
        "queue_bytes_per_event": round(sum(map(len, queue.bodies)) / size, 1),
        "sqs_calls_per_1k_events": round(len(sent) * 1000 / size, 2),
        "sqs_requests_billed_per_1k_events": round(billed * 1000 / size, 2),
    }


def _post(relay: LocalRelay, body: bytes) -> None:
    relay.post(body).raise_for_status()


def _rate(act: Callable[[], object], size: int) -> Mapping[str, float]:
    """Repeat for about a second; return how many a second, and this process's CPU time."""
    act()
    started, cpu, done = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - started < 1:
        act()
        done += 1
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    return {
        "requests_per_s": round(done / wall_s, 1),
        "events_per_s": round(done * size / wall_s),
        "cpu_ms_per_request": round(cpu_s * 1000 / done, 2),
        "cpu_ms_per_1k_events": round(cpu_s * 1_000_000 / done / size, 1),
    }


def _rewritten(raw: bytes, loads: Callable[[bytes], Any], dumps: Callable[[Any], object]) -> Iterable[object]:
    """Read a batch and write each event anew: a library does not tell where an event ends."""
    return [dumps(event) for event in loads(raw)]


def _parsers() -> Mapping[str, Callable[[bytes], object]]:
    """Return the JSON libraries, ours first. Each gives the text of every event: these are packed one by one.

    The others are there for tests and benches only, so `make run` must do without.
    """
    import msgspec
    import orjson

    return {
        "json": read_elements,
        "orjson": partial(_rewritten, loads=orjson.loads, dumps=orjson.dumps),
        "msgspec": partial(_rewritten, loads=msgspec.json.decode, dumps=msgspec.json.encode),
    }


def _print(**fields: object) -> None:
    print(json.dumps({"bench": "ingest", **fields}), flush=True)
