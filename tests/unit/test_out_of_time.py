"""What the sender has not come to before its time is up goes back, and nothing is lost or told wrongly."""

import pytest
from fakes import DEADLINE, Clock
from portals import Relay, event
from tracks import Tracks, bought

from relay.core.events import Event
from relay.core.outcomes import NO_TIME, Delivered
from relay.core.policy import Policy

COUNT = 6
LONG_BEFORE = DEADLINE - 1_000_000


class Ticking(Clock):
    """A clock that goes on by a millisecond each time that somebody looks at it, once it ticks."""

    ticks = False

    def now_ms(self) -> int:
        self.now += self.ticks
        return self.now


def identifies() -> list[Event]:
    return [
        event(f"i-{n}", 500 + n, userId=f"u-{n}", traits={"email": f"p{n}@acme.io"}) for n in range(COUNT)
    ]


def groups() -> list[Event]:
    return [
        event(f"g-{n}", 600 + n, "group", userId=f"u-{n}", traits={"website": f"https://acme{n}.com"})
        for n in range(COUNT)
    ]


@pytest.mark.parametrize("events", [identifies(), groups(), [*identifies(), *groups()]])
def test_when_the_time_is_up_each_event_is_done_or_goes_back_and_is_done_then(
    events: list[Event],
) -> None:
    undone = set()
    for left_ms in range(0, 120, 3):
        clock = Ticking(LONG_BEFORE)
        relay = Relay(policy=Policy(), clock=clock)
        relay.deliver(event("before", 400, traits={"email": "before@acme.io"}))
        clock.now, clock.ticks = DEADLINE - left_ms, True

        outcomes = relay.deliver(*events)

        open_ones = [each for each, outcome in zip(events, outcomes, strict=True) if outcome == NO_TIME]
        undone.add(len(open_ones))
        clock.now, clock.ticks = LONG_BEFORE, False
        assert NO_TIME not in relay.deliver(*open_ones)
        told = {each["email"] for each in relay.crm.contacts.values() if each["email"].startswith("p")}
        assert told == {str(each.traits["email"]) for each in events if each.type == "identify"}

    # Nothing, everything, and something in between.
    assert {0, len(events)} < undone


def test_no_occurrence_is_begun_after_the_time_is_up() -> None:
    counts = set()
    for left_ms in range(0, 60, 2):
        clock = Ticking(LONG_BEFORE)
        tracks = Tracks(clock=clock)
        tracks.settle(bought(99))
        clock.now, clock.ticks = DEADLINE - left_ms, True

        sent = tracks.settle(*(bought(n) for n in range(COUNT)))

        ends = [each.outcome for each in sent]
        assert all(isinstance(end, Delivered) or end == NO_TIME for end in ends)
        # Whoever comes first is sent first.
        assert ends == sorted(ends, key=lambda end: end == NO_TIME)
        counts.add(ends.count(NO_TIME))

    assert {0, COUNT} < counts
