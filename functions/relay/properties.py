"""The properties that traits may set: what HubSpot has, and what it is to have if that is wanted."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

from relay.core.answers import Answer, Reply, why_not
from relay.core.definitions import definitions_for
from relay.core.outcomes import Deferred
from relay.core.refusals import text_mapping
from relay.core.schema import Schema, parse_schema
from relay.core.speakers import not_hubspot
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
    """A newer schema, if there is one; properties that are `created` just now; why others have to wait."""

    schema: Schema | None = None
    created: frozenset[str] = frozenset()
    waiting: Mapping[str, Deferred] = field(default_factory=dict)


class Properties:
    """The properties of contacts. Use it from one invocation at a time."""

    def __init__(
        self,
        api: PropertyApi,
        store: SchemaStore,
        now_ms: Callable[[], int],
        *,
        creates: bool,
        object_type: str = "contacts",
    ) -> None:
        self._api = api
        self._now_ms = now_ms
        self._creates = creates
        self._schemas = Schemas(api, store, now_ms, object_type)
        self._again_at_ms: dict[str, int] = {}

    def current(self, deadline_ms: int) -> Schema | Deferred:
        """Return what HubSpot has, as of an hour ago at most, or whatever is known."""
        return self._schemas.current(deadline_ms)

    def doubt(self, deadline_ms: int) -> None:
        """Read the properties again: HubSpot has refused one that it should have."""
        self._schemas.fresher(deadline_ms)

    def explain(self, unknown: Sequence[Mapping[str, object]], deadline_ms: int) -> Explained:
        """Return what may be known by now of properties that this schema lacks.

        Those of `unknown`, given with their values, are created first if HubSpot does not have them and that
        is wanted.
        """
        newer = self._schemas.fresher(deadline_ms)
        wanted = definitions_for(self._missing(each, newer) for each in unknown) if self._creates else []
        return self._create(wanted, newer, deadline_ms) if wanted else Explained(newer)

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
            return Explained(newer, waiting=dict.fromkeys(names, why_not(answer)))
        results = text_mapping(answer.body).get("results")
        created = parse_schema(results if isinstance(results, list) else ())
        # Some may be there already, be it that somebody else has been quicker.
        reread = self._schemas.reread(deadline_ms) if names - created.properties.keys() else None
        schema = self._schemas.add(created) or reread or newer
        missing = [name for name in names if not (schema and schema.find(name))]
        made = names & created.properties.keys()
        if reread is None:
            return Explained(schema, made, dict.fromkeys(missing, NOT_LISTED))
        self._note_refusals(missing)
        return Explained(schema, made)

    def _note_refusals(self, names: Iterable[str]) -> None:
        if len(self._again_at_ms) > MOST_REFUSED:
            self._again_at_ms.clear()
        self._again_at_ms |= dict.fromkeys(names, self._now_ms() + CREATE_AGAIN_MS)
