"""However destinations are pointed to accounts, each account has what was sent while they pointed to it."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from effort import EFFORT
from fakes import DEADLINE, Clock, FakeCrm, FakeMade, FakeRefused, FakeSchemas, FakeSent
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from others import FakeCompanies, FakeDefinitions, FakeEvents
from portals import event

from relay.accounts import Accounts
from relay.core.accounts import Account, KnownAccount, Usage
from relay.core.answers import Answer, Reply
from relay.core.claims import NOBODY, Claim
from relay.core.doubts import Doubt
from relay.core.events import Event
from relay.core.outcomes import Deferred, Delivered, Skipped
from relay.core.profiles import Profile
from relay.memory import DoubtingStore
from relay.parts import Apis, Stores
from relay.portal import Portal
from relay.portals import WRAP_UP_MS, Invocation, Portals
from relay.reports import Report
from relay.targets import Target

# HubSpot's accounts, by the access tokens that are theirs.
TOKENS = {"pat-7-a": 7, "pat-7-b": 7, "pat-8-a": 8}
DESTINATIONS = ("shop", "app")
PEOPLE = {f"u-{n}": f"p{n}@example.org" for n in range(3)}
VALUES = ("x", "y")
CALL_MS = 1_000


@dataclass(frozen=True)
class Lease:
    doubt: Doubt = field(default_factory=Doubt)


@dataclass
class Shelf:
    """The part of one table that begins with a name."""

    table: dict[str, Profile]
    name: str

    def load(self, keys: Collection[str]) -> Mapping[str, Profile] | None:
        return {key: self.table[f"{self.name}#{key}"] for key in keys if f"{self.name}#{key}" in self.table}

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        self.table |= {f"{self.name}#{key}": profile for key, profile in profiles.items()}
        return True


@dataclass
class World:
    """Two accounts of HubSpot, two destinations, one table, and a process."""

    clock: Clock = field(default_factory=Clock)
    crms: Mapping[int, FakeCrm] = field(default_factory=lambda: {7: FakeCrm(), 8: FakeCrm()})
    companies: Mapping[int, FakeCompanies] = field(
        default_factory=lambda: {7: FakeCompanies(), 8: FakeCompanies()}
    )
    table: dict[str, Profile] = field(default_factory=dict)
    accounts: dict[str, KnownAccount] = field(default_factory=dict)
    usages: dict[str, Usage] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=lambda: dict.fromkeys(DESTINATIONS, "pat-7-a"))
    hub_ids: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DESTINATIONS, 7))
    # The newest value of each person that was delivered to an account, and when it was told.
    expected: dict[tuple[int, str], tuple[int, str]] = field(default_factory=dict)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin a new process, which knows only what is stored."""
        self.process = Accounts(_Line, _Stored(self), _Used(self), self.clock.now_ms)
        self.opened: dict[tuple[Target, Account], Portal] = {}

    def deliver(self, destination: str, *events: Event) -> Sequence[object]:
        this = Invocation("h-1", DEADLINE + CALL_MS + WRAP_UP_MS, CALL_MS, 100_000)
        portals = Portals(self._values, self.process, self, self._open, self, this, self.clock.now_ms)
        reports = portals.deliver(destination, events)
        return [each.outcome for each in reports]

    def claim(self, destination: str, account: Account) -> Claim | Deferred:
        assert destination in DESTINATIONS
        assert account.portal_id == self.hub_ids[destination]
        return Claim(NOBODY, 0)

    def acquire(self, name: str, holder: str, *, until_ms: int, wait_until_ms: int) -> Lease | Deferred:
        assert name.startswith("@")
        assert holder
        assert until_ms > wait_until_ms
        return Lease()

    def release(self, name: str, holder: str, doubt: Doubt) -> None:
        assert name.startswith("@")
        assert holder
        assert doubt == Doubt()

    def _values(self, destination: str, _: bool) -> Mapping[str, str]:  # noqa: FBT001 - `fresh`
        told = f'{{"hub_id": {self.hub_ids[destination]}}}'
        return {"settings": told, "access-token": self.tokens[destination]}

    def _open(self, target: Target, account: Account, _: Claim | None) -> "Session":
        # HubSpot goes by the token alone; what is remembered by what the relay takes the account for.
        hub_id = TOKENS[target.access_token]
        crm, companies, events = self.crms[hub_id], self.companies[hub_id], FakeEvents()
        profiles = DoubtingStore(Shelf(self.table, account.key), self.clock.now_ms)
        stores = Stores(
            FakeSchemas(),
            FakeSchemas(),
            FakeDefinitions(),
            profiles,
            FakeSent(),
            FakeRefused(),
            FakeRefused(),
            FakeMade(),
        )
        apis = Apis(crm, events, events, companies, companies, account.portal_id)
        portal = Portal(apis, stores, self.threads, self.clock.now_ms, target.settings.policy)
        return Session(self.opened.setdefault((target, account), portal))

    def check(self) -> None:
        """Each account holds the newest value that was sent to it, and nothing else."""
        for hub_id, crm in self.crms.items():
            held = {address: each.get("plan") for address, each in crm.contacts.items()}
            wanted = {
                PEOPLE[user]: value
                for (account, user), (_, value) in self.expected.items()
                if account == hub_id
            }
            assert held == wanted, hub_id


