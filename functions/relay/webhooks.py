"""Use case: take what the webhook destinations of Segment and RudderStack post."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from relay.core.admission import DELETE
from relay.core.bodies import BadBody, raw_bytes
from relay.core.documents import TOO_MANY_VALUES, BadDocument, Written, has_too_many_values, read_elements
from relay.core.intake_settings import IntakeSettings
from relay.core.signatures import FIRST_EVENT_HEADER, WHOLE_BODY_HEADER, Cover, covered
from relay.core.tracking import TYPES, unbatched
from relay.core.write_keys import basic_credentials, is_destination
from relay.intake import (
    Answer,
    Intake,
    Load,
    Parameters,
    Request,
    error,
    known_settings,
    refused,
    secrets_unavailable,
    unreadable,
)

_WHOLE_EVENT_HINT = "No usable event. In the webhook's mapping, set Data to $. to send whole Segment events."


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Authenticates by Segment's signature or by a secret header, and takes what it vouches for."""

    parameters: Parameters
    intake: Intake

    def receive(self, request: Request, destination: str, received_at_ms: int) -> Answer:
        """Take the events of one request, or say why not."""
        answer = self._receive(request, destination, received_at_ms)
        # Anything can stand in a path, but only the name of a destination is for the log.
        return replace(answer, destination=destination if is_destination(destination) else "")

    def _receive(self, request: Request, destination: str, received_at_ms: int) -> Answer:
        raw = raw_bytes(request.body, is_base64=request.is_base64)
        if isinstance(raw, BadBody):
            return unreadable(raw)
        caller = self._authenticate(request, raw, destination)
        if isinstance(caller, Answer):
            return caller
        items = read_elements(raw)
        if isinstance(items, BadDocument):
            return refused(items)
        audience = _audience_in(items)
        if audience and caller.cover is Cover.WHOLE:
            return Answer(200, {"success": True, "externalId": audience})
        events = _events_in(items, received_at_ms)
        if isinstance(events, BadDocument):
            return refused(events)
        is_covered = caller.cover is Cover.WHOLE or len(events) == 1
        types = (*TYPES, DELETE) if is_covered else TYPES
        load = Load(destination, caller.settings, events, types, received_at_ms)
        return self.intake.take(load, _WHOLE_EVENT_HINT)

    def _authenticate(self, request: Request, raw: bytes, destination: str) -> "_Caller | Answer":
        """Return who calls, or the refusal of one without a valid credential."""
        if not is_destination(destination):
            return _UNKNOWN_DESTINATION
        # A signature is over a part of a batch, which has to be found: not for whoever sends this.
        if has_too_many_values(raw):
            return refused(TOO_MANY_VALUES)
        caller = _met(request, raw, destination, self.parameters.read(destination))
        if isinstance(caller, _Caller) and caller.cover is Cover.NOTHING:
            # The secret may have been rotated since it was cached. If it was not, a large body of somebody
            # unknown is not worked through again.
            known = self.parameters.read(destination, fresh=True)
            caller = caller if known == caller.known else _met(request, raw, destination, known)
        if isinstance(caller, _Caller) and caller.cover is Cover.NOTHING:
            return _unauthenticated(request, destination, caller)
        return caller


@dataclass(frozen=True, slots=True)
class _Caller:
    """Whoever calls: what is known of the destination, and what of the body is vouched for."""

    known: Mapping[str, str]
    settings: IntakeSettings
    cover: Cover


def _met(request: Request, raw: bytes, destination: str, known: Mapping[str, str] | None) -> _Caller | Answer:
    """Return who calls, by what is `known` of the destination; or that nobody can be let in now."""
    if known is None:
        return secrets_unavailable()
    if not known:
        return _UNKNOWN_DESTINATION
    settings = known_settings(known, destination)
    if isinstance(settings, Answer):
        return settings
    return _Caller(known, settings, _cover(request, raw, known, settings))


def _cover(request: Request, raw: bytes, known: Mapping[str, str], settings: IntakeSettings) -> Cover:
    if _has_header_secret(request, _lines(known, "header-secret")):
        return Cover.WHOLE
    if settings.require_header:
        return Cover.NOTHING
    secrets = _lines(known, "signing-secret")
    # The whole body's signature is not one of its first event alone, whatever that was signed for.
    if whole := request.headers.get(WHOLE_BODY_HEADER, ""):
        return Cover.WHOLE if covered(raw, whole, secrets) is Cover.WHOLE else Cover.NOTHING
    return covered(raw, request.headers.get(FIRST_EVENT_HEADER, ""), secrets)


def _has_header_secret(request: Request, secrets: Sequence[str]) -> bool:
    authorization = request.headers.get("authorization", "")
    scheme, _, bearer = authorization.strip().partition(" ")
    given = [
        request.headers.get("x-api-key", "").strip(),
        bearer.strip() if scheme.lower() == "bearer" else "",
        # From a URL with user and password in it, where a sender lets nobody set headers.
        basic_credentials(authorization)[1],
    ]
    return any(
        [  # noqa: C419 - a list computes each, so that the time says nothing
            hmac.compare_digest(secret.encode(), candidate.encode("utf-8", "replace"))
            for secret in secrets
            for candidate in given
        ]
    )


def _lines(known: Mapping[str, str], name: str) -> list[str]:
    # Several secrets at once, one a line: while one is being rotated, both are good.
    return [line.strip() for line in known.get(name, "").splitlines() if line.strip()]


def _unauthenticated(request: Request, destination: str, caller: _Caller) -> Answer:
    wanted = ["header-secret"] if caller.settings.require_header else ["signing-secret", "header-secret"]
    if not any(_lines(caller.known, name) for name in wanted):
        message = (
            f"Destination {destination!r} has no secret yet, so nobody is let in. "
            f"Store one in SSM as a SecureString named …/{destination}/{' or …/'.join(wanted)}."
        )
        return error(401, "no_secret_configured", message)
    if caller.settings.require_header:
        message = "This destination wants its secret header, whatever is signed: Authorization: Bearer …"
        return error(401, "header_required", message)
    if WHOLE_BODY_HEADER in request.headers or FIRST_EVENT_HEADER in request.headers:
        message = "The signature does not match the body under any signing secret."
        return error(401, "invalid_signature", message)
    return error(401, "missing_credential", "Neither a signature nor a secret header was sent.")


def _audience_in(items: Sequence[Written]) -> str:
    """Return what Webhook Audiences calls an audience that it makes or asks for; it wants that back."""
    body = items[0].value if len(items) == 1 else None
    if not isinstance(body, dict) or "type" in body:
        return ""
    named = body.get("externalId") or body.get("audienceName")
    return named if isinstance(named, str) else ""


def _events_in(items: Sequence[Written], received_at_ms: int) -> Sequence[Written] | BadDocument:
    """Return the events; of a body that is a batch of Segment's Tracking API, those in it."""
    body = items[0].value if len(items) == 1 else None
    if not isinstance(body, dict) or "type" in body or "batch" not in body:
        return items
    return unbatched(body, "", received_at_ms)


_UNKNOWN_DESTINATION = error(
    404, "unknown_destination", "There is no such destination. Check the webhook's URL."
)
