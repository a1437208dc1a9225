"""Opening a portal under its lease, with fakes for SSM, DynamoDB and the portal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from relay.core.events import Event, parse
from relay.core.outcomes import Deferred, Delivered
from relay.portal import Report
from relay.portals import WRAP_UP_MS, Portals
from relay.settings import Destination

GOOD = {"settings": '{"hub_id": 7654321}', "access-token": "pat-na1-test"}
LAST_CALL_MS = 120_000 - 10_000 - WRAP_UP_MS


@dataclass
class FakeSession:
    fails: bool = False
    deadlines: list[int] = field(default_factory=list)
    closed: int = 0

    def deliver(self, events: Sequence[Event], deadline_ms: int) -> Sequence[Report]:
        self.deadlines.append(deadline_ms)
        if self.fails:
            raise ZeroDivisionError
        return [Report(Delivered("501")) for _ in events]

    def close(self) -> None:
        self.closed += 1


@dataclass
class FakeLeases:
    refusal: Deferred | None = None
    log: list[str] = field(default_factory=list)

    def acquire(self, destination: str, holder: str, *, until_ms: int, wait_until_ms: int) -> Deferred | None:
        self.log.append(f"acquire {destination} {holder} until {until_ms}, wait until {wait_until_ms}")
        return self.refusal

    def release(self, destination: str, holder: str) -> None:
        self.log.append(f"release {destination} {holder}")


def identify() -> Event:
    event = parse({"type": "identify"}, received_at_ms=1, fallback_id="m-1")
    assert isinstance(event, Event)
    return event


def portals(
    session: FakeSession, leases: FakeLeases, values: Mapping[str, str] | None = GOOD
) -> tuple[Portals, list[Destination]]:
    opened: list[Destination] = []

    def open_portal(destination: str, settings: Destination) -> FakeSession:
        assert destination == "default"
        opened.append(settings)
        return session

    return Portals(lambda _: values, open_portal, leases, "h-1", 120_000, 10_000), opened


def test_a_portal_is_delivered_to_under_its_lease_and_let_go_afterwards() -> None:
    session, leases = FakeSession(), FakeLeases()
    wired, opened = portals(session, leases)

    assert wired.deliver("default", [identify()]) == [Report(Delivered("501"))]
    assert [settings.hub_id for settings in opened] == [7654321]
    assert leases.log == [
        f"acquire default h-1 until 120000, wait until {LAST_CALL_MS}",
        "release default h-1",
    ]
    assert (session.deadlines, session.closed) == ([LAST_CALL_MS], 1)


def test_a_portal_that_another_sender_holds_is_left_alone() -> None:
    session = FakeSession()
    wired, opened = portals(session, FakeLeases(Deferred("portal_busy")))

    assert wired.deliver("default", [identify(), identify()]) == [Report(Deferred("portal_busy"))] * 2
    assert opened == []


def test_a_crash_lets_go_of_lease_and_tokens() -> None:
    session, leases = FakeSession(fails=True), FakeLeases()
    wired, _ = portals(session, leases)

    with pytest.raises(ZeroDivisionError):
        wired.deliver("default", [identify()])

    assert (session.closed, leases.log[-1]) == (1, "release default h-1")


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
    leases = FakeLeases()
    wired, opened = portals(FakeSession(), leases, values)

    (report,) = wired.deliver("default", [identify()])

    assert isinstance(report.outcome, Deferred)
    assert report.outcome.reason.startswith(reason)
    assert (opened, leases.log) == ([], [])
