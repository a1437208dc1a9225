"""The objects of one type that a portal holds, to whom each unique value belongs, and what they once were.

An address, primary or further, belongs to one contact only (HubSpot's contacts guide); the value of a
property with `hasUniqueValue` belongs to one object. Letter case counts, but for addresses; whether it does
for HubSpot is not documented.
"""

import itertools
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cli.standin.answers import time_of
from cli.standin.clock import Clock
from cli.standin.object_types import ObjectType
from cli.standin.properties import Properties
from cli.standin.validation import EMAIL, FURTHER_EMAILS, addresses_in

# How many states of an object are kept for a search that lags behind.
_KEPT = 100

# The name of a property, and a value that belongs to one object.
Key: TypeAlias = tuple[str, str]
Snapshot: TypeAlias = tuple[Mapping[str, "CrmObject"], Mapping[Key, str]]


@dataclass(frozen=True, slots=True)
class CrmObject:
    """An object as it is at one moment."""

    id: str
    properties: Mapping[str, str]
    created_at: str
    updated_at: str
    object_type: ObjectType

    def to_json(self, **more: object) -> dict[str, Any]:
        """Return it as HubSpot's API shows an object."""
        own = {"createdate": self.created_at, "hs_object_id": self.id}
        return {
            "id": self.id,
            "properties": {**self.properties, **own, self.object_type.modified: self.updated_at},
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "archived": False,
            **more,
        }


@dataclass
class Objects:
    """All objects of one type by id. `blocked` are addresses that nobody may use any more."""

    object_type: ObjectType
    properties: Properties
    clock: Clock
    live: dict[str, CrmObject] = field(default_factory=dict)
    archived: dict[str, CrmObject] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    _owners: dict[Key, str] = field(default_factory=dict)
    _states: dict[str, deque[tuple[int, CrmObject | None]]] = field(default_factory=dict)
    _ids: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        self._ids = itertools.count(self.object_type.first_id)

    def is_unique(self, name: object) -> bool:
        """Say whether a value of this property belongs to one object."""
        declared = self.properties.live.get(name) if isinstance(name, str) else None
        return bool(declared and declared["hasUniqueValue"])

    def by_email(self, address: str) -> CrmObject | None:
        """Return the contact that owns an address, as its primary or a further one."""
        return self.by(EMAIL, address)

    def by(self, name: str, value: str) -> CrmObject | None:
        """Return the object to which a value of a unique property belongs."""
        return self.live.get(self._owners.get(key_of(name, value), ""))

    def find(self, value: str, id_property: str | None) -> CrmObject | None:
        """Return the object with this value of a unique property, or with this id if none is named."""
        if id_property in {None, "hs_object_id"}:
            return self.live.get(value)
        return self.by(str(id_property), value)

    def rival(self, object_id: str, properties: Mapping[str, str]) -> tuple[Key, CrmObject] | None:
        """Return what of `properties` belongs to another object than `object_id`, and to which."""
        owned = ((key, self.by(*key)) for key in self._keys(properties))
        return next(((key, owner) for key, owner in owned if owner and owner.id != object_id), None)

    def create(self, properties: Mapping[str, str]) -> CrmObject:
        """Add an object under a new id."""
        at = time_of(self.clock.now_ms())
        return self._put(CrmObject(str(next(self._ids)), properties, at, at, self.object_type))

    def replace(self, known: CrmObject, properties: Mapping[str, str]) -> CrmObject:
        """Give an object other properties; unique values that it no longer has are free."""
        self._disown(known)
        at = time_of(self.clock.now_ms())
        return self._put(CrmObject(known.id, properties, known.created_at, at, self.object_type))

    def archive(self, object_id: str) -> None:
        """Put an object into the recycling bin, if there is one of that id; its unique values are free."""
        known = self.live.pop(object_id, None)
        if known:
            self._disown(known)
            self.archived[object_id] = known
            self._remember(object_id, None)

    def erase(self, object_id: str) -> None:
        """Delete an object for good, from the recycling bin too; its unique values are free."""
        self.archive(object_id)
        self.archived.pop(object_id, None)

    def as_of(self, at_ms: int) -> Sequence[CrmObject]:
        """Return every object as it was at some moment; those that were not there yet are left out."""
        latest = (
            next((state for since_ms, state in reversed(states) if since_ms <= at_ms), None)
            for states in self._states.values()
        )
        return [state for state in latest if state]

    def snapshot(self) -> Snapshot:
        """Return what `restore` needs to undo every write from now on."""
        return dict(self.live), dict(self._owners)

    def restore(self, snapshot: Snapshot) -> None:
        """Undo every write since `snapshot`; ids that were given out stay used."""
        live, owners = snapshot
        for object_id in self.live.keys() | live.keys():
            if self.live.get(object_id) is not live.get(object_id):
                self._remember(object_id, live.get(object_id))
        self.live, self._owners = dict(live), dict(owners)

    def _put(self, put: CrmObject) -> CrmObject:
        self.live[put.id] = put
        self._owners |= dict.fromkeys(self._keys(put.properties), put.id)
        self._remember(put.id, put)
        return put

    def _remember(self, object_id: str, state: CrmObject | None) -> None:
        states = self._states.setdefault(object_id, deque(maxlen=_KEPT))
        states.append((self.clock.now_ms(), state))

    def _disown(self, known: CrmObject) -> None:
        for key in self._keys(known.properties):
            self._owners.pop(key, None)

    def _keys(self, properties: Mapping[str, str]) -> list[Key]:
        own = [key_of(name, value) for name, value in properties.items() if value and self.is_unique(name)]
        further = addresses_in(properties.get(FURTHER_EMAILS, ""))
        return own + [(EMAIL, address) for address in further]


def key_of(name: str, value: str) -> Key:
    """Return a unique value in the form in which two of them are compared."""
    return name, value.lower() if name == EMAIL else value
