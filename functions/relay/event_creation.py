"""Makes the event definitions, and properties of them, that tracks ask for: each is asked for once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol, TypeAlias, TypeGuard

from relay.core.answers import Answer, Reply, forbidden, may_be_written, rejected, why_not
from relay.core.event_batches import NO_DEFINITION
from relay.core.event_definitions import (
    Definition,
    Definitions,
    definition_body,
    parse_definition,
    plainer,
    plainer_definition,
    property_bodies,
)
from relay.core.made_names import with_reasons
from relay.core.outcomes import Deferred, Rejected
from relay.core.refusals import mappings, text_mapping
from relay.core.schema import parse_schema
from relay.core.speakers import not_hubspot
from relay.event_definitions import NEW_FOR_MS, EventDefinitions, ListApi
from relay.new_events import NewEvents, first_properties

# What HubSpot would not make is asked for again after this long; without the scope, nothing is for a while.
CREATE_AGAIN_MS = 3_600_000
ALLOWED_AGAIN_MS = 60_000
# What HubSpot says is there, but does not list yet, is looked for again after this long; after `NEW_FOR_MS`
# it will not be listed any more, and nobody waits for it.
LISTED_AGAIN_MS = 10_000
# More names than this are made up by somebody; they are asked for again sooner.
MOST_REFUSED = 10_000
# Each of these calls takes a token; what is to be made beyond them waits for the next invocation.
MAX_CALLS = 20
NOT_YET = Deferred("definition_not_made_yet")
DEFINITION_NOT_LISTED = Deferred("definition_not_ready")
PROPERTY_NOT_LISTED = Deferred("property_not_ready")
_MADE = frozenset({HTTPStatus.OK, HTTPStatus.CREATED})
_BAD = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
_REFUSED = _BAD | {HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT}
# It is there already, or was made just now.
_THERE = _MADE | {HTTPStatus.CONFLICT}
# A definition that is gone gets no properties; the events themselves will tell.
_REFUSED_PROPERTY = _REFUSED | {HTTPStatus.NOT_FOUND}

Values: TypeAlias = Mapping[str, object]


class DefinitionApi(ListApi, Protocol):
    """HubSpot's calls for event definitions."""

    def create_definition(self, body: Mapping[str, object], deadline_ms: int) -> Answer:
        """Create a definition."""
        ...

    def add_property(self, qualified_name: str, body: Mapping[str, object], deadline_ms: int) -> Answer:
        """Give a definition one more property."""
        ...


@dataclass(frozen=True, slots=True)
class Explained:
    """The newest definitions; why an event's name has none, and which properties have to be waited for.

    And what is `not_made`, in a word: a property, or "" for the event. All by Segment's name of the event.
    """

    definitions: Definitions
    undefined: Mapping[str, Deferred | Rejected] = field(default_factory=dict)
    waiting: Mapping[tuple[str, str], Deferred] = field(default_factory=dict)
    not_made: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def left_out(self, name: str, unknown: Mapping[str, str]) -> Mapping[str, str]:
        """Return what is left out of an event, with the reasons of what could not be made for it."""
        mine = {each: why for (event, each), why in self.not_made.items() if event == name}
        return {**with_reasons(unknown, mine, {}), **({"event": mine[""]} if "" in mine else {})}


@dataclass(frozen=True, slots=True)
class _Answered:
    """HubSpot's words, or why to wait; until when it is not asked again. It was asked first `since_ms`."""

    words: Rejected | Deferred
    until_ms: int
    since_ms: int


