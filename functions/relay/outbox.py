"""What leaves the sender for SQS: events that are still open, rejects, and records that could not be let go.

What is settled is settled: the open events of a record go back as messages of their own, and then the record
is let go. First send, then let go: a sender that dies in between leaves events twice on the queue, and a
repeat is harmless. Nothing is sent before all portals are done, so that one that fails makes no copies of
what belongs to the others. Events of many records share messages.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from relay.core.backoff import MAX_DELAY_FOR_PERSON_S, delay_s, waits_for_person
from relay.core.envelopes import Message, rejected
from relay.core.outcomes import Deferred, Outcome, Rejected
from relay.core.parking import Parked, Parking
from relay.core.troubles import MAX_CHARS, waits_for
from relay.fates import Fate, Parcel, Record
from relay.letters import Letter, letters_of

if TYPE_CHECKING:
    from relay.reports import Report

# What stays of an invocation when the last try begins: its answer, and the writing down.
LAST_TRY_MS = 1_500
# An event that HubSpot has refused, and whose place among the rejects is not sure yet.
NOT_STORED = "reject_not_stored"


class EventsQueue(Protocol):
    """The queue that the records came from."""

    def send_all(self, messages: Sequence[Message], until_ms: int) -> Sequence[bool]:
        """Store messages; say of each whether SQS has confirmed it. Starts no try after `until_ms`."""
        ...

    def hide(self, timeouts_s: Mapping[str, int], until_ms: int) -> None:
        """Hide records, by handle, for that many seconds. Starts no call after `until_ms`."""
        ...


class RejectsQueue(Protocol):
    """Where rejected events wait for a person."""

    def send_all(self, messages: Sequence[Message], until_ms: int) -> Sequence[bool]:
        """Store messages; say of each whether SQS has confirmed it. Starts no try after `until_ms`."""
        ...


class Marks(Protocol):
    """What is noted of the troubles that events wait for."""

    def retry_at_ms(self, destination: str) -> int:
        """Return of when the newest mark of `relay retry` is that is known; 0 without one."""
        ...

    def is_example(self, destination: str, reason: str, message_id: str) -> bool:
        """Say whether an event is the example of a trouble: its end is the trouble's, too."""
        ...


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the events of records: `fates` in the end, by record, with those that wait apart.

    `stored` of the rejects are safe; the records in `failed` are not let go, and hidden for so many seconds.
    """

    fates: Sequence[Fate]
    stored: int
    failed: Mapping[Record, int]


@dataclass(frozen=True, slots=True)
class Outbox:
    """Sends what leaves the sender. `jitter` gives random numbers in [0, 1).

    Without `marks` nothing is parked.
    """

    events_queue: EventsQueue
    rejects_queue: RejectsQueue
    retry_delay_s: float
    jitter: Callable[[], float]
    now_ms: Callable[[], int]
    deadline_ms: int
    marks: Marks | None = None
    last_try_ms: int = LAST_TRY_MS

    @property
    def until_ms(self) -> int:
        """Until when tries may start."""
        return self.deadline_ms - self.last_try_ms

    def settle(self, fates: Sequence[Fate]) -> Settled:
        """Send what is open of `fates` and what was rejected; none of these need be of a portal."""
        # One time for all: what is parked until the same moment shares messages.
        now_ms = self.now_ms()
        waiting = [part for fate in fates for part in self._waiting(fate, now_ms)]
        unsent = self._send(waiting)
        rejects = [each for fate in fates if (each := fate.of(Rejected))]
        # Those of a record that comes back whole are stored once it does not any more.
        unstored = self._store([each for each in rejects if each.record not in unsent], now_ms) | unsent
        back = [self._timed(each.put_off(NOT_STORED), now_ms) for each in rejects if each.record in unstored]
        unsent |= self._send([each for each in back if each.record not in unsent])
        stored = [each for each in rejects if each.record not in unstored]
        failed: dict[Record, int] = {}
        for each in (*waiting, *back):
            if each.record in unsent:
                failed[each.record] = max(each.again_s or 0, failed.get(each.record, 0))
        return Settled([*waiting, *stored, *back], sum(len(each.reported) for each in stored), failed)

    def hand_back(self, records: Sequence[Record]) -> Sequence[Record]:
        """Send records to the queue as they came, as new messages of their lanes that may be taken at once.

        Return those that are not stored. Nobody has looked at what they hold, and a new message has not been
        received yet: so this does not count as one of their tries.
        """
        messages = [(record, Message(record.body, record.group_id)) for record in records]
        unsent = self._post_as_they_are(self.events_queue.send_all, messages)
        return [record for record in records if record in unsent]

    def put_aside(self, foreign: Sequence[tuple[Record, str]]) -> Sequence[Record]:
        """Store records that are no envelopes among the rejects, with a reason; return those that are not."""
        messages = [(record, Message(record.body, "", reason=reason)) for record, reason in foreign]
        unstored = self._post_as_they_are(self.rejects_queue.send_all, messages)
        return [record for record, _ in foreign if record in unstored]

    def put_back(self, parked: Mapping[Record, Parking], looked_at_ms: int) -> Mapping[Record, int]:
        """Send parked records back as they came; return those that are not stored, and how long to hide them.

        They are taken again `MAX_DELAY_FOR_PERSON_S` after they were looked at.
        """
        next_ms, now_ms = looked_at_ms + MAX_DELAY_FOR_PERSON_S * 1000, self.now_ms()
        delays_s = {
            record: max(0, -(-(min(next_ms, parking.parked.until_ms) - now_ms) // 1000))
            for record, parking in parked.items()
        }
        messages = [(each, Message(each.body, each.group_id, delay)) for each, delay in delays_s.items()]
        unsent = self._post_as_they_are(self.events_queue.send_all, messages)
        return {record: delay for record, delay in delays_s.items() if record in unsent}

    def hide(self, timeouts_s: Mapping[Record, int]) -> None:
        """Hide records that come back; best effort."""
        if timeouts_s:
            self.events_queue.hide({each.handle: s for each, s in timeouts_s.items()}, self.until_ms)

    def hidden_s(self, looks: int) -> int:
        """Return for how long a record of which nothing is known stays hidden."""
        return delay_s(looks, base_s=self.retry_delay_s, wait_ms=0, jitter=self.jitter())

    def _waiting(self, fate: Fate, now_ms: int) -> Iterator[Fate]:
        """Yield what is open of a record, apart by what may be parked, and until what is over."""
        deferred = fate.of(Deferred)
        kinds: dict[tuple[bool, str], list[tuple[Parcel, Report]]] = {}
        for parcel, report in deferred.reported if deferred else ():
            kind = waits_for_person(report.outcome), self._parked_for(parcel, report.outcome)
            kinds.setdefault(kind, []).append((parcel, report))
        for (_, reason), reported in sorted(kinds.items(), key=lambda each: each[0], reverse=True):
            yield self._timed(replace(fate, reported=reported), now_ms, reason)

    def _parked_for(self, parcel: Parcel, outcome: Outcome) -> str:
        """Return until what is over an event may be parked; "" if it may not be."""
        if self.marks is None or waits_for(outcome) != "person" or not isinstance(outcome, Deferred):
            return ""
        destination, reason = parcel.envelope.destination, outcome.reason
        # The example goes on trying, so that all others go when it does; unless each try costs much.
        is_trying = waits_for_person(outcome) and self.marks.is_example(
            destination, reason, parcel.message_id
        )
        return "" if is_trying else reason[:MAX_CHARS]

    def _timed(self, fate: Fate, now_ms: int, parked_for: str = "") -> Fate:
        outcomes = [each.outcome for _, each in fate.reported if isinstance(each.outcome, Deferred)]
        seconds = delay_s(
            fate.looks,
            base_s=self.retry_delay_s,
            wait_ms=max(each.wait_ms for each in outcomes),
            jitter=self.jitter(),
            for_person=waits_for_person(outcomes[0]) and not parked_for,
        )
        if self.marks is None or not parked_for or seconds <= MAX_DELAY_FOR_PERSON_S:
            return replace(fate, again_s=seconds)
        mark_ms = self.marks.retry_at_ms(fate.envelope.destination)
        parked = Parked(parked_for, now_ms + seconds * 1000, mark_ms)
        return replace(fate, again_s=MAX_DELAY_FOR_PERSON_S, parked=parked)

    def _send(self, fates: Sequence[Fate]) -> set[Record]:
        """Send fates' events back; return the records of which not all are stored."""
        parts = ((fate.record, fate.rest(), fate.again_s or 0) for fate in fates)
        return self._post(self.events_queue.send_all, letters_of(parts))

    def _store(self, fates: Sequence[Fate], now_ms: int) -> set[Record]:
        """Store fates' rejections; return the records of which not all are stored."""
        parts = ((fate.record, rejected(fate.envelope, fate.rejections(), now_ms), 0) for fate in fates)
        return self._post(self.rejects_queue.send_all, letters_of(parts))

    def _post_as_they_are(
        self,
        send_all: Callable[[Sequence[Message], int], Sequence[bool]],
        messages: Iterable[tuple[Record, Message]],
    ) -> set[Record]:
        letters = [Letter(message, frozenset((record,))) for record, message in messages]
        return self._post(send_all, letters)

    def _post(
        self, send_all: Callable[[Sequence[Message], int], Sequence[bool]], letters: Sequence[Letter]
    ) -> set[Record]:
        stored = send_all([letter.message for letter in letters], self.until_ms) if letters else ()
        lost = (letter for letter, is_stored in zip(letters, stored, strict=True) if not is_stored)
        return {record for letter in lost for record in letter.records}
