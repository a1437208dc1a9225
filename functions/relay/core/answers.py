"""HubSpot's answer to a batch → an outcome for each input, or the repair to try next.

Only what HubSpot says about an input settles it: results come in any order, a 207 mixes successes and errors,
and a 2xx may hold fewer outcomes than inputs. An input without a word of its own is not delivered.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias

from relay.core.outcomes import Deferred, Delivered, Outcome, Rejected
from relay.core.planning import Batch, Input

# Long enough for HubSpot's longest useful sentence; a list of all options of a property can run to 100 KB.
MAX_MESSAGE_CHARS = 1000


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


# An alarm of the template looks for this reason.
ACCESS_TOKEN_REFUSED = Deferred("access_token_refused")


def read_upsert(batch: Batch, answer: Answer) -> Mapping[str, Outcome] | Split:
    """Return an outcome for every trace id of `batch`, or `Split`."""
    if isinstance(answer, NoReply):
        return _all(batch, Deferred(answer.reason, answer.wait_ms))
    match answer.status:
        case 200 | 201 | 207:
            return _each(batch, answer)
        case 400 | 409 | 413 | 422:
            return Split() if len(batch.inputs) > 1 else _all(batch, _refusal(answer))
        case 401:
            return _all(batch, ACCESS_TOKEN_REFUSED)
        case 403:
            return _all(batch, _rejected("missing_scope", _mapping(answer.body)))
        case _:
            # 404, 423, 429, 477, 5xx and what nobody has seen yet: nothing here is the events' fault.
            return _all(batch, Deferred(f"status_{answer.status}", retry_after_ms(answer.headers)))


def retry_after_ms(headers: Mapping[str, str]) -> int:
    """Return the `Retry-After` of an answer in milliseconds (HubSpot counts it in seconds); 0 without one."""
    text = headers.get("retry-after", "").strip()
    return int(text) * 1000 if text.isascii() and text.isdigit() else 0


def _all(batch: Batch, outcome: Outcome) -> Mapping[str, Outcome]:
    return {entry.trace_id: outcome for entry in batch.inputs}


def _each(batch: Batch, reply: Reply) -> Mapping[str, Outcome]:
    body = _mapping(reply.body)
    said: dict[str, Outcome] = dict(_refused(body)) | dict(_confirmed(body))
    missing = Deferred("missing_outcome")
    return {entry.trace_id: _outcome_of(entry, said) or missing for entry in batch.inputs}


def _outcome_of(entry: Input, said: Mapping[str, Outcome]) -> Outcome | None:
    # Some errors name the object instead of the trace id (`context.ids`).
    return said.get(entry.trace_id) or said.get(f"id:{entry.ref.id}")


def _confirmed(body: Mapping[str, object]) -> Iterator[tuple[str, Outcome]]:
    for result in _mappings(body.get("results")):
        trace_id, object_id = result.get("objectWriteTraceId"), result.get("id")
        if isinstance(trace_id, str) and object_id:
            yield trace_id, Delivered(str(object_id))


def _refused(body: Mapping[str, object]) -> Iterator[tuple[str, Outcome]]:
    for error in _mappings(body.get("errors")):
        outcome = _per_input(error)
        context = _mapping(error.get("context"))
        for trace_id in _strings(context.get("objectWriteTraceId")):
            yield trace_id, outcome
        for object_id in _strings(context.get("ids")):
            yield f"id:{object_id.lower()}", outcome


def _per_input(error: Mapping[str, object]) -> Outcome:
    if error.get("category") == "CONFLICT":
        # Somebody else has just created the same contact: the next upsert finds it.
        return Deferred("conflict")
    return _rejected("refused", error)


def _refusal(reply: Reply) -> Outcome:
    if reply.status == HTTPStatus.CONFLICT:
        return Deferred("conflict")
    return _rejected("refused", _mapping(reply.body))


def _rejected(reason: str, error: Mapping[str, object]) -> Rejected:
    return Rejected(
        reason,
        message=_text(error.get("message"))[:MAX_MESSAGE_CHARS],
        category=_text(error.get("category")),
        correlation_id=_text(error.get("correlationId")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> Iterator[Mapping[str, object]]:
    return (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else iter(())


def _strings(value: object) -> Iterator[str]:
    return (item for item in value if isinstance(item, str)) if isinstance(value, list) else iter(())
