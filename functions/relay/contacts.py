"""Merged inputs → an outcome each: what HubSpot has is skipped, the rest is written and remembered."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Protocol

from relay.addressing import Addressing, by_record
from relay.claims import Claims
from relay.core.filling import Weighed, weigh
from relay.core.handles import EMAIL
from relay.core.identity import People
from relay.core.mapping import Mapped
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped, merged
from relay.core.planning import Input
from relay.core.policy import Policy
from relay.core.profiles import STALE, at_rest, email_key, is_seen, judge, seen
from relay.core.succession import taken_over
from relay.filling import Filling
from relay.lookup import Lookup, ReadApi
from relay.memory import REMEMBERED_AT_ONCE, UNAVAILABLE, Memory
from relay.remembering import Remembering
from relay.reports import Report
from relay.stages import Stages
from relay.twins import Twins
from relay.writer import WriteApi, Writer, Written


class ContactApi(ReadApi, WriteApi, Protocol):
    """HubSpot's calls for contacts."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an input, and which of its properties were left out, and why.

    `made` is the address of the contact, "" without one, if HubSpot has made it just now, or may have.
    `unfilled` are the properties that were offered and not filled, and why; those in `waits` are not settled
    yet.
    """

    outcome: Outcome
    left_out: Mapping[str, str] = field(default_factory=dict)
    made: str = ""
    unfilled: Mapping[str, str] = field(default_factory=dict)
    waits: Mapping[str, Deferred] = field(default_factory=dict)

    def report(self, mapped: Mapped, *, is_newest: bool) -> Report:
        """Return what became of an event that has asked for `mapped`, the newest of the input or another."""
        waits = next((self.waits[name] for name in sorted(mapped.fills) if name in self.waits), None)
        outcome = self.outcome if is_newest else merged(self.outcome)
        # Of what was left out, each event is told what it has named itself.
        left_out = {name: why for name, why in self.left_out.items() if name in mapped.intent.properties}
        unfilled = {name: why for name, why in self.unfilled.items() if name in mapped.fills}
        return Report(waits or outcome, {**mapped.dropped, **left_out, **unfilled})


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
        self._filling = Filling(lookup, now_ms)
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
            weighed = [
                _weighed(entry, people, trusted_since_ms)
                for entry in inputs[start : start + REMEMBERED_AT_ONCE]
            ]
            settled |= self._settle(weighed, people, deadline_ms)
        return settled

    def _settle(self, weighed: Sequence[Weighed], people: People, deadline_ms: int) -> Mapping[str, Settled]:
        now_ms = self._now_ms()
        asked = self._filling.ask(weighed, _resting(weighed, people, now_ms), people, deadline_ms)
        awake = [each.entry for each in asked if not each.weighed.is_unchanged and not each.end]
        sent = self._sent(awake, people, deadline_ms)
        ends = {**{each.entry.trace_id: each.end for each in asked}, **sent}
        settled = {each.entry.trace_id: _settled(each.weighed, ends[each.entry.trace_id]) for each in asked}
        seen_again = [entry for entry in sent.values() if isinstance(entry, Input)]
        for entry in seen_again:
            people.put(email_key(entry.handle), seen(people.profile(entry.handle), now_ms))
        same = [*(each.entry for each in asked if each.weighed.is_unchanged), *seen_again]
        written = [each for each in ends.values() if isinstance(each, Written)]
        if self._remembering.remember(same, written, people, deadline_ms):
            return settled
        # HubSpot has it, but the next one would not know: told again, it does no harm.
        return {trace_id: _unremembered(each) for trace_id, each in settled.items()}

    def _sent(
        self, entries: Sequence[Input], people: People, deadline_ms: int
    ) -> Mapping[str, Written | Input | Outcome]:
        """Send inputs; return those that are idle as they are, and what became of the others."""
        addressed = self._addressing.address(entries, people, deadline_ms)
        sendable = [entry for entry in addressed.values() if isinstance(entry, Input) and not entry.is_idle]
        written = self._claims.after(self._writer.write(sendable, deadline_ms), deadline_ms)
        written = self._twins.after(self._stages.after(written, deadline_ms), deadline_ms)
        told = {trace_id: _with_address(each, addressed[trace_id]) for trace_id, each in written.items()}
        return {**addressed, **told}


def _weighed(entry: Input, people: People, trusted_since_ms: int) -> Weighed:
    """Return what of an input is worth sending, by record where that is known."""
    profile = taken_over(people, entry.handle)
    judged = judge(by_record(entry, people), profile, trusted_since_ms=trusted_since_ms)
    weighed = weigh(judged, profile, trusted_since_ms=trusted_since_ms)
    is_settled = judged.stale or weighed.unfilled or weighed.open
    is_open = weighed.entry.is_idle and not is_settled and not is_seen(profile, trusted_since_ms)
    return replace(weighed, is_unchanged=False) if is_open else weighed


def _resting(weighed: Sequence[Weighed], people: People, now_ms: int) -> Mapping[str, Deferred]:
    """Return by trace id why nothing is sent, or asked, for some of them now."""
    return {
        each.entry.trace_id: why
        for each in weighed
        if (each.open or not each.is_unchanged)
        and (why := at_rest(taken_over(people, each.entry.handle).resting_until_ms, now_ms))
    }


def _settled(weighed: Weighed, end: Written | Input | Outcome | None) -> Settled:
    stale, unfilled, waits = dict.fromkeys(weighed.stale, STALE), weighed.unfilled, weighed.waits
    if isinstance(end, Written):
        refused = {name: why for name, why in end.left_out.items() if name in weighed.entry.fills}
        made = end.entry.properties.get(EMAIL, "") if _is_made(end) else ""
        return Settled(end.outcome, {**stale, **end.left_out}, made, {**unfilled, **refused}, waits)
    if end is None or isinstance(end, Input):
        # Only what HubSpot has already was not addressed, and what was addressed as an input was written.
        return Settled(Skipped(STALE if weighed.is_stale else "unchanged"), stale, "", unfilled, waits)
    return Settled(end, stale, "", unfilled, waits)


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
