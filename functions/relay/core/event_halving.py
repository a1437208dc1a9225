"""Which parts of batches of events are sent next, until each event has a verdict. Pure.

HubSpot refuses a batch for one bad event, and often names none. Such a batch is cut into parts, as small as
the share of refused ones makes worth while, until the bad events stand alone. Who shares a part with whom
differs from one search to the next, so that one that did not end goes on elsewhere when events come back.

Where several are refused in the same words and nothing is accepted, the fault is not theirs: all wait.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple, TypeGuard

from relay.core.answers import Answer, Split, refused_alike
from relay.core.event_batches import Verdict, read_events
from relay.core.occurrences import CustomEvent, Key
from relay.core.outcomes import Deferred, Delivered, Rejected

# HubSpot exempts these calls from its limits, but for 1,250 a second. A hundred bad events among 250 cost
# about 280 of them, ten about 80, one about 14.
MAX_EXTRA_CALLS = 200
# As many calls are on their way at a time: what they say decides how the next ones are cut.
AT_ONCE = 16
# Where so many are refused one by one and nothing is accepted, more of them would say no more.
MAX_REFUSED_ALIKE = 32
# In parts of two, as many calls are wasted as are saved.
_SMALLEST_PART = 3
TOO_MANY = Deferred("too_many_refusals")


class Words(NamedTuple):
    """In which words HubSpot refuses an event."""

    category: str
    message: str


class EventHalving:
    """Batches on their way. `own` are words that are known to be said of single events.

    Beside one for each batch, it takes `calls_left` calls at most. Equal seeds cut alike.
    """

    def __init__(
        self,
        batches: Iterable[Sequence[CustomEvent]],
        *,
        seed: int,
        own: Collection[Words] = (),
        calls_left: int = MAX_EXTRA_CALLS,
    ) -> None:
        self._whole = list(batches)
        self._seed = seed
        self._own = own
        self._todo: list[Sequence[CustomEvent]] = []
        self._refused: list[Sequence[CustomEvent]] = []
        self._sent: list[int] = []
        self._verdicts: dict[Key, Verdict] = {}
        self._is_accepted = False
        self.calls_left = calls_left

    def next(self) -> Sequence[Sequence[CustomEvent]]:
        """Return the parts to send next, side by side; none if that is all."""
        whole, self._whole = self._whole, []
        if whole:
            return self._noted(whole)
        if len(self._singles) >= MAX_REFUSED_ALIKE and self._suspicion():
            return []
        size = part_size(len(self._refused), self._sent)
        self._todo += [part for refused in self._refused for part in parts_of(refused, size)]
        self._refused = []
        # Good events wait for nobody: large parts hold most of them.
        self._todo.sort(key=len, reverse=True)
        count = min(AT_ONCE, self.calls_left)
        now, self._todo = self._todo[:count], self._todo[count:]
        self.calls_left -= len(now)
        return self._noted(now)

    def read(self, part: Sequence[CustomEvent], answer: Answer) -> Mapping[Key, Verdict]:
        """Take note of HubSpot's answer to a part; return what it says of its events."""
        read = read_events(part, answer)
        if isinstance(read, Split):
            self._refused.append(shuffled(part, self._seed))
            return {}
        self.settle(part, read)
        return read

    def settle(self, part: Sequence[CustomEvent], verdicts: Mapping[Key, Verdict]) -> None:
        """Take note of what is known of events of a part; the others are sent again."""
        self._verdicts |= verdicts
        self._is_accepted |= any(isinstance(each, Delivered) for each in verdicts.values())
        rest = [event for event in part if event.key not in verdicts]
        self._todo += [rest] if rest else []

    def verdicts(self) -> Mapping[Key, Verdict]:
        """Return a verdict on each event, once there is nothing more to send."""
        why = self._suspicion()
        unsent = [event for part in (*self._todo, *self._refused) for event in part]
        return {
            **{key: _unless(why, verdict) for key, verdict in self._verdicts.items()},
            **{event.key: why or TOO_MANY for event in unsent},
        }

    def own_words(self) -> Collection[Words]:
        """Return in which words single events were refused while others were accepted."""
        return {words_of(each) for each in self._singles} if self._is_accepted else set()

    @property
    def _singles(self) -> Sequence[Rejected]:
        return [each for each in self._verdicts.values() if _is_refused(each)]

    def _suspicion(self) -> Deferred | None:
        if self._is_accepted:
            return None
        return refused_alike(each for each in self._singles if words_of(each) not in self._own)

    def _noted(self, parts: Sequence[Sequence[CustomEvent]]) -> Sequence[Sequence[CustomEvent]]:
        self._sent = [len(part) for part in parts]
        return parts


def words_of(refusal: Rejected) -> Words:
    """Return the words of a refusal."""
    return Words(refusal.category, refusal.message)


def shuffled(events: Iterable[CustomEvent], seed: int) -> Sequence[CustomEvent]:
    """Return events in an order of the seed's, those of one kind together: they are often bad together."""
    # Of a checksum, another seed would leave most neighbours what they are.
    salt = seed.to_bytes(8, "big", signed=True)
    return sorted(
        events,
        key=lambda event: (event.event_name, blake2b(event.uuid.encode(), digest_size=8, salt=salt).digest()),
    )


def part_size(refused: int, sent: Sequence[int]) -> int:
    """Return how many events the next parts should have, after so many of the parts `sent` were refused.

    A part tells most where it is as likely to be accepted as not.
    """
    if not refused:
        return 1
    bad = 1 - (1 - (refused + 0.5) / (len(sent) + 1)) ** (len(sent) / sum(sent))
    size = int(math.log(2) / bad)
    return size if size >= _SMALLEST_PART else 1


def parts_of(events: Sequence[CustomEvent], size: int) -> list[Sequence[CustomEvent]]:
    """Cut events into two parts at least, of about equal length and no more than `size` events."""
    count = min(max(2, -(-len(events) // size)), len(events))
    cuts = [len(events) * n // count for n in range(count + 1)]
    return [events[start:end] for start, end in pairwise(cuts)]


def _unless(why: Deferred | None, verdict: Verdict) -> Verdict:
    """Let an event wait that was refused for a reason that is not its own; after a day it is believed."""
    return replace(why, at_last=verdict) if why and _is_refused(verdict) else verdict


def _is_refused(verdict: Verdict) -> TypeGuard[Rejected]:
    return isinstance(verdict, Rejected)
