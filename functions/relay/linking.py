"""Makes the links that events ask for, remembers them, and forgets what HubSpot does not have any more."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from relay.company_people import CompanyPeople, Staff
from relay.core.events import Event
from relay.core.handles import RECORD, kind_of
from relay.core.memberships import Memberships
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.core.profiles import Profile
from relay.core.succession import record_of
from relay.links import COMPANY_GONE, CONTACT_GONE, EITHER_GONE, Link, Links
from relay.memory import Memory

CONTACT_UNKNOWN = Skipped("contact_unknown")
NOT_LINKED = Deferred("not_linked")
GONE = frozenset({CONTACT_GONE, COMPANY_GONE, EITHER_GONE})


@dataclass(frozen=True, slots=True)
class Wish:
    """A link that is wanted: the event that answers for it, the contact's address, and the company."""

    source: int
    address: str
    company: str
    company_id: str


@dataclass(frozen=True, slots=True)
class Linking:
    """Links the contacts of one invocation to companies. Starts no call after `deadline_ms`."""

    links: Links
    memory: Memory
    events: Sequence[Event]
    members: Memberships
    deadline_ms: int

    def settle(
        self, wishes: Iterable[Wish], renewed: Mapping[int, tuple[str, str]]
    ) -> Iterator[tuple[int, Outcome]]:
        """Make links; then those of the people of companies whose records are new to the relay.

        `renewed` holds such companies by the events that ask for them: keys and HubSpot's ids. Yield what
        became of each wish, as the company's or the contact's id, and for which events something has to wait.
        """
        linked: dict[str, dict[str, None]] = {company: {} for company, _ in renewed.values()}
        records = dict(renewed.values())
        asked = {company: source for source, (company, _) in renewed.items()}
        for wish, outcome in self._made(wishes):
            yield wish.source, outcome
            if isinstance(outcome, Delivered):
                records[wish.company], asked[wish.company] = wish.company_id, wish.source
                linked.setdefault(wish.company, {})[record_of(self.members.people, wish.address)] = None
        staffs = [Staff(company, records[company], tuple(people)) for company, people in linked.items()]
        waiting = CompanyPeople(self.memory, self.links).see_to(staffs, self.deadline_ms)
        yield from ((asked[company], outcome) for company, outcome in waiting.items())

    def _made(self, wishes: Iterable[Wish]) -> Iterator[tuple[Wish, Outcome]]:
        people = self.members.people
        pairs = {wish: Link(record_of(people, wish.address), wish.company_id) for wish in wishes}
        ends = self.links.settle(list(dict.fromkeys(pairs.values())), self.deadline_ms) if pairs else {}
        for wish, link in pairs.items():
            outcome = ends.get((link.contact_id, link.company_id), NOT_LINKED)
            if isinstance(outcome, Rejected) and outcome.reason in GONE:
                # What is remembered is no more true: looked up again, the event finds what there is.
                self._forget(wish, outcome.reason)
                is_named = kind_of(wish.address) == RECORD and outcome.reason == CONTACT_GONE
                # The event has named the record itself: there is nothing else to be found.
                outcome = CONTACT_UNKNOWN if is_named else NOT_LINKED
            if isinstance(outcome, Delivered):
                event = self.events[wish.source]
                self.members.linked(event, wish.address, wish.company, wish.company_id)
                outcome = Delivered(link.company_id if event.type == "group" else link.contact_id)
            yield wish, outcome

    def _forget(self, wish: Wish, reason: str) -> None:
        """Forget HubSpot's id of what is gone; if that fails, it is found gone again."""
        if reason != COMPANY_GONE:
            self.members.forget_contact(wish.address)
        if reason != CONTACT_GONE:
            self.memory.keep({wish.company: Profile(linked=(wish.company_id,))})
