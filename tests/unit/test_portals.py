"""Opening a portal under its lease, with fakes for SSM, DynamoDB and the portal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from relay.core.accounts import Account
from relay.core.answers import ACCESS_TOKEN_REFUSED
from relay.core.claims import NOBODY, OLD_SENDERS_MS, Claim
from relay.core.doubts import Doubt
from relay.core.events import Event, parse
from relay.core.outcomes import Deferred, Delivered, Outcome
from relay.portals import WRAP_UP_MS, Invocation, Portals
from relay.reports import Report
from relay.targets import Target

GOOD = {"settings": '{"hub_id": 7654321}', "access-token": "pat-na1-test"}
NOW_MS = 20_000
SEVEN = Account(7654321)
LAST_CALL_MS = 120_000 - 10_000 - WRAP_UP_MS


@dataclass
class FakeSession:
    log: list[str]
    fails_at: str = ""
    outcome: Outcome = field(default_factory=lambda: Delivered("501"))
    doubt: Doubt = field(default_factory=Doubt)

    def deliver(
        self, events: Sequence[Event], deadline_ms: int, *, doubted_until_ms: int
    ) -> Sequence[Report]:
        self._do("deliver", f"{len(events)} until {deadline_ms}, doubt until {doubted_until_ms}")
        return [Report(self.outcome) for _ in events]

    def close(self) -> None:
        self._do("close", "tokens")

    def _do(self, what: str, how: str) -> None:
        self.log.append(f"{what} {how}")
        if what == self.fails_at:
            raise ZeroDivisionError


@dataclass(frozen=True)
class FakeLease:
    doubt: Doubt = field(default_factory=Doubt)


@dataclass
class FakeLeases:
    log: list[str]
    answer: FakeLease | Deferred = field(default_factory=FakeLease)
    busy: frozenset[str] = frozenset()

    def acquire(self, name: str, holder: str, *, until_ms: int, wait_until_ms: int) -> FakeLease | Deferred:
        self.log.append(f"acquire {name} {holder} until {until_ms}, wait until {wait_until_ms}")
        return Deferred("portal_busy") if name in self.busy else self.answer

    def release(self, name: str, holder: str, doubt: Doubt) -> None:
        self.log.append(f"release {name} {holder}, doubt {doubt.until_ms} {doubt.resting_until_ms}")


@dataclass
class Wired:
    """Portals with one session and one lease, and a log of what was done in which order."""

    values: Mapping[str, str] | None = field(default_factory=lambda: GOOD)
    answer: FakeLease | Deferred = field(default_factory=FakeLease)
    fails_at: str = ""
    outcome: Outcome = field(default_factory=lambda: Delivered("501"))
    doubt: Doubt = field(default_factory=Doubt)
    log: list[str] = field(default_factory=list)
    opened: list[tuple[str, int, bool]] = field(default_factory=list)
    refused: frozenset[str] = frozenset()

    renewed: Mapping[str, str] | None = None
    accounts: Mapping[str, Account | Deferred] = field(default_factory=dict)
    claimed: Claim | Deferred = field(default_factory=lambda: Claim(NOBODY, 0))
    busy: frozenset[str] = frozenset()
    now_ms: int = NOW_MS

    def deliver(self, *events: Event) -> Sequence[Report]:
        leases = FakeLeases(self.log, self.answer, self.busy)
        this = Invocation("h-1", 120_000, 10_000, 100_000)
        portals = Portals(self._parameters, self, self, self._open, leases, this, lambda: self.now_ms)
        return portals.deliver("default", events)

    def of(self, target: Target, deadline_ms: int) -> Account | Deferred:
        assert deadline_ms == LAST_CALL_MS
        return self.accounts.get(target.access_token, SEVEN)

    def claim(self, destination: str, account: Account) -> Claim | Deferred:
        assert (destination, account) == ("default", SEVEN)
        return self.claimed

    def _parameters(self, destination: str, fresh: bool) -> Mapping[str, str] | None:  # noqa: FBT001 - a protocol's
        assert destination == "default"
        return self.renewed if fresh and self.renewed else self.values

    def _open(self, target: Target, account: Account, former: Claim | None) -> FakeSession:
        assert account == SEVEN
        self.opened.append((target.access_token, target.settings.hub_id, former is not None))
        if self.fails_at == "open":
            raise ZeroDivisionError
        outcome = ACCESS_TOKEN_REFUSED if target.access_token in self.refused else self.outcome
        return FakeSession(self.log, self.fails_at, outcome, self.doubt)


def identify() -> Event:
    event = parse({"type": "identify"}, received_at_ms=1, fallback_id="m-1")
    assert isinstance(event, Event)
    return event


ACQUIRED = f"acquire @7654321 h-1/default until 120000, wait until {LAST_CALL_MS}"


def test_a_portal_is_delivered_to_under_its_lease_and_let_go_afterwards() -> None:
    wired = Wired()

    assert wired.deliver(identify()) == [Report(Delivered("501"))]
    assert wired.opened == [("pat-na1-test", 7654321, False)]
    assert wired.log == [
        ACQUIRED,
        f"deliver 1 until {LAST_CALL_MS}, doubt until 0",
        "close tokens",
        "release @7654321 h-1/default, doubt 0 0",
    ]


def test_what_a_lease_puts_in_doubt_is_passed_on() -> None:
    wired = Wired(answer=FakeLease(Doubt(110_000, NOW_MS)), doubt=Doubt(30_000, 130_000))

    wired.deliver(identify(), identify())

    assert wired.log[1] == f"deliver 2 until {LAST_CALL_MS}, doubt until 110000"
    assert wired.log[-1] == "release @7654321 h-1/default, doubt 110000 130000"


def test_while_a_call_of_a_crashed_sender_may_be_at_work_nothing_is_sent() -> None:
    wired = Wired(answer=FakeLease(Doubt(19_000, NOW_MS + 80_000)))

    assert wired.deliver(identify(), identify()) == [Report(Deferred("resting", 80_000))] * 2
    assert (wired.opened, wired.log) == ([], [ACQUIRED, "release @7654321 h-1/default, doubt 19000 100000"])


def test_a_portal_that_another_sender_holds_is_left_alone() -> None:
    wired = Wired(answer=Deferred("portal_busy"))

    assert wired.deliver(identify(), identify()) == [Report(Deferred("portal_busy"))] * 2
    assert (wired.opened, wired.log) == ([], [ACQUIRED])


@pytest.mark.parametrize(
    ("fails_at", "done"),
    [("open", []), ("deliver", ["deliver", "close"]), ("close", ["deliver", "close"])],
)
def test_a_crash_lets_go_of_lease_and_tokens_and_leaves_a_doubt(fails_at: str, done: list[str]) -> None:
    wired = Wired(fails_at=fails_at)

    with pytest.raises(ZeroDivisionError):
        wired.deliver(identify())

    assert [line.split()[0] for line in wired.log] == ["acquire", *done, "release"]
    assert wired.log[-1] == "release @7654321 h-1/default, doubt 120000 220000"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (None, "parameters_unavailable"),
        ({}, "no_settings"),
        ({"access-token": "pat"}, "no_settings"),
        ({"settings": "{}"}, "no_access_token"),
        ({"settings": "{}", "access-token": " \n"}, "no_access_token"),
        ({**GOOD, "access-token": "pat na1"}, "access_token_refused"),
        ({**GOOD, "access-token": "pat-nä1"}, "access_token_refused"),
        ({**GOOD, "access-token": "pat-na1\r\nX-Evil: 1"}, "access_token_refused"),
        ({"settings": '{"hub_id": 1, "plann": "free"}', "access-token": "pat"}, "invalid_settings: plann"),
    ],
)
def test_a_destination_that_is_not_set_up_keeps_its_events(
    values: Mapping[str, str] | None, reason: str
) -> None:
    wired = Wired(values)

    (report,) = wired.deliver(identify())

    assert isinstance(report.outcome, Deferred)
    assert report.outcome.reason.startswith(reason)
    assert (wired.opened, wired.log) == ([], [])


def test_an_access_token_is_used_without_what_a_file_has_put_around_it() -> None:
    wired = Wired({**GOOD, "access-token": "\ufeff  pat-na1-test\r\n"})

    assert wired.deliver(identify()) == [Report(Delivered("501"))]
    assert wired.opened == [("pat-na1-test", 7654321, False)]


@pytest.mark.parametrize(
    "reason", ["wrong_account: it is another", "account_unknown: who knows", "no_answer"]
)
def test_nothing_is_held_or_opened_with_a_token_of_another_account_or_of_nobody_knows_whose(
    reason: str,
) -> None:
    wired = Wired(accounts={"pat-na1-test": Deferred(reason)})

    assert wired.deliver(identify(), identify()) == [Report(Deferred(reason))] * 2
    assert (wired.opened, wired.log) == ([], [])


def test_events_whose_token_is_refused_are_delivered_with_the_one_that_has_taken_its_place() -> None:
    wired = Wired(renewed={**GOOD, "access-token": "pat-2"}, refused=frozenset({"pat-na1-test"}))

    assert wired.deliver(identify(), identify()) == [Report(Delivered("501"))] * 2
    assert [token for token, *_ in wired.opened] == ["pat-na1-test", "pat-2"]


def test_a_token_that_has_taken_the_place_of_a_refused_one_must_be_of_the_account_as_well() -> None:
    wrong = Deferred("wrong_account: the access token is of portal 8, hub_id says 7654321")
    wired = Wired(
        renewed={**GOOD, "access-token": "pat-2"},
        refused=frozenset({"pat-na1-test"}),
        accounts={"pat-2": wrong},
    )

    assert wired.deliver(identify()) == [Report(wrong)]
    assert [token for token, *_ in wired.opened] == ["pat-na1-test"]


def test_a_refused_token_that_has_not_changed_is_not_tried_again() -> None:
    wired = Wired(refused=frozenset({"pat-na1-test"}))

    assert wired.deliver(identify()) == [Report(ACCESS_TOKEN_REFUSED)]
    assert len(wired.opened) == 1


def test_without_knowing_whose_the_old_memory_is_nothing_is_held() -> None:
    wired = Wired(claimed=Deferred("memory_unavailable"))

    assert wired.deliver(identify()) == [Report(Deferred("memory_unavailable"))]
    assert wired.log == []


def test_while_senders_of_the_older_release_may_be_at_work_their_lease_is_held_too() -> None:
    wired = Wired(answer=FakeLease(Doubt(15_000)), claimed=Claim(7654321, NOW_MS))

    wired.deliver(identify())

    assert [line.partition(" until")[0] for line in wired.log] == [
        "acquire @7654321 h-1/default",
        "acquire default h-1/default",
        "deliver 1",
        "close tokens",
        "release @7654321 h-1/default, doubt 15000 0",
        "release default h-1/default, doubt 15000 0",
    ]
    assert wired.opened == [("pat-na1-test", 7654321, True)]


def test_a_sender_of_the_older_release_is_waited_for() -> None:
    wired = Wired(
        answer=FakeLease(Doubt(15_000)), claimed=Claim(7654321, NOW_MS), busy=frozenset({"default"})
    )

    assert wired.deliver(identify()) == [Report(Deferred("portal_busy"))]
    assert wired.opened == []
    assert wired.log[-1] == "release @7654321 h-1/default, doubt 15000 0"


@pytest.mark.parametrize(
    ("claim", "is_former"),
    [
        (Claim(7654321, NOW_MS - OLD_SENDERS_MS), True),
        (Claim(8, NOW_MS), False),
        (Claim(NOBODY, NOW_MS), False),
    ],
)
def test_only_the_account_that_has_claimed_an_old_memory_has_it_and_its_lease_is_held_for_a_while(
    claim: Claim, *, is_former: bool
) -> None:
    wired = Wired(claimed=claim)

    wired.deliver(identify())

    assert [former for *_, former in wired.opened] == [is_former]
    assert [line.split()[1] for line in wired.log if line.startswith("acquire")] == ["@7654321"]


def test_a_lease_that_would_be_over_at_once_is_not_asked_for() -> None:
    """A clock that is ahead by more than the time-out: Lambda's runtime client says that no time is left."""
    wired = Wired(now_ms=120_000)

    assert wired.deliver(identify()) == [Report(Deferred("no_time"))]
    assert wired.log == []
