"""Whatever goes wrong and however events come, HubSpot ends with the newest value of each property."""

from typing import NamedTuple

import pytest
from effort import EFFORT
from faulty import BAD, LATE, REFUSALS, REPEATS, SAVE_FAULTS, SEND_FAULTS, WRITE_FAULTS, WRITTEN
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from model import DAY_MS, PEOPLE, Faults, Wish, World, wish

from relay.core.outcomes import Delivered, Rejected

# Later than all that is drawn.
LAST_MS = 10_000
# Mostly one person and one property, so that events get into each other's way.
USERS = st.sampled_from(["u-1"] * 8 + [*PEOPLE])
TRAITS = st.sampled_from(
    [{"plan": "x"}, {"plan": "y"}] * 4
    + [{"plan": "x", "city": "x"}, {"city": "x"}] * 2
    + [{"city": "y"}, {}, {"plan": BAD}, {"plan": "y", "city": BAD}]
)
NOTHING = st.just(Faults())
FAULTS = st.one_of(
    NOTHING,
    st.builds(Faults, writes=st.sampled_from([[each] for each in (*WRITTEN, *LATE)])),
    st.builds(Faults, writes=st.sampled_from([[each] for each in WRITE_FAULTS])),
    st.builds(
        Faults, saves=st.sampled_from([[*ahead, each] for each in SAVE_FAULTS for ahead in ([], [""])])
    ),
    st.builds(
        Faults,
        writes=st.lists(st.sampled_from(["", *WRITE_FAULTS]), max_size=4),
        sends=st.lists(st.sampled_from(["", *SEND_FAULTS]), max_size=2),
        loads=st.sampled_from([[], [], ["fails"], ["", "fails"], ["", "", "fails"]]),
        saves=st.lists(st.sampled_from(["", *SAVE_FAULTS]), max_size=3),
    ),
)


class Told(NamedTuple):
    """What an event tells: when it happened, whose it is, and by what it names the person."""

    at_ms: int
    user: str
    traits: dict[str, str]
    named_by: str


TOLD = st.builds(
    Told, st.integers(0, 60), USERS, TRAITS, st.sampled_from(["both", "both", "address", "user"])
)
# Places in a list, counted from its end: mostly the last one alone.
PICKS = st.one_of(st.just([0]), st.lists(st.integers(0, 5), min_size=1, max_size=3))


class Portal(RuleBasedStateMachine):
    """A portal, its queue, and everything that may happen to both."""

    @initialize(refusal=st.sampled_from(REFUSALS), repeats=st.sampled_from(REPEATS))
    def begin(self, refusal: str, repeats: str) -> None:
        self.world = World(refusal, repeats)

    @rule(told=TOLD, faults=FAULTS | st.none())
    def identify(self, told: Told, faults: Faults | None) -> None:
        """A person is told of; the event may be delivered at once."""
        self._add(told, faults, is_track=False)

    @rule(told=TOLD, faults=NOTHING | FAULTS)
    def identify_at_once(self, told: Told, faults: Faults) -> None:
        """A person is told of, and nothing waits for something else."""
        self._add(told, faults, is_track=False)

    @rule(told=TOLD, faults=FAULTS | st.none())
    def track(self, told: Told, faults: Faults | None) -> None:
        """A person does something, which may tell something of the person, too."""
        self._add(told, faults, is_track=True)

    @precondition(lambda self: self.world.queue)
    @rule(picks=PICKS, faults=FAULTS)
    def deliver(self, picks: list[int], faults: Faults) -> None:
        """Some of the queue is delivered, in whatever order, while something goes wrong."""
        self.world.deliver(self._picked(self.world.queue, picks), faults)

    @precondition(lambda self: self.world.wishes)
    @rule(picks=PICKS)
    def tell_again(self, picks: list[int]) -> None:
        """The queue hands over once more what was done already."""
        self.world.queue += [
            each for each in self._picked(self.world.wishes, picks) if each not in self.world.queue
        ]

    @precondition(lambda self: any(isinstance(each.outcome, Rejected) for each in self.world.wishes))
    @rule()
    def replay(self) -> None:
        """A day later a person sends again what was rejected."""
        self.world.wait(DAY_MS // 1_000)
        rejected = [each for each in self.world.wishes if isinstance(each.outcome, Rejected)]
        self.world.queue += [each for each in rejected if each not in self.world.queue]

    @precondition(lambda self: self.world.crm.contacts and not self.world.deleted_at_ms)
    @rule(user=USERS)
    def delete(self, user: str) -> None:
        """Somebody deletes a contact in HubSpot."""
        self.world.delete(user)

    @precondition(lambda self: self.world.wishes)
    @rule(seconds=st.sampled_from([30, 3_600, 3_600, 90_000]))
    def wait(self, seconds: int) -> None:
        self.world.wait(seconds)

    @precondition(lambda self: len(self.world.queue) > 3)
    @rule(size=st.sampled_from([1, 2, 1_000]))
    def recover(self, size: int) -> None:
        """Nothing goes wrong for a while."""
        self.world.drain(size)
        self.world.check()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.drain(1)
            self.world.check()
            self.world.refresh(LAST_MS)

    def _add(self, told: Told, faults: Faults | None, *, is_track: bool) -> None:
        # No two are of one moment, for then nothing would say which is the newer one.
        taken = {each.at_ms for each in self.world.wishes}
        at_ms = next(each for each in range(1_000 + told.at_ms, LAST_MS) if each not in taken)
        self.world.add(wish(at_ms, told.user, told.traits, named_by=told.named_by, is_track=is_track))
        if faults:
            self.world.deliver(self.world.queue[-1:], faults)

    @staticmethod
    def _picked(wishes: list[Wish], picks: list[int]) -> list[Wish]:
        return [wishes[-1 - n] for n in dict.fromkeys(pick % len(wishes) for pick in picks)]


@pytest.mark.long
# Twice as fast as with coverage, which the core has without it.
@pytest.mark.no_cover
class TestPortal(Portal.TestCase):  # type: ignore[misc, valid-type] # Hypothesis makes it
    settings = settings(
        max_examples=500 * EFFORT, stateful_step_count=30, deadline=None, report_multiple_bugs=False
    )


def test_of_a_contact_that_a_lost_answer_has_made_anew_nothing_counts_as_unchanged() -> None:
    """The machine has found this one."""
    world = World()
    both = wish(1_000, "u-1", {"plan": "x", "city": "x"}, named_by="both", is_track=False)
    city = wish(1_001, "u-1", {"city": "y"}, named_by="both", is_track=False)
    world.add(both)
    world.drain()
    world.delete("u-1")
    world.add(city)
    world.deliver([city], Faults(writes=["lost after"]))
    world.drain()

    again = wish(1_002, "u-1", {"plan": "x"}, named_by="both", is_track=False)
    world.add(again)
    world.drain()

    assert again.outcome == Delivered("502")
    assert world.crm.contacts["kim@example.org"]["plan"] == "x"
