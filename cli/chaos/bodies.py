"""The worst that strangers can make of a request, and of a message on the queue: small, and large inside."""

import base64
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping

from cli.chaos.attack import JSON, STRANGER, Shot
from cli.local import DESTINATION
from cli.samples import BROWSER_WRITE_KEY

MB = 1_000_000
# More than any body may hold, and a little less.
TOO_LARGE, LARGE = 1000 * MB, 5 * MB
# More values than any body may hold, and fewer.
MANY_VALUES, VALUES = 3_000_000, 400_000
NAMES, PRODUCTS, DIGITS, LEVELS = 5_000, 4_000, 1_000_000, 50_000
# What a message on the queue holds once it is unpacked.
INSIDE = 100 * MB
PUBLIC = {**JSON, "authorization": "Basic " + base64.b64encode(f"{BROWSER_WRITE_KEY}:".encode()).decode()}
FORGED = {**JSON, "x-signature": "0" * 40}


def shots() -> Iterator[Shot]:
    """Yield every body twice: with a key that stands in a page, and with a signature that is none."""
    for name, body in bodies():
        packed = gzip.compress(body) if not isinstance(body, Bomb) else body
        for path, headers in ((f"/v1/batch?{name}", PUBLIC), (f"/webhook/{DESTINATION}", FORGED)):
            yield Shot(path, packed, {**headers, "content-encoding": "gzip"})


class Bomb(bytes):
    """A body that is packed already."""


def bodies() -> Iterator[tuple[str, bytes]]:
    """Yield bodies by name."""
    yield "text", _batch(_identify(text="x" * LARGE))
    yield "values", _batch(_identify(values=[0] * VALUES))
    yield "too-many-values", _list(b"0", MANY_VALUES)
    yield "bomb", Bomb(_bomb())
    yield "names", _batch(_identify(**{f"trait {n}": n for n in range(NAMES)}))
    yield "names-of-one", _batch(*(_identify(**{f"trait {n} {m}": 1 for m in range(50)}) for n in range(500)))
    yield "levels", b'{"batch":[{"type":"identify","traits":' + b'{"a":' * LEVELS + b"1" + b"}" * (LEVELS + 3)
    yield "lists", b'{"batch":' + b"[" * LEVELS + b"]" * LEVELS + b"}"
    yield "products", _batch(_order({"product_id": "1", "name": "Alike", "price": 1, "quantity": 1}))
    yield "digits", _batch(_identify(number=0)).replace(b'"number": 0', b'"number": ' + b"9" * DIGITS)
    yield "events", _batch(*({"type": "identify", "userId": f"{STRANGER}-{n}"} for n in range(PRODUCTS)))
    yield (
        "repeated-name",
        b'{"batch":[' + b'{"type":"identify","traits":{' + b'"a":1,' * 200_000 + b'"a":1}}]}',
    )


def messages() -> Iterator[str]:
    """Yield messages as somebody could put them on the queue who has got so far: 100 MB inside 100 KB."""
    yield _message(b'{"events":[', b"{}", b"]}")
    yield _message(b'{"events":[{"type":"identify","traits":{"text":"', b"x", b'"}}]}')
    yield _message(b'{"events":[{"type":"identify","traits":{"values":[', b"0", b"]}}]}")
    yield _message(b'{"events":[', b'{"type":"identify","traits":{"email":"stranger"}}', b"]}")
    yield _message(b'{"events":[{"type":"identify","traits":{"number":', b"9", b"}}]}")
    yield _message(b'{"events":', b"[", b"")


def _message(before: bytes, part: bytes, after: bytes) -> str:
    is_list = before.endswith(b"[") and part != b"["
    each = part + b"," if is_list else part
    count = INSIDE // len(each)
    packer = zlib.compressobj(1)
    packed = [packer.compress(before)]
    block = each * (MB // len(each))
    packed += [packer.compress(block) for _ in range(count * len(each) // len(block))]
    packed += [packer.compress((part if is_list else b"") + after), packer.flush()]
    content = {
        "v": 1,
        "from": STRANGER,
        "destination": DESTINATION,
        "received_at_ms": 1_793_527_200_000,
        "zlib": base64.b64encode(b"".join(packed)).decode(),
    }
    return json.dumps(content)


def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    block = b" " * MB
    return b"".join(packer.compress(block) for _ in range(TOO_LARGE // MB)) + packer.flush()


def _batch(*events: Mapping[str, object]) -> bytes:
    return json.dumps({"batch": events}).encode()


def _list(value: bytes, count: int) -> bytes:
    return b"[" + b",".join([value] * count) + b"]"


def _identify(**traits: object) -> Mapping[str, object]:
    return {"type": "identify", "userId": STRANGER, "messageId": f"{STRANGER}-worst", "traits": traits}


def _order(product: Mapping[str, object]) -> Mapping[str, object]:
    properties = {"order_id": STRANGER, "products": [product] * PRODUCTS}
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": STRANGER,
        "messageId": f"{STRANGER}-order",
        "properties": properties,
    }
