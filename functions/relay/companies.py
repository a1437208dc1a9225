"""Merged inputs → what became of each company: known ones are updated, unknown ones found or made, once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Protocol

from relay.company_coming import Coming
from relay.company_creation import Creation, is_creation
from relay.company_inputs import home_of, key_of, keys_of, layers, without_domain
from relay.company_memory import CompanyMemory, gone
from relay.company_placing import Placed, Placing
from relay.company_search import CompanySearch, SearchApi
from relay.core.answers import Answer, Confirmed
from relay.core.groups import DOMAIN
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.core.planning import Batch, Input
from relay.core.policy import Policy
from relay.core.profiles import STALE, Judged, at_rest, confirmed, doubted, judge, unchanged
from relay.core.tellings import TOLD, Telling, is_repeated, is_shared, told_by
from relay.memory import REMEMBERED_AT_ONCE, UNAVAILABLE, ProfileStore
from relay.writer import ObjectWriter, Written

GONE = Deferred("not_found")
_NOBODY = Telling()
_UNTOLD: Mapping[str, Telling] = {}


class CompanyApi(SearchApi, Protocol):
    """HubSpot's calls for companies."""

    def write_companies(self, batch: Batch, deadline_ms: int) -> Answer:
        """Write the companies of one batch.

        Update those with record ids; of the others make those that are known by domain, and create or update
        those that are known by another property.
        """
        ...


@dataclass(frozen=True, slots=True)
class Company:
    """What became of an input, which of its properties were left out, and why; and HubSpot's id, if known.

    Of several companies with one domain the oldest is taken; `left_out` then says of `domain` how many more
    there are. It `is_renewed` if those who belonged to a former record of it may not belong to this one yet,
    `is_remade` if that former one was seen to, and `is_repeated` if HubSpot has it from the very same event.
    """

    outcome: Outcome
    left_out: Mapping[str, str] = field(default_factory=dict)
    object_id: str = ""
    is_renewed: bool = field(default=False, compare=False)
    is_remade: bool = field(default=False, compare=False)
    is_repeated: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class _End:
    """How an input was placed, and what became of it then."""

    placed: Placed
    written: Written

    @property
    def left_out(self) -> Mapping[str, str]:
        more = self.placed.duplicates
        return {**({DOMAIN: f"duplicate_companies: {more}"} if more else {}), **self.written.left_out}

    @property
    def object_id(self) -> str:
        """HubSpot's id of the company, "" if it is unknown or gone."""
        if self.written.confirmed:
            return self.written.confirmed.object_id
        is_there = isinstance(self.placed.entry, Input) and self.written.outcome != GONE
        return self.written.entry.record_id if is_there else ""


