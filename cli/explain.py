"""What would become of events: the calls that HubSpot would get, and each event's end, without any call.

The sender's own code says so, in a rehearsal. Pure but for the work of that: the same events, settings,
properties and time always give the same explanation.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from typing import Any

from cli.hints import Hints, hints_for
from cli.portal_schema import PortalSchema
from cli.reasons import words_for, words_for_dropped
from cli.rehearsal import HubSpotCall, Played, Rehearsal, key_of
from relay.core.admission import DELETE, Gate
from relay.core.documents import Written
from relay.core.envelopes import Envelope, pack, to_json
from relay.core.events import Event, Malformed
from relay.core.groups import Keying, MappedCompany, company_for
from relay.core.mapping import UpsertObject
from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected, Skipped
from relay.core.owned_ids import placeholders_in, without
from relay.core.tracking import TYPES
from relay.fates import Fate, Parcel
from relay.reports import Report
from relay.settings import Destination

DESTINATION = "default"
# HubSpot does not have a property that was left out for one of these, whatever the event has asked for.
_NOT_SET = ("refused", "kept_by_hubspot", "stale", "already_set")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A trait or property that HubSpot would not get: the reason, what it means, and what to do."""

    name: str
    reason: str
    meaning: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ExplainedEvent:
    """What would become of one event.

    Attributes:
        index: Its place among those that were given.
        type: Segment's type, "" without one.
        message_id: Segment's id, "" without one.
        outcome: `delivered`, `skipped`, `deferred`, `rejected`; or `refused` if ingest would not take it.
        reason: Why it was not delivered; "merged" if a newer event shares its input.
        meaning: The reason in words.
        remedy: What to do about it, "" if nothing.
        object: What it is about, such as `contact kim@example.org`.
        properties: What it sets there, as HubSpot would get it.
        custom_event: HubSpot's event that it becomes, as HubSpot would get it.
        dropped: What is left out.
        waits: The reasons for which it would be tried again first, in order.
    """

    index: int
    type: str
    message_id: str
    outcome: str
    reason: str = ""
    meaning: str = ""
    remedy: str = ""
    object: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    custom_event: Mapping[str, Any] | None = None
    dropped: tuple[LeftOut, ...] = ()
    waits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would become of events, in their order, and every call that HubSpot would get."""

    events: tuple[ExplainedEvent, ...]
    calls: tuple[HubSpotCall, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether nothing is refused, rejected or left waiting."""
        return all(each.outcome in ("delivered", "skipped") for each in self.events)

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        calls = [asdict(call) | {"is_read": call.is_read} for call in self.calls]
        return {"events": [asdict(each) for each in self.events], "calls": calls, "notes": list(self.notes)}


def explain(
    events: Sequence[object], settings: Destination, schema: PortalSchema, now_ms: int
) -> Explanation:
    """Say what would become of `events` if they came in together at `now_ms`.

    Nothing is remembered of anybody, and HubSpot holds no contact and no company.
    """
    taken, refused = _let_in(events)
    values = tuple(each.value for each in taken.values() if isinstance(each.value, dict))
    envelope = Envelope(DESTINATION, now_ms, values, texts=tuple(each.text for each in taken.values()))
    played = Rehearsal(settings, schema).play(pack(envelope), now_ms)
    told = {index: _refused(index, events[index], reason) for index, reason in refused.items()}
    told |= _Teller(settings, played).tell({index: to_json(each.value) for index, each in taken.items()})
    notes = (f"HubSpot's properties: {schema.source}.", *schema.notes)
    return Explanation(tuple(told[n] for n in sorted(told)), tuple(played.calls), notes)


def _let_in(events: Sequence[object]) -> tuple[Mapping[int, Written], Mapping[int, str]]:
    """Return by place the events that ingest lets in, as they go to the queue, and why not the others."""
    ids = count(1)
    gate = Gate((*TYPES, DELETE), lambda: f"explained-{next(ids)}")
    said = {index: gate.admit(Written(event)) for index, event in enumerate(events)}
    taken = {index: each for index, each in said.items() if not isinstance(each, str)}
    return taken, {index: each for index, each in said.items() if isinstance(each, str)}


def _refused(index: int, event: object, reason: str) -> ExplainedEvent:
    words = words_for("refused", reason)
    given = event if isinstance(event, dict) else {}
    return ExplainedEvent(
        index,
        str(given.get("type") or ""),
        str(given.get("messageId") or ""),
        "refused",
        reason,
        words.meaning,
        words.remedy,
    )


