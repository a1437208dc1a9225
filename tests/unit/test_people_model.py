"""However people exchange addresses, invite one another and share devices, each is written as who it is."""

import pytest
from effort import EFFORT
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from people_model import ADDRESSES, DEVICES, PEOPLE, Town, by_page, mentions, places

from relay.core.outcomes import Skipped

USERS, PLACES = st.sampled_from(PEOPLE), st.sampled_from(places())
ADDRESS, DEVICE = st.sampled_from(ADDRESSES), st.sampled_from(DEVICES)


class People(RuleBasedStateMachine):
    """People who share a relay."""

    @initialize(change=st.sampled_from(["new", "update"]))
    def begin(self, change: str) -> None:
        self.town = Town(change)  # type: ignore[arg-type] # one of the two

    @rule(user=USERS, address=ADDRESS, device=DEVICE | st.none())
    def tell_address(self, user: str, address: str, device: str | None) -> None:
        """A person says, by a server, what the address is."""
        self.town.claim(user, address)
        self.town.deliver(self.town.identify(user, address, anonymousId=device))

    @rule(user=USERS, other=USERS)
    def exchange(self, user: str, other: str) -> None:
        """Two people exchange their addresses, in events that are delivered together."""
        mine, yours = self.town.current.get(user), self.town.current.get(other)
        if mine and yours and user != other:
            self.town.claim(user, yours)
            self.town.claim(other, mine)
            self.town.deliver(self.town.identify(user, yours), self.town.identify(other, mine))

    @rule(user=USERS, address=ADDRESS, place=PLACES, device=DEVICE | st.none())
    def invite(self, user: str, address: str, place: int, device: str | None) -> None:
        """A track of a person mentions an address, which may be that of somebody else."""
        self.town.mention(user, address)
        traits = {"city": self.town.value(user)}
        fields = list(mentions(address, traits))[place]
        self.town.deliver(self.town.track(user, anonymousId=device, **fields))

    @rule(user=USERS)
    def come_back(self, user: str) -> None:
        """Something is told of a person by the id alone."""
        self.town.is_where_it_belongs(user)

    @rule(user=USERS, device=DEVICE)
    def browse(self, user: str, device: str) -> None:
        """A person uses a device that others use too, and its page tells of it."""
        self.town.deliver(by_page(self.town.identify(user, anonymousId=device)))

    @rule(user=USERS, address=ADDRESS, device=DEVICE)
    def tell_page(self, user: str, address: str, device: str) -> None:
        """A person tells a page an address; a page's word moves no id that a server has named."""
        self.town.mention(user, address, is_own=True)
        self.town.deliver(by_page(self.town.identify(user, address, anonymousId=device)))

    @rule(user=USERS, address=ADDRESS, is_mentioned=st.booleans())
    def join(self, user: str, address: str, *, is_mentioned: bool) -> None:
        """A person's company is told of."""
        fields = {"context": {"traits": {"email": address}}} if is_mentioned else {}
        if is_mentioned:
            # The company's person is whom the group names.
            self.town.mention(user, address, is_own=True)
        self.town.deliver(self.town.group(user, **fields))

    @rule(user=USERS, address=ADDRESS)
    def compute(self, user: str, address: str) -> None:
        """Segment tells an audience of a person, once for an address."""
        if user not in self.town.known:
            self.town.claims.setdefault(user, set()).add(address)
        personas = {"computation_class": "audience", "computation_key": "plan"}
        self.town.deliver(self.town.identify(user, address, context={"personas": personas}))

    @rule(
        word=st.sampled_from(["undefined", "null", " NULL ", "0", "[object Object]"]),
        address=ADDRESS | st.none(),
    )
    def ask_too_early(self, word: str, address: str | None) -> None:
        """A page tells of a person before it knows the id."""
        who = address or "nobody"
        if address:
            self.town.claims[who] = {address}
        told = self.town.identify(who, address or "")
        told = told.model_copy(update={"user_id": word})
        self.town.deliver(told)
        if not address:
            assert self.town.relay.deliver(told) == [Skipped("placeholder_id")]

    @precondition(lambda self: len(self.town.told) > 1)
    @rule(back=st.integers(1, 5))
    def tell_again(self, back: int) -> None:
        """The queue hands over once more what was done already."""
        self.town.deliver(self.town.told[-min(back, len(self.town.told))])

    @rule(old=ADDRESS)
    def rename(self, old: str) -> None:
        """Somebody changes a contact's address in HubSpot, to one of which no app knows."""
        self.town.crm.rename(old, f"hand{self.town.next_ms()}@example.org")

    @rule()
    def restart(self) -> None:
        """A new process knows only what is stored."""
        self.town.relay.restart()

    def teardown(self) -> None:
        if hasattr(self, "town"):
            for user in PEOPLE:
                self.town.is_where_it_belongs(user)
            with self.town.relay.threads:
                pass


@pytest.mark.long
@pytest.mark.no_cover
class TestPeople(People.TestCase):  # type: ignore[misc, valid-type] # Hypothesis makes it
    settings = settings(
        max_examples=300 * EFFORT, stateful_step_count=25, deadline=None, report_multiple_bugs=False
    )
