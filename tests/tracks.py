"""A portal's custom events with a HubSpot and a store that are at hand, and occurrences for it."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from fakes import DEADLINE, Clock, FakeMade
from others import FakeDefinitions

from cli.standin.event_definitions import definition_of, page_of
from cli.standin.event_rules import property_of
from relay.core.answers import Answer, Reply
from relay.core.event_definitions import EventRules
from relay.core.occurrences import CustomEvent, Occurrence
from relay.core.quotas import MakingLimits
from relay.making import Making
from relay.new_events import NewEvents
from relay.occurrences import Occurrences, Sent

NAME = "pe7_bought_item"
# What HubSpot wants to be told of any new definition.
PLAIN: Mapping[str, Any] = {"includeDefaultProperties": False, "propertyDefinitions": []}
Script: TypeAlias = Callable[[Sequence[CustomEvent]], Answer | None]


def defined(name: str, label: str = "", /, **kinds: str) -> Mapping[str, Any]:
    """Return a definition as HubSpot lists it."""
    properties = [{"name": each, "label": each, "type": kind} for each, kind in kinds.items()]
    return definition_of({**PLAIN, "name": name, "label": label, "propertyDefinitions": properties}, 7)


def listed(*definitions: Mapping[str, Any], after: str = "") -> Reply:
    """Return a page of HubSpot's list; the next one begins `after`."""
    return Reply(200, page_of(definitions, len(definitions), after))


BOUGHT = defined("bought_item", "Bought Item", item="string", total="number")


@dataclass
class FakeEvents:
    """A HubSpot that takes every event, unless `script` answers in its place."""

    script: Script = lambda _: None
    lists: list[Answer] = field(default_factory=lambda: [listed(BOUGHT)])
    creations: list[Answer] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    created: list[Mapping[str, Any]] = field(default_factory=list)
    added: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    batches: list[list[CustomEvent]] = field(default_factory=list)

    def definitions(self, after: str, deadline_ms: int) -> Answer:
        assert deadline_ms == DEADLINE
        self.asked.append(after)
        return self.lists[min(len(self.asked), len(self.lists)) - 1]

    def create_definition(self, body: Mapping[str, object], deadline_ms: int) -> Answer:
        assert deadline_ms == DEADLINE
        self.created.append(body)
        return self.creations.pop(0) if self.creations else Reply(201, definition_of(body, 7))

    def add_property(self, qualified_name: str, body: Mapping[str, object], deadline_ms: int) -> Answer:
        assert deadline_ms == DEADLINE
        self.added.append((qualified_name, body))
        return self.creations.pop(0) if self.creations else Reply(201, property_of(body))

    def send_batch(self, events: Sequence[CustomEvent], deadline_ms: int) -> Answer:
        assert deadline_ms == DEADLINE
        self.batches.append(list(events))
        return self.script(events) or Reply(204)

    @property
    def sent(self) -> list[tuple[str, dict[str, str]]]:
        return [(event.event_name, dict(event.properties)) for batch in self.batches for event in batch]


@dataclass
class Tracks:
    """A portal's events with a clock that is at hand."""

    api: FakeEvents = field(default_factory=FakeEvents)
    store: FakeDefinitions = field(default_factory=FakeDefinitions)
    clock: Clock = field(default_factory=Clock)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    made: FakeMade = field(default_factory=FakeMade)
    limits: MakingLimits = field(default_factory=MakingLimits)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, rules: EventRules | None = None) -> None:
        """Begin a new process, which knows only what is stored."""
        names = NewEvents(Making(self.made, self.limits, self.clock.now_ms), rules or EventRules())
        self.events = Occurrences(self.api, self.store, self.threads, self.clock.now_ms, names)

    def settle(self, *occurrences: Occurrence) -> list[Sent]:
        settled = self.events.settle(occurrences, DEADLINE)
        assert settled.keys() == {each.source for each in occurrences}
        return [settled[each.source] for each in occurrences]


def bought(source: int = 0, name: str = "Bought Item", /, **properties: Any) -> Occurrence:
    return Occurrence(source, name, f"m-{source}", 0, properties, email="kim@example.org")


def many(count: int) -> list[Occurrence]:
    return [bought(n, item=str(n)) for n in range(count)]


def refuses(answer: Answer, is_bad: Callable[[CustomEvent], bool]) -> Script:
    """Return a HubSpot that refuses a batch with such an event."""
    return lambda events: answer if any(map(is_bad, events)) else None


def has(name: str) -> Callable[[CustomEvent], bool]:
    return lambda event: name in event.properties


def called(*names: str) -> Callable[[CustomEvent], bool]:
    return lambda event: event.event_name in names
