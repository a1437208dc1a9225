"""Opening a portal under its lease, with fakes for SSM, DynamoDB and the portal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from relay.core.doubts import Doubt
from relay.core.events import Event, parse
from relay.core.outcomes import Deferred, Delivered, Outcome
from relay.portals import WRAP_UP_MS, Invocation, Portals
from relay.reports import Report
from relay.settings import Destination

GOOD = {"settings": '{"hub_id": 7654321}', "access-token": "pat-na1-test"}
NOW_MS = 20_000
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

    def acquire(
        self, destination: str, holder: str, *, until_ms: int, wait_until_ms: int
    ) -> FakeLease | Deferred:
        self.log.append(f"acquire {destination} {holder} until {until_ms}, wait until {wait_until_ms}")
        return self.answer

    def release(self, destination: str, holder: str, doubt: Doubt) -> None:
        self.log.append(f"release {destination} {holder}, doubt {doubt.until_ms} {doubt.resting_until_ms}")


@dataclass
class Wired:
    """Portals with one session and one lease, and a log of what was done in which order."""

    values: Mapping[str, str] | None = field(default_factory=lambda: GOOD)
    answer: FakeLease | Deferred = field(default_factory=FakeLease)
    fails_at: str = ""
    outcome: Outcome = field(default_factory=lambda: Delivered("501"))
    doubt: Doubt = field(default_factory=Doubt)
    log: list[str] = field(default_factory=list)
    opened: list[Destination] = field(default_factory=list)

    def deliver(self, *events: Event) -> Sequence[Report]:
        leases = FakeLeases(self.log, self.answer)
        this = Invocation("h-1", 120_000, 10_000, 100_000)
        portals = Portals(lambda _: self.values, self._open, leases, this, lambda: NOW_MS)
        return portals.deliver("default", events)

    def _open(self, destination: str, settings: Destination) -> FakeSession:
        assert destination == "default"
        self.opened.append(settings)
        if self.fails_at == "open":
            raise ZeroDivisionError
        return FakeSession(self.log, self.fails_at, self.outcome, self.doubt)


def identify() -> Event:
    event = parse({"type": "identify"}, received_at_ms=1, fallback_id="m-1")
    assert isinstance(event, Event)
    return event


ACQUIRED = f"acquire default h-1 until 120000, wait until {LAST_CALL_MS}"


def test_a_portal_is_delivered_to_under_its_lease_and_let_go_afterwards() -> None:
    wired = Wired()

    assert wired.deliver(identify()) == [Report(Delivered("501"))]
    assert [settings.hub_id for settings in wired.opened] == [7654321]
    assert wired.log == [
        ACQUIRED,
        f"deliver 1 until {LAST_CALL_MS}, doubt until 0",
        "close tokens",
        "release default h-1, doubt 0 0",
    ]


def test_what_a_lease_puts_in_doubt_is_passed_on() -> None:
    wired = Wired(answer=FakeLease(Doubt(110_000, NOW_MS)), doubt=Doubt(30_000, 130_000))

    wired.deliver(identify(), identify())

    assert wired.log[1] == f"deliver 2 until {LAST_CALL_MS}, doubt until 110000"
    assert wired.log[-1] == "release default h-1, doubt 110000 130000"


def test_while_a_call_of_a_crashed_sender_may_be_at_work_nothing_is_sent() -> None:
    wired = Wired(answer=FakeLease(Doubt(19_000, NOW_MS + 80_000)))

    assert wired.deliver(identify(), identify()) == [Report(Deferred("resting", 80_000))] * 2
    assert (wired.opened, wired.log) == ([], [ACQUIRED, "release default h-1, doubt 19000 100000"])


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
    assert wired.log[-1] == "release default h-1, doubt 120000 220000"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (None, "parameters_unavailable"),
        ({}, "no_settings"),
        ({"access-token": "pat"}, "no_settings"),
        ({"settings": "{}"}, "no_access_token"),
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