class Companies:
    """The companies of one portal. Use it from one invocation at a time, under the destination's lease."""

    def __init__(
        self,
        api: CompanyApi,
        store: ProfileStore,
        threads: Executor,
        now_ms: Callable[[], int],
        policy: Policy,
    ) -> None:
        self._store = store
        self._now_ms = now_ms
        self._resend_after_ms = policy.resend_after_ms
        self._rest_ms = policy.rest_ms
        self._placing = Placing(CompanySearch(api, threads), policy.groups.creates, now_ms)
        # A record that is gone is not made anew at once: by now there may be another of the same domain.
        self._writer = ObjectWriter(api.write_companies, threads, GONE)
        self._creation = Creation(self._writer, now_ms)
        self._coming = Coming()

    def settle(
        self,
        inputs: Sequence[Input],
        deadline_ms: int,
        *,
        doubted_until_ms: int,
        tellings: Mapping[str, Telling] = _UNTOLD,
    ) -> Mapping[str, Company]:
        """Return for each trace id what became of the input; no two inputs may have one ref.

        What HubSpot confirmed before `doubted_until_ms` is sent again. Starts no call after `deadline_ms`.
        `tellings` say by trace id who tells of a company.
        """
        trusted_since_ms = max(self._now_ms() - self._resend_after_ms, doubted_until_ms)
        settled: dict[str, Company] = {}
        for start in range(0, len(inputs), REMEMBERED_AT_ONCE):
            part = inputs[start : start + REMEMBERED_AT_ONCE]
            settled |= self._settle(part, tellings, trusted_since_ms, deadline_ms)
        return settled

    def note_new_contacts(self, domains: Collection[str], at_ms: int) -> bool:
        """Note that contacts with mailboxes at `domains` were made at `at_ms`; False if that fails.

        HubSpot may be about to make companies of these domains: nobody else does so for a while. What could
        not be noted is known to this process only, which notes it with what it stores next of the company.
        """
        memory = self._recalled(self._coming.note(domains, at_ms))
        return memory is not None and memory.keep()

    def _settle(
        self,
        inputs: Sequence[Input],
        tellings: Mapping[str, Telling],
        trusted_since_ms: int,
        deadline_ms: int,
    ) -> Mapping[str, Company]:
        memory = self._recalled(frozenset(keys_of(inputs)))
        if memory is None:
            return {entry.trace_id: Company(UNAVAILABLE) for entry in inputs}
        judged = [_judged(entry, memory, trusted_since_ms) for entry in inputs]
        notes = {each.entry.trace_id: _noted(each, tellings, memory) for each in judged}
        for same in (each.entry for each in judged if each.is_unchanged):
            memory.learn(key_of(same), unchanged(memory.of(key_of(same)), same))
        ends = self._write([each.entry for each in judged if not each.is_unchanged], memory, deadline_ms)
        settled = {
            each.entry.trace_id: notes[each.entry.trace_id](_company(each, ends, memory)) for each in judged
        }
        for each in judged:
            _learn_telling(each, ends, tellings.get(each.entry.trace_id, _NOBODY), memory)
        if memory.keep():
            return settled
        # HubSpot has it, but the next one would not know: told again, it does no harm.
        return {trace_id: _unremembered(each) for trace_id, each in settled.items()}

    def _recalled(self, keys: Collection[str]) -> CompanyMemory | None:
        """Return what is known of companies, None if the memory cannot be read."""
        memory = CompanyMemory(self._store)
        if not memory.recall(keys):
            return None
        self._coming.tell(memory, keys)
        return memory

    def _write(self, inputs: Sequence[Input], memory: CompanyMemory, deadline_ms: int) -> Mapping[str, _End]:
        """Write inputs; those whose records are gone once more, to the companies that there are now."""
        ends: dict[str, _End] = {}
        for _ in range(2):
            placed = self._placing.place(inputs, memory, deadline_ms) if inputs else {}
            written = self._written(placed, memory, deadline_ms)
            for entry in inputs:
                each = placed[entry.trace_id]
                ends[entry.trace_id] = _End(each, written.get(entry.trace_id) or _unsent(each, entry))
            inputs = [entry for entry in inputs if ends[entry.trace_id].written.outcome == GONE]
            for entry in inputs:
                memory.learn(key_of(entry), gone(memory.of(key_of(entry))))
        return ends

    def _written(
        self, placed: Mapping[str, Placed], memory: CompanyMemory, deadline_ms: int
    ) -> Mapping[str, Written]:
        resting = self._resting(placed, memory)
        sendable = [
            each.entry
            for trace_id, each in placed.items()
            if isinstance(each.entry, Input) and trace_id not in resting
        ]
        new = [entry for entry in sendable if is_creation(entry)]
        written = dict(self._creation.create(new, memory, deadline_ms))
        self._learn(written, placed, memory)
        written |= resting
        for layer in layers(entry for entry in sendable if not is_creation(entry)):
            done = {entry.trace_id: _as_found(entry) for entry in layer if not entry.properties}
            done |= self._writer.write([entry for entry in layer if entry.properties], deadline_ms)
            self._learn(done, placed, memory)
            written |= done
        return written

    def _resting(self, placed: Mapping[str, Placed], memory: CompanyMemory) -> Mapping[str, Written]:
        """Return what must wait because a call may still be at work for its company."""
        now_ms = self._now_ms()
        return {
            trace_id: Written(why, each.entry)
            for trace_id, each in placed.items()
            if isinstance(each.entry, Input)
            and (why := at_rest(memory.of(home_of(each.entry, each.owner)).resting_until_ms, now_ms))
        }

    def _learn(
        self, written: Mapping[str, Written], placed: Mapping[str, Placed], memory: CompanyMemory
    ) -> None:
        """Take note of what HubSpot has now, and of what nobody knows whether it has."""
        for trace_id, each in written.items():
            owner, entry = placed[trace_id].owner, without_domain(each.entry)
            key = home_of(entry, owner)
            profile = memory.of(key)
            if owner or each.is_doubtful:
                # All that another domain of the same company remembers is that its company may have changed.
                memory.learn(key, doubted(profile, entry.properties, self._rest_until_ms(each)))
            elif each.confirmed:
                known = replace(profile, at_ms=0, creating_at_ms=0)
                now = confirmed(known, entry, each.confirmed, self._now_ms())
                memory.learn(key, replace(now, linked=known.linked))

    def _rest_until_ms(self, written: Written) -> int:
        """Return until when a company is to be left alone; one that is being made has a rule of its own."""
        is_update = bool(written.entry.record_id)
        return self._now_ms() + self._rest_ms if is_update and written.is_at_work else 0


