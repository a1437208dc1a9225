"""What one sender does for one portal: map, merge, plan, call, and say what became of each event."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Protocol

from relay.core.answers import ACCESS_TOKEN_REFUSED, Answer, NoReply, Reply, Split, read_upsert
from relay.core.events import Event
from relay.core.mapping import intents_for
from relay.core.outcomes import Deferred, Outcome, Skipped
from relay.core.planning import Batch, Change, batches_for, merge
from relay.core.schema import Schema, parse_schema

# HubSpot's own advice is to cache what rarely changes; Segment's destination kept it this long too.
SCHEMA_MAX_AGE_MS = 3_600_000
# A bad input in a hundred costs about 14 calls to find by halving; many bad ones must not cost hundreds.
MAX_EXTRA_CALLS = 32


class Crm(Protocol):
    """HubSpot, as far as contacts are concerned."""

    def contact_properties(self, deadline_ms: int) -> Answer:
        """Read the property list of contacts."""
        ...

    def upsert_contacts(self, batch: Batch, deadline_ms: int) -> Answer:
        """Create or update the contacts of one batch."""
        ...

    def learn_time_zone(self, deadline_ms: int) -> None:
        """Find out when the account's day ends, unless that is known."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one event, and which of its traits were left out, and why."""

    outcome: Outcome
    dropped: Mapping[str, str] = field(default_factory=dict)


class Portal:
    """One HubSpot portal. Keeps its schema between invocations; use it from one invocation at a time."""

    def __init__(self, crm: Crm, threads: Executor, now_ms: Callable[[], int]) -> None:
        self._crm = crm
        self._threads = threads
        self._now_ms = now_ms
        self._schema: Schema | None = None
        self._schema_read_at_ms = 0

    def deliver(self, events: Sequence[Event], deadline_ms: int) -> list[Report]:
        """Deliver `events` and report on each, in their order. Starts no call after `deadline_ms`."""
        schema = self._current_schema(deadline_ms)
        if isinstance(schema, Deferred):
            return [Report(schema) for _ in events]
        reports: dict[int, Report] = {}
        changes: list[Change] = []
        for source, event in enumerate(events):
            mapped = intents_for(event, schema)
            if isinstance(mapped, Skipped):
                reports[source] = Report(mapped)
                continue
            reports[source] = Report(Deferred("not_sent"), mapped.dropped)
            changes.append(Change(source, event.order, mapped.intent))
        for source, outcome in self._upsert(changes, deadline_ms):
            reports[source] = replace(reports[source], outcome=outcome)
        self._crm.learn_time_zone(deadline_ms)
        return [reports[source] for source in range(len(events))]

    def _upsert(self, changes: Iterable[Change], deadline_ms: int) -> Iterable[tuple[int, Outcome]]:
        batches = batches_for(merge(changes))
        # Merged inputs never share a contact, so their batches may run side by side.
        answers = self._threads.map(lambda batch: self._send(batch, deadline_ms), batches)
        for batch, outcomes in zip(batches, answers, strict=True):
            for entry in batch.inputs:
                for source in entry.sources:
                    yield source, outcomes[entry.trace_id]

    def _send(self, batch: Batch, deadline_ms: int) -> Mapping[str, Outcome]:
        """Send a batch; halve what HubSpot refuses as a whole until the input at fault stands alone."""
        outcomes: dict[str, Outcome] = {}
        calls_left = 1 + MAX_EXTRA_CALLS
        todo = [batch]
        while todo:
            part = todo.pop()
            answer = (
                self._crm.upsert_contacts(part, deadline_ms) if calls_left else NoReply("too_many_refusals")
            )
            calls_left -= bool(calls_left)
            settled = read_upsert(part, answer)
            if isinstance(settled, Split):
                todo += part.halves()
            else:
                outcomes |= settled
        return outcomes

    def _current_schema(self, deadline_ms: int) -> Schema | Deferred:
        age_ms = self._now_ms() - self._schema_read_at_ms
        if self._schema and age_ms < SCHEMA_MAX_AGE_MS:
            return self._schema
        answer = self._crm.contact_properties(deadline_ms)
        found = _results(answer)
        if found:
            self._schema, self._schema_read_at_ms = parse_schema(found), self._now_ms()
        # A stale schema knows nearly everything; having none would drop every trait.
        return self._schema or _why_no_schema(answer)


def _results(answer: Answer) -> Sequence[object]:
    if (
        not isinstance(answer, Reply)
        or answer.status != HTTPStatus.OK
        or not isinstance(answer.body, Mapping)
    ):
        return ()
    results = answer.body.get("results")
    return results if isinstance(results, list) else ()


def _why_no_schema(answer: Answer) -> Deferred:
    if isinstance(answer, NoReply):
        return Deferred(answer.reason, answer.wait_ms)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return ACCESS_TOKEN_REFUSED
    return Deferred(f"schema_status_{answer.status}")
