"""A portal that is told what goes wrong, and what must be true of it all the same.

The model is the final state of HubSpot: each property of a contact has the value of the newest event that the
relay says it has delivered. What may have been written behind the relay's back is `loose`: nobody can know.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from company_hub import Backwards
from fakes import Clock
from faulty import BAD, REFUSALS, REJECTING, REPEATS, CrashError, ModelCrm, ModelEvents, ModelProfiles, Script
from portals import Relay, event

from relay.core.doubts import Doubt
from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.core.policy import EventPolicy, Policy
from relay.core.profiles import STALE, at_rest, email_key
from relay.reports import Report

# People by their user ids.
PEOPLE: Mapping[str, str] = {"u-1": "kim@example.org", "u-2": "bo@example.org", "u-3": "li@example.org"}
NAMES = ("plan", "city")
LEASE_MS = 60_000
DAY_MS = 86_400_000
NOBODY = frozenset({"no_email", "no_person"})
UNCHANGED = Skipped("unchanged")


@dataclass
class Wish:
    """An event, and what is known of it.

    If it `is_applied`, the relay has said that HubSpot has what it asks of the contact: those in `applied`.
    """

    event: Event
    user: str
    traits: Mapping[str, str]
    is_linking: bool
    outcome: Outcome | None = None
    is_applied: bool = False
    applied: set[str] = field(default_factory=set)
    is_tried: bool = False

    @property
    def at_ms(self) -> int:
        return self.event.occurred_at_ms

    @property
    def is_track(self) -> bool:
        return self.event.type == "track"


def wish(at_ms: int, user: str, traits: Mapping[str, str], *, named_by: str, is_track: bool) -> Wish:
    """Return an event of a person who is named by a user id, an address, or both."""
    told = traits if named_by == "user" else {**traits, "email": PEOPLE[user]}
    fields: dict[str, object] = {"userId": user if named_by != "address" else None}
    if is_track:
        address = {} if named_by == "user" else {"email": PEOPLE[user]}
        fields |= {"event": "Order Completed", "context": {"traits": told}, "properties": address}
    made = event(f"m-{at_ms}", at_ms, "track" if is_track else "identify", traits=told, **fields)
    return Wish(made, user, traits, is_linking=named_by == "both")


def _is_nobodys(outcome: Outcome | None) -> bool:
    return isinstance(outcome, Skipped) and outcome.reason in NOBODY


def newest(wishes: Iterable[Wish], names: Callable[[Wish], Collection[str]]) -> dict[str, str]:
    """Return the newest value of each property that wishes name."""
    values: dict[str, str] = {}
    for each in sorted(wishes, key=lambda each: each.at_ms):
        values |= {name: each.traits[name] for name in names(each) if name in each.traits}
    return values


@dataclass
class Faults:
    """What goes wrong in one invocation."""

    writes: Sequence[str] = ()
    sends: Sequence[str] = ()
    loads: Sequence[str] = ()
    saves: Sequence[str] = ()


@dataclass
class World:
    """A relay, its queue, and all that has come of it."""

    refusal: str = REFUSALS[0]
    repeats: str = REPEATS[0]
    queue: list[Wish] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    # Properties of people of which nobody can know what HubSpot has; whose contact was deleted, and when.
    loose: set[tuple[str, str]] = field(default_factory=set)
    deleted_at_ms: dict[str, int] = field(default_factory=dict)
    linked: set[str] = field(default_factory=set)
    doubt: Doubt = field(default_factory=Doubt)

    def __post_init__(self) -> None:
        clock = Clock()
        self.crm = ModelCrm(refusal=self.refusal, clock=clock)
        self.events, self.profiles = ModelEvents(repeats=self.repeats), ModelProfiles()
        self.relay = Relay(
            crm=self.crm,
            policy=Policy(events=EventPolicy("custom")),
            clock=clock,
            profiles=self.profiles,
            events=self.events,
            threads=Backwards(),
        )

    def add(self, made: Wish) -> None:
        self.wishes.append(made)
        self.queue.append(made)

    def wait(self, seconds: int) -> None:
        self.relay.clock.now += seconds * 1_000
        self.crm.land()

    def delete(self, user: str) -> None:
        """Let somebody delete a contact in HubSpot."""
        if self.crm.contacts.pop(PEOPLE[user], None):
            self.deleted_at_ms[user] = self.relay.clock.now

    def deliver(self, wishes: Sequence[Wish], faults: Faults) -> None:
        """Deliver what is taken from the queue; what is not done goes back to it."""
        self.wait(10)
        if at_rest(self.doubt.resting_until_ms, self.relay.clock.now):
            return
        self.crm.script_of_writes, self.events.script_of_sends = Script(faults.writes), Script(faults.sends)
        self.profiles.script_of_loads, self.profiles.script_of_saves = (
            Script(faults.loads),
            Script(faults.saves),
        )
        self.queue = [each for each in self.queue if each not in wishes]
        try:
            reports = self.relay.reports(
                *(each.event for each in wishes), doubted_until_ms=self.doubt.until_ms
            )
        except CrashError:
            self._crashed(wishes)
            return
        self.doubt = self.doubt.and_also(self.relay.portal.doubt)
        # Who is made known within the invocation, those of its events that happened before do not know.
        known = frozenset(self.linked)
        for each, report in zip(wishes, reports, strict=True):
            assert not (_is_nobodys(report.outcome) and each.user in known)
            self._settle(each, report)
        self._check_unchanged(wishes)

    def _crashed(self, wishes: Sequence[Wish]) -> None:
        """Let the lease run out, and another process take over."""
        self.relay.restart()
        self.wait(LEASE_MS // 1_000)
        now_ms = self.relay.clock.now
        self.doubt = self.doubt.and_also(Doubt(now_ms, now_ms + self.relay.policy.rest_ms))
        for each in wishes:
            self._come_back(each)

    def _come_back(self, tried: Wish) -> None:
        tried.is_tried = True
        self.queue.append(tried)

    def _settle(self, told: Wish, report: Report) -> None:
        told.outcome = outcome = report.outcome
        if isinstance(outcome, Deferred):
            self._come_back(told)
        elif isinstance(outcome, Rejected):
            self._rejected(told)
        elif _is_nobodys(outcome):
            self._loosen(told)
        else:
            assert isinstance(outcome, Delivered) or outcome in (UNCHANGED, Skipped(STALE))
            self._applied(told, report.dropped)

    def _rejected(self, told: Wish) -> None:
        done = {*self.crm.script_of_writes.done}
        # Of a record that somebody else has made, nothing may be left to write but a value that is refused.
        is_bad = any(each.user == told.user and BAD in each.traits.values() for each in self.wishes)
        is_left_out = "conflict" in done and (is_bad or "400 city" in done)
        assert REJECTING & done or is_left_out, "rejected without a cause"
        self._loosen(told)

    def _loosen(self, told: Wish) -> None:
        """Note of what HubSpot has nothing by this event that an earlier try may have been written."""
        self.loose |= {(told.user, name) for name in told.traits if told.is_tried}

    def _applied(self, told: Wish, dropped: Mapping[str, str]) -> None:
        if told.is_linking:
            self.linked.add(told.user)
        mine = [each for each in self.wishes if each.user == told.user]
        # Properties of an event may have been left out, too.
        for name, why in ((name, why) for name, why in dropped.items() if name in told.traits):
            if why == STALE:
                assert any(name in each.traits and each.at_ms > told.at_ms for each in mine)
                continue
            is_bad = any(each.traits.get(name) == BAD for each in mine)
            assert is_bad or (name == "city" and "400 city" in self.crm.script_of_writes.done)
            self.loose |= {(told.user, name)} if told.is_tried else set()
        told.is_applied = True
        told.applied |= told.traits.keys() - {name for name, why in dropped.items() if why != STALE}

    def _check_unchanged(self, wishes: Sequence[Wish]) -> None:
        """What was skipped as unchanged must be what HubSpot has at this moment."""
        for user in {each.user for each in wishes if each.outcome == UNCHANGED}:
            contact = self.crm.contacts.get(PEOPLE[user], {})
            remembered = self.profiles.profiles[email_key(PEOPLE[user])].object_id
            if contact.get("id") != remembered:
                # That somebody has deleted it is found out when it is sent again, a day later at most.
                assert self.relay.clock.now - self.deleted_at_ms[user] <= DAY_MS
                continue
            together = [each for each in wishes if each.user == user and not _is_nobodys(each.outcome)]
            # What HubSpot refuses is not asked of it again.
            values = newest(together, lambda each: {n: v for n, v in each.traits.items() if v != BAD})
            assert values.items() <= contact.items()

    def drain(self, size: int = 1_000) -> None:
        """Deliver all that is left, so many events at a time, while nothing goes wrong."""
        for _ in range(5 * len(self.queue) + 5):
            if self.queue:
                self.wait(200)
                self.deliver(self.queue[:size], Faults())
        assert self.queue == [], "events that never end"

    def check(self) -> None:
        """What HubSpot has is what the model says, once nothing is left in the queue."""
        for user, address in PEOPLE.items():
            if user not in self.deleted_at_ms:
                self._check_contact(user, self.crm.contacts.get(address, {}))
        times = Counter(each.occurred_at for each in self.events.sent)
        assert set(times.values()) <= {1}, "an occurrence twice"
        told = {each.uuid for each in self.events.sent}
        assert {each.event.message_id for each in self.wishes if each.is_track and each.is_applied} <= told

    def _check_contact(self, user: str, contact: Mapping[str, str]) -> None:
        mine = [each for each in self.wishes if each.user == user and each.is_applied]
        if any(not each.is_track for each in mine):
            assert contact
        expected = newest(mine, lambda each: each.applied)
        for name in NAMES:
            if (user, name) not in self.loose:
                assert contact.get(name) == expected.get(name), name

    def refresh(self, at_ms: int) -> None:
        """After a day all that is known of each person is told anew: from then on nothing is loose."""
        self.wait(2 * DAY_MS // 1_000)
        for n, user in enumerate(PEOPLE):
            self.add(wish(at_ms + n, user, dict.fromkeys(NAMES, "last"), named_by="both", is_track=False))
        self.drain()
        self.loose.clear()
        self.deleted_at_ms.clear()
        self.check()
