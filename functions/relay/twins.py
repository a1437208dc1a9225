"""Inputs that turn out to be about one contact: two of its addresses met, which nobody knew to be one's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from relay.core.answers import Confirmed, Verdict
from relay.core.outcomes import Deferred
from relay.core.planning import Input
from relay.writer import Writer, Written


@dataclass(frozen=True, slots=True)
class Twins:
    """Sees to it that of two values for one property the newer one counts, whichever was written last."""

    writer: Writer

    def after(self, written: Mapping[str, Written], deadline_ms: int) -> Mapping[str, Written]:
        """Return `written`, in which all that are about one contact say the same of it."""
        groups = [group for group in by_object(list(written.values())).values() if len(group) > 1]
        repairs = {group[0].entry.trace_id: _repair(group) for group in groups}
        verdicts = self.writer.send([entry for entry in repairs.values() if entry.properties], deadline_ms)
        told = dict(written)
        for group in groups:
            first = group[0].entry.trace_id
            told |= {each.entry.trace_id: _told(each, group, verdicts.get(first)) for each in group}
        return told


def by_object(written: Sequence[Written]) -> Mapping[str, list[Written]]:
    """Return what HubSpot has confirmed, by its id of the contact."""
    groups: dict[str, list[Written]] = {}
    for each in written:
        if each.confirmed:
            groups.setdefault(each.confirmed.object_id, []).append(each)
    return groups


def newest(group: Sequence[Written]) -> Input:
    """Return one input that says what all of a group say of a contact, its address left out."""
    ordered = sorted(group, key=lambda each: each.entry.newest_ms)
    times_ms: dict[str, int] = {}
    properties: dict[str, str] = {}
    for entry in (each.entry for each in ordered):
        for name, text in entry.without({entry.ref.id_property}).properties.items():
            if entry.times_ms[name] >= times_ms.get(name, entry.times_ms[name]):
                properties[name], times_ms[name] = text, entry.times_ms[name]
    return replace(ordered[-1].entry, properties=properties, times_ms=times_ms)


def _repair(group: Sequence[Written]) -> Input:
    """Return an update with those properties of which it is not known which value HubSpot has."""
    entry = newest(group)
    disputed = {
        name: text
        for name, text in entry.properties.items()
        if any(each.entry.properties.get(name, text) != text for each in group)
    }
    record_id = group[0].confirmed.object_id if group[0].confirmed else ""
    return replace(entry, trace_id=group[0].entry.trace_id, properties=disputed, record_id=record_id)


def _told(each: Written, group: Sequence[Written], verdict: Verdict | None) -> Written:
    if verdict is not None and not isinstance(verdict, Confirmed):
        # Of the values that were written, nobody knows which one counts.
        outcome = verdict if isinstance(verdict, Deferred) else Deferred("twins_disagree")
        return replace(each, outcome=outcome, confirmed=None, is_doubtful=True)
    return replace(each, entry=_as_one(each.entry, newest(group)))


def _as_one(entry: Input, whole: Input) -> Input:
    own = {name: text for name, text in entry.properties.items() if name == entry.ref.id_property}
    return replace(
        entry, properties={**whole.properties, **own}, times_ms={**entry.times_ms, **whole.times_ms}
    )
