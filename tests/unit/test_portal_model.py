"""Whatever goes wrong and however events come, HubSpot ends with the newest value of each property."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from fakes import FakeProfiles
from hypothesis import given, settings
from hypothesis import strategies as st
from portals import Relay, identify

from relay.core.answers import Answer, NoReply
from relay.core.events import Event
from relay.core.outcomes import Deferred
from relay.core.planning import Batch
from relay.core.profiles import Profile

PEOPLE = ("kim@example.org", "bo@example.org")
FAULTS = ("none", "lost before", "lost after", "not remembered", "crash before", "crash after")


class CrashError(Exception):
    """The process ends here."""


@dataclass
class CrashingProfiles(FakeProfiles):
    """A place for profiles that the process does not reach, or does not live long after."""

    crash: str = ""

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        if self.crash == "crash before":
            raise CrashError
        done = super().save(profiles)
        if self.crash == "crash after":
            raise CrashError
        return done


@dataclass
class World:
    """A relay and all that may happen to it; `doubt_ms` is what its lease would say."""

    threads: ThreadPoolExecutor
    profiles: CrashingProfiles = field(default_factory=CrashingProfiles)
    doubt_ms: int = 0

    def __post_init__(self) -> None:
        self.relay = Relay(profiles=self.profiles, threads=self.threads)

    def deliver(self, events: list[Event], fault: str) -> list[Event]:
        """Deliver under a fault; return the events that come back."""
        relay = self.relay
        relay.clock.now += 10_000
        relay.crm.script = self._script(fault)
        self.profiles.is_read_only = fault == "not remembered"
        self.profiles.crash = fault if fault.startswith("crash") else ""
        try:
            outcomes = relay.deliver(*events, doubted_until_ms=self.doubt_ms)
        except CrashError:
            relay.restart()
            self.doubt_ms = relay.clock.now
            return events
        if Deferred("memory_unavailable") in outcomes:
            self.doubt_ms = relay.clock.now
        return [each for each, end in zip(events, outcomes, strict=True) if isinstance(end, Deferred)]

    def _script(self, fault: str) -> "Script":
        return Script(self.relay, fault)


@dataclass
class Script:
    """HubSpot, whose answers get lost."""

    relay: Relay
    fault: str

    def __call__(self, batch: Batch) -> Answer | None:
        if self.fault == "lost after":
            self.relay.crm.script = lambda _: None
            self.relay.crm.write_contacts(batch, 60_000)
            self.relay.crm.script = self
        return NoReply("no_answer: ReadTimeout") if self.fault.startswith("lost") else None


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 5),
        # Mostly one person and one property, so that events get into each other's way.
        st.sampled_from([PEOPLE[0]] * 5 + [PEOPLE[1]]),
        st.sampled_from([{"plan": "x"}, {"plan": "y"}] * 3 + [{"plan": "x", "city": "x"}, {"city": "y"}, {}]),
    ),
    min_size=3,
    max_size=5,
    unique_by=lambda each: each[0],
)


@settings(max_examples=800, deadline=None)
@given(EVENTS, st.data())
def test_hubspot_ends_as_if_all_had_come_in_order(
    wishes: list[tuple[int, str, dict[str, str]]], data: st.DataObject
) -> None:
    events = [identify(1_000 + at, email=email, **traits) for at, email, traits in wishes]
    again = data.draw(st.lists(st.sampled_from(events), max_size=2), label="told twice")
    queue = data.draw(st.permutations([*events, *again]), label="arrival")
    with ThreadPoolExecutor(1) as threads:
        world = World(threads)
        for _ in range(8):
            size = data.draw(st.sampled_from((1, 1, 1, 1, 3)))
            taken, queue = queue[:size], queue[size:]
            queue += world.deliver(taken, data.draw(st.sampled_from(FAULTS)))
        while queue:
            queue = world.deliver(queue, "none")

    assert world.relay.crm.contacts.keys() == {email for _, email, _ in wishes}
    for email, contact in world.relay.crm.contacts.items():
        assert {k: v for k, v in contact.items() if k not in ("id", "email")} == model(wishes, email)


def model(wishes: list[tuple[int, str, dict[str, str]]], address: str) -> dict[str, str]:
    """Return the properties of a person after all events in the order of time."""
    final: dict[str, str] = {}
    for _, email, traits in sorted(wishes, key=lambda each: each[0]):
        final |= traits if email == address else {}
    return final
