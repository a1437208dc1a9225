"""Merged inputs → an outcome each: what HubSpot has is skipped, the rest is written and remembered."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol

from relay.addressing import Addressing
from relay.core.identity import People
from relay.core.outcomes import Outcome, Rejected, Skipped
from relay.core.planning import Input
from relay.core.policy import Policy
from relay.core.profiles import Judged, Profile, confirmed, doubted, email_key, judge, unchanged
from relay.lookup import Found, Lookup, ReadApi
from relay.memory import UNAVAILABLE, Memory
from relay.stages import Stages
from relay.writer import WriteApi, Writer, Written

STALE = "stale"
# What is written is remembered before more is: a crash loses little of it, and a deadline leaves time for it.
REMEMBERED_AT_ONCE = 2_500


class ContactApi(ReadApi, WriteApi, Protocol):
    """HubSpot's calls for contacts."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an input, and which of its properties were left out, and why."""

    outcome: Outcome
    left_out: Mapping[str, str] = field(default_factory=dict)


class Contacts:
    """The contacts of one portal. Use it from one invocation at a time, under the destination's lease."""

    def __init__(
        self, api: ContactApi, memory: Memory, threads: Executor, now_ms: Callable[[], int], policy: Policy
    ) -> None:
        self._memory = memory
        self._now_ms = now_ms
        self._resend_after_ms = policy.resend_after_ms
        self._lookup = Lookup(api, threads)
        self._addressing = Addressing(self._lookup, policy.creates_contacts)
        self._writer = Writer(api, threads, policy.creates_contacts)
        self._stages = Stages(self._writer, policy.rules.lifecyclestage)

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
                judge(entry, people.profile(entry.ref.id), trusted_since_ms=trusted_since_ms)
                for entry in inputs[start : start + REMEMBERED_AT_ONCE]
            ]
            settled |= self._settle(judged, people, deadline_ms)
        return settled

    def _settle(self, judged: Sequence[Judged], people: People, deadline_ms: int) -> Mapping[str, Settled]:
        fresh = [each.entry for each in judged if not each.is_unchanged]
        addressed = self._addressing.address(fresh, people, deadline_ms)
        sendable = [entry for entry in addressed.values() if isinstance(entry, Input)]
        written = self._stages.after(self._writer.write(sendable, deadline_ms), deadline_ms)
        ends = {**addressed, **written}
        settled = {each.entry.trace_id: _settled(each, ends.get(each.entry.trace_id)) for each in judged}
        if self._remember(judged, list(written.values()), people, deadline_ms):
            return settled
        # HubSpot has it, but the next one would not know: told again, it does no harm.
        return {trace_id: _unremembered(each) for trace_id, each in settled.items()}

    def _remember(
        self, judged: Sequence[Judged], written: Sequence[Written], people: People, deadline_ms: int
    ) -> bool:
        """Remember what HubSpot has confirmed, and forget what it may have without our knowing."""
        known: set[str] = set()
        for same in (each.entry for each in judged if each.is_unchanged):
            people.learn(same.ref.id, unchanged(people.profile(same.ref.id), same))
            known.add(same.ref.id)
        done = [each for each in written if each.confirmed]
        primaries = self._primaries(done, deadline_ms)
        others = {primary for address, primary in primaries.items() if primary not in ("", address)}
        if not self._memory.recall_more(people, others):
            return False
        for each in done:
            if primary := primaries.get(each.entry.ref.id):
                known |= self._learn(each, primary, people)
        doubtful = [each for each in written if each.is_doubtful]
        doubts = dict(_doubt(each, people) for each in doubtful)
        is_kept = self._memory.keep({**people.news(frozenset(known)), **_real(doubts)})
        # Whose contact it is that may have been written by a further address, nobody knows.
        return is_kept and all(_is_own(each) or not each.entry.record_id for each in doubtful)

    def _primaries(self, done: Sequence[Written], deadline_ms: int) -> Mapping[str, str]:
        """Return for each address that of its contact, as far as it can be known."""
        primaries = {each.entry.ref.id: _echoed(each) for each in done}
        found = self._lookup.find([address for address, echo in primaries.items() if not echo], deadline_ms)
        looked_up = {address: each.email for address, each in found.items() if isinstance(each, Found)}
        return {**primaries, **looked_up}

    def _learn(self, each: Written, primary: str, people: People) -> set[str]:
        address = each.entry.ref.id
        if each.confirmed:
            profile = confirmed(people.profile(primary), each.entry, each.confirmed, self._now_ms())
            people.learn(primary, profile)
        if primary != address:
            # The address is a further one of a contact that is kept under another.
            newest_ms = max(each.entry.times_ms.values(), default=0)
            people.learn(address, Profile(email=primary, at_ms=newest_ms))
        return {primary, address}


def _settled(judged: Judged, end: Written | Input | Outcome | None) -> Settled:
    stale = dict.fromkeys(judged.stale, STALE)
    if isinstance(end, Written):
        return Settled(end.outcome, {**stale, **end.left_out})
    if end is None or isinstance(end, Input):
        # Only what HubSpot has already was not addressed, and what was addressed as an input was written.
        return Settled(Skipped(STALE if stale else "unchanged"), stale)
    return Settled(end, stale)


def _unremembered(settled: Settled) -> Settled:
    is_final = isinstance(settled.outcome, Rejected)
    return settled if is_final else Settled(UNAVAILABLE, settled.left_out)


def _echoed(written: Written) -> str:
    """Return the contact's own address as HubSpot has told it, "" if it has not."""
    told = written.confirmed.properties.get("email", "") if written.confirmed else ""
    return told.strip().lower() or (written.entry.ref.id if _is_own(written) else "")


def _is_own(written: Written) -> bool:
    return written.entry.ref.id_property in written.entry.properties


def _doubt(written: Written, people: People) -> tuple[str, Profile]:
    address = people.former(written.entry.ref.id) or written.entry.ref.id
    return email_key(address), doubted(people.stored(address), written.entry.properties)


def _real(doubts: Mapping[str, Profile]) -> Mapping[str, Profile]:
    return {key: profile for key, profile in doubts.items() if profile.facts}
