"""HubSpot's API over httpx: one method a call, one token a request, no hidden retries.

An answer of any status is a value; so is no answer. Nothing here decides what an answer means.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import httpx

from relay.adapters.bucket_table import Token
from relay.core.answers import Answer, NoReply, Reply
from relay.core.planning import Batch

# A property list of a large portal is some megabytes; more than this is not HubSpot.
MAX_ANSWER_BYTES = 64 * 1024 * 1024


class Tokens(Protocol):
    """Where the right to a call comes from."""

    def take(self, deadline_ms: int) -> Token | None:
        """Return a token, or None if there is none by `deadline_ms`."""
        ...

    def settle(self, token: Token, *, was_used: bool) -> None:
        """Note that the call of `token` ended just now, or was never made."""
        ...


@dataclass(frozen=True, slots=True)
class HubSpotClient:
    """Calls to one portal. `access_token(fresh)` gives the credential, re-read from its store if `fresh`."""

    http: httpx.Client
    tokens: Tokens
    access_token: Callable[[bool], str]
    base_url: str
    version: str
    timeout_s: float
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000

    def contact_properties(self, deadline_ms: int) -> Answer:
        """Read the property list of contacts."""
        return self._call("GET", f"/crm/properties/{self.version}/contacts", None, deadline_ms)

    def upsert_contacts(self, batch: Batch, deadline_ms: int) -> Answer:
        """Create or update the contacts of one batch, each input with its trace id.

        With trace ids one bad input costs itself (207); without them it costs the whole batch
        (HubSpot's error handling page, multi-status errors).
        """
        inputs = [
            {
                "idProperty": entry.ref.id_property,
                "id": entry.ref.id,
                "objectWriteTraceId": entry.trace_id,
                "properties": dict(entry.properties),
            }
            for entry in batch.inputs
        ]
        path = f"/crm/objects/{self.version}/contacts/batch/upsert"
        return self._call("POST", path, {"inputs": inputs}, deadline_ms)

    def _call(self, method: str, path: str, body: object, deadline_ms: int) -> Answer:
        """Call, and once more with a fresh credential if HubSpot refuses this one and there is another."""
        access_token = self.access_token(False)  # noqa: FBT003 - `fresh`, by position in a Callable
        answer = self._call_once(method, path, body, access_token, deadline_ms)
        if not isinstance(answer, Reply) or answer.status != httpx.codes.UNAUTHORIZED:
            return answer
        rotated = self.access_token(True)  # noqa: FBT003 - as above
        return (
            answer if rotated == access_token else self._call_once(method, path, body, rotated, deadline_ms)
        )

    def _call_once(self, method: str, path: str, body: object, access_token: str, deadline_ms: int) -> Answer:
        token = self.tokens.take(deadline_ms)
        if token is None:
            return NoReply("no_token")
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        request = self.http.build_request(
            method, self.base_url + path, json=body, headers=headers, timeout=self._timeouts()
        )
        sent = False
        try:
            if self.now_ms() >= min(token.use_by_ms, deadline_ms):
                return NoReply("no_time")
            sent = True
            return self._exchange(request, token.answer_by_ms)
        except httpx.TransportError as error:
            return NoReply(f"no_answer: {type(error).__name__}")
        finally:
            self.tokens.settle(token, was_used=sent)

    def _timeouts(self) -> httpx.Timeout:
        # httpx counts connecting and each read apart: together they may take as long as the call may.
        return httpx.Timeout(self.timeout_s * 0.8, connect=self.timeout_s * 0.2)

    def _exchange(self, request: httpx.Request, answer_by_ms: int) -> Answer:
        # httpx limits each read, not the whole: an answer that trickles in would outlive its token.
        response = self.http.send(request, stream=True)
        content = bytearray()
        try:
            for chunk in response.iter_bytes():
                content += chunk
                if self.now_ms() >= answer_by_ms or len(content) > MAX_ANSWER_BYTES:
                    return NoReply("no_answer: too slow or too long")
        finally:
            response.close()
        return Reply(response.status_code, _parsed(bytes(content)), _lower(response.headers))


def _parsed(content: bytes) -> object:
    try:
        parsed: object = json.loads(content)
    except ValueError:
        return None
    return parsed


def _lower(headers: httpx.Headers) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}
