"""What is posted: events of some hundred people, out of order, some of them twice; as a seed decides."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

Json: TypeAlias = Mapping[str, Any]
Part: TypeAlias = Literal["before", "during", "after"]

PEOPLE_SHARE, COMPANIES_SHARE = 5, 12
# Of a hundred events that may come: the others are groups.
IDENTIFIES, TRACKS = 55, 30
# Segment retries a request whose answer it has not seen.
REPEATED, UNTIMED = 0.05, 0.05
# Few, so that a value often comes again after another one: what was believed wrongly is then never mended.
VALUES = 3
DAYS_MS = 30 * 86_400_000
NAMES = ("Signed Up", "Order Completed", "Report Viewed")
UNDEFINED = "Never Defined"
# HubSpot takes it of no event, and does not say so.
UNLIKED = "a value that nobody likes"
# What comes before anything goes wrong, so that a memory can go wrong; and after it, so that it shows.
BEFORE, AFTER = 0.3, 0.3
_TEXTS = ("firstname", "lastname", "city", "phone", "plan", "jobtitle", "favorite_color")
_COMPANY_TEXTS = ("name", "city", "phone", "plan", "description")
_TIERS = ("tier_1", "tier_2", "tier_3")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is special about the events.

    Attributes:
        dates: When a tenth of the events say that they happened, beside the last month.
        poison: The share of events that cannot be delivered, or not as they are.
        unliked: The share of events that are custom events with a value which HubSpot refuses.
        revived: So many people get identifies only, and at the very end a new one with every property.
        merged: The addresses of so many people are further ones of other contacts.
        newcomers: So many requests during the fault are of people who come for the first time, one event
            each; everybody else is known by then.
        mailboxes: Whether people have their addresses at the companies' domains.
        has_plain_tracks: Whether tracks carry no traits but the address.
    """

    dates: Literal["recent", "2099", "1970s"] = "recent"
    poison: float = 0
    unliked: float = 0
    revived: int = 0
    merged: int = 0
    newcomers: int = 0
    mailboxes: bool = False
    has_plain_tracks: bool = False


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests `before` anything goes wrong, `during` the fault and `after` it, as they are posted.

    `blocked`, `revived` and `merged` are addresses; those of `merged` belong to contacts of their values.
    """

    run: str
    before: Sequence[Sequence[Json]]
    during: Sequence[Sequence[Json]]
    after: Sequence[Sequence[Json]]
    blocked: Sequence[str]
    revived: Sequence[str]
    merged: Mapping[str, str]

    @property
    def requests(self) -> Sequence[Sequence[Json]]:
        """All requests in order."""
        return [*self.before, *self.during, *self.after]

    def part(self, *names: Part) -> "Workload":
        """Return the same with those requests alone that are named."""
        return replace(
            self,
            before=self.before if "before" in names else (),
            during=self.during if "during" in names else (),
            after=self.after if "after" in names else (),
        )


def workload(run: str, seed: int, count: int, request: int, shape: Shape) -> Workload:
    """Return about `count` events in requests of `request`; `run` makes names that no other run has."""
    return _Writer(run, random.Random(seed), count, shape).write(request)  # noqa: S311 - a test's dice


@dataclass
class _Writer:
    run: str
    dice: random.Random
    count: int
    shape: Shape
    moments: Iterator[int] = field(init=False)
    now_ms: int = field(init=False)
    written: int = 0

    def __post_init__(self) -> None:
        self.now_ms = (datetime.now(UTC) - _EPOCH) // timedelta(milliseconds=1)
        # No two events happen at once: which of them counts would be a matter of their ids.
        self.moments = iter(self.dice.sample(range(DAYS_MS), 2 * self.count))

    def write(self, request: int) -> Workload:
        people = range(max(2, self.count // PEOPLE_SHARE))
        revived = list(people[: self.shape.revived])
        unliked = int(self.count * self.shape.unliked)
        others = self.count - len(people) - int(self.count * self.shape.poison) - unliked
        newcomers = range(len(people), len(people) + self.shape.newcomers * request)
        firsts: list[Json] = [self._identify(n) for n in people]
        events = [] if newcomers else firsts
        # Some people do more than others, and get into their own way more often.
        places = [min(self.dice.choices(people[len(revived) :], k=3)) for _ in range(others)]
        events += [self._any(n) for n in places]
        poison, blocked = self._poison(int(self.count * self.shape.poison))
        events += [*poison, *(self._unliked(self.dice.choice(people)) for _ in range(unliked))]
        self.dice.shuffle(events)
        # Who is to be known comes before the newcomers.
        events = [*firsts, *events] if newcomers else events
        events += self.dice.sample(events, int(len(events) * REPEATED))
        first, last = int(len(events) * BEFORE), int(len(events) * (1 - AFTER))
        during = events[first:last] + [self._whole(n) for n in revived]
        coming: Sequence[Json] = [self._identify(n) for n in newcomers]
        after = events[last:] + [self._identify(n) for n in newcomers]
        return Workload(
            self.run,
            _cut(events[:first], request),
            [*_cut(coming, request), *_cut(during, request)],
            _cut(after, request),
            blocked,
            [self._address(n) for n in revived],
            {self._address(n): f"main-{self._address(n)}" for n in people[: self.shape.merged]},
        )

    def _any(self, person: int) -> Json:
        kind = self.dice.randrange(100)
        if kind < IDENTIFIES:
            return self._identify(person)
        return self._track(person) if kind < IDENTIFIES + TRACKS else self._group(person)

    def _event(self, kind: str, **more: object) -> dict[str, Any]:
        self.written += 1
        event = {"type": kind, "messageId": f"{self.run}-{self.written}", **more}
        if self.dice.random() >= UNTIMED:
            event["timestamp"] = self._moment()
        return event

    def _moment(self) -> str:
        at_ms = self.now_ms - DAYS_MS - 60_000 + next(self.moments)
        if self.shape.dates != "recent" and self.dice.random() < 0.1:  # noqa: PLR2004 - a tenth
            at_ms += {"2099": 73, "1970s": -50}[self.shape.dates] * 365 * 86_400_000
        return iso(at_ms)

    def _identify(self, person: int, **more: object) -> dict[str, Any]:
        traits = {**self._traits(), **more, "email": self._spelt(person)}
        return self._event("identify", userId=f"{self.run}-u{person}", traits=traits)

    def _whole(self, person: int) -> Json:
        values = {name: f"{name} again" for name in (*_TEXTS, "numemployees")}
        traits = {**values, "score": 7, "newsletter_consent": True, "subscription_tier": "tier_2"}
        event = self._identify(person, **traits)
        return {**event, "timestamp": iso(self.now_ms - 1000)}

    def _track(self, person: int) -> Json:
        properties = {"total": self.dice.randrange(100), "plan": self.dice.choice(("team", "gold"))}
        has_traits = self.dice.random() < 0.3 and not self.shape.has_plain_tracks  # noqa: PLR2004 - three in ten
        traits = self._traits() if has_traits else {}
        return self._event(
            "track",
            userId=f"{self.run}-u{person}",
            event=self.dice.choice(NAMES),
            properties=properties,
            context={"traits": {**traits, "email": self._spelt(person)}},
        )

    def _unliked(self, person: int) -> Json:
        event = self._track(person)
        return {**event, "properties": {**event["properties"], "plan": UNLIKED}}

    def _group(self, person: int) -> Json:
        company = self._company(person, self.dice.randrange(3))
        values = {name: f"{name} {self.dice.randrange(VALUES)}" for name in self._some(_COMPANY_TEXTS)}
        traits = {
            **values,
            "website": f"https://www.{company}/",
            "numberofemployees": self.dice.randrange(VALUES),
        }
        return self._event("group", userId=f"{self.run}-u{person}", groupId=f"g-{company}", traits=traits)

    def _traits(self) -> dict[str, Any]:
        values: dict[str, Any] = {
            name: f"{name} {self.dice.randrange(VALUES)}" for name in self._some(_TEXTS)
        }
        values |= {"score": self.dice.randrange(VALUES), "newsletter_consent": self.dice.random() < 0.5}  # noqa: PLR2004 - a coin
        values |= {"subscription_tier": self.dice.choice(_TIERS)}
        kept = {name: values[name] for name in self._some(tuple(values))}
        # An empty text clears a property, null says nothing.
        return kept | self.dice.choice([{}, {}, {}, {"city": ""}, {"city": None}])

    def _some(self, names: Sequence[str]) -> Sequence[str]:
        return self.dice.sample(names, min(self.dice.choices(range(1, len(names) + 1), k=2)))

    def _poison(self, count: int) -> tuple[list[Json], list[str]]:
        """Return events that HubSpot refuses, or the relay; and the addresses that nobody may have."""
        events: list[Json] = []
        blocked = [f"blocked{n}@{self.run}.net" for n in range(0, count, 4)]
        for n in range(count):
            person = self.dice.randrange(max(2, self.count // PEOPLE_SHARE))
            match n % 4:
                case 0:
                    event = self._identify(person)
                    event["traits"]["email"] = f"blocked{n}@{self.run}.net"
                    del event["userId"]
                case 1:
                    event = self._event("identify", userId=f"{self.run}-u{person}", traits="text")
                case 2:
                    event = self._identify(person, subscription_tier="no_such_tier")
                case _:
                    event = {**self._track(person), "event": UNDEFINED, "context": {}}
                    event["properties"] = {"email": self._address(person)}
            events.append(event)
        return events, blocked

    def _company(self, person: int, other: int) -> str:
        # Mostly that of the person, so that several tell of one company at once.
        return f"c{(person + other) % max(2, self.count // COMPANIES_SHARE)}-{self.run}.com"

    def _address(self, person: int) -> str:
        domain = self._company(person, 0) if self.shape.mailboxes else f"{self.run}.net"
        return f"p{person}@{domain}"

    def _spelt(self, person: int) -> str:
        address = self._address(person)
        return address.upper() if self.dice.random() < 0.1 else address  # noqa: PLR2004 - one in ten


def _cut(events: Sequence[Json], size: int) -> Sequence[Sequence[Json]]:
    return [events[n : n + size] for n in range(0, len(events), size)]


def iso(at_ms: int) -> str:
    """Return a moment as Segment writes it."""
    return (_EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
