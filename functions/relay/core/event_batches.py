"""Events → batches, and HubSpot's answer to one → a verdict on each of its events.

The words of these answers are documented nowhere, so they are read generously: what they name is believed,
and a batch that is refused for something that they do not name is halved.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias

from relay.core.answers import MISSING_SCOPE, Answer, NoReply, Reply, Split, rejected, why_not
from relay.core.occurrences import CustomEvent, Key
from relay.core.outcomes import Deferred, Delivered, Rejected
from relay.core.refusals import mappings, missing_scopes, named_properties, strings, text, text_mapping

# HubSpot's largest batch. Its largest body is not documented; this much is a small part of what it answers.
MAX_EVENTS = 500
MAX_BODY_BYTES = 3_000_000
# The portal's plan has no custom events, or the token's owner may not use them.
MISSING_TIER = "missing_tier"
NO_DEFINITION = "no_definition"
_REFUSALS = frozenset({400, 409, 413, 422})
_TIER = re.compile(r"subscription|\btiers?\b|enterprise|product access|upgrade")
_UNKNOWN = re.compile(r"exist|not[ _]found|unknown|undefined|not defined|no such|no (?:event )?definition")
_REPEATED = re.compile(r"\balready\b|\bduplicate")
_UUID = re.compile(r"\buuid")
# A uuid that HubSpot does not like is none that it has.
_MALFORMED = re.compile(r"valid|malformed|format|character|length|too long|requir|missing|blank|empty")
_WORD = re.compile(r"[^\s\"'`\[\](),;]+")
# Only what a sentence sets apart: `name` and `value` are words, too.
_SET_APART = re.compile(r"[\"'`\[(,]\s*(\w+)(?=\s*[\"'`\]),])", re.ASCII)


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
    if answer.status == HTTPStatus.FORBIDDEN:
        return _all(batch, forbidden(answer))
    said = _said(text_mapping(answer.body))
    if _is_accepted(answer):
        return {event.key: Delivered(event.person.get("objectId", "")) for event in batch}
    if not _is_refusal(answer, said):
        return _all(batch, why_not(answer))
    if len(batch) == 1:
        return {batch[0].key: _verdict(batch[0], answer, said)}
    return _named(batch, answer, said) or Split()


def forbidden(reply: Reply) -> Rejected:
    """Return why HubSpot does not let us: the access token lacks scopes, or the portal's plan the product."""
    body = text_mapping(reply.body)
    is_tier = not missing_scopes(body) and _TIER.search(_said(body).lower())
    return rejected(MISSING_TIER if is_tier else MISSING_SCOPE, reply)


def _is_accepted(reply: Reply) -> bool:
    # HubSpot documents 204 and nothing else; a mixed answer would not say which events it means.
    is_mixed = any(mappings(text_mapping(reply.body).get("errors")))
    return reply.status // 100 == 2 and not is_mixed and not _is_page(reply)  # noqa: PLR2004 - success


def _is_page(reply: Reply) -> bool:
    """Say whether it is a page for people: somebody else has answered, and HubSpot may have got nothing."""
    return "html" in reply.headers.get("content-type", "").lower()


def _is_refusal(reply: Reply, said: str) -> bool:
    if reply.status == HTTPStatus.NOT_FOUND:
        # Something in the batch is not there; without such words it is the address of the call.
        return bool(said) and "resource not found" not in said.lower()
    is_mixed = reply.status // 100 == 2 and not _is_page(reply)  # noqa: PLR2004 - success, in part
    return reply.status in _REFUSALS or is_mixed


def _verdict(event: CustomEvent, reply: Reply, said: str) -> Verdict:
    """Read what is wrong with one event."""
    left_out = _named_properties(event, reply, said)
    if left_out:
        return Repair(rejected("refused", reply), left_out)
    if _is_repeated(reply, said):
        # HubSpot takes a uuid once a year: it has this one.
        return Delivered(event.person.get("objectId", ""), is_repeat=True)
    if _is_undefined([event], said):
        return Repair(rejected(NO_DEFINITION, reply), is_undefined=True)
    return rejected("refused", reply)


def _named(batch: Sequence[CustomEvent], reply: Reply, said: str) -> Mapping[Key, Verdict]:
    """Return verdicts on the events of a batch that the refusal names."""
    words = {word.rstrip(".:") for word in _WORD.findall(said)}
    is_one_kind = batch[0].event_name == batch[-1].event_name
    if is_one_kind and _UNKNOWN.search(said.lower()):
        repairs = ((event, _named_properties(event, reply, said)) for event in batch)
        refused = rejected("refused", reply)
        found: dict[Key, Verdict] = {event.key: Repair(refused, names) for event, names in repairs if names}
        if found:
            return found
    if _is_repeated(reply, said):
        repeated = [event for event in batch if event.uuid in words]
        return {event.key: Delivered(event.person.get("objectId", ""), is_repeat=True) for event in repeated}
    if _is_undefined(batch, said):
        undefined = Repair(rejected(NO_DEFINITION, reply), is_undefined=True)
        return {event.key: undefined for event in batch if event.event_name in words}
    return {}


def _named_properties(event: CustomEvent, reply: Reply, said: str) -> Mapping[str, str]:
    """Return the event's properties that a refusal names, and the reason to leave them out."""
    codes = named_properties(text_mapping(reply.body))
    is_about_them = "propert" in said.lower().replace(event.event_name, "")
    apart = set(_SET_APART.findall(said)) if is_about_them else set()
    return {
        name: f"refused_{(codes.get(name) or 'property').lower()}"
        for name in event.properties
        if name in codes or name in apart
    }


def _is_repeated(reply: Reply, said: str) -> bool:
    words = said.lower()
    is_known = _REPEATED.search(words) or (_UUID.search(words) and not _MALFORMED.search(words))
    return reply.status == HTTPStatus.CONFLICT or bool(is_known)


def _is_undefined(batch: Iterable[CustomEvent], said: str) -> bool:
    words = said.lower()
    for name in {event.event_name for event in batch}:
        words = words.replace(name, "")
    return "event" in words and "propert" not in words and bool(_UNKNOWN.search(words))


def _said(body: Mapping[str, object]) -> str:
    """Return all words of a refusal."""
    details = [body, *mappings(body.get("errors"))]
    keys = ("message", "code", "error", "subCategory")
    told = [text(each.get(key)) for each in details for key in keys]
    contexts = [value for each in details for value in text_mapping(each.get("context")).values()]
    return " ".join(filter(None, [*told, *(word for each in contexts for word in strings(each))]))


def _all(batch: Iterable[CustomEvent], verdict: Verdict) -> Mapping[Key, Verdict]:
    return {event.key: verdict for event in batch}
