"""Segment's Tracking API: the paths of its calls, and bodies of libraries → whole events. Pure.

What Segment's own servers add before a webhook sees an event is added here: the type that the path implies,
what a batch says for all of its events, and the time by a right clock (Segment's HTTP API and common spec).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from relay.core.documents import (
    MAX_ELEMENTS,
    TOO_DEEP,
    TOO_MANY_EVENTS,
    BadDocument,
    Written,
    is_too_deep,
)
from relay.core.envelopes import to_json
from relay.core.moments import to_ms

TYPES = ("identify", "track", "page", "screen", "group", "alias")
# Browsers send the first letter of a type (analytics-next), mobile libraries a batch to `b`.
CALLS: Mapping[str, str] = {name: kind for kind in TYPES for name in (kind, kind[0])}
BATCHES = frozenset({"batch", "import", "b"})
# Measurements of the library itself; nobody here needs them.
METRICS = "m"
# A library's clock is believed if it agrees with ours that well. What differs less is the way of the request,
# and moving events by that would put those of one person out of order.
CLOCK_TOLERANCE_MS = 10_000
# What a batch says for all of its events; an event's own words count more.
_SHARED = ("context", "integrations")
# What that may come to in all events together: some kilobytes for each of 4,000. It is written into each of
# them, so a small body could fill the memory.
MAX_SHARED_BYTES = 8 * 1024 * 1024
# Credentials, and notes of the library to itself.
_NOT_OF_THE_EVENT = frozenset({"writeKey", "_metadata"})
NO_BATCH = BadDocument("no_batch", "The body has no list named batch.")
TOO_MUCH_SHARED = BadDocument(
    "too_much_shared",
    "The batch's context and integrations are too large for so many events. Send fewer at once.",
    too_large=True,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_key_in(body: Mapping[str, object]) -> str:
    """Return the write key that a body names, or the first event of its batch does; "" without one."""
    batch = body.get("batch")
    first = batch[0] if isinstance(batch, list) and batch else {}
    named = body.get("writeKey") or (first.get("writeKey") if isinstance(first, dict) else None)
    return named if isinstance(named, str) else ""


def unbatched(body: Mapping[str, object], kind: str, received_at_ms: int) -> list[Written] | BadDocument:
    """Return the events of a body, whole; `kind` is what its path implies, "" for a batch.

    What is no object is returned as it is, for the caller to name.
    """
    if kind:
        return [Written(_event(body, {}, kind, received_at_ms))]
    items = body.get("batch")
    if not isinstance(items, list):
        return NO_BATCH
    if len(items) > MAX_ELEMENTS:
        return TOO_MANY_EVENTS
    return _objection_to_shared(body, len(items)) or [
        Written(_event(item, body, "", received_at_ms) if isinstance(item, dict) else item) for item in items
    ]


def _objection_to_shared(body: Mapping[str, object], events: int) -> BadDocument | None:
    shared = {name: part for name in _SHARED if isinstance(part := body.get(name), dict)}
    if is_too_deep(Written(shared)):
        return TOO_DEEP
    return TOO_MUCH_SHARED if len(to_json(shared)) * events > MAX_SHARED_BYTES else None


def _event(
    item: Mapping[str, object], body: Mapping[str, object], kind: str, received_at_ms: int
) -> Mapping[str, object]:
    event = {name: value for name, value in item.items() if name not in _NOT_OF_THE_EVENT}
    if kind:
        event["type"] = kind
    for name in _SHARED:
        event |= _merged(name, body.get(name), item.get(name))
    return {**event, **_times(item, item.get("sentAt") or body.get("sentAt"), received_at_ms)}


def _merged(name: str, shared: object, own: object) -> Mapping[str, object]:
    # PHP writes an empty object as a list.
    own = {} if own in (None, []) else own
    return {name: shared | own} if isinstance(shared, dict) and isinstance(own, dict) else {}


def _times(item: Mapping[str, object], sent_at: object, received_at_ms: int) -> Mapping[str, object]:
    """Return the time of an event by our clock, where its library's is wrong: `sentAt` shows by how much."""
    stated = [item[name] for name in ("timestamp", "originalTimestamp") if item.get(name)]
    sent_ms = to_ms(sent_at)
    # With two times somebody has corrected the first already.
    if len(stated) != 1 or not isinstance(sent_ms, int):
        return {}
    original_ms, ahead_ms = to_ms(stated[0]), sent_ms - received_at_ms
    if not isinstance(original_ms, int) or abs(ahead_ms) <= CLOCK_TOLERANCE_MS:
        return {}
    corrected = _iso(original_ms - ahead_ms)
    return {"timestamp": corrected, "originalTimestamp": stated[0]} if corrected else {}


def _iso(at_ms: int) -> str:
    try:
        moment = _EPOCH + timedelta(milliseconds=at_ms)
    except OverflowError:
        return ""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
