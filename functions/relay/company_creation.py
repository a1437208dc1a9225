"""Makes companies, none of them twice, although HubSpot lets two have one domain and finds them only later.

Before the call each is marked in the memory: after a lost answer, or a crash, nobody makes it again before
HubSpot's search would show it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from relay.company_memory import CompanyMemory
from relay.core.groups import DOMAIN
from relay.core.outcomes import Deferred
from relay.core.planning import Input
from relay.core.profiles import Profile, company_key
from relay.memory import UNAVAILABLE
from relay.writer import ObjectWriter, Written

# HubSpot makes a company of a new contact's domain within some seconds.
COMING_MS = 10_000
# A call begins within 15 s of its mark, ends within 12 more, and 30 s later its company is found.
BEGUN_WITHIN_MS = 15_000
UNKNOWN_MS = 60_000


def is_creation(entry: Input) -> bool:
    """Whether an input can only make a company: by its domain HubSpot updates none."""
    return not entry.record_id and entry.ref.id_property == DOMAIN


def not_yet(profile: Profile, searched_at_ms: int, now_ms: int) -> Deferred | None:
    """Return why a company of this domain must not be made yet; it was not found at `searched_at_ms`."""
    until_ms, reason = max(
        (profile.at_ms + COMING_MS, "company_may_be_coming"),
        (profile.creating_at_ms + UNKNOWN_MS, "company_creation_unknown"),
    )
    # What was not there before then counts for nothing: it has to be searched again.
    return Deferred(reason, max(1, until_ms - now_ms)) if until_ms > searched_at_ms else None


@dataclass(frozen=True, slots=True)
class Creation:
    """Makes companies by their domains."""

    writer: ObjectWriter
    now_ms: Callable[[], int]

    def create(
        self, inputs: Sequence[Input], memory: CompanyMemory, deadline_ms: int
    ) -> Mapping[str, Written]:
        """Return for each trace id what became of the company; none is made that cannot be marked before."""
        if not inputs:
            return {}
        at_ms = self.now_ms()
        _mark(inputs, at_ms, memory)
        if not memory.keep():
            _mark(inputs, 0, memory)
            return {entry.trace_id: Written(UNAVAILABLE, entry) for entry in inputs}
        written = self.writer.write(inputs, min(deadline_ms, at_ms + BEGUN_WITHIN_MS))
        _mark([each.entry for each in written.values() if not each.is_doubtful], 0, memory)
        _mark([each.entry for each in written.values() if each.is_doubtful], self.now_ms(), memory)
        return written


def _mark(inputs: Iterable[Input], at_ms: int, memory: CompanyMemory) -> None:
    for entry in inputs:
        key = company_key(entry.ref.id)
        memory.learn(key, replace(memory.of(key), creating_at_ms=at_ms))
