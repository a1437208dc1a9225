"""Segment's calls as typed models: what the mapping may rely on, whatever the sender wrote.

Field names are Segment's (Segment's common spec); unknown fields are ignored. A field that is broken in a way
that another can make up for (a time, an id, a context) is mended here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, SkipValidation, ValidationError
from pydantic.alias_generators import to_camel

from relay.core.blanks import trimmed
from relay.core.coercion import encodable, is_empty, to_text
from relay.core.event_times import event_time
from relay.core.fields import in_our_names
from relay.core.grants import Grant
from relay.core.integrations import read_integrations
from relay.core.objects import elements, read_object

CONTEXT = "context"
NOT_AN_OBJECT, NOT_A_LIST, ELSEWHERE = "not_an_object", "not_a_list", "not_of_this_call"
# Which calls have traits of their own, and which have properties; the others have neither.
_HAVE_TRAITS, _HAVE_PROPERTIES = frozenset({"identify", "group"}), frozenset({"track", "page", "screen"})
_HAVE_NEITHER = frozenset({"alias", "delete"})
# Objects in a context that are read.
_IN_CONTEXT = ("traits", "personas")


def _object(value: object) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return value
    raise ValueError("not an object")


def _text_or_nothing(value: object) -> str | None:
    return encodable(value) if isinstance(value, str) and trimmed(value) else None


def to_id(value: object) -> str | None:
    """Return an id as text, without blanks and invisible characters around it; None if there is none.

    Numbers are ids in many databases. Of anything else, and of blank text, the id is "": it names nobody.
    """
    if isinstance(value, str):
        return trimmed(encodable(value)) if value else None
    if isinstance(value, int | float) and not isinstance(value, bool) and not is_empty(value):
        return to_text(value)
    return None if value is None else ""


def _message_id(value: object) -> str | None:
    return _text_or_nothing(value) if isinstance(value, str) else to_id(value)


_Object = Annotated[Mapping[str, object], PlainValidator(_object)]
_Text = Annotated[str | None, PlainValidator(_text_or_nothing)]
_Id = Annotated[str | None, PlainValidator(to_id)]


class Event(BaseModel):
    """One Segment call. `occurred_at_ms` never lies after `received_at_ms`: clocks ahead are not believed.

    `previous_id` is the id that an alias makes the same as `user_id`; `name` is what a track says has
    happened, or which page or screen was seen. `grant` is what it may do if it came with a public write key.
    `notes` name the fields that could not be taken as they are, and why.
    It `is_replayed` if it was rejected, and a person has sent it again.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    type: str
    message_id: str
    user_id: _Id = None
    anonymous_id: _Id = None
    previous_id: _Id = None
    group_id: _Id = None
    name: _Text = None
    traits: _Object = Field(default_factory=dict)
    properties: _Object = Field(default_factory=dict)
    context: _Object = Field(default_factory=dict)
    integrations: _Object = Field(default_factory=dict)
    email: _Text = None
    received_at_ms: int
    occurred_at_ms: int
    grant: SkipValidation[Grant | None] = None
    notes: SkipValidation[Mapping[str, str]] = Field(default_factory=dict)
    is_replayed: bool = False

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key of time: the later event wins, ties by arrival, then by message id."""
        return (self.occurred_at_ms, self.received_at_ms, self.message_id)


@dataclass(frozen=True, slots=True)
class Malformed:
    """An event whose shape leaves nothing to work with; `message` names the fields, not their values."""

    message: str


def parse(
    raw: Mapping[str, object],
    *,
    received_at_ms: int,
    fallback_id: str,
    grant: Grant | None = None,
    is_replayed: bool = False,
) -> Event | Malformed:
    """Read one event. `fallback_id` stands in where the sender's mapping has dropped `messageId`.

    `grant` and `is_replayed` are of its envelope; what the event itself says of them counts for nothing.
    """
    raw, spelt = in_our_names(raw)
    objects, notes = _objects(raw)
    time = event_time(raw, received_at_ms)
    known = {
        **objects,
        "messageId": _message_id(raw.get("messageId")) or fallback_id,
        "receivedAtMs": received_at_ms,
        "grant": grant,
        "occurredAtMs": time.at_ms,
        "notes": {**spelt, **time.notes, **notes},
        "isReplayed": is_replayed,
        # What Segment calls `event` would read `event.event`.
        "name": raw.get("event") if raw.get("type") == "track" else raw.get("name"),
    }
    try:
        return Event.model_validate({**raw, **known})
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in detail["loc"]) for detail in error.errors()})
        return Malformed(f"unusable: {', '.join(fields)}")


def _objects(raw: Mapping[str, object]) -> tuple[Mapping[str, object], Mapping[str, str]]:
    """Return the objects of an event, and which of them could not be read.

    Traits that a call is about are handed on as they are: without them nothing is left to work with.
    """
    kind = raw.get("type")
    read = {name: read_object(raw.get(name)) for name in ("traits", "properties", CONTEXT)}
    # Segment's first libraries said `providers`.
    read["integrations"] = read_integrations(raw.get("integrations", raw.get("providers")))
    notes = {name: NOT_AN_OBJECT for name, (_, is_whole) in read.items() if not is_whole}
    found: dict[str, object] = {name: value for name, (value, _) in read.items()}
    found[CONTEXT], unread = _context(read[CONTEXT].value)
    if kind not in _HAVE_PROPERTIES | _HAVE_NEITHER and "traits" in notes:
        found["traits"] = raw.get("traits")
    return found, {**notes, **unread, **_elsewhere(kind, found)}


def _context(context: Mapping[str, object]) -> tuple[Mapping[str, object], Mapping[str, str]]:
    """Return a context in which what is read from it has the form that it should have."""
    mended: dict[str, object] = {}
    notes: dict[str, str] = {}
    for name in _IN_CONTEXT:
        part = context.get(name)
        if part is not None and not isinstance(part, dict):
            mended[name], is_whole = read_object(part)
            notes |= {} if is_whole else {f"{CONTEXT}.{name}": NOT_AN_OBJECT}
    ids = context.get("externalIds")
    if ids is not None and not isinstance(ids, list):
        items = elements(ids)
        mended["externalIds"] = list(items or ())
        notes |= {f"{CONTEXT}.externalIds": NOT_A_LIST} if items is None else {}
    return {**context, **mended} if mended else context, notes


def _elsewhere(kind: object, found: Mapping[str, object]) -> Mapping[str, str]:
    """Return the object that an event has filled in although its call has none of the kind."""
    name = "traits" if kind in _HAVE_PROPERTIES else "properties" if kind in _HAVE_TRAITS else ""
    return {name: ELSEWHERE} if name and found[name] else {}
