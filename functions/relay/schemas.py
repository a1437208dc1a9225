"""The property schema of one portal: read from HubSpot at most once an hour, whoever needs it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from relay.core.answers import Answer, content, why_not
from relay.core.outcomes import Deferred
from relay.core.schema import Schema, parse_schema

# HubSpot's own advice is to cache what rarely changes; Segment's destination kept it this long too.
MAX_AGE_MS = 3_600_000
# A trait or a refusal that the schema does not explain asks for a fresh one, at most this often.
REFRESH_AFTER_MS = 300_000


@dataclass(frozen=True, slots=True)
class Dated:
    """A schema and when it was read from HubSpot."""

    schema: Schema
    read_at_ms: int


class SchemaApi(Protocol):
    """HubSpot's calls for properties."""

    def properties(self, object_type: str, deadline_ms: int) -> Answer:
        """Read the property list of an object type."""
        ...


class SchemaStore(Protocol):
    """Where senders share a schema, so that a cold start costs no call."""

    def load(self) -> Dated | None:
        """Return what was stored last, None if there is nothing or it cannot be read."""
        ...

    def save(self, dated: Dated) -> None:
        """Store a schema; it is no harm if that fails."""
        ...


class Schemas:
    """The schema of one object type. Use it from one invocation at a time."""

    def __init__(
        self, api: SchemaApi, store: SchemaStore, now_ms: Callable[[], int], object_type: str = "contacts"
    ) -> None:
        self._object_type = object_type
        self._api = api
        self._store = store
        self._now_ms = now_ms
        self._known: Dated | None = None

    def current(self, deadline_ms: int) -> Schema | Deferred:
        """Return a schema that is at most an hour old, or an older one if there is no other."""
        if not self._is_within(MAX_AGE_MS):
            self._known = _newer(self._known, self._store.load())
        if self._known and self._is_within(MAX_AGE_MS):
            return self._known.schema
        answer = self._read(deadline_ms)
        # A stale schema knows nearly everything; having none would drop every trait.
        return self._known.schema if self._known else _why_none(answer)

    def fresher(self, deadline_ms: int) -> Schema | None:
        """Return a newer schema than the last one, None if that was read within the last five minutes."""
        if self._is_within(REFRESH_AFTER_MS):
            return None
        before, self._known = self._known, _newer(self._known, self._store.load())
        if not self._is_within(REFRESH_AFTER_MS):
            self._read(deadline_ms)
        return self._known.schema if self._known and self._known is not before else None

    def reread(self, deadline_ms: int) -> Schema | None:
        """Read the schema from HubSpot now, for it has changed; None if that fails."""
        before = self._known
        self._read(deadline_ms)
        return self._known.schema if self._known and self._known is not before else None

    def add(self, created: Schema) -> Schema | None:
        """Return the schema with what was created just now, None if nothing was.

        HubSpot may list it only later.
        """
        if not self._known or not created.properties:
            return None
        schema = Schema({**self._known.schema.properties, **created.properties}, self._object_type)
        self._known = Dated(schema, self._known.read_at_ms)
        self._store.save(self._known)
        return schema

    def _read(self, deadline_ms: int) -> Answer:
        answer = self._api.properties(self._object_type, deadline_ms)
        results = _results(answer)
        if results:
            self._known = Dated(parse_schema(results, self._object_type), self._now_ms())
            self._store.save(self._known)
        return answer

    def _is_within(self, age_ms: int) -> bool:
        return self._known is not None and self._now_ms() - self._known.read_at_ms < age_ms


def _newer(one: Dated | None, other: Dated | None) -> Dated | None:
    if one is None or other is None:
        return one or other
    return one if one.read_at_ms >= other.read_at_ms else other


def _results(answer: Answer) -> Sequence[object]:
    results = content(answer).get("results")
    return results if isinstance(results, list) else ()


def _why_none(answer: Answer) -> Deferred:
    why = why_not(answer)
    return replace(why, reason=f"schema_{why.reason}") if why.reason.startswith("status_") else why
