"""HubSpot's answer to a batch → an outcome for each input, or the repair to try next.

Only what HubSpot says about an input settles it: results come in any order, a 207 mixes successes and errors,
and a 2xx may hold fewer outcomes than inputs. An input without a word of its own is not delivered.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias

from relay.core.outcomes import Deferred, Rejected
from relay.core.planning import Batch, Input
from relay.core.refusals import (
    ambiguous_property,
    existing_id,
    mappings,
    missing_scopes,
    named_properties,
    strings,
    text,
    text_mapping,
)

# Long enough for HubSpot's longest useful sentence; a list of all options of a property can run to 100 KB.
MAX_MESSAGE_CHARS = 1000
# An address that another contact has is told in more than one way.
_CONFLICTS = frozenset({"CONFLICT", "OBJECT_ALREADY_EXISTS"})
_TAKEN = "refused_conflicting_unique_value"
# What is wrong with these is the property, whatever its value.
_WRONG_FOR_ALL = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. `body` is the parsed JSON, or None where it was none; header names are lower case."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoReply:
    """No answer came, or no call was made; `reason` says which.

    After a reason that begins with `no_answer` the write may have happened.
    """

    reason: str
    wait_ms: int = 0


Answer: TypeAlias = Reply | NoReply


@dataclass(frozen=True, slots=True)
class Split:
    """HubSpot refused the batch as a whole without saying which input is at fault: try its halves."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """HubSpot has written an input.

    `properties` are what it says they are now; `is_new` if it made the object.
    """

    object_id: str
    properties: Mapping[str, str] = field(default_factory=dict)
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Repair:
    """What to change of an input before it is sent again; nothing, if it was only in bad company.

    Properties to leave out, and why. Or it exists under another address: then it is to be updated by
    `existing_id`. Or its record `is_gone`. `otherwise` is its outcome if it is not sent again.
    """

    otherwise: Rejected | Deferred
    left_out: Mapping[str, str] = field(default_factory=dict)
    existing_id: str = ""
    is_gone: bool = False


Verdict: TypeAlias = Confirmed | Deferred | Rejected | Repair
# An alarm of the template looks for this reason.
REFUSED_ALIKE = "refused_alike"
# One event more than a bad batch is likely to hold in a row.
_ALIKE = 5
# The access token lacks what the call needs.
MISSING_SCOPE = "missing_scope"
# An alarm of the template looks for this reason.
ACCESS_TOKEN_REFUSED = Deferred("access_token_refused")


def read_batch(batch: Batch, answer: Answer) -> Mapping[str, Verdict] | Split:
    """Return a verdict for every trace id of `batch`, or `Split`."""
    if isinstance(answer, NoReply):
        return _all(batch, why_not(answer))
    match answer.status:
        case 200 | 201 | 207:
            return _each(batch, answer)
        case 400 | 409 | 413 | 422:
            return _whole(batch, answer)
        case 403:
            return _all(batch, rejected(MISSING_SCOPE, answer))
        case _:
            return _all(batch, why_not(answer))


def refused_alike(verdicts: Iterable[Verdict]) -> Deferred | None:
    """Return why to stop: HubSpot refuses in the same words whatever it is sent, and has accepted nothing.

    Then it is not the inputs' fault (a full account, a property that has become required): they wait.
    """
    words: Counter[tuple[str, str, str]] = Counter()
    for verdict in verdicts:
        if isinstance(verdict, Confirmed):
            return None
        if isinstance(verdict, Rejected):
            words[verdict.reason, verdict.category, verdict.message] += 1
    return Deferred(REFUSED_ALIKE) if max(words.values(), default=0) >= _ALIKE else None


def why_not(answer: Answer) -> Deferred:
    """Return why an answer that settles nothing must be waited out.

    404, 423, 429, 477, 5xx and what nobody has seen yet: nothing of these is the events' fault.
    """
    if isinstance(answer, NoReply):
        return Deferred(answer.reason, answer.wait_ms)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return ACCESS_TOKEN_REFUSED
    if name := ambiguous_property(text_mapping(answer.body)):
        return not_unique(name)
    if answer.status == HTTPStatus.FORBIDDEN:
        return Deferred(
            f"{MISSING_SCOPE}: {missing_scopes(text_mapping(answer.body)) or 'HubSpot does not say which'}"
        )
    return Deferred(f"status_{answer.status}", retry_after_ms(answer.headers))


def not_unique(name: str) -> Deferred:
    """Return why everything waits where HubSpot cannot find objects by a property: it is not their fault."""
    return Deferred(f"match_property_not_unique: {name}")


def content(answer: Answer) -> Mapping[str, object]:
    """Return the object that a 200 holds, an empty one for any other answer."""
    return text_mapping(answer.body) if isinstance(answer, Reply) and answer.status == HTTPStatus.OK else {}


def may_be_written(outcome: Deferred) -> bool:
    """Say whether HubSpot may have done what was asked although nobody was told so."""
    return outcome.reason.startswith(("no_answer", "missing_outcome", "status_5"))


def may_be_at_work(outcome: Deferred) -> bool:
    """Say whether HubSpot may still be doing what was asked: nobody has heard of an end of it.

    A gateway that gave up waiting (502, 504, 524 …) says nothing of what it was waiting for.
    """
    return outcome.reason.startswith(("no_answer", "status_502", "status_504", "status_52"))


def retry_after_ms(headers: Mapping[str, str]) -> int:
    """Return the `Retry-After` of an answer in milliseconds (HubSpot counts it in seconds); 0 without one."""
    seconds = headers.get("retry-after", "").strip()
    return int(seconds) * 1000 if seconds.isascii() and seconds.isdigit() else 0


def _all(batch: Batch, verdict: Verdict) -> Mapping[str, Verdict]:
    return {entry.trace_id: verdict for entry in batch.inputs}


def _whole(batch: Batch, reply: Reply) -> Mapping[str, Verdict] | Split:
    """Read a refusal of the whole batch: it may still name properties that nobody can have."""
    body = text_mapping(reply.body)
    if name := ambiguous_property(body):
        return _all(batch, not_unique(name))
    if len(batch.inputs) == 1:
        return {entry.trace_id: _for(entry, _verdict(body, reply)) for entry in batch.inputs}
    named = {name: code for name, code in named_properties(body).items() if code in _WRONG_FOR_ALL}
    if not any(entry.properties.keys() & named.keys() for entry in batch.inputs):
        return Split()
    repair, again = Repair(rejected("refused", reply), _reasons(named)), Repair(Deferred("in_bad_company"))
    return {
        entry.trace_id: repair if entry.properties.keys() & named.keys() else again for entry in batch.inputs
    }


def _each(batch: Batch, reply: Reply) -> Mapping[str, Verdict]:
    said: dict[str, Verdict] = dict(_refused(reply)) | dict(_confirmed(text_mapping(reply.body)))
    missing = Deferred("missing_outcome")
    return {entry.trace_id: _for(entry, _said_of(entry, said) or missing) for entry in batch.inputs}


def _said_of(entry: Input, said: Mapping[str, Verdict]) -> Verdict | None:
    # Some errors name the object instead of the trace id (`context.ids`).
    return said.get(entry.trace_id) or said.get(f"id:{(entry.record_id or entry.ref.id).lower()}")


def _for(entry: Input, verdict: Verdict) -> Verdict:
    """Return what a verdict means to an input: without what says which object it is, an input is nobody's."""
    name = entry.ref.id_property
    if not isinstance(verdict, Repair) or name not in verdict.left_out:
        return verdict
    # Somebody else has just given another object the value by which this one was not found.
    is_taken = verdict.left_out[name] == _TAKEN and name != "email"
    return Deferred("conflict") if is_taken else verdict.otherwise


