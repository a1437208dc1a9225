"""Use case of ingest: authenticate a request, check the shape of its events, store them, answer.

Answers are shaped for who calls: Segment retries 429 and 5xx for four hours, never 400, 401, 403, 404 or 413,
and takes one status for a whole batch. So 200 is said only after SQS has confirmed every message, and bad
events among good ones are named in a 200 instead of failing their neighbours.
"""

import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from relay.core.bodies import BadBody, raw_bytes
from relay.core.envelopes import MAX_EVENT_BYTES, Envelope, JsonObject, pack, to_json
from relay.core.signatures import is_signed

EVENT_TYPES = frozenset({"identify", "track", "page", "screen", "group", "alias", "delete"})
_DESTINATION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_WHOLE_EVENT_HINT = "No usable event. In the webhook's mapping, set Data to $. to send whole Segment events."


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as API Gateway hands it over; header names are lower case."""

    destination: str
    headers: Mapping[str, str]
    body: str
    is_base64: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `body` becomes JSON."""

    status: int
    body: Mapping[str, object]


class Secrets(Protocol):
    """The parameters of a destination: `settings`, `signing-secret`, `header-secret`."""

    def read(self, destination: str, *, fresh: bool = False) -> Mapping[str, str] | None:
        """Return the parameters that exist, none for an unknown destination; `fresh` bypasses the cache.

        None when the store is out of reach.
        """
        ...


class EventsQueue(Protocol):
    """Where accepted events are kept until they are delivered."""

    def send(self, bodies: Sequence[str], destination: str) -> bool:
        """Store every body, all of one destination; True only if each is stored."""
        ...


@dataclass(frozen=True, slots=True)
class Intake:
    """The ingest function's work, without AWS in it."""

    secrets: Secrets
    queue: EventsQueue

    def receive(self, request: Request, *, received_at_ms: int) -> Answer:
        """Take the events of one request, or say why not."""
        encoding = request.headers.get("content-encoding", "")
        raw = raw_bytes(request.body, is_base64=request.is_base64, content_encoding=encoding)
        if isinstance(raw, BadBody):
            return _error(413 if raw.too_large else 400, "unreadable_body", raw.message)
        refusal = self._authenticate(request, raw)
        if refusal:
            return refusal
        try:
            content = json.loads(raw)
        except (ValueError, RecursionError):
            return _error(400, "invalid_json", "The body is not valid JSON.")
        events, rejected = _sorted_out(content if isinstance(content, list) else [content])
        if not events:
            return _error(400, "no_usable_event", _WHOLE_EVENT_HINT, rejected=rejected)
        envelope = Envelope(request.destination, received_at_ms, tuple(events))
        if not self.queue.send(pack(envelope), envelope.destination):
            return _error(503, "queue_unavailable", "The events could not be stored. Please send them again.")
        return Answer(200, {"success": True, "accepted": len(events), "rejected": rejected})

    def _authenticate(self, request: Request, raw: bytes) -> Answer | None:
        """Return the refusal of a request without a valid credential, None for one that has one."""
        known = self._known(request, fresh=False)
        if isinstance(known, Answer):
            return known
        if _is_authentic(request, raw, known):
            return None
        # The secret may have been rotated since it was cached.
        known = self._known(request, fresh=True)
        if isinstance(known, Answer):
            return known
        return None if _is_authentic(request, raw, known) else _unauthenticated(request, known)

    def _known(self, request: Request, *, fresh: bool) -> Mapping[str, str] | Answer:
        if not _DESTINATION.fullmatch(request.destination):
            return _UNKNOWN_DESTINATION
        known = self.secrets.read(request.destination, fresh=fresh)
        if known is None:
            return _error(
                503, "secrets_unavailable", "The signing secret could not be read. Please try again."
            )
        return known or _UNKNOWN_DESTINATION


def _is_authentic(request: Request, raw: bytes, known: Mapping[str, str]) -> bool:
    signature = request.headers.get("x-signature", "")
    if signature and is_signed(raw, signature, _lines(known, "signing-secret")):
        return True
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    given = [
        request.headers.get("x-api-key", "").strip(),
        bearer.strip() if scheme.lower() == "bearer" else "",
    ]
    return any(
        [  # noqa: C419 - a list computes each, so that the time says nothing
            hmac.compare_digest(secret.encode(), candidate.encode("utf-8", "replace"))
            for secret in _lines(known, "header-secret")
            for candidate in given
        ]
    )


def _lines(known: Mapping[str, str], name: str) -> list[str]:
    # Several secrets at once, one a line: while one is being rotated, both are good.
    return [line.strip() for line in known.get(name, "").splitlines() if line.strip()]


def _unauthenticated(request: Request, known: Mapping[str, str]) -> Answer:
    if not _lines(known, "signing-secret") and not _lines(known, "header-secret"):
        name = f"…/{request.destination}/signing-secret"
        message = (
            f"Destination {request.destination!r} has no secret yet, so nobody is let in. "
            f"Store one in SSM as a SecureString named {name} (or header-secret)."
        )
        return _error(401, "no_secret_configured", message)
    if "x-signature" in request.headers:
        return _error(
            401, "invalid_signature", "X-Signature does not match the body under any signing secret."
        )
    return _error(401, "missing_credential", "Neither X-Signature nor a secret header was sent.")


def _sorted_out(items: Sequence[object]) -> tuple[list[JsonObject], list[dict[str, object]]]:
    events: list[JsonObject] = []
    rejected: list[dict[str, object]] = []
    for index, item in enumerate(items):
        event = _unwrapped(item)
        reason = _reason_to_reject(event)
        if isinstance(event, dict) and not reason:
            events.append(event)
        else:
            rejected.append({"index": index, "reason": reason})
    return events, rejected


def _unwrapped(item: object) -> object:
    # The Extensible Webhook wraps each event of a batch as {"json": {…}}.
    return item["json"] if isinstance(item, dict) and item.keys() == {"json"} else item


def _reason_to_reject(event: object) -> str:
    if not isinstance(event, dict):
        return "not_an_object"
    kind = event.get("type")
    if kind is None:
        return "missing_type"
    if not isinstance(kind, str) or kind not in EVENT_TYPES:
        return "unknown_type"
    return "too_large" if len(to_json(event)) > MAX_EVENT_BYTES else ""


def _error(status: int, code: str, message: str, **more: object) -> Answer:
    return Answer(status, {"success": False, "code": code, "message": message, **more})


_UNKNOWN_DESTINATION = _error(
    404, "unknown_destination", "There is no such destination. Check the webhook's URL."
)
