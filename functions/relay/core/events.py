"""Segment's calls as typed models: what the mapping may rely on, whatever the sender wrote.

Field names are Segment's (Segment's common spec); unknown fields are ignored. A field that is broken in a way
that another can make up for (a time, a numeric user id) is mended here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel


def _object(value: object) -> object:
    # Segment allows null for an absent object, and some libraries send it.
    return {} if value is None else value


_Object = Annotated[Mapping[str, object], BeforeValidator(_object)]


class Event(BaseModel):
    """One Segment call. `occurred_at_ms` never lies after `received_at_ms`: clocks ahead are not believed."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        coerce_numbers_to_str=True,
    )

    type: str
    message_id: str
    user_id: str | None = None
    anonymous_id: str | None = None
    traits: _Object = Field(default_factory=dict)
    context: _Object = Field(default_factory=dict)
    received_at_ms: int
    occurred_at_ms: int

    @property
    def order(self) -> tuple[int, int, str]:
        """Sort key of time: the later event wins, ties by arrival, then by message id."""
        return (self.occurred_at_ms, self.received_at_ms, self.message_id)


@dataclass(frozen=True, slots=True)
class Malformed:
    """An event whose shape leaves nothing to work with; `message` names the fields, not their values."""

    message: str


def parse(raw: Mapping[str, object], *, received_at_ms: int, fallback_id: str) -> Event | Malformed:
    """Read one event. `fallback_id` stands in where the sender's mapping has dropped `messageId`."""
    occurred_at_ms = min(_to_ms(raw.get("timestamp")) or received_at_ms, received_at_ms)
    known = {"receivedAtMs": received_at_ms, "occurredAtMs": occurred_at_ms}
    try:
        return Event.model_validate({**raw, "messageId": raw.get("messageId") or fallback_id, **known})
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in detail["loc"]) for detail in error.errors()})
        return Malformed(f"unusable: {', '.join(fields)}")


def _to_ms(timestamp: object) -> int | None:
    if not isinstance(timestamp, str):
        return None
    try:
        moment = datetime.fromisoformat(timestamp.strip())
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)
