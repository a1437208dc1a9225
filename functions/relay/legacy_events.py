"""Sends events to the legacy event URL, which sets contact properties by the same call.

HubSpot creates events by their names there, and says nothing of what becomes of them (its page on triggering
events by URL). Nothing keeps a repeated call from counting twice.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from relay.core.answers import Answer, NoReply, Reply, why_not
from relay.core.legacy_events import legacy_query
from relay.core.occurrences import Occurrence
from relay.core.outcomes import Delivered, Outcome, Rejected, Skipped
from relay.occurrences import Sent

# Nothing is wrong with a call that comes too late, too early or too often.
_WAITS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class TrackApi(Protocol):
    """HubSpot's tracking host."""

    def trigger(self, query: str, deadline_ms: int) -> Answer:
        """Trigger the event that an encoded query names."""
        ...


@dataclass(frozen=True, slots=True)
class LegacyEvents:
    """The legacy events of the portal with a Hub ID."""

    api: TrackApi
    threads: Executor
    hub_id: int

    def settle(self, occurrences: Sequence[Occurrence], deadline_ms: int) -> Mapping[int, Sent]:
        """Return for each `source` what became of the occurrence. Starts no call after `deadline_ms`."""
        sent = self.threads.map(lambda each: self._send(each, deadline_ms), occurrences)
        return {each.source: what for each, what in zip(occurrences, sent, strict=True)}

    def _send(self, occurrence: Occurrence, deadline_ms: int) -> Sent:
        if not occurrence.email:
            return Sent(Skipped("no_email"))
        query, left_out = legacy_query(occurrence, self.hub_id)
        return Sent(_outcome(self.api.trigger(query, deadline_ms)), left_out)


def _outcome(answer: Answer) -> Outcome:
    if isinstance(answer, NoReply):
        return why_not(answer)
    kind = answer.status // 100
    if kind == 2:  # noqa: PLR2004 - success
        return Delivered("")
    is_refused = kind == 4 and answer.status not in _WAITS  # noqa: PLR2004 - the call's fault
    return _refused(answer) if is_refused else why_not(answer)


def _refused(reply: Reply) -> Rejected:
    return Rejected("refused", f"HubSpot's event URL answered with status {reply.status}")
