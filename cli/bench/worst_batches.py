"""The worst batches that SQS may hand to the sender.

Each is as large as a batch may be: 6 MB with what stands beside the bodies, and 10,000 records. Ingest lets
in less; but whatever lies on the queue is handed out. Behind them stands the event of a neighbour.
"""

import base64
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, cycle, islice
from typing import Any, TypeAlias

from cli.local import DESTINATION

# What Lambda hands to a function at once, and how many records SQS gives it (AWS Lambda, "Amazon SQS").
MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
MAX_RECORDS = 10_000
# So many messages of a kind are more than any budget; then they are the same again.
DISTINCT = 60
# What texts may be made of that expressions might go back and forth in.
_PIECES = ("a@", "1", "2026-", " ", "a.", "-", "_", "http://", "\u00e9")
AT_MS = 1_793_527_200_000

Event: TypeAlias = Mapping[str, Any]
Batch: TypeAlias = Sequence[Mapping[str, Any]]


def envelope(events: Sequence[Event] | str, destination: str = DESTINATION) -> str:
    """Return a message with these events, or with a text in their place, that expands as far as it can."""
    text = (
        events if isinstance(events, str) else json.dumps(events, separators=(",", ":"), ensure_ascii=False)
    )
    packed = base64.b64encode(zlib.compress(f'{{"events":{text}}}'.encode(), 9)).decode()
    return json.dumps({"v": 1, "destination": destination, "received_at_ms": AT_MS, "zlib": packed})


def identify(n: int, person: str = "", /, **traits: object) -> Event:
    """Return an identify, of a person with a number of their own."""
    who = person or n
    told = {"email": f"person{who}@example{n % 500}.com", **traits}
    return {"type": "identify", "messageId": f"w-{n}", "userId": f"u-{who}", "traits": told}


def track(n: int, **properties: object) -> Event:
    """Return a track of a person with a number of their own."""
    traits = {"email": f"person{n}@example.com"}
    return {
        "type": "track",
        "messageId": f"w-{n}",
        "userId": f"u-{n}",
        "event": "Order Completed",
        "properties": properties,
        "context": {"traits": traits},
    }


def names(n: int, number: int) -> Mapping[str, object]:
    """Return values of so many names that no account has a property for; each `n` has names of its own."""
    return {f"t{n}x{place}": "v" for place in range(number)}


def alike_products(number: int) -> Sequence[Event]:
    """Return so many products that are all the same."""
    return [{"product_id": "p-1", "sku": "s-1", "name": "Shirt", "price": 9.5, "quantity": 1}] * number


def _by(size: int, event: Callable[[int], Event]) -> Callable[[], Iterator[str]]:
    """Return what yields messages of so many events, each with a number of its own, again and again."""
    starts = range(0, DISTINCT * size, size)
    return lambda: cycle([envelope([event(n) for n in range(start, start + size)]) for start in starts])


def _same(text: Callable[[], str]) -> Callable[[], Iterator[str]]:
    return lambda: cycle([envelope(text())])


def _values(values: str) -> str:
    return f'[{{"type":"identify","userId":"u-1","traits":{{"a":[{values}]}}}}]'


def _alias(n: int) -> Event:
    return {"type": "alias", "messageId": f"a-{n}", "userId": f"u-{n + 1}", "previousId": f"u-{n}"}


def _group(n: int, company: int) -> Event:
    traits = {"name": f"Group {n}", "website": f"https://example{company}.com"}
    return {
        "type": "group",
        "messageId": f"g-{n}",
        "userId": f"u-{n}",
        "groupId": f"g-{company}",
        "traits": traits,
    }


def _one_address_each(n: int) -> Event:
    return {**identify(n), "userId": "u-1"}


def _wide(n: int) -> Event:
    # A single one beyond the BMP: Python keeps the whole text with four bytes for each character.
    return identify(n, firstName="x" * 60_000 + "\U0001f600", note="y" * 400_000 + "\U0001f600")


