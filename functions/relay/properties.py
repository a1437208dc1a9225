"""The properties that traits may set: what HubSpot has, and what it is to have if that is wanted."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Protocol

from relay.core.answers import Answer, Reply
from relay.core.definitions import definitions_for
from relay.core.outcomes import Deferred
from relay.core.schema import Schema
from relay.schemas import SchemaApi, Schemas, SchemaStore

# A portal that refuses to create properties is asked again after this long.
CREATE_AGAIN_MS = 3_600_000
_CREATED = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.MULTI_STATUS, HTTPStatus.CONFLICT})


class PropertyApi(SchemaApi, Protocol):
    """HubSpot's calls for properties."""

    def create_properties(self, definitions: Sequence[Mapping[str, object]], deadline_ms: int) -> Answer:
        """Create contact properties, in a group that is created with them."""
        ...


class Properties:
    """The properties of contacts. Use it from one invocation at a time."""

    def __init__(
        self, api: PropertyApi, store: SchemaStore, now_ms: Callable[[], int], *, creates: bool
    ) -> None:
        self._api = api
        self._now_ms = now_ms
        self._creates = creates
        self._schemas = Schemas(api, store, now_ms)
        self._create_again_at_ms = 0

    def current(self, deadline_ms: int) -> Schema | Deferred:
        """Return what HubSpot has, as of an hour ago at most, or whatever is known."""
        return self._schemas.current(deadline_ms)

    def doubt(self, deadline_ms: int) -> None:
        """Read the properties again: HubSpot has refused one that it should have."""
        self._schemas.fresher(deadline_ms)

    def explain(self, unknown: Sequence[Mapping[str, object]], deadline_ms: int) -> Schema | None:
        """Return a schema that may know `unknown` properties, given with their values; None if there is none.

        Those that HubSpot does not have are created first, if that is wanted.
        """
        newer = self._schemas.fresher(deadline_ms)
        if not self._creates or self._now_ms() < self._create_again_at_ms:
            return newer
        missing = [
            {name: value for name, value in values.items() if not (newer and newer.find(name))}
            for values in unknown
        ]
        definitions = definitions_for(missing)
        return self._created(definitions, deadline_ms) or newer if definitions else newer

    def _created(self, definitions: Sequence[Mapping[str, object]], deadline_ms: int) -> Schema | None:
        answer = self._api.create_properties(definitions, deadline_ms)
        if not isinstance(answer, Reply) or answer.status not in _CREATED:
            self._create_again_at_ms = self._now_ms() + CREATE_AGAIN_MS
        return self._schemas.reread(deadline_ms)
