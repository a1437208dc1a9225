"""HubSpot's answer to a batch → an outcome for each input, or the repair to try next.

Only what HubSpot says about an input settles it: results come in any order, a 207 mixes successes and errors,
and a 2xx may hold fewer outcomes than inputs. An input without a word of its own is not delivered. What
HubSpot has not written says nothing at all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeAlias

from relay.core.attribution import Part, errors_of, results_of
from relay.core.handles import EMAIL
from relay.core.json_parts import label, mappings, text_mapping
from relay.core.outcomes import Deferred, Rejected
from relay.core.planning import Batch, Input
from relay.core.property_names import Blame, blamed, required, tells_value
from relay.core.refusals import TAKEN, Refusal, ambiguous_property, read_refusal
from relay.core.replies import Answer, NoReply, Reply, content, retry_after_ms
from relay.core.speakers import not_hubspot
from relay.core.waiting import (
    ACCESS_TOKEN_REFUSED,
    FORBIDDEN,
    MISSING_SCOPE,
    MISSING_TIER,
    forbidden,
    may_be_at_work,
    may_be_written,
    not_unique,
    rejected,
    why_not,
)
from relay.core.wording import MAX_MESSAGE_CHARS, Sent

# Whoever reads answers needs these, too.
__all__ = [
    "ACCESS_TOKEN_REFUSED",
    "FORBIDDEN",
    "MAX_MESSAGE_CHARS",
    "MISSING_SCOPE",
    "MISSING_TIER",
    "REFUSED_ALIKE",
    "REQUIRED_PROPERTY",
    "Answer",
    "Confirmed",
    "NoReply",
    "Repair",
    "Reply",
    "Split",
    "Verdict",
    "content",
    "forbidden",
    "may_be_at_work",
    "may_be_written",
    "not_unique",
    "read_batch",
    "refused_alike",
    "rejected",
    "retry_after_ms",
    "why_not",
]

# An alarm of the template looks for this reason.
REFUSED_ALIKE = "refused_alike"
# A rule of the portal wants a property that the event does not bring.
REQUIRED_PROPERTY = "required_property"
# One event more than a bad batch is likely to hold in a row.
_ALIKE = 5
# What is wrong with these is the property, whatever its value.
_WRONG_FOR_ALL = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
_NOT_FOUND = "OBJECT_NOT_FOUND"
_MAX_ID_CHARS = 64
# Of a hundred inputs there are no more; what else comes is nobody's.
_MOST_ERRORS = 1_000


@dataclass(frozen=True, slots=True)
class Split:
    """HubSpot refused the batch as a whole without saying which input is at fault: try its parts.

    Those are the halves, unless it is known which trace ids stand `apart`: one of them is at fault.
    """

    apart: frozenset[str] = frozenset()


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

    @property
    def is_mending(self) -> bool:
        """Whether it leaves something out, or nothing is wrong with the input."""
        return bool(self.left_out) or not (self.existing_id or self.is_gone)


Verdict: TypeAlias = Confirmed | Deferred | Rejected | Repair
_BAD_COMPANY = Repair(Deferred("in_bad_company"))


def read_batch(batch: Batch, answer: Answer, *, attributes: bool = True) -> Mapping[str, Verdict] | Split:
    """Return a verdict for every trace id of `batch`, or `Split`.

    Unless it `attributes`, a refusal of a whole batch is believed to be about any of its inputs.
    """
    if isinstance(answer, NoReply) or not_hubspot(answer):
        return _all(batch, why_not(answer, _sent(batch.inputs)))
    match answer.status:
        case 200 | 201 | 207:
            return _each(batch, answer)
        case 400 | 409 | 413 | 422:
            return _whole(batch, answer, attributes=attributes)
        case _:
            return _all(batch, why_not(answer, _sent(batch.inputs)))


def refused_alike(verdicts: Iterable[Verdict]) -> Deferred | None:
    """Return why to stop: HubSpot refuses in the same words whatever it is sent, and has accepted nothing.

    Then it is not the inputs' fault (a full account, a property that has become required): they wait.
    """
    words: Counter[tuple[str, str, str]] = Counter()
    for_log: dict[tuple[str, str, str], str] = {}
    for verdict in verdicts:
        if isinstance(verdict, Confirmed):
            return None
        if isinstance(verdict, Rejected):
            # A rule is the same, whatever else its sentence says.
            is_rule = verdict.reason.startswith(REQUIRED_PROPERTY)
            key = (verdict.reason, verdict.category, "" if is_rule else verdict.message)
            words[key] += 1
            for_log[key] = verdict.log_message
    key, count = max(words.items(), key=lambda each: each[1], default=(("", "", ""), 0))
    return Deferred(REFUSED_ALIKE, log_message=for_log[key]) if count >= _ALIKE else None


def _all(batch: Batch, verdict: Verdict) -> Mapping[str, Verdict]:
    return {entry.trace_id: verdict for entry in batch.inputs}


def _each(batch: Batch, reply: Reply) -> Mapping[str, Verdict]:
    body = text_mapping(reply.body)
    listed = body.get("errors")
    results = results_of(batch.inputs, [each for each in mappings(body.get("results")) if _object_id(each)])
    errors = [listed] if isinstance(listed, Mapping) else [*islice(mappings(listed), _MOST_ERRORS)]
    refused = errors_of(batch.inputs, errors, results)
    missing = Deferred("missing_outcome")
    return {
        entry.trace_id: _confirmed(results[entry.trace_id])
        if entry.trace_id in results
        else _verdict(entry, refused[entry.trace_id], reply, _sent([entry]))
        if entry.trace_id in refused
        else missing
        for entry in batch.inputs
    }


def _confirmed(result: Part) -> Confirmed:
    properties = text_mapping(result.get("properties"))
    now = {name: value for name, value in properties.items() if isinstance(value, str)}
    return Confirmed(_object_id(result), now, result.get("new") is True)


def _object_id(result: Part) -> str:
    """Return HubSpot's id, "" for what can be none: it is written to logs, and stands in paths."""
    found = label(result.get("id"))
    return found if len(found) <= _MAX_ID_CHARS and found.isascii() and found.isprintable() else ""


