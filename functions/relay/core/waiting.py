"""Why an answer that settles nothing is waited out, and in what words a refusal is told. Pure.

Nothing of this is the events' fault: no scope, no plan, a limit, trouble at HubSpot, a page of somebody else.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

from relay.core.json_parts import text_mapping
from relay.core.outcomes import Deferred, Rejected
from relay.core.refusals import ambiguous_property, missing_scopes, read_refusal
from relay.core.replies import Answer, NoReply, Reply, retry_after_ms
from relay.core.speakers import CORRELATION_HEADER, not_hubspot
from relay.core.wording import NOTHING, Sent, words_for_log, words_of

# Alarms of the template look for these words at the beginning of a reason.
MISSING_SCOPE, MISSING_TIER, FORBIDDEN = "missing_scope", "missing_tier", "forbidden"
# An alarm of the template looks for this reason.
ACCESS_TOKEN_REFUSED = Deferred("access_token_refused")
_TIER = re.compile(r"subscription|\btiers?\b|enterprise|product access|upgrade", re.IGNORECASE)
_MAX_ID_CHARS = 100


def why_not(answer: Answer, sent: Sent = NOTHING) -> Deferred:
    """Return why an answer that settles nothing must be waited out.

    404, 423, 429, 477, 5xx and what nobody has seen yet: nothing of these is the events' fault. What
    was `sent` is kept out of the words for the log.
    """
    if isinstance(answer, NoReply):
        return Deferred(answer.reason, answer.wait_ms)
    if foreign := not_hubspot(answer):
        return foreign
    body = text_mapping(answer.body)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return replace(ACCESS_TOKEN_REFUSED, log_message=_words(body, sent))
    if name := ambiguous_property(body):
        return not_unique(name)
    if answer.status == HTTPStatus.FORBIDDEN:
        return forbidden(answer, sent)
    wait_ms = retry_after_ms(answer)
    return Deferred(f"status_{answer.status}", wait_ms, log_message=_words(body, sent))


def forbidden(reply: Reply, sent: Sent = NOTHING) -> Deferred:
    """Return what keeps HubSpot from letting us: a scope, the portal's plan, or what only its words tell.

    It lasts until a person has done something about it, however old an event gets: it is not its fault.
    """
    if foreign := not_hubspot(reply):
        return foreign
    body = text_mapping(reply.body)
    refusal = read_refusal(body)
    said = " ".join(each.message for each in refusal.all)
    scopes = missing_scopes(body)
    is_scope = any("MISSING_SCOPE" in kind.upper() for kind in (*refusal.kinds, refusal.sub_category))
    if scopes or is_scope or "scope" in said.lower():
        reason = f"{MISSING_SCOPE}: {scopes or 'HubSpot does not say which'}"
    else:
        reason = MISSING_TIER if _TIER.search(said) else FORBIDDEN
    return Deferred(reason, log_message=_words(body, sent))


def not_unique(name: str) -> Deferred:
    """Return why everything waits where HubSpot cannot find objects by a property: it is not their fault."""
    return Deferred(f"match_property_not_unique: {name}")


def may_be_written(outcome: Deferred) -> bool:
    """Say whether HubSpot may have done what was asked although nobody was told so."""
    return _status_of(outcome).startswith(("no_answer", "missing_outcome", "status_2", "status_5"))


def may_be_at_work(outcome: Deferred) -> bool:
    """Say whether HubSpot may still be doing what was asked: nobody has heard of an end of it.

    A gateway that gave up waiting (502, 504, 524 …) says nothing of what it was waiting for.
    """
    return _status_of(outcome).startswith(("no_answer", "status_502", "status_504", "status_52"))


def rejected(
    reason: str, reply: Reply, error: Mapping[str, object] | None = None, sent: Sent = NOTHING
) -> Rejected:
    """Return a rejection in HubSpot's own words: those of `error` in the answer, or of the answer itself.

    What was `sent` is kept out of the words for the log.
    """
    said = text_mapping(reply.body) if error is None else error
    refusal = read_refusal(said)
    # The errors of a mixed answer have no id of their own.
    answered = read_refusal(text_mapping(reply.body)).correlation_id
    correlation_id = refusal.correlation_id or answered or reply.headers.get(CORRELATION_HEADER, "")
    return Rejected(
        reason,
        message=words_of(refusal),
        category=refusal.category,
        correlation_id=_ascii(correlation_id),
        log_message=words_for_log(refusal, sent),
    )


def _words(body: Mapping[str, object], sent: Sent) -> str:
    return words_for_log(read_refusal(body), sent) if body else ""


def _status_of(outcome: Deferred) -> str:
    """Return a reason without who has given it."""
    return outcome.reason.rpartition("not_hubspot: ")[2]


def _ascii(word: str) -> str:
    return word.encode("ascii", "backslashreplace").decode()[:_MAX_ID_CHARS]
