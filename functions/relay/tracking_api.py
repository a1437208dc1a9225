"""Use case: take what Segment's and RudderStack's own libraries send, as Segment's Tracking API does.

A library names its source by a write key. It retries what is not taken as it likes, so answers follow the
rules that satisfy all of them: 200 for success and no other, JSON with `code` and `message` for errors, no
redirect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from relay.core.bodies import MAX_BODY_BYTES, MAX_PUBLIC_BODY_BYTES, BadBody, raw_bytes
from relay.core.cors import cors_headers, preflight_headers
from relay.core.documents import BadDocument, Written, read_body
from relay.core.intake_settings import IntakeSettings
from relay.core.tracking import unbatched, write_key_in
from relay.core.write_keys import InvalidWriteKeys, Source, basic_credentials, find, read_write_keys
from relay.intake import (
    RETRY_AFTER_S,
    Answer,
    Intake,
    Load,
    Parameters,
    Request,
    error,
    known_settings,
    over_a_limit,
    refused,
    secrets_unavailable,
    unreadable,
)

# The stack's own parameters are those of no destination.
_STACK = ""
# Pages ask for the settings each time they are loaded.
_SETTINGS_MAX_AGE_S = 300
# Which sender of events Segment's browser library is to use: it brings the only one along.
_VERSION_SETTINGS = {"version": "4.4.7", "componentTypes": ["browser"]}


@dataclass(frozen=True, slots=True)
class TrackingApi:
    """Authenticates by write key, completes the events as Segment does, and takes them."""

    parameters: Parameters
    intake: Intake

    def receive(self, request: Request, kind: str, received_at_ms: int) -> Answer:
        """Take the events of one request; `kind` is the type that its path implies, "" for a batch."""
        return self._readable(request, self._take(request, kind, received_at_ms))

    def preflight(self, request: Request) -> Answer:
        """Tell a browser whether a page may send: whose key it will use is not known yet."""
        answer = self._readable(request, Answer(200, {"success": True}))
        if "access-control-allow-origin" not in answer.headers:
            return _ORIGIN_NOT_ALLOWED
        asked = request.headers.get("access-control-request-headers", "")
        return replace(answer, headers={**answer.headers, **preflight_headers(asked)})

    def swallow(self, request: Request) -> Answer:
        """Accept a library's measurements of itself and drop them; it would go on asking otherwise."""
        return self._readable(request, Answer(200, {"success": True}))

    def settings(self, request: Request, write_key: str) -> Answer:
        """Tell a library where to send, as Segment's CDN does; browsers send nothing before they know."""
        source = self._find(write_key)
        if isinstance(source, Answer):
            answer = replace(source, status=404) if source.status == HTTPStatus.UNAUTHORIZED else source
            return self._readable(request, answer)
        host, scheme = request.headers.get("host", ""), request.headers.get("x-forwarded-proto", "https")
        segment = {
            "apiKey": write_key,
            "apiHost": f"{host}/v1",
            "protocol": scheme,
            "versionSettings": _VERSION_SETTINGS,
        }
        headers = {"cache-control": f"public, max-age={_SETTINGS_MAX_AGE_S}"}
        # A sample rate of 0 keeps the library from sending measurements of itself.
        body = {"integrations": {"Segment.io": segment}, "metrics": {"sampleRate": 0}}
        return self._readable(request, Answer(200, body, headers))

    def _take(self, request: Request, kind: str, received_at_ms: int) -> Answer:
        found = self._found(request)
        if isinstance(found, Answer):
            return found
        source, body = found
        if isinstance(body, Answer):
            answer = body
        else:
            answer = self._store(source, unbatched(body, kind, received_at_ms), received_at_ms)
        return replace(answer, destination=source.destination, key=source.key)

    def _found(self, request: Request) -> tuple[Source, Mapping[str, object] | Answer] | Answer:
        """Return whose write key a request has, and its body or why that is not taken."""
        named = _write_key_of(request)
        if named:
            # A wrong key costs no more than this; only one in the body has to be looked for there.
            source = self._find(named)
            if isinstance(source, Answer):
                return source
            at_most = MAX_PUBLIC_BODY_BYTES if source.grant else MAX_BODY_BYTES
            return source, self._objection(source, request) or _object_in(request, at_most)
        body = _object_in(request, MAX_PUBLIC_BODY_BYTES)
        source = body if isinstance(body, Answer) else self._find(write_key_in(body))
        if isinstance(source, Answer):
            return source
        return source, self._objection(source, request) or body

    def _objection(self, source: Source, request: Request) -> Answer | None:
        """Return why a key's request is not even read, None if it is."""
        if not source.allows(request.headers.get("origin", "")):
            return _ORIGIN_NOT_ALLOWED
        waiting = self.intake.shares.of_key(source)
        return over_a_limit(waiting) if waiting else None

    def _store(self, source: Source, events: Sequence[Written] | BadDocument, received_at_ms: int) -> Answer:
        if isinstance(events, BadDocument):
            return refused(events)
        settings = self._settings_of(source.destination)
        if isinstance(settings, Answer):
            return settings
        return self.intake.take(
            Load(source.destination, settings, events, source.types, received_at_ms, source)
        )

    def _find(self, write_key: str) -> Source | Answer:
        for fresh in (False, True):
            # The key may be newer than what is cached.
            sources = self._sources(fresh=fresh)
            if isinstance(sources, Answer):
                return sources
            source = find(sources, write_key)
            if source:
                return source
        return _UNKNOWN_KEY if write_key else _NO_KEY

    def _sources(self, *, fresh: bool = False) -> Mapping[str, Source] | Answer:
        known = self.parameters.read(_STACK, fresh=fresh)
        if known is None:
            return secrets_unavailable()
        sources = read_write_keys(known.get("write-keys", ""))
        if isinstance(sources, InvalidWriteKeys):
            message = f"The write keys in SSM are not valid ({sources.problem}). Please try again."
            return error(503, "invalid_write_keys", message, retry_after_s=RETRY_AFTER_S)
        return sources

    def _settings_of(self, destination: str) -> IntakeSettings | Answer:
        known = self.parameters.read(destination, is_named=True)
        if known is None:
            return secrets_unavailable()
        if known:
            return known_settings(known, destination)
        message = f"The write key's destination {destination!r} is not set up yet. Please try again."
        return error(503, "unknown_destination", message, retry_after_s=RETRY_AFTER_S)

    def _readable(self, request: Request, answer: Answer) -> Answer:
        """Let pages read the answer that may send: else a refusal looks like a broken connection to them."""
        sources = self._sources() if request.headers.get("origin") else {}
        if isinstance(sources, Answer):
            return answer
        allowed = cors_headers(request.headers.get("origin", ""), sources.values())
        return replace(answer, headers={**answer.headers, **allowed})


def _write_key_of(request: Request) -> str:
    """Return the write key that stands beside the body; a beacon can set no headers."""
    name, _ = basic_credentials(request.headers.get("authorization", ""))
    return name or request.query.get("writeKey", "")


def _object_in(request: Request, at_most: int) -> Mapping[str, object] | Answer:
    raw = raw_bytes(request.body, is_base64=request.is_base64, at_most=at_most)
    if isinstance(raw, BadBody):
        return unreadable(raw)
    body = read_body(raw)
    if isinstance(body, BadDocument):
        return refused(body)
    if not isinstance(body.value, dict):
        return error(400, "not_an_object", "The body is not a JSON object.")
    return body.value


_NO_KEY = error(
    401, "missing_write_key", "Send a write key: as the user name of Basic credentials, or in the body."
)
_UNKNOWN_KEY = error(401, "unknown_write_key", "There is no such write key. Write keys are kept in SSM.")
_ORIGIN_NOT_ALLOWED = error(
    403, "origin_not_allowed", "This write key lets no browser send from this origin: name it in its origins."
)