class EventCreation:
    """Makes definitions where rules say so. Use it from one invocation at a time."""

    def __init__(
        self, api: DefinitionApi, known: EventDefinitions, now_ms: Callable[[], int], names: NewEvents
    ) -> None:
        self._api = api
        self._known = known
        self._now_ms = now_ms
        self._names = names
        self._rules = names.rules
        self._not_made: dict[tuple[str, str], str] = {}
        # By the event's name, and that of a property or "" for the event itself.
        self._answered: dict[tuple[str, str], _Answered] = {}
        self._ban: _Answered | None = None

    def explain(self, unknown: Mapping[str, Sequence[Values]], deadline_ms: int) -> Explained:
        """Return what may be known by now of events that HubSpot seems to lack.

        Those of `unknown`, given by name with the values of unknown properties, are made if rules say so.
        """
        newest = self._known.refreshed(deadline_ms)
        if not self._rules.creates:
            return Explained(newest)
        self._not_made = {}
        calls = _Calls(self._api, deadline_ms)
        undefined: dict[str, Deferred | Rejected] = {}
        waiting: dict[tuple[str, str], Deferred] = {}
        for name, values in unknown.items():
            definition = self._known.newest.find(name, self._rules)
            if definition:
                waiting |= {(name, each): why for each, why in self._extend(name, definition, values, calls)}
            elif why := self._create(name, values, calls):
                undefined[name] = why
        return Explained(self._known.newest, undefined, waiting, self._not_made)

    def _create(self, name: str, values: Sequence[Values], calls: "_Calls") -> Deferred | Rejected | None:
        """Make a definition; return why there is none."""
        known = self._known_answer(name, "")
        values, data = first_properties(values)
        body = definition_body(name, self._rules, values)
        why = known if known or body is None else self._objection(name)
        if why or body is None:
            return why
        self._not_made |= {(name, each): reason for each, reason in data.items()}
        answer, sent = calls.create(body)
        if not _is_settled(answer):
            return _open(answer, lambda: self._names.unmade(name))
        made = _made(answer, sent)
        if made:
            self._known.add(made, frozenset(made.properties), is_whole=True)
            return None
        if answer.status != HTTPStatus.FORBIDDEN and self._is_there(name, calls.deadline_ms):
            return None
        if answer.status in _THERE:
            return self._wait((name, ""), answer, DEFINITION_NOT_LISTED)
        self._names.unmade(name)
        return self._refuse((name, ""), answer)

    def _objection(self, name: str) -> Deferred | Rejected | None:
        why, reason = self._names.objection(name) or (None, "")
        if reason:
            self._not_made[name, ""] = reason
        return why

    def _is_there(self, name: str, deadline_ms: int) -> bool:
        """Whether HubSpot has a definition after all, be it that somebody else has been quicker."""
        return self._known.reread(deadline_ms).find(name, self._rules) is not None

    def _extend(
        self, name: str, definition: Definition, values: Sequence[Values], calls: "_Calls"
    ) -> Iterator[tuple[str, Deferred]]:
        """Add the properties that a definition does not have; yield those that are to be waited for."""
        qualified_name = definition.qualified_name
        bodies = property_bodies(self._missing(each, definition) for each in values)
        names = [str(body["name"]) for body in bodies]
        # What is not asked for does not count.
        asked = [
            each for each in names if definition.has_room and not self._known_answer(qualified_name, each)
        ]
        granted = self._names.properties(qualified_name, asked)
        self._not_made |= {(name, each): reason for each, reason in granted.refused.items()}
        for each, body in zip(names, bodies, strict=True):
            now = self._known.newest.by_qualified_name.get(qualified_name, definition)
            why = granted.waits if each in asked else None
            if not why and each not in granted.refused and now.has_room:
                why = self._add(now, body, calls)
            if why:
                yield each, why

    def _missing(self, values: Values, definition: Definition) -> Values:
        return {
            name: value
            for name, value in values.items()
            if name not in definition.properties
            and not isinstance(self._known_answer(definition.qualified_name, name), Rejected)
        }

    def _add(self, definition: Definition, body: Values, calls: "_Calls") -> Deferred | None:
        name = str(body["name"])
        if known := self._known_answer(definition.qualified_name, name):
            # Without the scope, which may have turned out just now, none is asked for.
            return known if isinstance(known, Deferred) else None
        answer, sent = calls.add(definition.qualified_name, body)

        def unmade() -> None:
            self._names.property_unmade(definition.qualified_name, name)

        if _is_settled(answer, frozenset()):
            made = definition.with_more(parse_schema([sent]).properties)
            self._known.add(made, frozenset({name}), is_whole=False)
            return None
        if not _is_settled(answer, _REFUSED_PROPERTY):
            return _open(answer, unmade)
        if answer.status == HTTPStatus.CONFLICT:
            return self._listed(definition, name, answer, calls.deadline_ms)
        unmade()
        why = self._refuse((definition.qualified_name, name), answer)
        return why if isinstance(why, Deferred) else None

    def _listed(self, definition: Definition, name: str, reply: Reply, deadline_ms: int) -> Deferred | None:
        """Look for a property that HubSpot says is there; return why to wait for it."""
        qualified_name = definition.qualified_name
        listed = self._known.reread(deadline_ms).by_qualified_name.get(qualified_name, definition)
        if name in listed.properties:
            return None
        words = self._wait((qualified_name, name), reply, PROPERTY_NOT_LISTED)
        return words if isinstance(words, Deferred) else None

    def _known_answer(self, event_name: str, name: str) -> Rejected | Deferred | None:
        now_ms = self._now_ms()
        known = (self._ban, self._answered.get((event_name, name)))
        return next((each.words for each in known if each and now_ms < each.until_ms), None)

    def _wait(self, key: tuple[str, str], reply: Reply, why: Deferred) -> Rejected | Deferred:
        """Remember to wait for what HubSpot does not list yet; return that, or that it was waited for."""
        before = self._answered.get(key)
        now_ms = self._now_ms()
        since_ms = before.since_ms if before and isinstance(before.words, Deferred) else now_ms
        if now_ms - since_ms >= NEW_FOR_MS:
            return self._refuse(key, reply)
        return self._note(key, _Answered(why, now_ms + LISTED_AGAIN_MS, since_ms))

    def _refuse(self, key: tuple[str, str], reply: Reply) -> Rejected | Deferred:
        """Remember a refusal; return it."""
        now_ms = self._now_ms()
        if reply.status == HTTPStatus.FORBIDDEN:
            self._ban = _Answered(forbidden(reply), now_ms + ALLOWED_AGAIN_MS, now_ms)
            return self._ban.words
        words = rejected(NO_DEFINITION, reply)
        return self._note(key, _Answered(words, now_ms + CREATE_AGAIN_MS, now_ms))

    def _note(self, key: tuple[str, str], answered: _Answered) -> Rejected | Deferred:
        if len(self._answered) >= MOST_REFUSED:
            self._answered.clear()
        self._answered[key] = answered
        return answered.words