def _judged(entry: Input, memory: CompanyMemory, trusted_since_ms: int) -> Judged:
    return judge(without_domain(entry), memory.of(key_of(entry)), trusted_since_ms=trusted_since_ms)


def _noted(
    judged: Judged, tellings: Mapping[str, Telling], memory: CompanyMemory
) -> Callable[[Company], Company]:
    """Return what adds to a company what its memory says of those who tell of it, before that changes."""
    known = memory.of(key_of(judged.entry))
    telling = tellings.get(judged.entry.trace_id, _NOBODY)
    note = TOLD if is_shared(known, telling) else {}
    repeats = judged.is_unchanged and is_repeated(known, telling)
    return lambda company: replace(company, left_out={**company.left_out, **note}, is_repeated=repeats)


def _learn_telling(judged: Judged, ends: Mapping[str, _End], telling: Telling, memory: CompanyMemory) -> None:
    key, end = key_of(judged.entry), ends.get(judged.entry.trace_id)
    is_written = end is not None and isinstance(end.written.outcome, Delivered)
    if memory.of(key).object_id:
        memory.learn(key, told_by(memory.of(key), telling, is_written=is_written))


def _as_found(entry: Input) -> Written:
    """Return what becomes of an input that says nothing but that there is such a company."""
    return Written(Delivered(entry.record_id), entry, confirmed=Confirmed(entry.record_id))


def _unsent(placed: Placed, entry: Input) -> Written:
    # What was placed as an input was written.
    outcome = placed.entry if not isinstance(placed.entry, Input) else Deferred("not_sent")
    return Written(outcome, entry)


def _company(judged: Judged, ends: Mapping[str, _End], memory: CompanyMemory) -> Company:
    stale = dict.fromkeys(judged.stale, STALE)
    known = memory.of(key_of(judged.entry))
    end = ends.get(judged.entry.trace_id)
    object_id = known.object_id or (end.object_id if end else "")
    outcome = end.written.outcome if end else Skipped(STALE if stale else "unchanged")
    is_renewed = bool(object_id) and object_id not in known.linked
    left_out = {**stale, **(end.left_out if end else {})}
    return Company(outcome, left_out, object_id, is_renewed, is_renewed and bool(known.linked))


def _unremembered(company: Company) -> Company:
    return company if isinstance(company.outcome, Rejected) else replace(company, outcome=UNAVAILABLE)
