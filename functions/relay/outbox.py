"""What leaves the sender for SQS: events that are still open, rejects, and records that could not be let go.

What is settled is settled: the open events of a record go back as a message of their own, and then the
record is let go. First send, then let go: a sender that dies in between leaves events twice on the queue, and
a repeat is harmless. Nothing is sent before all portals are done, so that one that fails makes no copies of
what belongs to the others.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from relay.core.backoff import delay_s, waits_for_person
from relay.core.envelopes import Message, lane_of, pack, rejected
from relay.core.outcomes import Deferred, Rejected
from relay.fates import Fate, Record

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

    def send_foreign(self, body: str, reason: str) -> bool:
        """Store a body that is no envelope, as it came."""
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
    """Sends what leaves the sender. `jitter` gives random numbers in [0, 1)."""

    events_queue: EventsQueue
    rejects_queue: RejectsQueue
    retry_delay_s: float
    jitter: Callable[[], float]
    now_ms: Callable[[], int]
    deadline_ms: int

    @property
    def until_ms(self) -> int:
        """Until when tries may start."""
        return self.deadline_ms - LAST_TRY_MS

    def settle(self, fates: Sequence[Fate]) -> Settled:
        """Send what is open of `fates` and what was rejected; none of these need be of a portal."""
        waiting = [part for fate in fates for part in self._waiting(fate)]
        unsent = self._send(waiting)
        rejects = [each for fate in fates if (each := fate.of(Rejected))]
        # Those of a record that comes back whole are stored once it does not any more.
        unstored = self._store([each for each in rejects if each.record not in unsent]) | unsent
        back = [self._timed(each.put_off(NOT_STORED)) for each in rejects if each.record in unstored]
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
        messages = ((record, Message(record.body, record.group_id)) for record in records)
        unsent = self._post(self.events_queue.send_all, messages)
        return [record for record in records if record in unsent]

    def put_aside(self, record: Record, reason: str) -> bool:
        """Store a record that is no envelope among the rejects; say whether it is safe there."""
        return self.rejects_queue.send_foreign(record.body, reason)

    def hide(self, timeouts_s: Mapping[Record, int]) -> None:
        """Hide records that come back; best effort."""
        if timeouts_s:
            self.events_queue.hide({each.handle: s for each, s in timeouts_s.items()}, self.until_ms)

    def hidden_s(self, looks: int) -> int:
        """Return for how long a record of which nothing is known stays hidden."""
        return delay_s(looks, base_s=self.retry_delay_s, wait_ms=0, jitter=self.jitter())

    def _waiting(self, fate: Fate) -> Iterator[Fate]:
        """Yield what is open of a record; what waits for a person apart, as it is looked at often."""
        deferred = fate.of(Deferred)
        for for_person in (True, False):
            reported = deferred.reported if deferred else ()
            some = fate.only(each for each in reported if waits_for_person(each[1].outcome) == for_person)
            if some:
                yield self._timed(some)

    def _timed(self, fate: Fate) -> Fate:
        outcomes = [each.outcome for _, each in fate.reported if isinstance(each.outcome, Deferred)]
        seconds = delay_s(
            fate.looks,
            base_s=self.retry_delay_s,
            wait_ms=max(each.wait_ms for each in outcomes),
            jitter=self.jitter(),
            for_person=waits_for_person(outcomes[0]),
        )
        return replace(fate, again_s=seconds)

    def _send(self, fates: Sequence[Fate]) -> set[Record]:
        """Send fates' events back; return the records of which not all are stored."""
        return self._post(
            self.events_queue.send_all,
            (
                (fate.record, Message(body, lane_of(fate.envelope), fate.again_s or 0))
                for fate in fates
                for body in pack(fate.rest())
            ),
        )

    def _store(self, fates: Sequence[Fate]) -> set[Record]:
        """Store fates' rejections; return the records of which not all are stored."""
        now_ms = self.now_ms()
        return self._post(
            self.rejects_queue.send_all,
            (
                (fate.record, Message(body, lane_of(fate.envelope)))
                for fate in fates
                for body in pack(rejected(fate.envelope, fate.rejections(), now_ms))
            ),
        )

    def _post(
        self,
        send_all: Callable[[Sequence[Message], int], Sequence[bool]],
        messages: Iterable[tuple[Record, Message]],
    ) -> set[Record]:
        posted = list(messages)
        stored = send_all([message for _, message in posted], self.until_ms) if posted else ()
        return {record for (record, _), is_stored in zip(posted, stored, strict=True) if not is_stored}
