"""Sends events to the legacy event URL, which sets contact properties by the same call.

HubSpot creates events by their names there, and says nothing of what becomes of them (its page on triggering
events by URL). Nothing keeps a repeated call from counting twice, so what was delivered is remembered before
its record is let go: one is counted twice only if the answer was lost, or if the sender died within the last
few calls.
"""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from relay.core.answers import Answer, NoReply, Reply, why_not
from relay.core.legacy_events import legacy_query, sent_key
from relay.core.occurrences import Occurrence
from relay.core.outcomes import Delivered, Outcome, Rejected, Skipped
from relay.core.speakers import foreign, is_for_people
from relay.memory import UNAVAILABLE
from relay.occurrences import Sent

# Nothing is wrong with a call that comes too late, too early or too often.
_WAITS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
# An event of this messageId was told before, or is told in its place.
REPEATED = Skipped("repeated")
# DynamoDB's batch: what may be sent again after a crash are so many events, and those on their way.
REMEMBERED_AT_ONCE = 25


class TrackApi(Protocol):
    """HubSpot's tracking host."""

    def trigger(self, query: str, deadline_ms: int) -> Answer:
        """Trigger the event that an encoded query names."""
        ...


class SentStore(Protocol):
    """Which legacy events were delivered lately."""

    def known(self, keys: Collection[str]) -> Collection[str] | None:
        """Return which of these were delivered; None if that cannot be read."""
        ...

    def remember(self, keys: Sequence[str]) -> bool:
        """Note that these were delivered; False unless each is noted."""
        ...


@dataclass(frozen=True, slots=True)
class LegacyEvents:
    """The legacy events of the portal with a Hub ID."""

    api: TrackApi
    threads: Executor
    hub_id: int
    store: SentStore

    def is_off(self, deadline_ms: int) -> bool:  # noqa: ARG002 - nothing is asked
        """Return False: the URL takes whatever it gets."""
        return False

    def settle(self, occurrences: Sequence[Occurrence], deadline_ms: int) -> Mapping[int, Sent]:
        """Return for each `source` what became of the occurrence. Starts no call after `deadline_ms`."""
        keys = {each.source: sent_key(each) for each in occurrences if each.email}
        first: dict[str, Occurrence] = {}
        for each in occurrences:
            if each.source in keys:
                first.setdefault(keys[each.source], each)
        ends = self._settle(first, deadline_ms)
        nobodys = {each.source: Sent(Skipped("no_email")) for each in occurrences if not each.email}
        return nobodys | {
            source: ends[key] if first[key].source == source else _repeated(ends[key])
            for source, key in keys.items()
        }

    def _settle(self, wanted: Mapping[str, Occurrence], deadline_ms: int) -> Mapping[str, Sent]:
        """Send what was not delivered before; return by its key what became of each."""
        known = self.store.known(wanted.keys()) if wanted else ()
        if known is None:
            # Unread, each might be a repeat.
            return dict.fromkeys(wanted, Sent(UNAVAILABLE))
        calls = {
            self.threads.submit(self._send, each, deadline_ms): key
            for key, each in wanted.items()
            if key not in known
        }
        ends = {key: Sent(REPEATED) for key in known}
        fresh: list[str] = []
        for call in as_completed(calls):
            key = calls[call]
            ends[key] = call.result()
            fresh += [key] if isinstance(ends[key].outcome, Delivered) else []
            if len(fresh) == REMEMBERED_AT_ONCE:
                self.store.remember(fresh)
                fresh = []
        if fresh:
            # Unremembered, one still is not sent again: its record is let go.
            self.store.remember(fresh)
        return ends

    def _send(self, occurrence: Occurrence, deadline_ms: int) -> Sent:
        query, left_out = legacy_query(occurrence, self.hub_id)
        return Sent(_outcome(self.api.trigger(query, deadline_ms)), left_out)


def _repeated(first: Sent) -> Sent:
    """Return what becomes of an event that came twice at once: it shares the fate of one that is not done."""
    return Sent(REPEATED) if isinstance(first.outcome, Delivered) else first


def _outcome(answer: Answer) -> Outcome:
    if isinstance(answer, NoReply):
        return why_not(answer)
    if is_for_people(answer):
        # A page instead of a picture: the event has reached nobody, or nobody knows.
        return foreign(answer)
    kind = answer.status // 100
    if kind == 2:  # noqa: PLR2004 - success
        return Delivered("")
    is_refused = kind == 4 and answer.status not in _WAITS  # noqa: PLR2004 - the call's fault
    return _refused(answer) if is_refused else why_not(answer)


def _refused(reply: Reply) -> Rejected:
    return Rejected("refused", f"HubSpot's event URL answered with status {reply.status}")