def _long(n: int) -> Event:
    what = _PIECES[n % len(_PIECES)]
    return identify(n, firstName=what * (200_000 // len(what)), phone=what * 10_000)


# By name: the bodies of messages, as many as are wanted.
BODIES: Mapping[str, Callable[[], Iterator[str]]] = {
    "small_bombs": _same(lambda: json.dumps([identify(1, note="x" * 4_000_000)])),
    "large_bombs": _same(lambda: json.dumps([identify(1, note="x" * 124_000_000)])),
    "zeros": _same(lambda: _values("0," * 500_000 + "0")),
    "deep": _same(lambda: _values("[" * 900 + "]" * 900)),
    "digits": _same(lambda: _values(",".join(["9" * 4_299] * 100))),
    "empty_objects": _same(lambda: "[" + "{}," * 249 + "{}]"),
    "too_many_objects": _same(lambda: "[" + "{}," * 100_000 + "{}]"),
    "tiny_events": _by(250, lambda _: {"type": "identify"}),
    "unknown_traits": _by(5, lambda n: identify(n, **names(n, 4_000))),
    "same_unknown_traits": _by(20, lambda n: identify(n, **names(0, 1_000))),
    "unknown_properties": _by(5, lambda n: track(n, **names(n, 4_000))),
    "alike_products": _by(1, lambda n: track(n, products=alike_products(4_000))),
    "event_names": _by(250, lambda n: {**track(n, total=1), "event": f"Event {n}"}),
    "one_message_id": _by(250, lambda n: {**track(n, total=n), "messageId": "the-same"}),
    "people": _by(250, lambda n: identify(n, firstName="Kim", plan="a")),
    "one_person": _by(250, lambda n: identify(n, "1", firstName=f"Kim {n}", plan="a")),
    "one_user_of_many_addresses": _by(250, _one_address_each),
    "aliases": _by(250, _alias),
    "groups": _by(250, lambda n: _group(n, n)),
    "one_company": _by(250, lambda n: _group(n, 1)),
    "destinations": lambda: (envelope([identify(1)], f"d{n}") for n in count()),
    "long_texts": _by(1, _long),
    "wide_texts": _by(1, _wide),
    "all_at_once": _by(
        100, lambda n: identify(n, firstName=f"Kim \U0001f600{n}", **names(n, 45), note="z" * 2_000)
    ),
}


def neighbour_of(name: str) -> str:
    """Return the address of somebody whose only event stands behind all others of a batch."""
    return f"{name}@example.net"


def batch(name: str) -> Batch:
    """Return a batch of one kind, as large as SQS hands one out, and behind it a neighbour's record."""
    traits = {"email": neighbour_of(name), "firstName": "Kim"}
    event = {"type": "identify", "messageId": f"neighbour-{name}", "traits": traits}
    neighbour = _record(0, envelope([event]))
    left = MAX_PAYLOAD_BYTES - _size(neighbour) - len('{"Records":[]}')
    records: list[Mapping[str, Any]] = []
    for n, body in enumerate(islice(BODIES[name](), MAX_RECORDS - 1), start=1):
        record = _record(n, body)
        left -= _size(record) + 1
        if left < 0:
            break
        records.append(record)
    return [*records, neighbour]


def payload_bytes(records: Batch) -> int:
    """Return the size of the event that Lambda hands to the function."""
    return len(json.dumps({"Records": records}, separators=(",", ":")))


def _size(record: Mapping[str, Any]) -> int:
    return len(json.dumps(record, separators=(",", ":")))


def _record(n: int, body: str) -> Mapping[str, Any]:
    attributes = {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": str(AT_MS),
        "SenderId": "AIDAEXAMPLEEXAMPLEEXA",
        "ApproximateFirstReceiveTimestamp": str(AT_MS),
        "MessageGroupId": json.loads(body)["destination"],
    }
    return {
        "messageId": f"00000000-0000-4000-8000-{n:012}",
        # A handle is some 400 characters long.
        "receiptHandle": f"{n:0400}",
        "body": body,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": "0" * 32,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:segment-hubspot-relay-events",
        "awsRegion": "us-east-1",
    }
