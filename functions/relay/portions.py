"""Which records of a batch an invocation works on, within its budget; the others go back as they came.

Whoever fills the queue with what unpacks to gigabytes delays only that. All records are weighed first,
without anything being built of them. Then they are taken lane by lane (their MessageGroupId), always from the
one of which least was taken, and in it the lightest first. Those of the usual size come before those that are
heavy, but no more than half of the budget is spent on either kind while there is one of the other: so each
batch brings both on. What is heavier than half of the budget would never have a turn, and ends among the
rejects.
"""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from relay.core.budgets import ORDINARY, Budget, Load
from relay.core.envelopes import Envelope, Unreadable, open_body, weighed
from relay.core.inflating import TooLarge
from relay.fates import Record

# Why a record ends among the rejects that no invocation has room for. The message lies there as it came.
TOO_LARGE = "too_large_for_sender"
# To read a value takes as long as to unpack so many bytes.
BYTES_A_VALUE = 20


@dataclass(frozen=True, slots=True)
class Portion:
    """What one invocation works on, what it cannot read, and why, and what is to go back to the queue."""

    opened: Sequence[tuple[Record, Envelope]]
    unreadable: Sequence[tuple[Record, str]]
    left: Sequence[Record]


def portion_of(records: Sequence[Record], budget: Budget) -> Portion:
    """Choose of a batch; at least one record is opened, or found to be unreadable or too large.

    What is opened stands in the order of the batch.
    """
    portion = _Choice(budget).made(records)
    opened = dict(portion.opened)
    return replace(portion, opened=[(each, opened[each]) for each in records if each in opened])


@dataclass(slots=True)
class _Choice:
    """A choice on its way: `lanes` is which part of the budget was spent on each."""

    budget: Budget
    spent: Load = field(default_factory=Load)
    in_vain: int = 0
    lanes: dict[str, float] = field(default_factory=dict)
    destinations: set[str] = field(default_factory=set)
    opened: list[tuple[Record, Envelope]] = field(default_factory=list)
    unreadable: list[tuple[Record, str]] = field(default_factory=list)
    left: list[Record] = field(default_factory=list)

    def made(self, records: Sequence[Record]) -> Portion:
        ordinary, heavy = self._weighed(records)
        ordinary = self._take(ordinary, self.budget.half)
        heavy = self._take(heavy, self.budget.whole)
        ordinary = self._take(ordinary, self.budget.whole)
        return Portion(self.opened, self.unreadable, [*self.left, *ordinary, *heavy])

    def _weighed(self, records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
        """Return the records of the usual size, lightest first, and the heavy ones, as they came.

        If they are too many to be weighed, those are whose bodies are small, such as a single event's.
        """
        most, scanned_bytes = ORDINARY.within(self.budget.half), 0
        ordinary: list[tuple[float, int, Record]] = []
        heavy: set[Record] = set()
        turns = _Turns(sorted(records, key=lambda record: len(record.body)), {})
        for record in turns:
            load = weighed(record.body, most)
            share = load.share_of(self.budget.whole)
            if load.fits(most):
                ordinary.append((share, len(ordinary), record))
            else:
                heavy.add(record)
            turns.charge(share)
            scanned_bytes += load.unpacked_bytes
            if scanned_bytes >= self.budget.scanned_bytes:
                break
        self.left += turns.rest()
        lightest_first = [record for _, _, record in sorted(ordinary, key=lambda each: each[:2])]
        return lightest_first, [record for record in records if record in heavy]

    def _take(self, records: Sequence[Record], until: Load) -> list[Record]:
        """Take records until there is room for no more; return those that are still to be taken."""
        turns = _Turns(records, self.lanes)
        for record in turns:
            half = self.budget.half
            found = open_body(record.body, half.within(until - self.spent))
            if not isinstance(found.content, TooLarge):
                self._put(record, found.content, found.load)
            elif found.load.fits(half):
                # There will be room for it later, or in another invocation.
                return [record, *turns.rest()]
            else:
                self.unreadable.append((record, TOO_LARGE))
                self.in_vain += found.load.unpacked_bytes + found.load.values * BYTES_A_VALUE
            turns.charge(found.load.share_of(self.budget.whole))
            if self.in_vain >= self.budget.scanned_bytes:
                break
        return turns.rest()

    def _put(self, record: Record, content: Envelope | Unreadable, load: Load) -> None:
        if isinstance(content, Unreadable):
            self.unreadable.append((record, content.reason))
        elif len(self.destinations | {content.destination}) > self.budget.destinations:
            self.left.append(record)
        else:
            self.destinations.add(content.destination)
            self.opened.append((record, content))
            self.spent += load


class _Turns:
    """Records in turns of their lanes: next comes the one whose lane was charged least by then."""

    def __init__(self, records: Iterable[Record], charged: dict[str, float]) -> None:
        self._charged = charged
        self._lanes: dict[str, deque[Record]] = {}
        for record in records:
            self._lanes.setdefault(record.group_id, deque()).append(record)
        self._waiting = [(charged.get(lane, 0.0), n, lane) for n, lane in enumerate(self._lanes)]
        heapq.heapify(self._waiting)
        self._lane = ""

    def __iter__(self) -> Iterator[Record]:
        while self._waiting:
            _, n, self._lane = heapq.heappop(self._waiting)
            lane = self._lanes[self._lane]
            yield lane.popleft()
            if lane:
                heapq.heappush(self._waiting, (self._charged.get(self._lane, 0.0), n, self._lane))

    def charge(self, share: float) -> None:
        """Charge the lane whose turn it is."""
        self._charged[self._lane] = self._charged.get(self._lane, 0.0) + share

    def rest(self) -> list[Record]:
        """Return the records that had no turn."""
        return [record for lane in self._lanes.values() for record in lane]
