"""Writes merged inputs to HubSpot, with the repairs that its answers ask for, until each has an outcome."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from relay.core.answers import (
    Answer,
    Confirmed,
    Repair,
    Verdict,
    may_be_at_work,
    may_be_written,
)
from relay.core.halving import Halving
from relay.core.handles import EMAIL
from relay.core.outcomes import Deferred, Delivered, Outcome, Skipped
from relay.core.planning import Batch, Input, batches_for

# An input may have an option too many, then belong to another address: more repairs than these help nobody.
MAX_ROUNDS = 4
# A refusal of a whole batch may name one bad value at a time. Beyond so many, what it names is not believed
# any more, and the batch is halved: the good ones must not wait for all of the bad ones.
MAX_MENDING_ROUNDS = 20
MAX_NAMED = 16

_UNKNOWN = Skipped("contact_unknown")

# HubSpot's call to write the objects of one batch by a deadline.
WriteBatch: TypeAlias = Callable[[Batch, int], Answer]


class WriteApi(Protocol):
    """HubSpot's call to write contacts."""

    def write_contacts(self, batch: Batch, deadline_ms: int) -> Answer:
        """Create or update the contacts of one batch; only update them if they are known by record id."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an input.

    `entry` is what was sent last, without the properties that had to be `left_out`, each for a reason.
    `confirmed` is HubSpot's word on it. An input that `is_doubtful` may have been written all the same. One
    that is not sent again holds an address that the record `existing_id` has already. What was `told` of it
    and not sent needs not be sent again.
    """

    outcome: Outcome
    entry: Input
    left_out: Mapping[str, str] = field(default_factory=dict)
    confirmed: Confirmed | None = None
    is_doubtful: bool = False
    existing_id: str = ""
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_at_work(self) -> bool:
        """Whether HubSpot may still be writing it."""
        return self.is_doubtful and isinstance(self.outcome, Deferred) and may_be_at_work(self.outcome)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes contacts."""

    api: WriteApi
    threads: Executor

    def write(self, inputs: Sequence[Input], deadline_ms: int) -> Mapping[str, Written]:
        """Return for each trace id what became of the input. Starts no call after `deadline_ms`."""
        return self._objects.write(inputs, deadline_ms)

    def send(self, inputs: Sequence[Input], deadline_ms: int) -> Mapping[str, Verdict]:
        """Send inputs once; return what HubSpot says of each."""
        return self._objects.send(inputs, deadline_ms)

    @property
    def _objects(self) -> "ObjectWriter":
        return ObjectWriter(self.api.write_contacts, self.threads, asks_whose=True)


@dataclass(frozen=True, slots=True)
class _How:
    """How a round reads what HubSpot says of whole batches, and how many calls were spent on them before."""

    is_suspicious: bool
    attributes: bool
    spent: int = 0


@dataclass(frozen=True, slots=True)
class ObjectWriter:
    """Writes objects of one type. `gone` is what becomes of one whose record is gone.

    With None it is made anew, if its input may create one. With `asks_whose`, one that was found by something
    else than its address is not written to the record that has that address.
    """

    write_batch: WriteBatch
    threads: Executor
    gone: Skipped | Deferred | None = None
    asks_whose: bool = False

    def write(self, inputs: Sequence[Input], deadline_ms: int) -> Mapping[str, Written]:
        """Return for each trace id what became of the input. Starts no call after `deadline_ms`."""
        written: dict[str, Written] = {}
        todo = [Written(Deferred("not_sent"), entry) for entry in inputs]
        for n in range(MAX_MENDING_ROUNDS):
            # Where others were accepted, those that are refused alike are at fault themselves.
            is_first = not any(each.confirmed for each in written.values())
            how = _How(is_suspicious=is_first, attributes=n < MAX_NAMED, spent=n if n >= MAX_NAMED else 0)
            verdicts = self._sent([each.entry for each in todo], deadline_ms, how)
            after = [self._after(each, verdicts[each.entry.trace_id]) for each in todo]
            todo = [
                each
                for each, is_open in after
                if is_open and (n < MAX_ROUNDS - 1 or _is_mending(verdicts[each.entry.trace_id]))
            ]
            written |= {each.entry.trace_id: each for each, _ in after}
            if not todo:
                break
        return written

    def send(self, inputs: Sequence[Input], deadline_ms: int) -> Mapping[str, Verdict]:
        """Send inputs once; return what HubSpot says of each."""
        return self._sent(inputs, deadline_ms, _How(is_suspicious=False, attributes=False))

    def _sent(self, inputs: Sequence[Input], deadline_ms: int, how: "_How") -> Mapping[str, Verdict]:
        verdicts: dict[str, Verdict] = {}

        def send(batch: Batch) -> Mapping[str, Verdict]:
            return self._send(batch, deadline_ms, how)

        # No two inputs are about one object, so their batches may run side by side.
        for answered in self.threads.map(send, batches_for(inputs)):
            verdicts |= answered
        return verdicts

    def _after(self, sent: Written, verdict: Verdict) -> tuple[Written, bool]:
        """Return what became of an input, and whether it is to be sent again."""
        if isinstance(verdict, Confirmed):
            return replace(sent, outcome=Delivered(verdict.object_id), confirmed=verdict), False
        if not isinstance(verdict, Repair):
            is_doubtful = isinstance(verdict, Deferred) and may_be_written(verdict)
            return replace(sent, outcome=verdict, is_doubtful=is_doubtful), False
        if verdict.is_gone:
            gone = self.gone or (None if sent.entry.can_be_made else _UNKNOWN)
            if gone:
                return replace(sent, outcome=gone), False
            return replace(sent, outcome=verdict.otherwise, entry=sent.entry.anew()), True
        if verdict.existing_id and self.asks_whose and sent.entry.ref.id_property != EMAIL:
            # It may be anybody's.
            return replace(sent, outcome=verdict.otherwise, existing_id=verdict.existing_id), False
        return _repaired(replace(sent, outcome=verdict.otherwise), verdict)

    def _send(self, batch: Batch, deadline_ms: int, how: "_How") -> Mapping[str, Verdict]:
        halving = Halving(batch, is_suspicious=how.is_suspicious, attributes=how.attributes, spent=how.spent)
        while part := halving.next():
            halving.read(part, self.write_batch(part, deadline_ms))
        return halving.verdicts()


def _is_mending(verdict: Verdict) -> bool:
    return isinstance(verdict, Repair) and verdict.is_mending


def _repaired(sent: Written, repair: Repair) -> tuple[Written, bool]:
    entry = sent.entry
    if repair.existing_id and entry.record_id:
        # Another contact has the value yet that this one is to get. It may be about to give it up; what is
        # meant for this one must not reach it.
        return replace(sent, outcome=Deferred("conflict")), entry.ref.id_property in entry.properties
    if repair.existing_id:
        entry = entry.of_record(repair.existing_id)
        if not entry.properties:
            # It was about nothing but what the object is known by, and there is such an object.
            found = Confirmed(repair.existing_id)
            return replace(sent, outcome=Delivered(found.object_id), entry=entry, confirmed=found), False
        return replace(sent, entry=entry), entry != sent.entry
    named = {name: why for name, why in repair.left_out.items() if name in entry.properties}
    # Without what says which object it is, an input is nobody's.
    is_helpless = (bool(repair.left_out) and not named) or entry.ref.id_property in named
    repaired = replace(sent, entry=entry.without(named), left_out={**sent.left_out, **named})
    if is_helpless or repaired.entry.properties:
        return repaired, not is_helpless
    if entry.record_id:
        # All that was wanted of an object that there is was refused: it is left as it is.
        found = Confirmed(entry.record_id)
        return replace(repaired, outcome=Delivered(found.object_id), confirmed=found), False
    # The object itself is wanted all the same.
    bare = replace(repaired.entry, properties={entry.ref.id_property: entry.ref.id})
    return replace(repaired, entry=bare), True
