"""The keys under which something may be remembered of whom an event names. Pure."""

from collections.abc import Iterator

from relay.core.addresses import address_of
from relay.core.emails import normalised
from relay.core.events import Event
from relay.core.handles import RECORD, handle_for
from relay.core.matching import Matching, id_value, record_id_of, told_value
from relay.core.profiles import anonymous_key, email_key, object_key, seen_key, user_key

BY_ADDRESS = Matching()


def keys_of(event: Event, matching: Matching = BY_ADDRESS) -> Iterator[str]:
    """Yield the keys under which something may be remembered of whom `event` names."""
    yield from id_keys(event)
    for value in filter(None, (told_value(event, matching), id_value(event, matching))):
        yield email_key(handle_for(matching.name, value))
    if record_id := record_id_of(event):
        yield object_key(record_id)
        yield email_key(handle_for(RECORD, record_id))
    yield from seen_keys(event)
    for text in (address_of(event), normalised(event.user_id or "")):
        if text:
            yield email_key(text)
    if event.type == "alias" and event.previous_id:
        yield user_key(event.previous_id)
        yield anonymous_key(event.previous_id)
        if event.grant:
            yield seen_key(event.grant.key, event.previous_id)
        if address := normalised(event.previous_id):
            yield email_key(address)


def id_keys(event: Event) -> Iterator[str]:
    """Yield the keys of the ids of an event."""
    if event.user_id:
        yield user_key(event.user_id)
    if event.anonymous_id:
        yield anonymous_key(event.anonymous_id)


def named_keys(event: Event) -> Iterator[str]:
    """Yield the key of the id that says who it is: a browser's says nothing of a user who is named."""
    if event.user_id:
        yield user_key(event.user_id)
    elif event.anonymous_id:
        yield anonymous_key(event.anonymous_id)


def seen_keys(event: Event) -> Iterator[str]:
    """Yield the key under which the event's public write key may have seen its anonymous id."""
    if event.grant and event.anonymous_id:
        yield seen_key(event.grant.key, event.anonymous_id)
