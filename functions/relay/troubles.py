"""Use case of the sender: what keeps events waiting is written down at once; a person may have all looked at.

`relay retry` leaves a mark beside the troubles. A sender that finds a newer mark than it knows forgets what
it has kept of the destination, so that HubSpot and SSM are asked anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from relay.core.events import Event
from relay.core.troubles import MAX_CHARS, Troubles, has_news, looked_at, together
from relay.reports import Report

# A sender that knows of no trouble looks for a mark this often; one that does looks each time.
READ_AFTER_MS = 30_000


@dataclass(frozen=True, slots=True)
class Noted:
    """The troubles of a destination, and when somebody has said `relay retry` last (0 for never)."""

    troubles: Troubles = field(default_factory=dict)
    retry_at_ms: int = 0


class TroubleStore(Protocol):
    """Where senders and the command line share what is noted. Best effort: a failure costs only words."""

    def load(self, destination: str) -> Noted | None:
        """Return what is noted, None if that cannot be read."""
        ...

    def save(self, destination: str, troubles: Troubles, now_ms: int) -> None:
        """Write down the troubles; the mark stays as it is."""
        ...


class Portals(Protocol):
    """The HubSpot portals, by destination."""

    def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
        """Deliver events to one destination; report on each in their order."""
        ...


@dataclass(slots=True)
class _Seen:
    """What this process knows of a destination: what is written, and what it has seen beyond that."""

    written: Troubles = field(default_factory=dict)
    now: Troubles = field(default_factory=dict)
    retry_at_ms: int = 0
    read_at_ms: int = 0
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class TroubleBook:
    """The troubles by destination. Kept between invocations; one thread at a time for each destination."""

    store: TroubleStore
    now_ms: Callable[[], int]
    seen: dict[str, _Seen] = field(default_factory=dict)

    def is_marked(self, destination: str) -> bool:
        """Read what is noted; say whether there is a newer mark of `relay retry` than when asked last."""
        seen = self._seen(destination)
        if seen.now or self.now_ms() - seen.read_at_ms >= READ_AFTER_MS:
            self.standing(destination)
        is_marked, seen.is_marked = seen.is_marked, False
        return is_marked

    def standing(self, destination: str) -> Noted | None:
        """Read what is noted, and return it; None if it cannot be read."""
        seen, noted = self._seen(destination), self.store.load(destination)
        if noted is None:
            return None
        seen.read_at_ms = self.now_ms()
        seen.written, seen.now = noted.troubles, together(noted.troubles, seen.now)
        seen.is_marked = seen.is_marked or noted.retry_at_ms > seen.retry_at_ms
        seen.retry_at_ms = max(seen.retry_at_ms, noted.retry_at_ms)
        return Noted(seen.now, seen.retry_at_ms)

    def is_example(self, destination: str, reason: str, message_id: str) -> bool:
        """Say whether an event is the example of a trouble: its end is the trouble's, too."""
        trouble = self._seen(destination).now.get(reason[:MAX_CHARS])
        return bool(trouble and trouble.message_id == message_id)

    def retry_at_ms(self, destination: str) -> int:
        """Return of when the newest mark is that was seen; 0 without one. What is older counts no more."""
        return self.seen[destination].retry_at_ms if destination in self.seen else 0

    def note(self, destination: str, events: Sequence[Event], reports: Sequence[Report]) -> None:
        """Note after a look what events wait for; written at most once, and only if it is news."""
        seen, now_ms = self._seen(destination), self.now_ms()
        ends = [(event.message_id, report.outcome) for event, report in zip(events, reports, strict=True)]
        seen.now = looked_at(seen.now, ends, now_ms)
        if has_news(seen.written, seen.now):
            self.store.save(destination, seen.now, now_ms)
            seen.written = seen.now

    def _seen(self, destination: str) -> _Seen:
        return self.seen.setdefault(destination, _Seen())


@dataclass(frozen=True, slots=True)
class WatchedPortals:
    """Portals whose troubles are noted. `forget` drops what is kept of a destination beside its portal."""

    portals: Portals
    book: TroubleBook
    forget: Callable[[str], None]

    def deliver(self, destination: str, events: Sequence[Event]) -> Sequence[Report]:
        """Deliver events to one destination; report on each in their order."""
        if self.book.is_marked(destination):
            self.forget(destination)
        reports = self.portals.deliver(destination, events)
        self.book.note(destination, events, reports)
        return reports
