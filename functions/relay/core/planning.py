"""Intents → batches: merge what concerns the same object, cut to what one HubSpot call may carry."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from relay.core.mapping import ObjectRef, UpsertObject

# HubSpot's batch endpoints refuse more.
MAX_INPUTS = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One event's intent, with the event's place in time and `source`, by which its caller knows it again."""

    source: int
    order: tuple[int, int, str]
    intent: UpsertObject


@dataclass(frozen=True, slots=True)
class Input:
    """One element of a HubSpot batch: all that is wanted of one object, and whose wish it was."""

    trace_id: str
    ref: ObjectRef
    properties: Mapping[str, str]
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """One HubSpot call's worth of inputs, no object twice, each with its own trace id."""

    inputs: tuple[Input, ...]

    def halves(self) -> tuple["Batch", "Batch"]:
        """Split in two, to find the input that spoils the whole; needs at least two inputs."""
        middle = len(self.inputs) // 2
        return Batch(self.inputs[:middle]), Batch(self.inputs[middle:])


def merge(changes: Iterable[Change]) -> list[Input]:
    """Return one input an object; each property is decided by the newest event that names it."""
    by_ref: dict[ObjectRef, list[Change]] = {}
    for change in changes:
        by_ref.setdefault(change.intent.ref, []).append(change)
    return [_merged(str(n), ref, group) for n, (ref, group) in enumerate(by_ref.items())]


def batches_for(inputs: Sequence[Input]) -> list[Batch]:
    """Cut inputs, in their order, into batches that HubSpot accepts."""
    return [Batch(tuple(inputs[n : n + MAX_INPUTS])) for n in range(0, len(inputs), MAX_INPUTS)]


def _merged(trace_id: str, ref: ObjectRef, group: Sequence[Change]) -> Input:
    properties: dict[str, str] = {}
    for change in sorted(group, key=lambda change: change.order):
        properties |= change.intent.properties
    return Input(trace_id, ref, properties, tuple(change.source for change in group))
