"""Segment's Tracking API: the paths of its calls, and bodies of libraries → whole events. Pure.

What Segment's own servers add before a webhook sees an event is added here: the type that the path implies,
what a batch says for all of its events, and the time by a right clock (Segment's HTTP API and common spec).
"""

from collections.abc import Callable, Mapping

from relay.core.documents import (
    MAX_ELEMENTS,
    MAX_OBJECT_KEYS,
    TOO_DEEP,
    TOO_MANY_EVENTS,
    BadDocument,
    Written,
    is_too_deep,
)
from relay.core.envelopes import to_json
from relay.core.event_times import corrected
from relay.core.fields import in_our_names
from relay.core.integrations import read_integrations
from relay.core.moments import to_ms
from relay.core.objects import Read, read_object

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
_SHARED: Mapping[str, Callable[[object], Read]] = {
    "context": read_object,
    "integrations": read_integrations,
}
# What that may come to in all events together: some kilobytes for each of 4,000. It is written into each of
# them, so a small body could fill the memory.
MAX_SHARED_BYTES = 8 * 1024 * 1024
# What of text that is no object is written into each event, so that its line tells of it.
_MAX_UNREAD_CHARS = 1_000
# Credentials, and notes of the library to itself.
_NOT_OF_THE_EVENT = frozenset({"writeKey", "_metadata"})
NO_BATCH = BadDocument("no_batch", "The body has no list named batch.")
TOO_MUCH_SHARED = BadDocument(
    "too_much_shared",
    "The batch's context and integrations are too large for so many events. Send fewer at once.",
    too_large=True,
)


def write_key_in(body: Mapping[str, object]) -> str:
    """Return the write key that a body names, or the first event of its batch does; "" without one."""
    batch = body.get("batch")
    first = batch[0] if isinstance(batch, list) and batch else {}
    named = body.get("writeKey") or (first.get("writeKey") if isinstance(first, dict) else None)
    return named if isinstance(named, str) else ""


def unbatched(body: Mapping[str, object], kind: str, received_at_ms: int) -> list[Written] | BadDocument:
    """Return the events of a body, whole; `kind` is what its path implies, "" for a batch.

    What is no object, or has too many keys, is returned as it is, for the caller to name.
    """
    # An object with too many keys is not gone through; an event of that kind is the caller's to refuse.
    body = body if _is_overfull(body) else in_our_names(body).event
    if kind:
        return [Written(body if _is_overfull(body) else _event(body, {}, None, kind, received_at_ms))]
    items = body.get("batch")
    if not isinstance(items, list):
        return NO_BATCH
    if len(items) > MAX_ELEMENTS:
        return TOO_MANY_EVENTS
    shared, sent_at = _shared(body), body.get("sentAt")
    return _objection_to_shared(shared, len(items)) or [
        Written(
            _event(item, shared, sent_at, "", received_at_ms)
            if isinstance(item, dict) and not _is_overfull(item)
            else item
        )
        for item in items
    ]


def _is_overfull(event: Mapping[str, object]) -> bool:
    return len(event) > MAX_OBJECT_KEYS


def _objection_to_shared(shared: Mapping[str, object], events: int) -> BadDocument | None:
    if is_too_deep(Written(shared)):
        return TOO_DEEP
    return TOO_MUCH_SHARED if len(to_json(shared)) * events > MAX_SHARED_BYTES else None


def _shared(body: Mapping[str, object]) -> Mapping[str, object]:
    """Return what a batch says for all of its events: objects, or what cannot be read as one."""
    given = {name: (body[name], read(body[name])) for name, read in _SHARED.items() if name in body}
    read_as = {name: each.value if each.is_whole else _cut(value) for name, (value, each) in given.items()}
    return {name: value for name, value in read_as.items() if value}


def _cut(unread: object) -> object:
    return unread[:_MAX_UNREAD_CHARS] if isinstance(unread, str) else unread


def _event(
    item: Mapping[str, object], shared: Mapping[str, object], sent_at: object, kind: str, received_at_ms: int
) -> Mapping[str, object]:
    item = in_our_names(item).event
    event = {name: value for name, value in item.items() if name not in _NOT_OF_THE_EVENT}
    if kind:
        event["type"] = kind
    event |= {name: _merged(part, item.get(name), _SHARED[name]) for name, part in shared.items()}
    sent = [at for at in (item.get("sentAt"), sent_at) if isinstance(to_ms(at), int)]
    return {**event, **corrected(item, next(iter(sent), None), received_at_ms, CLOCK_TOLERANCE_MS)}


def _merged(shared: object, own: object, read: Callable[[object], Read]) -> object:
    """Return what counts for one event: its own words more than its batch's."""
    found = read(own)
    if found.is_whole and not found.value:
        return shared
    if isinstance(shared, Mapping) and found.is_whole:
        return {**shared, **found.value}
    # Whoever reads the event reads the part that can be read, and tells of the other.
    return [shared, own]
