"""What lies on the queue: pack events into messages, and unpack what an older version has packed.

A message is ASCII JSON, because SQS refuses control characters that JSON escapes. The events of one request
share as few messages as possible: SQS bills by 64 KB, and the sender merges what it receives together.
Events are kept as they came; only `writeKey`, a credential, is removed.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeAlias, TypeVar

from relay.core.outcomes import Rejected

VERSION = 1
# SQS bills each started 64 KB of a message; what remains is left to its attributes.
MAX_MESSAGE_BYTES = 60_000
MAX_EVENTS = 250
# Segment's own limit is 32 KB; whatever compresses badly still has to fit into SQS's 1 MiB after base64.
MAX_EVENT_BYTES = 500_000
# 250 events of the largest size; more than that in one message is not ours.
MAX_UNPACKED_BYTES = MAX_EVENTS * MAX_EVENT_BYTES

JsonObject: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Events of one destination that share a fate on the queue. `rejections` names why each was rejected."""

    destination: str
    received_at_ms: int
    events: tuple[JsonObject, ...]
    rejections: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that no version of the relay has written; `reason` says what is wrong with it."""

    reason: str


def pack(envelope: Envelope) -> list[str]:
    """Return the bodies of the messages that carry `envelope`, tracks apart from all others.

    Tracks fail for other reasons than identifies and groups, so one must not hold back the other.
    """
    pairs = list(_paired(envelope))
    tracks = [pair for pair in pairs if pair[0].get("type") == "track"]
    others = [pair for pair in pairs if pair[0].get("type") != "track"]
    return [body for group in (others, tracks) for body in _bodies(envelope, group)]


def unpack(body: str) -> Envelope | Unreadable:
    """Read a message body back. Never raises on foreign content: that is `Unreadable`."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return Unreadable("not_json")
    if not isinstance(content, dict) or content.get("v") != VERSION:
        return Unreadable("unknown_version")
    try:
        return _read(content)
    except (KeyError, TypeError, ValueError, RecursionError, zlib.error) as error:
        return Unreadable(f"malformed: {type(error).__name__}")


def to_json(value: object) -> str:
    """Compact JSON, ASCII only."""
    return json.dumps(value, separators=(",", ":"))


_Pair: TypeAlias = tuple[JsonObject, Rejected | None]


def _paired(envelope: Envelope) -> Iterable[_Pair]:
    clean = [{k: v for k, v in event.items() if k != "writeKey"} for event in envelope.events]
    rejections: Sequence[Rejected | None] = envelope.rejections or [None] * len(clean)
    return zip(clean, rejections, strict=True)


def _bodies(envelope: Envelope, pairs: Sequence[_Pair]) -> list[str]:
    if not pairs:
        return []
    if len(pairs) <= MAX_EVENTS:
        body = _body(envelope, pairs)
        if len(body) <= MAX_MESSAGE_BYTES or len(pairs) == 1:
            return [body]
    # How far JSON shrinks is known only afterwards; halving costs one more compression a level.
    half = min(len(pairs) // 2, MAX_EVENTS) or 1
    return _bodies(envelope, pairs[:half]) + _bodies(envelope, pairs[half:])


def _body(envelope: Envelope, pairs: Sequence[_Pair]) -> str:
    content = {"v": VERSION, "destination": envelope.destination, "received_at_ms": envelope.received_at_ms}
    load = {"events": [event for event, _ in pairs]}
    if envelope.rejections:
        load["rejections"] = [asdict(rejection) for _, rejection in pairs if rejection]
    plain = to_json(content | load)
    if len(pairs) == 1 and len(plain) <= MAX_MESSAGE_BYTES:
        return plain
    packed = zlib.compress(to_json(load).encode("ascii"))
    return to_json(content | {"zlib": base64.b64encode(packed).decode("ascii")})


def _read(content: Mapping[str, object]) -> Envelope:
    load = _inflated(content["zlib"]) if "zlib" in content else content
    events, rejections = load["events"], load.get("rejections", [])
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise TypeError("events must be objects")
    if not isinstance(rejections, list):
        raise TypeError("rejections must be a list")
    return Envelope(
        destination=_typed(content["destination"], str),
        received_at_ms=_typed(content["received_at_ms"], int),
        events=tuple(events),
        rejections=tuple(Rejected(**rejection) for rejection in rejections),
    )


def _inflated(text: object) -> Mapping[str, object]:
    inflater = zlib.decompressobj()
    data = inflater.decompress(base64.b64decode(_typed(text, str), validate=True), MAX_UNPACKED_BYTES)
    if not inflater.eof:
        raise ValueError("cut short or too large")
    return _typed(json.loads(data), dict)


_Kind = TypeVar("_Kind")


def _typed(value: object, kind: type[_Kind]) -> _Kind:
    if not isinstance(value, kind):
        raise TypeError(f"expected {kind.__name__}")
    return value