class _Teller:
    """Tells of each event what a rehearsal has shown."""

    def __init__(self, settings: Destination, played: Played) -> None:
        self._policy = settings.policy
        self._played = played
        self._hints: Hints = hints_for(played.account)
        self._sent = {
            entry["uuid"]: entry
            for call in played.calls
            if call.url.endswith("/send/batch")
            for entry in call.body["inputs"]
        }

    def tell(self, taken: Mapping[int, str]) -> Mapping[int, ExplainedEvent]:
        """Return the explanation of each event that was let in, by its place; `taken` are their texts."""
        places: dict[str, deque[int]] = {}
        for index, text in taken.items():
            places.setdefault(text, deque()).append(index)
        # Of events that are the same in everything, each may be any of them.
        return {
            (index := places[to_json(story[-1][0].raw)].popleft()): self._told(index, story)
            for story in _stories(self._played.fates)
        }

    def _told(self, index: int, story: Sequence[tuple[Parcel, Report]]) -> ExplainedEvent:
        parcel, report = story[-1]
        event, dropped = parcel.event, report.dropped
        outcome, reason = _named(report.outcome)
        words = words_for(outcome, reason)
        said = report.outcome.message if isinstance(report.outcome, Rejected) else ""
        wanted = self._wanted(event) if isinstance(event, Event) else None
        return ExplainedEvent(
            index,
            str(parcel.raw.get("type") or ""),
            str(parcel.raw.get("messageId") or ""),
            outcome,
            reason,
            ": ".join(filter(None, (words.meaning, said))),
            words.remedy,
            _object_of(wanted),
            _set_by(wanted, dropped),
            self._sent_as(event, report.outcome),
            tuple(self._left_out(event, dropped)),
            tuple(_named(each.outcome)[1] for _, each in story[:-1]),
        )

    def _sent_as(self, event: Event | Malformed, outcome: Outcome) -> Any:  # noqa: ANN401 - JSON
        """Return the custom event of an event; what was skipped may share its messageId with another."""
        if isinstance(event, Malformed) or isinstance(outcome, Skipped):
            return None
        return self._sent.get(event.message_id)

    def _wanted(self, event: Event) -> UpsertObject | None:
        """Return what an event asks of its contact or company."""
        if event.type == "group":
            groups = self._policy.groups
            keying = Keying(groups.key, groups.bare_hosts, groups.registrable, groups.hosts)
            owned = without(event, placeholders_in(event, self._policy.ids))
            company = company_for(owned, self._hints.companies, self._policy.rules, keying)
            return company.intent if isinstance(company, MappedCompany) else None
        mapped = self._played.asked.get(key_of(event))
        if not mapped:
            return None
        wanted = replace(mapped.intent, properties={**mapped.intent.properties, **mapped.fills})
        others = wanted.properties.keys() - {wanted.ref.id_property}
        return wanted if event.type in ("identify", "alias") or others else None

    def _left_out(self, event: object, dropped: Mapping[str, str]) -> Iterator[LeftOut]:
        kind = event.type if isinstance(event, Event) else ""
        for name, reason in dropped.items():
            words = words_for_dropped(reason)
            hint = self._hints.of(kind, name, reason)
            yield LeftOut(name, reason, words.meaning, " ".join(filter(None, (hint, words.remedy))))


def _stories(fates: Iterable[Fate]) -> list[list[tuple[Parcel, Report]]]:
    """Return for each event what became of it, each time it was looked at."""
    stories: dict[str, list[list[tuple[Parcel, Report]]]] = {}
    for reported in (each for fate in fates for each in fate.reported):
        parcel = reported[0]
        told = stories.setdefault(to_json(parcel.raw), [])
        # What is open comes back in another message.
        before = next((each for each in told if _is_open(each) and each[-1][0].looks < parcel.looks), None)
        if before:
            before.append(reported)
        else:
            told.append([reported])
    return [story for told in stories.values() for story in told]


def _is_open(story: Sequence[tuple[Parcel, Report]]) -> bool:
    return isinstance(story[-1][1].outcome, Deferred)


def _named(outcome: Outcome) -> tuple[str, str]:
    if isinstance(outcome, Delivered):
        return "delivered", "merged" if outcome.is_merged else ""
    if isinstance(outcome, Deferred | Rejected):
        return ("deferred" if isinstance(outcome, Deferred) else "rejected"), outcome.reason
    return "skipped", outcome.reason


def _object_of(wanted: UpsertObject | None) -> str:
    if not wanted:
        return ""
    if wanted.ref.object_type == "companies":
        return f"company {wanted.ref.id}"
    by = "" if wanted.ref.id_property == "email" else f" ({wanted.ref.id_property})"
    return f"contact {wanted.ref.id}{by}"


def _set_by(wanted: UpsertObject | None, dropped: Mapping[str, str]) -> Mapping[str, str]:
    properties = wanted.properties if wanted else {}
    return {name: text for name, text in properties.items() if not dropped.get(name, "").startswith(_NOT_SET)}
