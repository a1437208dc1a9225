"""Sends custom events until each has an outcome; makes their definitions first where rules say so."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Protocol

from relay.core.answers import Reply
from relay.core.event_batches import MISSING_TIER, NO_DEFINITION, Repair, Verdict, forbidden
from relay.core.event_definitions import Definitions
from relay.core.event_halving import TOO_MANY
from relay.core.occurrences import Key, Occurrence
from relay.core.outcomes import Deferred, Delivered, Rejected, Skipped
from relay.core.refusals import missing_scopes, text_mapping
from relay.drafting import REPEATED, Draft, Drafting, Sent
from relay.event_creation import DefinitionApi, EventCreation
from relay.event_definitions import DefinitionStore, EventDefinitions
from relay.event_sending import EventSending, SendApi
from relay.new_events import NewEvents

__all__ = ["OFF", "EventApi", "Occurrences", "Sent"]

# An answer may name one of an event's bad properties after the other.
MAX_REPAIRS = 8
# Of several with one messageId the next is sent if HubSpot refuses the first; so often at a time.
MAX_TURNS = 3
OFF = Skipped("events_off")


class EventApi(DefinitionApi, SendApi, Protocol):
    """HubSpot's calls for custom events."""


@dataclass(slots=True)
class _Judged:
    """What became of events, by source, if nothing more is done; and which are mended, or looked up anew."""

    ends: dict[int, Sent] = field(default_factory=dict)
    mended: list[Draft] = field(default_factory=list)
    undefined: list[Draft] = field(default_factory=list)


