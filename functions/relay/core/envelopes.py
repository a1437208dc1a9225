"""What lies on the queue: pack events into messages, and unpack what an older version has packed.

A message is ASCII, because SQS refuses characters that JSON may hold. The events of one request share as few
messages as possible: SQS bills by 64 KB, and the sender merges what it receives together. Events are kept as
they came, to the letter; only the write key, a credential, is removed.

A key may be added at any time: older senders pass over it, and newer ones do without it where it is missing.
But the entries of `rejections` keep their four keys: older senders take no others. What else is known of them
stands beside.
"""

import base64
import json
import re
import sys
import zlib
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TypeAlias, TypeVar

from relay.core.budgets import Load
from relay.core.documents import MAX_LEVELS, TOO_DEEP, Written, is_too_deep, loads
from relay.core.fields import without_write_key
from relay.core.grants import Grant, from_plain, to_plain
from relay.core.inflating import TooLarge, inflated, values_in
from relay.core.outcomes import Rejected
from relay.core.parking import Parked
from relay.core.parking import to_plain as parking_to_plain

VERSION = 1
# SQS bills each started 64 KB of a message; what remains is left to its attributes.
MAX_MESSAGE_BYTES = 60_000
MAX_EVENTS = 250
# Segment's own limit is 32 KB; whatever compresses badly still has to fit into SQS's 1 MiB after base64.
MAX_EVENT_BYTES = 500_000
# 250 events of the largest size; more than that in one message is not ours.
MAX_UNPACKED_BYTES = MAX_EVENTS * MAX_EVENT_BYTES
# What does not count there, where memory is no question.
_MOST = Load(MAX_UNPACKED_BYTES, sys.maxsize, sys.maxsize)
TOO_LARGE = "too_large"
# What a time in milliseconds, or a count, is below for some ten thousand years: each store takes it.
_MAX_COUNT = 10**15
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
# What SQS takes as a MessageGroupId: letters, digits and punctuation of ASCII.
_GROUP_ID = re.compile(r"[!-~]{1,128}")
# Earlier rejections that are kept of an event: enough to see whether the cause has changed; some kilobytes.
MAX_EARLIER = 10

JsonObject: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PastRejection:
    """A rejection that a replay has followed, and when it was; 0 where that is not known."""

    rejection: Rejected
    at_ms: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """Events of one destination that share a fate on the queue.

    `rejections` names why each was rejected last, at `rejected_at_ms`; `earlier` why before, oldest first.
    `texts` are the events as their sender wrote them. Each is empty, or has an entry for every event.
    `grant` is what the events may do that came with a public write key; None if they may do everything.
    `tries` is how often the events were looked at in messages before this one: what is still open of a
    message goes back as one of its own.

    Events of several messages may go on in one. Then `received_at_ms` is that of the oldest, and
    `received_ms` has an entry for every event. So has `since_ms`, once they were looked at: since when they
    have been on the queue. With `parked` they need no look for a while.
    """

    destination: str
    received_at_ms: int
    events: tuple[JsonObject, ...]
    rejections: tuple[Rejected, ...] = ()
    rejected_at_ms: int = 0
    earlier: tuple[tuple[PastRejection, ...], ...] = ()
    texts: tuple[str, ...] = field(default=(), compare=False)
    grant: Grant | None = None
    tries: int = 0
    received_ms: tuple[int, ...] = ()
    since_ms: tuple[int, ...] = ()
    parked: Parked | None = None

    def received(self, place: int) -> int:
        """Return when an event came in."""
        return self.received_ms[place] if self.received_ms else self.received_at_ms