def _whole(batch: Batch, reply: Reply, *, attributes: bool) -> Mapping[str, Verdict] | Split:
    """Read a refusal of the whole batch: it may still tell whom, or which values, it means."""
    body = text_mapping(reply.body)
    if name := ambiguous_property(body):
        return _all(batch, not_unique(name))
    if len(batch.inputs) == 1:
        return {entry.trace_id: _verdict(entry, body, reply, _sent([entry])) for entry in batch.inputs}
    if not attributes:
        return Split()
    sent = _sent(batch.inputs)
    meant = {entry.trace_id: _verdict(entry, body, reply, sent) for entry in _at_fault(batch.inputs, body)}
    if meant:
        return {entry.trace_id: meant.get(entry.trace_id, _BAD_COMPANY) for entry in batch.inputs}
    return Split(_carriers(batch.inputs, read_refusal(body)))


def _at_fault(inputs: Sequence[Input], body: Part) -> Sequence[Input]:
    """Return the inputs that a refusal of all of them means: by what they are, or by a value that it tells.

    What it says of one of them says nothing of the others.
    """
    refusal = read_refusal(body)
    blames = {entry.trace_id: _blame(entry, refusal).names for entry in inputs}
    told = errors_of(inputs, [body], blames)
    is_clear = refusal.is_conflict or any(blames.values())
    meant = [entry for entry in inputs if entry.trace_id in told and (is_clear or _is_address(entry))]
    # The same id twice is the fault of neither.
    if meant and "duplicate" not in refusal.whole.message.lower():
        return meant
    carriers = [entry for entry in inputs if blames[entry.trace_id]]
    alone = carriers if len(carriers) == 1 else []
    return [each for each in carriers if _is_at_fault(each, blames[each.trace_id], refusal)] or alone


def _is_address(entry: Input) -> bool:
    # A short number may stand for anything in a sentence.
    return not entry.record_id and "@" in entry.ref.id


def _is_at_fault(entry: Input, names: Mapping[str, str], refusal: Refusal) -> bool:
    return any(
        code in _WRONG_FOR_ALL or tells_value(refusal, name, entry.properties[name])
        for name, code in names.items()
    )


def _carriers(inputs: Sequence[Input], refusal: Refusal) -> frozenset[str]:
    found = frozenset(entry.trace_id for entry in inputs if _blame(entry, refusal).names)
    return found if len(found) < len(inputs) else frozenset()


def _blame(entry: Input, refusal: Refusal) -> Blame:
    return blamed(refusal, entry.properties, _identities(entry))


def _identities(entry: Input) -> frozenset[str]:
    """Return the properties that say which object an input is about: without them it is nobody's."""
    is_contact = entry.ref.object_type == "contacts"
    return frozenset({entry.ref.id_property, *({EMAIL} if is_contact else ())})


def _sent(inputs: Iterable[Input]) -> Sent:
    names = frozenset(name for entry in inputs for name in entry.properties)
    values = {value for entry in inputs for value in (*entry.properties.values(), entry.ref.id)}
    return Sent(names, tuple(values))


def _verdict(entry: Input, error: Part, reply: Reply, sent: Sent) -> Verdict:
    """Read what is wrong with one input."""
    refusal = read_refusal(error)
    words = rejected("refused", reply, error, sent)
    lacking = required(refusal, entry.properties)
    if lacking is not None:
        return replace(words, reason=": ".join(filter(None, (REQUIRED_PROPERTY, ", ".join(lacking)))))
    if _NOT_FOUND in refusal.kinds:
        return Repair(Deferred("not_found", log_message=words.log_message), is_gone=True)
    blame = _blame(entry, refusal)
    if refusal.is_conflict or reply.status == _CONFLICT:
        return _conflict(entry, refusal, blame, words)
    if entry.ref.id_property in blame.names or not blame.names:
        return words
    return Repair(words, _reasons(blame.names))


def _conflict(entry: Input, refusal: Refusal, blame: Blame, words: Rejected) -> Verdict:
    """Read a conflict: about who the object is, or about another property that has to be unique."""
    waits = Deferred("conflict", log_message=words.log_message)
    # An address that is not what the contact is known by is a property, unless it leads to a record.
    own = _identities(entry) if refusal.existing_id else {entry.ref.id_property}
    others = {name: code or TAKEN for name, code in blame.names.items() if name not in own}
    if others and len(others) == len(blame.names) and not (blame.is_guess and refusal.existing_id):
        return Repair(words, _reasons(others))
    # Somebody else has just given another object the value by which this one was not found.
    is_key = entry.ref.id_property in blame.names and entry.ref.id_property != EMAIL
    if is_key or not refusal.existing_id:
        # Or has just created the same contact, or the address is a further one of another.
        return waits
    return Repair(waits, existing_id=refusal.existing_id)


def _reasons(named: Mapping[str, str]) -> Mapping[str, str]:
    return {name: f"refused_{code.lower()}" if code else "refused" for name, code in named.items()}


_CONFLICT = 409
