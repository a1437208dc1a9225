"""The property schema of one portal: some minutes old at most, whoever needs it; younger where it matters.

A trait or a refusal that the schema does not explain asks for a newer one at once. As long as that is in
vain, the next one is asked for later and later: no stream of bad values costs more than a call a minute.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from relay.core.answers import Answer, content, why_not
from relay.core.outcomes import Deferred
from relay.core.schema import Property, Schema, parse_schema

# HubSpot's own advice is to cache what rarely changes. What has changed and is refused nowhere, such as a
# type that takes the values in another form, is known after this long.
MAX_AGE_MS = 900_000
# What is in doubt asks for a newer schema than one of this age, which doubles with each one that is no news.
ASK_AFTER_MS = 1_000
# It does not grow beyond this.
REFRESH_AFTER_MS = 60_000
# What was created is believed to be there for this long, whatever HubSpot lists meanwhile.
NEW_FOR_MS = 60_000


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


@dataclass(frozen=True, slots=True)
class _Made:
    property: Property
    until_ms: int


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
        self._tried_at_ms = 0
        self._wait_ms = ASK_AFTER_MS
        self._made: dict[str, _Made] = {}

    def current(self, deadline_ms: int) -> Schema | Deferred:
        """Return a schema that is some minutes old at most, or an older one if there is no other."""
        if not self._is_within(MAX_AGE_MS):
            self._adopt(self._store.load())
        if self._known and self._is_within(MAX_AGE_MS):
            return self._known.schema
        # Nothing was in doubt all that time.
        self._wait_ms = ASK_AFTER_MS
        answer = self._read(deadline_ms)
        # A stale schema knows nearly everything; having none would drop every trait.
        return self._known.schema if self._known else _why_none(answer)

    def fresher(self, deadline_ms: int) -> Schema | None:
        """Return a schema that tells more than the last one, None if there is none, or it is too early."""
        if self._is_within(self._wait_ms) or self._now_ms() - self._tried_at_ms < self._wait_ms:
            return None
        before = self._known
        self._adopt(self._store.load())
        if not self._is_within(self._wait_ms):
            self._read(deadline_ms)
        if self._known is None or (before and self._known.schema is before.schema):
            self._wait_ms = min(2 * self._wait_ms, REFRESH_AFTER_MS)
            return None
        self._wait_ms = ASK_AFTER_MS
        return self._known.schema

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
        until_ms = self._now_ms() + NEW_FOR_MS
        self._made |= {name: _Made(each, until_ms) for name, each in created.properties.items()}
        self._known = self._with_made(self._known)
        self._store.save(self._known)
        return self._known.schema

    def is_new(self, name: str) -> bool:
        """Whether a property was created so lately that HubSpot may not know it yet."""
        return name in self._made and self._now_ms() < self._made[name].until_ms

    def _read(self, deadline_ms: int) -> Answer:
        self._tried_at_ms = self._now_ms()
        answer = self._api.properties(self._object_type, deadline_ms)
        results = _results(answer)
        if results:
            self._adopt(Dated(parse_schema(results, self._object_type), self._now_ms()))
            if self._known:
                self._store.save(self._known)
        return answer

    def _adopt(self, found: Dated | None) -> None:
        """Take over what is newer; one that is as before keeps what was found out about traits."""
        before = self._known
        if found is None or (before and before.read_at_ms > found.read_at_ms):
            return
        now = self._with_made(found)
        is_same = before is not None and before.schema.properties == now.schema.properties
        self._known = Dated(before.schema, now.read_at_ms) if before and is_same else now

    def _with_made(self, dated: Dated) -> Dated:
        self._made = {name: each for name, each in self._made.items() if self.is_new(name)}
        made = {name: each.property for name, each in self._made.items()}
        if made.keys() <= dated.schema.properties.keys():
            return dated
        return Dated(Schema({**made, **dated.schema.properties}, self._object_type), dated.read_at_ms)

    def _is_within(self, age_ms: int) -> bool:
        return self._known is not None and self._now_ms() - self._known.read_at_ms < age_ms


def _results(answer: Answer) -> Sequence[object]:
    results = content(answer).get("results")
    return results if isinstance(results, list) else ()


def _why_none(answer: Answer) -> Deferred:
    why = why_not(answer)
    return replace(why, reason=f"schema_{why.reason}") if why.reason.startswith("status_") else why