@dataclass(slots=True)
class _Calls:
    """The calls that one invocation may make to make things."""

    api: DefinitionApi
    deadline_ms: int
    left: int = MAX_CALLS

    def create(self, body: Values) -> tuple[Answer | None, Values]:
        """Create a definition; return the answer, None if no call is left, and what was sent last."""
        return self._make(body, plainer_definition(body), self.api.create_definition)

    def add(self, qualified_name: str, body: Values) -> tuple[Answer | None, Values]:
        """Give a definition a property; return the same."""
        return self._make(
            body, plainer(body), lambda each, until_ms: self.api.add_property(qualified_name, each, until_ms)
        )

    def _make(
        self, body: Values, plain: Values | None, call: Callable[[Values, int], Answer]
    ) -> tuple[Answer | None, Values]:
        answer = self._once(body, call)
        is_refused = isinstance(answer, Reply) and answer.status in _BAD
        if plain is None or not is_refused:
            return answer, body
        return self._once(plain, call), plain

    def _once(self, body: Values, call: Callable[[Values, int], Answer]) -> Answer | None:
        if not self.left:
            return None
        self.left -= 1
        return call(body, self.deadline_ms)


def _open(answer: Answer | None, unmade: Callable[[], None]) -> Deferred:
    """Return why something is not made yet; it counts as `unmade` unless HubSpot may have made it."""
    why = NOT_YET if answer is None else why_not(answer)
    if not may_be_written(why):
        unmade()
    return why


def _is_settled(answer: Answer | None, refused: AbstractSet[int] = _REFUSED) -> TypeGuard[Reply]:
    """Whether HubSpot has done it, or would say the same again."""
    if not isinstance(answer, Reply) or not_hubspot(answer):
        return False
    return answer.status in _MADE or answer.status in refused


def _made(reply: Reply, body: Values) -> Definition | None:
    """Return the definition that an answer tells of, with the properties that were asked for."""
    made = parse_definition(text_mapping(reply.body)) if reply.status in _MADE else None
    asked = parse_schema(mappings(body["propertyDefinitions"])).properties
    return made.with_more(asked) if made else None
