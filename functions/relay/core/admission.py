"""Which of what came in is an event, in the form in which it goes to the queue. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from relay.core.blanks import trimmed
from relay.core.documents import Excess, Written, excess_of, value_at
from relay.core.envelopes import MAX_EVENT_BYTES, to_json
from relay.core.fields import in_our_names, without_write_key
from relay.core.tracking import TYPES

# Segment's order to delete a user. It destroys, so it takes more than a write key that everybody can read.
DELETE = "delete"
# Why an event does not come in of which only the sender's key says that it may not.
TYPE_NOT_ALLOWED = "type_not_allowed"
_WRAPPER = '{"json":'
# From here on the sender reads a number as infinite, and takes it for no id.
_INFINITE = 2**1024


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets events of these types in; one without a `messageId` gets `new_id()`.

    By its id an event is known when its message is delivered again, so it has to have one from the beginning.
    """

    types: Collection[str]
    new_id: Callable[[], str]

    def admit(self, item: Written) -> Written | str:
        """Return the event as it goes to the queue, or a word why it does not."""
        reason = _too_much(item)
        if reason:
            return reason
        event = _unwrapped(item)
        if not isinstance(event.value, dict):
            return "not_an_object"
        reason = self._objection(event.value.get("type"))
        if reason:
            return reason
        event = self._completed(event, event.value)
        return "too_large" if _bytes_of(event.text) > MAX_EVENT_BYTES else event

    def _objection(self, kind: object) -> str:
        if kind is None:
            return "missing_type"
        if isinstance(kind, str) and kind in self.types:
            return ""
        if kind in TYPES:
            return TYPE_NOT_ALLOWED
        return "delete_not_allowed" if kind == DELETE else "unknown_type"

    def _completed(self, event: Written, value: Mapping[str, object]) -> Written:
        has_id = _is_id(value.get("messageId"))
        public = without_write_key(value)
        if event.text and has_id and public is value:
            return event
        complete = dict(public)
        if not has_id:
            given = in_our_names(value).event.get("messageId")
            complete["messageId"] = given if _is_id(given) else self.new_id()
        return Written(complete, to_json(complete))


def _too_much(item: Written) -> str:
    """Return a word for what an event has too much of; a wrapper is none of its levels. "" if nothing."""
    value = item.value
    inner = value["json"] if isinstance(value, dict) and value.keys() == {"json"} else value
    match excess_of(Written(inner, item.text)):
        case Excess.LEVELS:
            return "too_deep"
        case Excess.VALUES:
            return "too_many_values"
        case Excess.KEYS:
            return "too_many_keys"
    return ""


def _unwrapped(item: Written) -> Written:
    # The Extensible Webhook wraps each event of a batch as {"json": {…}}.
    if not isinstance(item.value, dict) or item.value.keys() != {"json"}:
        return item
    # One that is spaced otherwise is written anew.
    if not item.text.startswith(f"{_WRAPPER}{{"):
        return Written(item.value["json"])
    value, end = value_at(item.text, len(_WRAPPER))
    # Whoever names it twice means the last.
    return (
        Written(value, item.text[len(_WRAPPER) : end])
        if end == len(item.text) - 1
        else Written(item.value["json"])
    )


def _is_id(value: object) -> bool:
    # As the sender reads ids: numbers are ids in many databases.
    if isinstance(value, str):
        return bool(trimmed(value))
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _INFINITE


def _bytes_of(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
