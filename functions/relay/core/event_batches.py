"""Events → batches, and HubSpot's answer to one → a verdict on each of its events.

The words of these answers are documented nowhere, so they are read generously: what they name is believed,
and a batch that is refused for something that they do not name is halved.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TypeAlias

from relay.core.answers import MISSING_TIER, REQUIRED_PROPERTY, Split, forbidden, rejected, why_not
from relay.core.json_parts import mappings, text_mapping
from relay.core.occurrences import CustomEvent, Key
from relay.core.outcomes import Deferred, Delivered, Rejected
from relay.core.property_names import blamed, required, tells_value
from relay.core.refusals import Refusal, read_refusal
from relay.core.replies import Answer, NoReply, Reply
from relay.core.speakers import is_page, not_hubspot
from relay.core.wording import Sent

__all__ = ["MISSING_TIER", "NO_DEFINITION", "Repair", "Verdict", "batches_for", "forbidden", "read_events"]

# HubSpot's largest batch. Its largest body is not documented; this much is a small part of what it answers.
MAX_EVENTS = 500
MAX_BODY_BYTES = 3_000_000
NO_DEFINITION = "no_definition"
_REFUSALS = frozenset({400, 409, 413, 422})
_UNKNOWN = re.compile(
    r"exist|not[ _]found|unknown|undefined|not defined|no such|no (?:event )?definition|archived|deleted"
    r"|(?:unable to|could ?n.t|can ?n.t) (?:be )?(?:find|found|locate|resolve)"
    r"|invalid event ?name|not a valid event ?name"
)
_REPEATED = re.compile(r"\balready\b|\bduplicate")
_UUID = re.compile(r"\buuid")
# A uuid that HubSpot does not like is none that it has.
_MALFORMED = re.compile(r"valid|malformed|format|character|length|too long|requir|missing|blank|empty")
_WORD = re.compile(r"[^\s\"'`\[\](),;]+")


@dataclass(frozen=True, slots=True)
class Repair:
    """What to change before an event is sent again: properties to leave out, and why.

    Or HubSpot says that there is no such event: it `is_undefined`. `otherwise` is its outcome if it is not
    sent again.
    """

    otherwise: Rejected
    left_out: Mapping[str, str] = field(default_factory=dict)
    is_undefined: bool = False


Verdict: TypeAlias = Delivered | Deferred | Rejected | Repair


def batches_for(events: Iterable[CustomEvent]) -> list[Sequence[CustomEvent]]:
    """Cut events into batches that HubSpot accepts, those of one kind together; nothing twice."""
    unique: dict[Key, CustomEvent] = {}
    for event in events:
        unique.setdefault(event.key, event)
    batches: list[list[CustomEvent]] = []
    size = MAX_BODY_BYTES
    for event in sorted(unique.values(), key=lambda event: event.event_name):
        length = len(json.dumps(event.as_json)) + 1
        if size + length > MAX_BODY_BYTES or len(batches[-1]) == MAX_EVENTS:
            batches.append([])
            size = 0
        batches[-1].append(event)
        size += length
    return list(batches)


def read_events(batch: Sequence[CustomEvent], answer: Answer) -> Mapping[Key, Verdict] | Split:
    """Return a verdict for each event that the answer settles, or `Split` if it settles none.

    The other events were in bad company: they are to be sent again as they are.
    """
    if isinstance(answer, NoReply):
        return _all(batch, why_not(answer))
    if _is_accepted(answer):
        return {event.key: _taken(event) for event in batch}
    said = _said(read_refusal(text_mapping(answer.body)))
    if not_hubspot(answer) or not _is_refusal(answer, said):
        return _all(batch, why_not(answer, _sent(batch)))
    if len(batch) == 1:
        return {batch[0].key: _verdict(batch[0], answer, said, _sent(batch))}
    return _named(batch, answer, said) or Split()


def _is_accepted(reply: Reply) -> bool:
    # HubSpot documents 204 and nothing else; a mixed answer would not say which events it means.
    is_mixed = any(mappings(text_mapping(reply.body).get("errors")))
    is_empty = not text_mapping(reply.body) or not not_hubspot(reply)
    return reply.status // 100 == 2 and is_empty and not is_mixed and not is_page(reply)  # noqa: PLR2004 - success


def _is_refusal(reply: Reply, said: str) -> bool:
    if reply.status == HTTPStatus.NOT_FOUND:
        # Something in the batch is not there; without such words it is the address of the call.
        return bool(said) and "resource not found" not in said.lower()
    return reply.status in _REFUSALS or reply.status // 100 == 2  # noqa: PLR2004 - success, in part


def _verdict(event: CustomEvent, reply: Reply, said: str, sent: Sent) -> Verdict:
    """Read what is wrong with one event."""
    refusal = read_refusal(text_mapping(reply.body))
    refused = rejected("refused", reply, sent=sent)
    lacking = required(refusal, event.properties)
    if lacking is not None:
        return replace(refused, reason=": ".join(filter(None, (REQUIRED_PROPERTY, ", ".join(lacking)))))
    left_out, is_guess = _blame(event, refusal)
    if left_out and not is_guess:
        return Repair(refused, left_out)
    if _is_repeated(reply, said):
        # HubSpot takes a uuid once a year: it has this one.
        return _taken(event, is_repeat=True)
    if _is_undefined([event], said):
        return Repair(replace(refused, reason=NO_DEFINITION), is_undefined=True)
    return Repair(refused, left_out) if left_out else refused


def _named(batch: Sequence[CustomEvent], reply: Reply, said: str) -> Mapping[Key, Verdict]:
    """Return verdicts on the events of a batch that the refusal names."""
    refusal = read_refusal(text_mapping(reply.body))
    words = {word.rstrip(".:") for word in _WORD.findall(said)}
    sent = _sent(batch)
    is_for_all = batch[0].event_name == batch[-1].event_name and bool(_UNKNOWN.search(said.lower()))
    blamed_of = {event.key: _blame(event, refusal)[0] for event in batch}
    at_fault = [
        event
        for event in batch
        if blamed_of[event.key]
        and (is_for_all or any(tells_value(refusal, n, event.properties[n]) for n in blamed_of[event.key]))
    ]
    if at_fault:
        return {event.key: _verdict(event, reply, said, sent) for event in at_fault}
    if _is_repeated(reply, said):
        repeated = [event for event in batch if event.uuid in words]
        return {event.key: _taken(event, is_repeat=True) for event in repeated}
    if _is_undefined(batch, said):
        undefined = Repair(rejected(NO_DEFINITION, reply, sent=sent), is_undefined=True)
        return {event.key: undefined for event in batch if event.event_name in words}
    return {}


def _taken(event: CustomEvent, *, is_repeat: bool = False) -> Delivered:
    return Delivered(event.person.get("objectId", ""), is_repeat=is_repeat)


def _blame(event: CustomEvent, refusal: Refusal) -> tuple[Mapping[str, str], bool]:
    """Return the event's properties that a refusal blames, and why; and whether that is a guess."""
    blame = blamed(refusal, event.properties, (event.event_name,))
    reasons = {name: f"refused_{(code or 'property').lower()}" for name, code in blame.names.items()}
    return reasons, blame.is_guess


def _sent(batch: Iterable[CustomEvent]) -> Sent:
    events = list(batch)
    names = {name for event in events for name in (*event.properties, event.event_name)}
    values = {text for event in events for text in (*event.properties.values(), *event.person.values())}
    return Sent(frozenset(names), tuple(values))


def _is_repeated(reply: Reply, said: str) -> bool:
    words = said.lower()
    is_known = _REPEATED.search(words) or (_UUID.search(words) and not _MALFORMED.search(words))
    return reply.status == HTTPStatus.CONFLICT or bool(is_known)


def _is_undefined(batch: Iterable[CustomEvent], said: str) -> bool:
    words = said.lower()
    for name in {event.event_name for event in batch}:
        words = words.replace(name, "")
    return "event" in words and "propert" not in words and bool(_UNKNOWN.search(words))


def _said(refusal: Refusal) -> str:
    """Return all words of a refusal."""
    told = [word for each in refusal.all for word in (each.message, each.code)]
    contexts = [word for each in refusal.all for words in each.context.values() for word in words]
    return " ".join(filter(None, [*told, refusal.sub_category, *contexts]))


def _all(batch: Iterable[CustomEvent], verdict: Verdict) -> Mapping[Key, Verdict]:
    return {event.key: verdict for event in batch}