def _confirmed(body: Mapping[str, object]) -> Iterator[tuple[str, Confirmed]]:
    for result in mappings(body.get("results")):
        trace_id, object_id = result.get("objectWriteTraceId"), result.get("id")
        if isinstance(trace_id, str) and object_id:
            properties = text_mapping(result.get("properties"))
            now = {name: value for name, value in properties.items() if isinstance(value, str)}
            yield trace_id, Confirmed(str(object_id), now, result.get("new") is True)


def _refused(reply: Reply) -> Iterator[tuple[str, Verdict]]:
    for error in mappings(text_mapping(reply.body).get("errors")):
        verdict = _verdict(error, reply)
        context = text_mapping(error.get("context"))
        for trace_id in strings(context.get("objectWriteTraceId")):
            yield trace_id, verdict
        for object_id in strings(context.get("ids")):
            yield f"id:{object_id.lower()}", verdict


def _verdict(error: Mapping[str, object], reply: Reply) -> Verdict:
    """Read what is wrong with one input."""
    found = existing_id(error)
    if found or error.get("category") in _CONFLICTS or reply.status == HTTPStatus.CONFLICT:
        # Somebody else has just created the same contact, or the address is a further one of another.
        return Repair(Deferred("conflict"), existing_id=found) if found else Deferred("conflict")
    if error.get("category") == "OBJECT_NOT_FOUND":
        return Repair(Deferred("not_found"), is_gone=True)
    left_out = named_properties(error)
    refused = rejected("refused", reply, error)
    return Repair(refused, _reasons(left_out)) if left_out else refused


def _reasons(named: Mapping[str, str]) -> Mapping[str, str]:
    return {name: f"refused_{code.lower()}" if code else "refused" for name, code in named.items()}


def rejected(reason: str, reply: Reply, error: Mapping[str, object] | None = None) -> Rejected:
    """Return a rejection in HubSpot's own words: those of `error` in the answer, or of the answer itself."""
    said = text_mapping(reply.body) if error is None else error
    words = ": ".join(filter(None, (text(said.get("message")), missing_scopes(said))))
    return Rejected(
        reason,
        message=words[:MAX_MESSAGE_CHARS],
        category=text(said.get("category")),
        # The errors of a mixed answer have none of their own.
        correlation_id=text(said.get("correlationId")) or reply.headers.get("x-hubspot-correlation-id", ""),
    )