class Occurrences:
    """The custom events of one portal. Use it from one invocation at a time."""

    def __init__(
        self,
        api: EventApi,
        store: DefinitionStore,
        threads: Executor,
        now_ms: Callable[[], int],
        names: NewEvents,
    ) -> None:
        self._rules = rules = names.rules
        self._sending = EventSending(api, threads, now_ms)
        self._definitions = EventDefinitions(
            api, store, now_ms, self._means_off if rules.may_be_off else None
        )
        creation = EventCreation(api, self._definitions, now_ms, names)
        self._drafting = Drafting(self._definitions, creation, rules, now_ms)

    def is_off(self, deadline_ms: int) -> bool:
        """Return whether HubSpot gives this portal no custom events, where that is for HubSpot to say.

        An account that has defined none is no sign of a plan that has them.
        """
        if not self._rules.may_be_off:
            return False
        if not self._sending.refusal:
            self._definitions.current(deadline_ms)
        is_unsure = not self._rules.is_expected and not self._rules.creates
        return self._definitions.is_off or (is_unsure and self._definitions.is_empty)

    def settle(self, occurrences: Sequence[Occurrence], deadline_ms: int) -> Mapping[int, Sent]:
        """Return for each `source` what became of the occurrence. Starts no call after `deadline_ms`."""
        ends = {each.source: Sent(Skipped("no_email")) for each in occurrences if not each.person}
        wanted = [each for each in occurrences if each.source not in ends]
        if not wanted:
            return ends
        known = self._sending.refusal or self._definitions.current(deadline_ms)
        if not isinstance(known, Definitions):
            self._sending.heed(known)
            return {**ends, **self._unless_off({each.source: Sent(known) for each in wanted})}
        self._sending.begin()
        drafts, undrafted = self._drafting.make(wanted, deadline_ms)
        return {**ends, **self._unless_off({**undrafted, **self._in_turns(drafts, deadline_ms)})}

    def _in_turns(self, drafts: Sequence[Draft], deadline_ms: int) -> Mapping[int, Sent]:
        """Send of several events with one messageId the first; another only if HubSpot refuses that."""
        ends: dict[int, Sent] = {}
        for _ in range(MAX_TURNS):
            firsts: dict[Key, Draft] = {}
            for each in drafts:
                firsts.setdefault(each.event.key, each)
            ends |= self._delivered(list(firsts.values()), deadline_ms)
            others = [each for each in drafts if each.source not in ends]
            repeats = {
                each.source: _repeat(each, first := firsts[each.event.key], ends[first.source])
                for each in others
            }
            ends |= {source: end for source, end in repeats.items() if end}
            drafts = [each for each in others if not repeats[each.source]]
        return ends | {each.source: each.ends(TOO_MANY) for each in drafts}

    def _delivered(self, drafts: Sequence[Draft], deadline_ms: int) -> dict[int, Sent]:
        """Send events, and again those that HubSpot's answer says how to mend."""
        ends: dict[int, Sent] = {}
        looked_up: set[int] = set()
        for _ in range(MAX_REPAIRS):
            if not drafts:
                break
            judged = self._judged(drafts, deadline_ms)
            ends |= judged.ends
            undefined = [each for each in judged.undefined if each.source not in looked_up]
            looked_up |= {each.source for each in undefined}
            redrafted, undrafted = self._redrafted(undefined, judged.ends, deadline_ms)
            ends |= undrafted
            drafts = [*judged.mended, *redrafted]
        return ends

    def _redrafted(
        self, undefined: Sequence[Draft], ends: Mapping[int, Sent], deadline_ms: int
    ) -> tuple[list[Draft], dict[int, Sent]]:
        """Look up events that HubSpot says it does not know; those that stay unknown end in its words."""
        occurrences = [each.occurrence for each in undefined]
        waiting = self._drafting.too_new(occurrences, deadline_ms)
        known = [each for each in occurrences if each.source not in waiting]
        drafts, undrafted = self._drafting.make(known, deadline_ms)
        told = {
            source: ends[source] if isinstance(each.outcome, Rejected) else each
            for source, each in undrafted.items()
        }
        return drafts, {**waiting, **told}

    def _judged(self, drafts: Sequence[Draft], deadline_ms: int) -> _Judged:
        judged = _Judged()
        verdicts = self._sending.send([each.event for each in drafts], deadline_ms)
        for each in drafts:
            verdict = self._unless_too_early(each, verdicts[each.event.key])
            if not isinstance(verdict, Repair):
                judged.ends[each.source] = each.ends(verdict)
                continue
            mended = each.repaired(verdict.left_out)
            judged.ends[each.source] = mended.ends(verdict.otherwise)
            if verdict.is_undefined:
                judged.undefined.append(each)
            else:
                judged.mended.append(mended)
        return judged

    def _unless_too_early(self, draft: Draft, verdict: Verdict) -> Verdict:
        """Let an event come back if HubSpot does not know yet what was made for it."""
        name = draft.event.event_name
        if not isinstance(verdict, Repair):
            return verdict
        if verdict.is_undefined and self._definitions.is_new(name):
            return Deferred("definition_not_ready")
        is_early = self._definitions.new_properties(name) & verdict.left_out.keys()
        return Deferred("property_not_ready") if is_early else verdict

    def _means_off(self, reply: Reply) -> bool:
        """Say whether a 403 means that there are no custom events to be had, and nobody has promised any."""
        if forbidden(reply).reason.startswith(MISSING_TIER):
            return True
        return not self._rules.is_expected and bool(missing_scopes(text_mapping(reply.body)))

    def _unless_off(self, ends: Mapping[int, Sent]) -> Mapping[int, Sent]:
        """Count events as switched off where HubSpot has just said that there are none."""
        if not self._rules.may_be_off:
            return ends
        if any(_reason(each) == MISSING_TIER for each in ends.values()):
            self._definitions.turn_off()
        if not self._definitions.is_off:
            return ends
        for_want = (MISSING_TIER, NO_DEFINITION)
        return {
            n: replace(each, outcome=OFF) if _reason(each) in for_want else each for n, each in ends.items()
        }


def _reason(sent: Sent) -> str:
    outcome = sent.outcome
    return "" if isinstance(outcome, Delivered) else outcome.reason.partition(":")[0]


def _repeat(draft: Draft, first: Draft, end: Sent) -> Sent | None:
    """Return what becomes of an event with the messageId of the `first`; None if it is to be sent itself."""
    is_same = draft.event == first.event
    if isinstance(end.outcome, Delivered):
        # HubSpot has the same event, told by another copy of it; or another one in its place.
        had = replace(end.outcome, is_repeat=True)
        return draft.ends(had) if is_same else Sent(Skipped(REPEATED), draft.left_out)
    if isinstance(end.outcome, Rejected):
        return end if is_same else None
    return Sent(end.outcome, draft.left_out)
