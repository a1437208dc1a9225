"""What surrounds the sender, without AWS: queues, stores and a lease that live as long as the process."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from relay.core.accounts import Account
from relay.core.claims import NOBODY, Claim
from relay.core.doubts import Doubt
from relay.core.envelopes import Message
from relay.core.parking import Parking
from relay.core.profiles import Profile
from relay.core.quotas import Made
from relay.fates import Fate, Record
from relay.targets import Target

T = TypeVar("T")


@dataclass
class Clock:
    """A clock that only moves when it is set."""

    ms: int

    def now_ms(self) -> int:
        """Return its time."""
        return self.ms


class AtOnce(Executor):
    """Does everything at once and in order, so that the same events always make the same calls."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as in Executor
        """Do it."""
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@dataclass
class Profiles:
    """What is remembered of people and companies, by key."""

    profiles: dict[str, Profile] = field(default_factory=dict)

    def load(self, keys: Collection[str]) -> Mapping[str, Profile]:
        """Return the profiles that there are."""
        return {key: self.profiles[key] for key in keys if key in self.profiles}

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        """Store profiles."""
        self.profiles |= profiles
        return True


@dataclass
class Shelf(Generic[T]):
    """A place for one thing, such as a schema."""

    thing: T | None = None

    def load(self) -> T | None:
        """Return it, if it is there."""
        return self.thing

    def save(self, dated: T) -> None:
        """Put it there."""
        self.thing = dated


@dataclass
class Counts:
    """How many names were made, by kind."""

    counts: dict[str, Made] = field(default_factory=dict)

    def load(self, kind: str) -> Made:
        """Return a count."""
        return self.counts.get(kind, Made())

    def save(self, kind: str, made: Made) -> bool:
        """Store a count; nobody else counts."""
        self.counts[kind] = made
        return True


class Leases:
    """Accounts that nobody else wants."""

    doubt = Doubt()

    def acquire(self, name: str, holder: str, *, until_ms: int, wait_until_ms: int) -> "Leases":  # noqa: ARG002 - of a protocol
        """Return the lease."""
        return self

    def release(self, name: str, holder: str, doubt: Doubt) -> None:
        """Nobody waits for it."""


class OwnAccount:
    """An access token that is of the account in the settings."""

    def of(self, target: Target, deadline_ms: int) -> Account:  # noqa: ARG002 - of a protocol
        """Return the account."""
        return Account(target.settings.hub_id)


class NoClaims:
    """No release has remembered anything before."""

    def claim(self, destination: str, account: Account) -> Claim:  # noqa: ARG002 - of a protocol
        """Return that it is nobody's."""
        return Claim(NOBODY, 0)


@dataclass
class SentEvents:
    """The legacy events that were delivered."""

    keys: set[str] = field(default_factory=set)

    def known(self, keys: Collection[str]) -> Collection[str]:
        """Return which of these were delivered."""
        return self.keys & set(keys)

    def remember(self, keys: Sequence[str]) -> bool:
        """Note that these were."""
        self.keys |= set(keys)
        return True


@dataclass
class EventsQueue:
    """Messages, and when they may be received."""

    clock: Clock
    due: list[tuple[int, str]] = field(default_factory=list)

    def send_all(self, messages: Sequence[Message], until_ms: int) -> Sequence[bool]:  # noqa: ARG002 - of a protocol
        """Take messages."""
        self.due += [(self.clock.ms + each.delay_s * 1000, each.body) for each in messages]
        return [True] * len(messages)

    def hide(self, timeouts_s: Mapping[str, int], until_ms: int) -> None:
        """Whatever was sent was taken: no record comes back."""

    def receive(self) -> Sequence[str]:
        """Move the clock on until messages may be received; return the bodies of those, if there are any."""
        if self.due:
            self.clock.ms = max(self.clock.ms, min(due_ms for due_ms, _ in self.due))
        bodies = [body for due_ms, body in self.due if due_ms <= self.clock.ms]
        self.due = [(due_ms, body) for due_ms, body in self.due if due_ms > self.clock.ms]
        return bodies


class RejectsQueue:
    """Where rejected events would go."""

    def send_all(self, messages: Sequence[Message], until_ms: int) -> Sequence[bool]:  # noqa: ARG002 - of a protocol
        """Take messages."""
        return [True] * len(messages)


@dataclass
class Journal:
    """What became of the events of each message, each time they were looked at."""

    fates: list[Fate] = field(default_factory=list)

    def record(self, fate: Fate) -> None:
        """Write it down."""
        self.fates.append(fate)

    def unreadable(self, record: Record, reason: str) -> None:
        """What was packed just now is readable."""

    def parked(self, parked: Sequence[Parking]) -> None:
        """Nothing is."""

    def stored(self, rejects: int) -> None:
        """Nobody counts."""

    def handed_back(self, records: int) -> None:
        """They are in the queue."""

    def ended(self, waiting_since_ms: Sequence[int]) -> None:
        """Nobody waits."""
