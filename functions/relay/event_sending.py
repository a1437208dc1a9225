"""Sends events to HubSpot until each has a verdict, in as few calls as finding the bad ones takes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from http import HTTPStatus
from typing import Protocol

from relay.core.answers import FORBIDDEN, MISSING_SCOPE, MISSING_TIER, Answer, Reply, forbidden
from relay.core.event_batches import Verdict, batches_for
from relay.core.event_halving import MAX_EXTRA_CALLS, EventHalving, Words
from relay.core.occurrences import CustomEvent, Key
from relay.core.outcomes import Deferred

# Without the scope or the plan, HubSpot is not asked again for this long; the events wait, and go as soon as
# it lets them.
CLOSED_FOR_MS = 60_000
_CLOSING = frozenset({MISSING_SCOPE, MISSING_TIER, FORBIDDEN})
# Words in which single events were refused while others were accepted are theirs, and not HubSpot's of all
# events, for as long as what was left to be found out takes to come back.
OWN_FOR_MS = 1_800_000
# More words than these name a value, and are said once.
MOST_WORDS = 1_000


class SendApi(Protocol):
    """HubSpot's call to send events."""

    def send_batch(self, events: Sequence[CustomEvent], deadline_ms: int) -> Answer:
        """Send up to 500 events."""
        ...


class EventSending:
    """The sending of a portal's events. Use it from one invocation at a time."""

    def __init__(self, api: SendApi, threads: Executor, now_ms: Callable[[], int]) -> None:
        self._api = api
        self._threads = threads
        self._now_ms = now_ms
        self._closed: Deferred | None = None
        self._open_again_at_ms = 0
        self._own: dict[Words, int] = {}
        self._calls_left = MAX_EXTRA_CALLS

    @property
    def refusal(self) -> Deferred | None:
        """Why HubSpot takes no events at all, None if it may."""
        return self._closed if self._now_ms() < self._open_again_at_ms else None

    def heed(self, why: Deferred) -> None:
        """Remember what closes the whole family of calls."""
        if why.reason.partition(":")[0] in _CLOSING and not self.refusal:
            self._closed, self._open_again_at_ms = why, self._now_ms() + CLOSED_FOR_MS

    def begin(self) -> None:
        """Begin a look at events: it has as many calls as any other."""
        self._calls_left = MAX_EXTRA_CALLS

    def send(self, events: Iterable[CustomEvent], deadline_ms: int) -> Mapping[Key, Verdict]:
        """Return a verdict on each event, by its key."""
        now_ms = self._now_ms()
        self._own = {words: until_ms for words, until_ms in self._own.items() if now_ms < until_ms}
        halving = EventHalving(batches_for(events), seed=now_ms, own=self._own, calls_left=self._calls_left)
        while parts := halving.next():
            answers = self._threads.map(lambda part: self._answer(part, deadline_ms), parts)
            for part, answer in zip(parts, answers, strict=True):
                if isinstance(answer, Deferred):
                    halving.settle(part, {event.key: answer for event in part})
                else:
                    halving.read(part, answer)
        self._calls_left = halving.calls_left
        own = dict.fromkeys(halving.own_words(), now_ms + OWN_FOR_MS)
        self._own = {**self._own, **own} if len(own) + len(self._own) <= MOST_WORDS else own
        return halving.verdicts()

    def _answer(self, part: Sequence[CustomEvent], deadline_ms: int) -> Answer | Deferred:
        """Send a part; return the answer, or why it was not sent."""
        if self.refusal:
            return self.refusal
        answer = self._api.send_batch(part, deadline_ms)
        if isinstance(answer, Reply) and answer.status == HTTPStatus.FORBIDDEN:
            self.heed(forbidden(answer))
        return answer
