"""What surrounds the sender, without AWS: queues, stores and a lease that live as long as the process."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from relay.core.accounts import Account
from relay.core.claims import NOBODY, Claim
from relay.core.doubts import Doubt
from relay.core.profiles import Profile
from relay.delivery import Fate, Record
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
class EventsQueue:
    """Messages by their handles, and when those come back that are hidden."""

    clock: Clock
    due_ms: dict[str, int] = field(default_factory=dict)

    def hide(self, timeouts_s: Mapping[str, int]) -> None:
        """Hide messages for so many seconds."""
        self.due_ms |= {handle: self.clock.ms + seconds * 1000 for handle, seconds in timeouts_s.items()}

    def next_due(self) -> Collection[str]:
        """Move the clock on until messages come back; return the handles of those that do."""
        self.clock.ms = min(self.due_ms.values())
        back = [handle for handle, due_ms in self.due_ms.items() if due_ms <= self.clock.ms]
        for handle in back:
            del self.due_ms[handle]
        return back


class RejectsQueue:
    """Where rejected events would go."""

    def send(self, bodies: Sequence[str], destination: str) -> bool:  # noqa: ARG002 - of a protocol
        """Take them."""
        return True

    def send_foreign(self, body: str, reason: str) -> bool:  # noqa: ARG002 - of a protocol
        """Take it."""
        return True


@dataclass
class Journal:
    """What became of each message, each time it was looked at."""

    fates: list[Fate] = field(default_factory=list)

    def record(self, fate: Fate) -> None:
        """Write it down."""
        self.fates.append(fate)

    def unreadable(self, record: Record, reason: str) -> None:
        """What was packed just now is readable."""

    def stored(self, rejects: int) -> None:
        """Nobody counts."""

    def ended(self, waiting_since_ms: Sequence[int]) -> None:
        """Nobody waits."""