@dataclass(frozen=True, slots=True)
class Message:
    """What SQS is given to store: a body, the lane of its events, and in how many seconds it may be taken.

    `reason` is why somebody else's body, which tells none, lies among the rejects.
    """

    body: str
    lane: str
    delay_s: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that no version of the relay has written; `reason` says what is wrong with it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What a message body was found to be, and the `load` that was unpacked to find it."""

    content: Envelope | Unreadable | TooLarge
    load: Load


def lane_of(envelope: Envelope) -> str:
    """Return whose backlog a message belongs to, its MessageGroupId: others do not wait for it (fair queues).

    A public key has a lane of its own beside its destination's, so that whoever floods one delays only that.
    "" where SQS would not take the name: ingest lets in only what fits, but others may queue what they like.
    """
    own = f"{envelope.destination}#{envelope.grant.key}" if envelope.grant else envelope.destination
    return next((name for name in (own, envelope.destination) if _GROUP_ID.fullmatch(name)), "")


def pack(envelope: Envelope) -> list[str]:
    """Return the bodies of the messages that carry `envelope`, tracks apart from all others."""
    return [body for body, _ in packed(envelope)]


def packed(envelope: Envelope) -> list[tuple[str, Sequence[int]]]:
    """Return the bodies of the messages that carry `envelope`, each with the places of its events.

    Tracks fail for other reasons than identifies and groups, so one must not hold back the other: they are
    apart. Events whose texts the envelope has are not written anew, and hold no write key.
    """
    texts = envelope.texts or tuple(to_json(without_write_key(event)) for event in envelope.events)
    written = replace(envelope, texts=texts)
    tracks = [n for n, event in enumerate(envelope.events) if event.get("type") == "track"]
    others = [n for n, event in enumerate(envelope.events) if event.get("type") != "track"]
    return [found for places in (others, tracks) for found in _bodies(written, places)]


def part(envelope: Envelope, places: Sequence[int]) -> Envelope:
    """Return the envelope of the events at these places alone, with all that is known of each."""
    return replace(
        envelope,
        events=_at(places, envelope.events),
        rejections=_at(places, envelope.rejections),
        earlier=_at(places, envelope.earlier),
        texts=_at(places, envelope.texts),
        received_ms=_at(places, envelope.received_ms),
        since_ms=_at(places, envelope.since_ms),
    )


def gathered(envelopes: Sequence[Envelope]) -> Envelope:
    """Return the events of envelopes as those of one, in their order; all have the same `kind_of`.

    Their texts are not kept.
    """
    if len(envelopes) == 1:
        return envelopes[0]
    received_ms = [each.received(n) for each in envelopes for n in range(len(each.events))]
    return replace(
        envelopes[0],
        received_at_ms=min(received_ms),
        received_ms=tuple(received_ms) if len(set(received_ms)) > 1 else (),
        events=_together(each.events for each in envelopes),
        rejections=_together(each.rejections for each in envelopes),
        earlier=_together(each.earlier or ((),) * len(each.events) for each in envelopes),
        since_ms=_together(each.since_ms for each in envelopes),
        texts=(),
        tries=max(each.tries for each in envelopes),
    )


def kind_of(envelope: Envelope) -> Hashable:
    """Return what envelopes must have in common whose events may go on together."""
    return (
        envelope.destination,
        envelope.grant,
        bool(envelope.rejections),
        envelope.rejected_at_ms,
        bool(envelope.since_ms),
        envelope.parked,
    )


def rejected(envelope: Envelope, rejections: Mapping[int, Rejected], now_ms: int) -> Envelope:
    """Return what goes to the rejects queue: the events at these places, each with what was said of it.

    The rejections that an envelope brings along, because it was replayed, become the earlier ones. Whoever
    replays it gives its events as many tries as new ones have.
    """
    before = part(envelope, list(rejections))
    earlier = before.earlier or ((),) * len(rejections)
    if before.rejections:
        latest = (PastRejection(rejection, envelope.rejected_at_ms) for rejection in before.rejections)
        earlier = tuple((*past, last)[-MAX_EARLIER:] for past, last in zip(earlier, latest, strict=True))
    return replace(
        started_anew(before), rejections=tuple(rejections.values()), rejected_at_ms=now_ms, earlier=earlier
    )


def started_anew(envelope: Envelope) -> Envelope:
    """Return the same events as if nobody had looked at them yet."""
    return replace(envelope, tries=0, since_ms=(), parked=None)


def unpack(body: str) -> Envelope | Unreadable:
    """Read a message body back. Never raises on foreign content: that is `Unreadable`."""
    content = open_body(body, _MOST).content
    return Unreadable(TOO_LARGE) if isinstance(content, TooLarge) else content


def open_body(body: str, room: Load) -> Opened:
    """Read a message body back as far as there is room for it: nothing is built before it is counted.

    Never raises on foreign content, as `unpack`.
    """
    load = Load(len(body), values_in(body))
    if not load.fits(room):
        return Opened(TooLarge(load), load)
    try:
        content = loads(body)
    except (ValueError, RecursionError):
        return Opened(Unreadable("not_json"), load)
    if not isinstance(content, dict) or content.get("v") != VERSION:
        return Opened(Unreadable("unknown_version"), load)
    try:
        return _opened(content, load, room)
    except (KeyError, TypeError, ValueError, RecursionError, zlib.error) as error:
        return Opened(Unreadable(f"malformed: {type(error).__name__}"), load)


def to_json(value: object) -> str:
    """Compact JSON, ASCII only."""
    return json.dumps(value, separators=(",", ":"))


_Kind = TypeVar("_Kind")


def _at(places: Sequence[int], entries: tuple[_Kind, ...]) -> tuple[_Kind, ...]:
    return tuple(entries[place] for place in places) if entries else ()


def _together(lists: Iterable[tuple[_Kind, ...]]) -> tuple[_Kind, ...]:
    return tuple(chain.from_iterable(lists))


def _bodies(envelope: Envelope, places: Sequence[int]) -> Iterator[tuple[str, Sequence[int]]]:
    todo = [places[n : n + MAX_EVENTS] for n in range(0, len(places), MAX_EVENTS)]
    while todo:
        some = todo.pop(0)
        body = _body(part(envelope, some))
        if len(body) <= MAX_MESSAGE_BYTES or len(some) == 1:
            yield body, some
        else:
            # How far JSON shrinks is known only afterwards; halving costs one more compression a level.
            half = len(some) // 2
            todo[:0] = [some[:half], some[half:]]


def _body(envelope: Envelope) -> str:
    head: dict[str, object] = {"v": VERSION}
    if envelope.parked:
        since_ms = min(envelope.since_ms, default=envelope.received_at_ms)
        head["parked"] = parking_to_plain(envelope.parked, len(envelope.events), since_ms)
    head |= {
        "destination": envelope.destination,
        "received_at_ms": envelope.received_at_ms,
    }
    if envelope.grant:
        head["grant"] = to_plain(envelope.grant)
    if envelope.tries:
        head["tries"] = envelope.tries
    load: dict[str, Iterable[str]] = {"events": envelope.texts}
    if envelope.rejections:
        head["rejected_at_ms"] = envelope.rejected_at_ms
        load["rejections"] = [to_json(_plain(rejection)) for rejection in envelope.rejections]
    if any(envelope.earlier):
        load["earlier"] = [
            to_json([_plain(past.rejection) | {"at_ms": past.at_ms} for past in pasts])
            for pasts in envelope.earlier
        ]
    # An older sender takes the oldest's time for all.
    times = {"received_ms": envelope.received_ms, "since_ms": envelope.since_ms}
    load |= {name: map(str, entries) for name, entries in times.items() if entries}
    lists = ",".join(f'"{name}":[{",".join(entries)}]' for name, entries in load.items())
    document = f"{to_json(head)[:-1]},{lists}}}"
    # Escapes make it longer, so what is too long already needs none.
    if len(envelope.events) == 1 and len(document) <= MAX_MESSAGE_BYTES:
        document = _ascii(document)
        if len(document) <= MAX_MESSAGE_BYTES:
            return document
    packed = zlib.compress(f"{{{lists}}}".encode("utf-8", "surrogatepass"))
    return to_json(head | {"zlib": base64.b64encode(packed).decode("ascii")})


def _ascii(document: str) -> str:
    """Escape what is not ASCII; in JSON it stands in texts alone, where an escape means the same."""
    return document if document.isascii() else _NOT_ASCII.sub(lambda found: to_json(found[0])[1:-1], document)


def weighed(body: str, room: Load) -> Load:
    """Return the load of a body without its events, or that part of it that is too large for the room."""
    load = Load(len(body), values_in(body))
    if not load.fits(room):
        return load
    try:
        data = inflated(base64.b64decode(json.loads(body)["zlib"], validate=True), room)
    except (KeyError, TypeError, ValueError, RecursionError, zlib.error):
        # It is plain, or nothing that can be read.
        return load
    return data.seen if isinstance(data, TooLarge) else Load(len(data), values_in(data))


def _opened(content: Mapping[str, object], load: Load, room: Load) -> Opened:
    inner = content
    if "zlib" in content:
        data = inflated(base64.b64decode(_typed(content["zlib"], str), validate=True), room)
        if isinstance(data, TooLarge):
            return Opened(data, data.seen)
        load = Load(len(data), values_in(data))
        inner = _typed(loads(data), dict)
    load = replace(load, events=len(_typed(inner["events"], list)))
    if not load.fits(room):
        return Opened(TooLarge(load), load)
    envelope = _read(content, inner)
    # Deeper ones are refused by ingest, and not every part of the sender could print them again.
    is_deep = load.values > MAX_LEVELS and any(is_too_deep(Written(event)) for event in envelope.events)
    return Opened(Unreadable(TOO_DEEP.code) if is_deep else envelope, load)


def _read(content: Mapping[str, object], inner: Mapping[str, object]) -> Envelope:
    events = _typed(inner["events"], list)
    rejections = [_rejection(entry) for entry in _typed(inner.get("rejections", []), list)]
    earlier = [
        tuple(_past(entry) for entry in _typed(pasts, list))
        for pasts in _typed(inner.get("earlier", []), list)
    ]
    received_ms, since_ms = (
        tuple(_count(each) for each in _typed(inner.get(name, []), list))
        for name in ("received_ms", "since_ms")
    )
    if any(len(entries) not in (0, len(events)) for entries in (rejections, earlier, received_ms, since_ms)):
        raise ValueError("not one entry for each event")
    return Envelope(
        destination=_typed(content["destination"], str),
        received_at_ms=_count(content["received_at_ms"]),
        events=tuple(_typed(event, dict) for event in events),
        rejections=tuple(rejections),
        rejected_at_ms=_count(content.get("rejected_at_ms", 0)),
        earlier=tuple(earlier),
        grant=from_plain(content["grant"]) if "grant" in content else None,
        tries=_count(content.get("tries", 0)),
        received_ms=received_ms,
        since_ms=since_ms,
    )


# `log_message` is told once, in the log.
_WORDS = ("reason", "message", "category", "correlation_id")


def _plain(rejection: Rejected) -> dict[str, object]:
    return {name: getattr(rejection, name) for name in _WORDS}


def _rejection(entry: object) -> Rejected:
    known = {name: text for name, text in _typed(entry, dict).items() if name in _WORDS}
    return Rejected(**{name: _typed(text, str) for name, text in known.items()})


def _past(entry: object) -> PastRejection:
    return PastRejection(_rejection(entry), _typed(_typed(entry, dict).get("at_ms", 0), int))


def _count(value: object) -> int:
    count = _typed(value, int)
    if not 0 <= count <= _MAX_COUNT:
        raise ValueError("no time, and no count")
    return count


def _typed(value: object, kind: type[_Kind]) -> _Kind:
    if not isinstance(value, kind):
        raise TypeError(f"expected {kind.__name__}")
    return value
