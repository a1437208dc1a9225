"""Ingest with fakes for its ports: parameters, queue, pace and chance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from relay.core.envelopes import Envelope, unpack
from relay.front_door import FrontDoor
from relay.intake import Intake
from relay.shares import Shares
from relay.tracking_api import TrackingApi
from relay.webhooks import Webhooks


@dataclass
class FakeParameters:
    """Parameters by destination; `rotated` is what a fresh read finds, None is SSM out of reach."""

    known: Mapping[str, Mapping[str, str]] | None
    rotated: Mapping[str, Mapping[str, str]] | None = None
    reads: list[tuple[str, bool]] = field(default_factory=list)
    named: list[str] = field(default_factory=list)

    def read(
        self, destination: str, *, fresh: bool = False, is_named: bool = False
    ) -> Mapping[str, str] | None:
        self.reads.append((destination, fresh))
        self.named += [destination] if is_named else []
        found = self.rotated if fresh and self.rotated is not None else self.known
        return None if found is None else found.get(destination, {})


@dataclass
class FakeQueue:
    stores: bool = True
    bodies: list[str] = field(default_factory=list)
    lanes: list[str] = field(default_factory=list)

    def send(self, bodies: Sequence[str], lane: str) -> bool:
        self.bodies += bodies
        self.lanes.append(lane)
        return self.stores

    @property
    def envelopes(self) -> list[Envelope]:
        return [letter for body in self.bodies if isinstance(letter := unpack(body), Envelope)]

    @property
    def events(self) -> list[Mapping[str, object]]:
        return [event for letter in self.envelopes for event in letter.events]


@dataclass(frozen=True)
class FakePace:
    """Answers one after the other; without an end to them, everything may pass."""

    waits_ms: Iterator[int]

    def wait_ms(self, name: str, events: int, limit: int) -> int:
        assert name
        assert events > 0
        assert limit > 0
        return next(self.waits_ms, 0)

    def give_back(self, name: str, events: int, limit: int) -> None:
        raise NotImplementedError

    def seen_wait_ms(self, name: str, limit: int) -> int:
        assert name
        assert limit > 0
        return 0


def front_door(parameters: FakeParameters, queue: FakeQueue, waits_ms: Sequence[int] = ()) -> FrontDoor:
    numbers = count(1)
    intake = Intake(queue, Shares(FakePace(iter(waits_ms))), lambda: f"relay-{next(numbers)}")
    return FrontDoor(Webhooks(parameters, intake), TrackingApi(parameters, intake))
