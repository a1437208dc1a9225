"""The properties that traits may set: what HubSpot has, and what it is to have if that is wanted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Protocol

from relay.core.answers import Answer, Reply, may_be_written, why_not
from relay.core.definitions import definitions_for
from relay.core.outcomes import Deferred
from relay.core.refusals import text_mapping
from relay.core.schema import Schema, parse_schema
from relay.core.speakers import not_hubspot
from relay.making import CONTACT_PROPERTIES, Making
from relay.schemas import SchemaApi, Schemas, SchemaStore

# A property that HubSpot would not create is asked for again after this long.
CREATE_AGAIN_MS = 3_600_000
# More names than this are made up by somebody; they are asked for again sooner.
MOST_REFUSED = 10_000
# What HubSpot did not create may be there already: as long as its list cannot be read, nobody knows.
NOT_LISTED = Deferred("properties_not_listed")
_CREATED = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.MULTI_STATUS})
# HubSpot will say the same again: no room for more properties, a name that it does not like.
_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT})


class PropertyApi(SchemaApi, Protocol):
    """HubSpot's calls for properties."""

    def create_properties(self, definitions: Sequence[Mapping[str, object]], deadline_ms: int) -> Answer:
        """Create contact properties, in a group that is created with them."""
        ...


@dataclass(frozen=True, slots=True)
class Explained:
    """A newer schema, if there is one; which properties are to be waited for, or not made, and why."""

    schema: Schema | None = None
    waiting: Mapping[str, Deferred] = field(default_factory=dict)
    not_made: Mapping[str, str] = field(default_factory=dict)

    def and_also(self, later: "Explained") -> "Explained":
        """Return what is known by now, after something more was explained."""
        waiting, not_made = {**self.waiting, **later.waiting}, {**self.not_made, **later.not_made}
        return Explained(later.schema or self.schema, waiting, not_made)


class Properties:
    """The properties of one object type; with a `making`, new ones are created.

    Use it from one invocation at a time.
    """

    def __init__(
        self,
        api: PropertyApi,
        store: SchemaStore,
        now_ms: Callable[[], int],
        making: Making | None = None,
        object_type: str = "contacts",
    ) -> None:
        self._api = api
        self._now_ms = now_ms
        self._making = making
        self._schemas = Schemas(api, store, now_ms, object_type)
        self._again_at_ms: dict[str, int] = {}

    @property
    def creates(self) -> bool:
        """Whether properties that HubSpot does not have are created."""
        return self._making is not None

    def current(self, deadline_ms: int) -> Schema | Deferred:
        """Return what HubSpot has, as of some minutes ago at most, or whatever is known."""
        return self._schemas.current(deadline_ms)

    def fresher(self, deadline_ms: int) -> Schema | None:
        """Return what HubSpot has now, if that is news: it has refused what it should have taken."""
        return self._schemas.fresher(deadline_ms)

    def is_new(self, name: str) -> bool:
        """Whether a property was created so lately that HubSpot may not know it yet."""
        return self._schemas.is_new(name)

    def explain(self, unknown: Sequence[Mapping[str, object]], deadline_ms: int) -> Explained:
        """Return what may be known by now of properties that this schema lacks, or has in another form.

        Those of `unknown`, given with their values, are created first if HubSpot does not have them and that
        is wanted.
        """
        newer = self._schemas.fresher(deadline_ms)
        if not self._making:
            return Explained(newer)
        wanted = definitions_for(self._missing(each, newer) for each in unknown)
        if not wanted:
            return Explained(newer)
        granted = self._making.reserve(CONTACT_PROPERTIES, [str(each["name"]) for each in wanted])
        if granted.waits:
            others = {str(each["name"]) for each in wanted} - granted.refused.keys()
            return Explained(newer, dict.fromkeys(others, granted.waits), granted.refused)
        wanted = [each for each in wanted if each["name"] in granted.names]
        explained = self._create(wanted, newer, deadline_ms) if wanted else Explained(newer)
        return replace(explained, not_made=granted.refused)

    def _missing(self, values: Mapping[str, object], newer: Schema | None) -> Mapping[str, object]:
        now_ms = self._now_ms()
        return {
            name: value
            for name, value in values.items()
            if self._again_at_ms.get(name, 0) <= now_ms and not (newer and newer.find(name))
        }

    def _create(
        self, wanted: Sequence[Mapping[str, object]], newer: Schema | None, deadline_ms: int
    ) -> Explained:
        names = frozenset(str(each["name"]) for each in wanted)
        answer = self._api.create_properties(wanted, deadline_ms)
        if not isinstance(answer, Reply) or not_hubspot(answer) or answer.status not in _CREATED | _REFUSED:
            why = why_not(answer)
            # If it may have happened the names count, and asking again for them is free.
            if self._making and not may_be_written(why):
                self._making.give_back(CONTACT_PROPERTIES, names)
            return Explained(newer, dict.fromkeys(names, why))
        results = text_mapping(answer.body).get("results")
        created = parse_schema(results if isinstance(results, list) else ())
        # Some may be there already, be it that somebody else has been quicker.
        reread = self._schemas.reread(deadline_ms) if names - created.properties.keys() else None
        schema = self._schemas.add(created) or reread or newer
        missing = [name for name in names if not (schema and schema.find(name))]
        if missing and reread is None:
            return Explained(schema, dict.fromkeys(missing, NOT_LISTED))
        self._note_refusals(missing)
        return Explained(schema)

    def _note_refusals(self, names: Sequence[str]) -> None:
        if len(self._again_at_ms) > MOST_REFUSED:
            self._again_at_ms.clear()
        self._again_at_ms |= dict.fromkeys(names, self._now_ms() + CREATE_AGAIN_MS)
        if self._making:
            self._making.give_back(CONTACT_PROPERTIES, names)
