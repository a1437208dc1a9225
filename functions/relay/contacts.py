"""Merged inputs → an outcome each: what HubSpot has is skipped, the rest is written and remembered."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Protocol

from relay.addressing import Addressing, by_record
from relay.claims import Claims
from relay.core.handles import EMAIL
from relay.core.identity import People
from relay.core.outcomes import Delivered, Outcome, Rejected, Skipped
from relay.core.planning import Input
from relay.core.policy import Policy
from relay.core.profiles import STALE, Judged, at_rest, email_key, is_seen, judge, seen
from relay.core.succession import taken_over
from relay.lookup import Lookup, ReadApi
from relay.memory import REMEMBERED_AT_ONCE, UNAVAILABLE, Memory
from relay.remembering import Remembering
from relay.stages import Stages
from relay.twins import Twins
from relay.writer import WriteApi, Writer, Written


class ContactApi(ReadApi, WriteApi, Protocol):
    """HubSpot's calls for contacts."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an input, and which of its properties were left out, and why.

    `made` is the address of the contact, "" without one, if HubSpot has made it just now, or may have.
    """

    outcome: Outcome
    left_out: Mapping[str, str] = field(default_factory=dict)
    made: str = ""


class Contacts:
    """The contacts of one portal. Use it from one invocation at a time, under the destination's lease."""

    def __init__(
        self, api: ContactApi, memory: Memory, threads: Executor, now_ms: Callable[[], int], policy: Policy
    ) -> None:
        self._now_ms = now_ms
        self._resend_after_ms = policy.resend_after_ms
        lookup = Lookup(api, threads, policy.match_property)
        self._remembering = Remembering(memory, lookup, now_ms, policy.rest_ms)
        self._addressing = Addressing(lookup)
        self._writer = Writer(api, threads)
        self._claims = Claims(lookup, self._writer)
        self._stages = Stages(self._writer, policy.rules.lifecyclestage)
        self._twins = Twins(self._writer)

    def settle(
        self, inputs: Sequence[Input], people: People, deadline_ms: int, *, doubted_until_ms: int
    ) -> Mapping[str, Settled]:
        """Return for each trace id what became of the input.

        What HubSpot confirmed before `doubted_until_ms` is sent again. Starts no call after `deadline_ms`.
        """
        trusted_since_ms = max(self._now_ms() - self._resend_after_ms, doubted_until_ms)
        settled: dict[str, Settled] = {}
        for start in range(0, len(inputs), REMEMBERED_AT_ONCE):
            judged = [
                _judged(entry, people, trusted_since_ms)
                for entry in inputs[start : start + REMEMBERED_AT_ONCE]
            ]
            settled |= self._settle(judged, people, deadline_ms)
        return settled

    def _settle(self, judged: Sequence[Judged], people: People, deadline_ms: int) -> Mapping[str, Settled]:
        fresh = [each.entry for each in judged if not each.is_unchanged]
        now_ms = self._now_ms()
        resting = {
            entry.trace_id: why
            for entry in fresh
            if (why := at_rest(taken_over(people, entry.handle).resting_until_ms, now_ms))
        }
        awake = [entry for entry in fresh if entry.trace_id not in resting]
        addressed = {**self._addressing.address(awake, people, deadline_ms), **resting}
        sendable = [entry for entry in addressed.values() if isinstance(entry, Input)]
        seen_again = [entry for entry in sendable if entry.is_idle]
        written = self._writer.write([entry for entry in sendable if not entry.is_idle], deadline_ms)
        written = self._claims.after(written, deadline_ms)
        written = self._twins.after(self._stages.after(written, deadline_ms), deadline_ms)
        written = {trace_id: _with_address(each, addressed[trace_id]) for trace_id, each in written.items()}
        ends = {**addressed, **written}
        settled = {each.entry.trace_id: _settled(each, ends.get(each.entry.trace_id)) for each in judged}
        for entry in seen_again:
            people.put(email_key(entry.handle), seen(people.profile(entry.handle), now_ms))
        same = [*(each.entry for each in judged if each.is_unchanged), *seen_again]
        if self._remembering.remember(same, list(written.values()), people, deadline_ms):
            return settled
        # HubSpot has it, but the next one would not know: told again, it does no harm.
        return {trace_id: _unremembered(each) for trace_id, each in settled.items()}


def _judged(entry: Input, people: People, trusted_since_ms: int) -> Judged:
    """Return what of an input is worth sending, by record where that is known."""
    profile = taken_over(people, entry.handle)
    judged = judge(by_record(entry, people), profile, trusted_since_ms=trusted_since_ms)
    is_open = judged.entry.is_idle and not judged.stale and not is_seen(profile, trusted_since_ms)
    return replace(judged, is_unchanged=False) if is_open else judged


def _settled(judged: Judged, end: Written | Input | Outcome | None) -> Settled:
    stale = dict.fromkeys(judged.stale, STALE)
    if isinstance(end, Written):
        made = end.entry.properties.get(EMAIL, "") if _is_made(end) else ""
        return Settled(end.outcome, {**stale, **end.left_out}, made)
    if end is None or isinstance(end, Input):
        # Only what HubSpot has already was not addressed, and what was addressed as an input was written.
        return Settled(Skipped(STALE if stale else "unchanged"), stale)
    return Settled(end, stale)


def _with_address(written: Written, entry: Input | Outcome) -> Written:
    """Return what was written, with the address that was told of a contact and is not its own.

    It is the last one told: the same again is no news, whoever has it.
    """
    is_done = isinstance(written.outcome, Delivered) and isinstance(entry, Input)
    email = entry.properties.get(EMAIL, "") if is_done and isinstance(entry, Input) else ""
    is_property = email and written.entry.ref.id_property != EMAIL
    if not is_property or EMAIL in written.entry.properties:
        return written
    return replace(written, told={EMAIL: email})


def _is_made(written: Written) -> bool:
    if written.confirmed:
        return written.confirmed.is_new
    return written.is_doubtful and not written.entry.record_id


def _unremembered(settled: Settled) -> Settled:
    is_final = isinstance(settled.outcome, Rejected)
    return settled if is_final else replace(settled, outcome=UNAVAILABLE)