@dataclass(frozen=True)
class Session:
    portal: Portal

    def deliver(
        self, events: Sequence[Event], deadline_ms: int, *, doubted_until_ms: int
    ) -> Sequence[Report]:
        return self.portal.deliver(events, deadline_ms, doubted_until_ms=doubted_until_ms)

    @property
    def doubt(self) -> Doubt:
        return self.portal.doubt

    def close(self) -> None:
        """There is nothing to give back."""


@dataclass(frozen=True)
class _Line:
    """HubSpot, asked whose a token is."""

    target: Target

    def details(self, deadline_ms: int) -> Answer:
        assert deadline_ms == DEADLINE
        return Reply(200, {"portalId": TOKENS[self.target.access_token], "timeZone": "Europe/Berlin"})

    def token_info(self, deadline_ms: int) -> Answer:
        raise NotImplementedError

    def follow(self, key: str) -> None:
        assert key.startswith("bucket#")

    def close(self) -> None:
        """There is nothing to give back."""


@dataclass(frozen=True)
class _Stored:
    world: World

    def load(self, token_hash: str) -> KnownAccount | None:
        return self.world.accounts.get(token_hash)

    def save(self, token_hash: str, known: KnownAccount) -> None:
        self.world.accounts[token_hash] = known


@dataclass(frozen=True)
class _Used:
    world: World

    def load(self, destination: str) -> Usage | None:
        return self.world.usages.get(destination)

    def save(self, destination: str, usage: Usage) -> bool:
        self.world.usages[destination] = usage
        return True


class Pointed(RuleBasedStateMachine):
    """Destinations that are pointed here and there, while people are told of."""

    @initialize()
    def begin(self) -> None:
        self.world, self.at_ms = World(), 1_000
        self.waiting: list[tuple[str, Event, str, str]] = []

    @rule(destination=st.sampled_from(DESTINATIONS), token=st.sampled_from([*TOKENS]))
    def store_token(self, destination: str, token: str) -> None:
        self.world.tokens[destination] = token

    @rule(destination=st.sampled_from(DESTINATIONS), hub_id=st.sampled_from([7, 8]))
    def set_hub_id(self, destination: str, hub_id: int) -> None:
        self.world.hub_ids[destination] = hub_id

    @rule(
        destination=st.sampled_from(DESTINATIONS),
        user=st.sampled_from([*PEOPLE]),
        value=st.sampled_from(VALUES),
        back=st.sampled_from([0, 0, 0, 35]),
        is_named=st.booleans(),
    )
    def tell(self, destination: str, user: str, value: str, back: int, *, is_named: bool) -> None:
        """A person is told of; at times it happened before something that was told already."""
        self.at_ms += 10
        address = {"email": PEOPLE[user]} if is_named else {}
        told = event(f"m-{self.at_ms}", self.at_ms - back, userId=user, traits={"plan": value, **address})
        self._deliver(destination, told, user, value)

    @precondition(lambda self: self.waiting)
    @rule()
    def look_again(self) -> None:
        """The queue hands over what had to wait."""
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            self._deliver(*each)

    @rule()
    def restart(self) -> None:
        self.world.restart()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.threads.shutdown()

    def _deliver(self, destination: str, told: Event, user: str, value: str) -> None:
        token, hub_id = self.world.tokens[destination], self.world.hub_ids[destination]
        before = self.world.expected.get((hub_id, user))
        (outcome,) = self.world.deliver(destination, told)
        if TOKENS[token] != hub_id:
            assert isinstance(outcome, Deferred)
            assert outcome.reason.startswith("wrong_account: ")
            self.waiting.append((destination, told, user, value))
        elif before is None and "email" not in told.traits:
            # Whoever is known to the other account alone is nobody here.
            assert outcome == Skipped("no_email")
        else:
            self._applied(hub_id, told, user, value, outcome)
        self.world.check()

    def _applied(self, hub_id: int, told: Event, user: str, value: str, outcome: object) -> None:
        before = self.world.expected.get((hub_id, user))
        if before and told.occurred_at_ms < before[0]:
            assert outcome == Skipped("stale") or before[1] == value
            return
        is_same = before is not None and before[1] == value
        assert outcome == Skipped("unchanged") if is_same else isinstance(outcome, Delivered)
        self.world.expected[hub_id, user] = (told.occurred_at_ms, value)


@pytest.mark.long
@pytest.mark.no_cover
class TestPointed(Pointed.TestCase):  # type: ignore[misc, valid-type] # Hypothesis makes it
    settings = settings(
        max_examples=200 * EFFORT, stateful_step_count=25, deadline=None, report_multiple_bugs=False
    )
