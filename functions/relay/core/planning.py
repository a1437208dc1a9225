"""Intents → batches: merge what concerns the same object, cut to what one HubSpot call may carry."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from relay.core.digests import is_outranked, value_hash
from relay.core.handles import EMAIL, RECORD, handle_of
from relay.core.mapping import ObjectRef, UpsertObject

# HubSpot's batch endpoints refuse more.
MAX_INPUTS = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One event's intent, with the event's place in time and `source`, by which its caller knows it again.

    Unless it `may_create`, the object is only updated. `fills` are set only where HubSpot has no value.
    """

    source: int
    order: tuple[int, int, str]
    intent: UpsertObject
    may_create: bool = True
    fills: Mapping[str, str] = field(default_factory=dict)

    @property
    def only_fills(self) -> bool:
        """Whether it asks for nothing but to fill what is empty."""
        return bool(self.fills) and self.intent.properties.keys() <= {self.intent.ref.id_property}


@dataclass(frozen=True, slots=True)
class Fill:
    """A value that is offered for a property, and when the event that offers it happened."""

    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Input:
    """One element of a HubSpot batch: all that is wanted of one object, and whose wish it was.

    `sources` are in the order of time, the newest last. `times_ms` says for each property when the event
    that decided it happened. With a `record_id`, HubSpot's own id, the object is known to exist and is only
    updated; `kept_as` is then by what the object is known to be kept, "" where nobody has told. One that is
    not known is made if the input `may_create`; only then the properties that are `withheld` are sent, too.
    `called` is the handle by which people know the contact, where that is another one than its `ref` has.
    `fills` are offers for what is empty in HubSpot; it may be that its events ask for nothing else
    (`only_fills`).
    """

    trace_id: str
    ref: ObjectRef
    properties: Mapping[str, str]
    sources: tuple[int, ...]
    times_ms: Mapping[str, int] = field(default_factory=dict)
    record_id: str = ""
    kept_as: str = ""
    may_create: bool = True
    fills: Mapping[str, Fill] = field(default_factory=dict)
    only_fills: bool = False
    withheld: Mapping[str, str] = field(default_factory=dict)
    called: str = ""

    @property
    def handle(self) -> str:
        """By what the contact is known."""
        return self.called or handle_of(self.ref)

    @property
    def can_be_made(self) -> bool:
        """Whether the object may be made, and something names it that a new one can have."""
        return self.may_create and (self.ref.id_property != RECORD or bool(self._whole.get(EMAIL)))

    @property
    def _whole(self) -> Mapping[str, str]:
        return {**self.withheld, **self.properties}

    @property
    def newest_ms(self) -> int:
        """When the newest of its events happened."""
        return max(self.times_ms.values(), default=0)

    def without(self, names: Iterable[str]) -> "Input":
        """Return this input with some properties left out."""
        left_out = frozenset(names)
        kept = {name: value for name, value in self.properties.items() if name not in left_out}
        return replace(self, properties=kept)

    def of_record(self, record_id: str, kept_as: str = "") -> "Input":
        """Return this input as an update of a record whose own address stays what it is."""
        return replace(self.without({self.ref.id_property}), record_id=record_id, kept_as=kept_as)

    def withholding(self, name: str) -> "Input":
        """Return this input with a property that is only sent if the object is made."""
        kept = {name: self.properties[name]} if name in self.properties else {}
        return replace(self.without({name}), withheld={**self.withheld, **kept})

    @property
    def is_own(self) -> bool:
        """Whether the object is known to be kept by what this input calls it."""
        return self.kept_as == self.handle or self.ref.id_property in self.properties

    @property
    def is_idle(self) -> bool:
        """Whether it asks for nothing but that there is an object of a record."""
        return bool(self.record_id) and not self.properties

    def anew(self) -> "Input":
        """Return this input for an object whose record is gone: it is found by what it is known by, or made.

        A contact that was known by the record alone is found by its address.
        """
        properties, ref, called = self._whole, self.ref, self.called
        if ref.id_property == RECORD:
            ref, called = replace(ref, id_property=EMAIL, id=properties[EMAIL]), self.handle
        properties = {**properties, ref.id_property: ref.id}
        return replace(
            self, ref=ref, properties=properties, record_id="", kept_as="", withheld={}, called=called
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """One HubSpot call's worth of inputs: no object twice, each with its trace id, all known the same way."""

    inputs: tuple[Input, ...]

    @property
    def is_update(self) -> bool:
        """Whether the objects are known to exist, by their record ids."""
        return bool(self.inputs[0].record_id)

    def halves(self) -> tuple["Batch", "Batch"]:
        """Split in two, to find the input that spoils the whole; needs at least two inputs."""
        middle = len(self.inputs) // 2
        return Batch(self.inputs[:middle]), Batch(self.inputs[middle:])


def merge(changes: Iterable[Change]) -> list[Input]:
    """Return one input an object; each property is decided by the newest event that names it.

    Of several that happened in the same millisecond the values themselves decide, by a rule of `digests`.
    """
    by_ref: dict[ObjectRef, list[Change]] = {}
    for change in changes:
        by_ref.setdefault(change.intent.ref, []).append(change)
    return [_merged(str(n), ref, group) for n, (ref, group) in enumerate(by_ref.items())]


def batches_for(inputs: Sequence[Input]) -> list[Batch]:
    """Cut inputs into batches that HubSpot accepts: creations and updates apart, no object twice in one."""
    batches: list[dict[str, Input]] = []
    for entry in inputs:
        home = next((batch for batch in reversed(batches) if _has_room(batch, entry)), None)
        if home is None:
            home = {}
            batches.append(home)
        home[_key(entry)] = entry
    return [Batch(tuple(batch.values())) for batch in batches]


def _has_room(batch: Mapping[str, Input], entry: Input) -> bool:
    kind = next(iter(batch.values()))
    # A call finds all of its objects by the same property.
    is_alike = _found_by(kind) == _found_by(entry)
    return is_alike and len(batch) < MAX_INPUTS and _key(entry) not in batch


def _found_by(entry: Input) -> str:
    return RECORD if entry.record_id else entry.ref.id_property


def _key(entry: Input) -> str:
    return entry.record_id or entry.ref.id


def _merged(trace_id: str, ref: ObjectRef, group: Sequence[Change]) -> Input:
    properties: dict[str, str] = {}
    times_ms: dict[str, int] = {}
    ordered = sorted(group, key=lambda change: change.order)
    latest_ms = None
    for change in ordered:
        at_ms, wanted = change.order[0], change.intent.properties
        if at_ms == latest_ms:
            rivals = {name: properties[name] for name in wanted if times_ms.get(name) == at_ms}
            wanted = {n: text for n, text in wanted.items() if n not in rivals or _wins(text, rivals[n])}
        properties |= wanted
        times_ms |= dict.fromkeys(wanted, at_ms)
        latest_ms = at_ms
    sources = tuple(change.source for change in ordered)
    return Input(
        trace_id,
        ref,
        properties,
        sources,
        times_ms,
        may_create=any(change.may_create for change in group),
        fills=_newest_fills(ordered),
        only_fills=all(change.only_fills for change in group),
    )


def _newest_fills(changes: Iterable[Change]) -> Mapping[str, Fill]:
    newest: dict[str, Fill] = {}
    for change in changes:
        for name, text in change.fills.items():
            fill = Fill(text, change.order[0])
            newest[name] = max(newest.get(name, fill), fill, key=_precedence)
    return newest


def _precedence(fill: Fill) -> tuple[int, bytes]:
    return fill.at_ms, value_hash(fill.text)


def _wins(text: str, rival: str) -> bool:
    return not is_outranked(text, value_hash(rival))
