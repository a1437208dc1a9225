"""Who has answered: HubSpot, or something in front of it, which knows nothing of scopes, plans and values.

HubSpot's JSON has marks of its own (its error handling page): a status in words, a category, a correlation
id. What has none of them, in its body or its headers, was written by a proxy or a network, whatever its
status: the call says nothing, and is made again.
"""

from collections.abc import Mapping
from http import HTTPStatus

from relay.core.outcomes import Deferred
from relay.core.replies import Reply, retry_after_ms

# An alarm of the template looks at what is counted under this reason.
NOT_HUBSPOT = "not_hubspot"
CORRELATION_HEADER = "x-hubspot-correlation-id"
_MARKS = frozenset({"category", "correlationId", "errorType", "errors", "policyName", "subCategory"})
_OWN_MARKS = _MARKS - {"errors"}
_STATES = frozenset({"error", "complete", "pending", "processing", "canceled"})
# Who is told one of these has to wait, whoever says so, and in whatever words.
_LIMITS = frozenset({408, 423, 425, 429, 477})
_SERVER_ERROR, _SUCCESS = 5, 2


def not_hubspot(reply: Reply) -> Deferred | None:
    """Return why an answer has to be waited out that HubSpot has not written, None if it has."""
    return None if _is_hubspots(reply) else foreign(reply)


def foreign(reply: Reply) -> Deferred:
    """Return why an answer has to be waited out that HubSpot has not written."""
    return Deferred(f"{NOT_HUBSPOT}: status_{reply.status}", retry_after_ms(reply))


def is_page(reply: Reply) -> bool:
    """Say whether an answer has a body that is no JSON object: a page for people, or a word."""
    if isinstance(reply.body, Mapping) or reply.status == HTTPStatus.NO_CONTENT:
        return False
    kind = reply.headers.get("content-type", "").lower()
    return reply.is_unreadable or "html" in kind or reply.body is not None


def is_for_people(reply: Reply) -> bool:
    """Say the same of an answer whose call is documented to be answered with a picture, or with nothing."""
    kind = reply.headers.get("content-type", "").lower()
    return is_page(reply) and not kind.startswith("image/")


def _is_hubspots(reply: Reply) -> bool:
    if is_page(reply):
        return False
    kind = reply.status // 100
    if kind in (_SUCCESS, _SERVER_ERROR) or reply.status in _LIMITS:
        # Nothing, where something is documented, is no page all the same: what was asked may be done.
        return True
    if isinstance(reply.body, Mapping):
        return _is_marked(reply.body) or CORRELATION_HEADER in reply.headers
    return reply.status == HTTPStatus.UNAUTHORIZED


def _is_marked(body: Mapping[object, object]) -> bool:
    """Say whether JSON has what HubSpot's has, and hardly anybody else's."""
    state = body.get("status")
    if "success" in body and _OWN_MARKS.isdisjoint(body):
        # Networks put this beside errors of their own.
        return False
    return not _MARKS.isdisjoint(body) or (isinstance(state, str) and state.lower() in _STATES)
