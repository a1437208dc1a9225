"""Lifecycle stages: HubSpot silently keeps one that would lead back, and what is done about it.

Source: HubSpot's contacts guide, which lets a stage only advance unless it is cleared first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from relay.core.answers import Confirmed, Verdict
from relay.core.outcomes import Deferred, Delivered
from relay.core.planning import Input
from relay.core.rules import Lifecycle
from relay.writer import Writer, Written

STAGE = "lifecyclestage"


@dataclass(frozen=True, slots=True)
class Stages:
    """Looks after the stages of inputs that were written."""

    writer: Writer
    policy: Lifecycle = "forward"

    def after(self, written: Mapping[str, Written], deadline_ms: int) -> Mapping[str, Written]:
        """Return `written` with a note on each stage that HubSpot has kept, or with what setting it did."""
        kept = {trace_id: each for trace_id, each in written.items() if _is_kept(each)}
        back = {t: each for t, each in kept.items() if self.policy == "any" and STAGE not in each.entry.fills}
        noted = {t: _noted(each, "kept_by_hubspot") for t, each in kept.items() if t not in back}
        return {**written, **noted, **self._set_back(back, deadline_ms)}

    def _set_back(self, kept: Mapping[str, Written], deadline_ms: int) -> Mapping[str, Written]:
        """Clear each stage, then set it.

        Cut short in between, the contact has no stage, but the event comes back, and then sets its own.
        If HubSpot will not have it after all, the contact gets back the one that it had.
        """
        cleared = self._send(kept, dict.fromkeys(kept, ""), deadline_ms)
        stages = {trace_id: kept[trace_id].entry.properties[STAGE] for trace_id in _done(cleared)}
        wanted = self._send(kept, stages, deadline_ms)
        refused = {
            trace_id: _stage_of(kept[trace_id])
            for trace_id, verdict in wanted.items()
            if not isinstance(verdict, Confirmed | Deferred)
        }
        restored = self._send(kept, refused, deadline_ms)
        return {
            trace_id: _told(each, cleared[trace_id], wanted.get(trace_id), restored.get(trace_id))
            for trace_id, each in kept.items()
        }

    def _send(
        self, kept: Mapping[str, Written], stages: Mapping[str, str], deadline_ms: int
    ) -> Mapping[str, Verdict]:
        updates = [_update(kept[trace_id], stage) for trace_id, stage in stages.items()]
        return self.writer.send(updates, deadline_ms)


def _done(verdicts: Mapping[str, Verdict]) -> Sequence[str]:
    return [trace_id for trace_id, verdict in verdicts.items() if isinstance(verdict, Confirmed)]


def _told(each: Written, cleared: Verdict, wanted: Verdict | None, restored: Verdict | None) -> Written:
    if isinstance(wanted, Confirmed):
        return each
    if isinstance(restored, Confirmed) or not isinstance(cleared, Confirmed | Deferred):
        return _noted(each, "refused")
    # What the contact's stage is now is not known, or it has none: the event has to come back.
    last = restored or wanted or cleared
    outcome = last if isinstance(last, Deferred) else Deferred("stage_not_restored")
    return replace(each, outcome=outcome, confirmed=None, is_doubtful=True)


def _noted(each: Written, reason: str) -> Written:
    return replace(each, left_out={**each.left_out, STAGE: reason})


def _is_kept(each: Written) -> bool:
    wanted = each.entry.properties.get(STAGE)
    return bool(wanted) and isinstance(each.outcome, Delivered) and _stage_of(each) not in ("", wanted)


def _stage_of(each: Written) -> str:
    """Return the stage that HubSpot says the contact has, "" if it does not say."""
    return each.confirmed.properties.get(STAGE, "") if each.confirmed else ""


def _update(each: Written, stage: str) -> Input:
    record_id = each.confirmed.object_id if each.confirmed else ""
    return replace(each.entry, properties={STAGE: stage}, record_id=record_id)
