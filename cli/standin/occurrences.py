"""The events that an account has got: custom ones, and those of the legacy URL."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One custom event. `contact_id` is the contact that it was found or created for, "" if there is none."""

    event_name: str
    contact_id: str
    object_id: str
    email: str
    utk: str
    occurred_at: str
    uuid: str
    properties: Mapping[str, str]

    def to_json(self) -> Mapping[str, Any]:
        """Return it with the names that it was sent under."""
        return {
            "eventName": self.event_name,
            "contactId": self.contact_id,
            "objectId": self.object_id,
            "email": self.email,
            "utk": self.utk,
            "occurredAt": self.occurred_at,
            "uuid": self.uuid,
            "properties": self.properties,
        }


@dataclass(frozen=True, slots=True)
class LegacyEvent:
    """One event of the legacy URL. `properties` are those of the contact that it set."""

    name: str
    value: str
    contact_id: str
    email: str
    properties: Mapping[str, str]

    def to_json(self) -> Mapping[str, Any]:
        """Return it as the state shows it."""
        own = {"name": self.name, "value": self.value, "contactId": self.contact_id, "email": self.email}
        return {**own, "properties": self.properties}


@dataclass
class LegacyEvents:
    """The events of the legacy URL, and the ids that their names got when they first came."""

    received: list[LegacyEvent] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def name_of(self, key: str) -> str:
        """Return the name of an event that is known by its id, or by its name and from now on."""
        known = next((name for name, event_id in self.ids.items() if event_id == key), None)
        if known is None and key not in self.ids:
            self.ids[key] = f"{next(self._ids):012d}"
        return known or key
