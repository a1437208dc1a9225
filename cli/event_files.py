"""Events as people have them in a file: one, a list, Segment's batch, or what an Extensible Webhook posts."""

import sys
from collections.abc import Sequence
from pathlib import Path

from relay.core.documents import BadDocument, loads
from relay.core.tracking import unbatched

STDIN = "-"


class EventsError(Exception):
    """There are no events to read; the text says what is wrong, and what to give instead."""


def read_events(file: str, now_ms: int) -> Sequence[object]:
    """Read the events of a file, or of standard input for `-`, as if they came in now.

    Raises:
        EventsError: it cannot be read, is no JSON, or holds nothing.
    """
    try:
        raw = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except OSError as error:
        raise EventsError(f"{file} cannot be read: {error.strerror or error}.") from None
    return parse_events(raw, "standard input" if file == STDIN else file, now_ms)


def parse_events(raw: bytes, name: str, now_ms: int) -> Sequence[object]:
    """Return the events of a text: whatever stands in their places, events or not.

    Raises:
        EventsError: it is no JSON, or holds nothing.
    """
    try:
        content = loads(raw)
    except (ValueError, RecursionError) as error:
        raise EventsError(
            f"{name} is no JSON: {error}. Give one event, a list of events, or Segment's {{'batch': […]}}."
        ) from None
    found = [_unwrapped(item) for item in _listed(content, now_ms)]
    if not found:
        raise EventsError(f"{name} holds no event.")
    return found


def _listed(content: object, now_ms: int) -> Sequence[object]:
    if isinstance(content, list):
        return content
    if not isinstance(content, dict) or "type" in content or "batch" not in content:
        return [content]
    # What a batch says for all of its events is added to each.
    events = unbatched(content, "", now_ms)
    if isinstance(events, BadDocument):
        raise EventsError(events.message)
    return [event.value for event in events]


def _unwrapped(item: object) -> object:
    # The Extensible Webhook wraps each event as {"json": {…}}.
    return item["json"] if isinstance(item, dict) and item.keys() == {"json"} else item
