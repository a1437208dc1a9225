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
from relay.core.grants import Grant
from relay.core.moments import to_ms


def _object(value: object) -> Mapping[str, object]:
    # Segment allows null for an absent object; PHP writes an empty one as a list.
    if value in (None, []):
        return {}
    if isinstance(value, Mapping):
        return value
    raise ValueError("not an object")


def _object_or_nothing(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _text_or_nothing(value: object) -> str | None:
    return encodable(value) if isinstance(value, str) and value.strip() else None


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
_Lenient = Annotated[Mapping[str, object], PlainValidator(_object_or_nothing)]
_Text = Annotated[str | None, PlainValidator(_text_or_nothing)]
_Id = Annotated[str | None, PlainValidator(to_id)]


class Event(BaseModel):
    """One Segment call. `occurred_at_ms` never lies after `received_at_ms`: clocks ahead are not believed.

    `previous_id` is the id that an alias makes the same as `user_id`; `name` is what a track says has
    happened, or which page or screen was seen. `grant` is what it may do if it came with a public write key.
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
    properties: _Lenient = Field(default_factory=dict)
    context: _Lenient = Field(default_factory=dict)
    integrations: _Lenient = Field(default_factory=dict)
    email: _Text = None
    received_at_ms: int
    occurred_at_ms: int
    grant: SkipValidation[Grant | None] = None

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key of time: the later event wins, ties by arrival, then by message id."""
        return (self.occurred_at_ms, self.received_at_ms, self.message_id)


@dataclass(frozen=True, slots=True)
class Malformed:
    """An event whose shape leaves nothing to work with; `message` names the fields, not their values."""

    message: str


def parse(
    raw: Mapping[str, object], *, received_at_ms: int, fallback_id: str, grant: Grant | None = None
) -> Event | Malformed:
    """Read one event. `fallback_id` stands in where the sender's mapping has dropped `messageId`.

    `grant` is that of its envelope; what the event itself says of one counts for nothing.
    """
    known = {
        "messageId": _message_id(raw.get("messageId")) or fallback_id,
        "receivedAtMs": received_at_ms,
        "grant": grant,
        "occurredAtMs": min(_sent_ms(raw, received_at_ms), received_at_ms),
        # What Segment calls `event` would read `event.event`.
        "name": raw.get("event") if raw.get("type") == "track" else raw.get("name"),
    }
    try:
        return Event.model_validate({**raw, **known})
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in detail["loc"]) for detail in error.errors()})
        return Malformed(f"unusable: {', '.join(fields)}")


def _sent_ms(raw: Mapping[str, object], otherwise_ms: int) -> int:
    # Segment corrects `timestamp` by the sender's clock; RudderStack's libraries leave that to the receiver.
    found = (to_ms(raw.get(name)) for name in ("timestamp", "originalTimestamp"))
    return next((at_ms for at_ms in found if isinstance(at_ms, int)), otherwise_ms)
