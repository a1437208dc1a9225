"""People who exchange addresses, invite one another and share devices, and what is true of their contacts.

Every value that is sent names whom it is of. A contact may hold only values of people who have said by their
own word that an address of this contact is theirs, or of whom nothing else was known.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fakes import FakeCrm
from portals import Relay, event

from relay.core.answers import Answer
from relay.core.events import Event
from relay.core.grants import Grant
from relay.core.outcomes import Delivered
from relay.core.planning import Batch
from relay.core.policy import EmailChange, EventPolicy, GroupPolicy, Policy
from relay.core.rules import Rules

ADDRESSES = tuple(f"p{n}@example.org" for n in range(5))
PEOPLE = ("u-1", "u-2", "u-3")
DEVICES = ("a-1", "a-2")
PAGE = Grant("page")
NAMES = ("plan", "city")
TRACK = "Invite Sent"


@dataclass
class WatchedCrm(FakeCrm):
    """A HubSpot that knows every address that a contact has ever had."""

    ever: dict[str, set[str]] = field(default_factory=dict)

    def write_contacts(self, batch: Batch, deadline_ms: int) -> Answer:
        answer = super().write_contacts(batch, deadline_ms)
        self.note()
        return answer

    def rename(self, old: str, new: str) -> None:
        """Let a person change a contact's address in HubSpot by hand."""
        if old in self.contacts and new not in self.contacts and new not in self.further:
            contact = self.contacts.pop(old)
            self.contacts[new] = {**contact, "email": new}
            self.note()

    def note(self) -> None:
        for address, contact in self.contacts.items():
            self.ever.setdefault(contact["id"], set()).add(address)


@dataclass
class Town:
    """A relay, and the people whose events it gets."""

    change: EmailChange
    at_ms: int = 1_000
    # Who has said by the own word that an address is theirs; and of whom nothing was known when it was told.
    claims: dict[str, set[str]] = field(default_factory=dict)
    # The address that each has said last, by a word that counts.
    current: dict[str, str] = field(default_factory=dict)
    # Where the ids of those lead that are known at all.
    known: dict[str, str] = field(default_factory=dict)
    # Who is known by what pages tell alone.
    paged: set[str] = field(default_factory=set)
    told: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        rules = Rules(properties_to_contact={TRACK: {"note": "note"}})
        policy = Policy(
            rules,
            events=EventPolicy("custom"),
            email_change=self.change,
            groups=GroupPolicy(links_context=True),
            deletes="archive",
        )
        self.crm = WatchedCrm()
        self.relay = Relay(crm=self.crm, policy=policy)
        self.relay.events.names = (TRACK,)
        self.relay.restart()

    def next_ms(self) -> int:
        self.at_ms += 10
        return self.at_ms

    def value(self, user: str) -> str:
        """Return a value that nobody else sends, and that says whose it is."""
        return f"{user} at {self.at_ms}"

    def claim(self, user: str, address: str) -> None:
        """Note that a person says by the own word that an address is theirs."""
        self.claims.setdefault(user, set()).add(address)
        former = self.current.get(user)
        if self.change == "update" and former != address:
            # Whoever was only said to have this person's former address is known by nothing any more.
            own = self.current.keys()
            self.known = {who: at for who, at in self.known.items() if at != former or who in own}
        self.known[user] = self.current[user] = address
        self.paged.discard(user)

    def mention(self, user: str, address: str, *, is_users: bool = False) -> None:
        """Note that a server mentions an address: the best that there is, where nothing else is known.

        What `is_users` is told as the user's own trait, which replaces what only pages have told.
        """
        is_news = user not in self.known or (is_users and user in self.paged)
        if is_news:
            self.claims.setdefault(user, set()).add(address)
            self.known[user] = address
            self.paged.discard(user)

    def page(self, user: str, address: str) -> None:
        """Note that a person tells a page an address, which may be anybody's to the relay."""
        self.claims.setdefault(user, set()).add(address)
        if user not in self.known:
            self.known[user] = address
            self.paged.add(user)

    def deliver(self, *events: Event) -> None:
        self.told += events
        self.relay.deliver(*events)
        self.check()

    def check(self) -> None:
        """No contact holds what was sent for somebody else."""
        # HubSpot makes contacts of events, too.
        self.crm.note()
        for contact in self.crm.contacts.values():
            addresses = self.crm.ever[contact["id"]]
            for name in {*NAMES, "note"} & contact.keys():
                user = contact[name].partition(" ")[0]
                claimed = self.claims.get(user, set())
                assert claimed & addresses, f"{name} of {user} on the contact of {addresses}"
        self._check_associations()

    def _check_associations(self) -> None:
        for contact_id, company_id in self.relay.companies.links:
            company = self.relay.companies.companies[company_id]
            user = company["domain"].partition(".")[0].removesuffix("-demo")
            assert self.claims.get(user, set()) & self.crm.ever[contact_id], f"{user} is linked elsewhere"

    def identify(self, user: str, address: str = "", **fields: Any) -> Event:
        at_ms = self.next_ms()
        traits = {"plan": self.value(user)} | ({"email": address} if address else {})
        return event(f"m-{at_ms}", at_ms, userId=user, traits=traits, **fields)

    def track(self, user: str | None, **fields: Any) -> Event:
        at_ms = self.next_ms()
        return event(f"m-{at_ms}", at_ms, "track", userId=user, event=TRACK, **fields)

    def group(self, user: str, **fields: Any) -> Event:
        at_ms = self.next_ms()
        website = f"https://{user}-demo.com"
        return event(f"m-{at_ms}", at_ms, "group", userId=user, traits={"website": website}, **fields)

    def is_where_it_belongs(self, user: str) -> None:
        """A user who has told an address is written to the contact of that address, by the id alone."""
        if user not in self.current:
            return
        told = self.identify(user)
        (outcome,) = self.relay.deliver(told)
        assert isinstance(outcome, Delivered), outcome
        assert self.current[user] in self.crm.ever[outcome.object_id]
        self.check()


def by_page(made: Event) -> Event:
    """Return an event as it comes with a page's write key."""
    return made.model_copy(update={"grant": PAGE})


def mentions(address: str, traits: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Yield the ways in which an event can mention an address, with traits of its user."""
    yield {"properties": {"email": address}, "context": {"traits": traits}}
    yield {"context": {"traits": {**traits, "email": address}}}
    yield {"email": address, "context": {"traits": traits}}
    external = [{"type": "email", "id": address, "collection": "users"}]
    yield {"context": {"traits": traits, "externalIds": external}}


def places() -> Sequence[int]:
    """Return the places of `mentions`."""
    return range(len(list(mentions("", {}))))
