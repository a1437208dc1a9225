"""HubSpot's API over httpx: one method a call, one token a request, no hidden retries.

An answer of any status is a value; so is no answer. Nothing here decides what an answer means.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import httpx

from relay.core.answers import Answer, NoReply, Reply
from relay.core.bucket import LATE_MS, Family, Observation
from relay.core.planning import Batch
from relay.core.purse import NoToken, Token
from relay.core.ratelimits import observation

# A property list of a large portal is some megabytes; more than this is not HubSpot.
MAX_ANSWER_BYTES = 64 * 1024 * 1024
# A call that HubSpot turns away for its limits is made again, each time with a token of its own.
MAX_TRIES = 3
TURNED_AWAY = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.LOCKED})


class Tokens(Protocol):
    """Where the right to a call comes from."""

    @property
    def time_zone(self) -> str:
        """The account's time zone, "" while it is unknown."""
        ...

    def take(self, family: Family, deadline_ms: int) -> Token | NoToken:
        """Return a token, or why there is none by `deadline_ms`."""
        ...

    def settle(self, token: Token, answered_at_ms: int | None, seen: Observation | None = None) -> None:
        """Note when the call of `token` was answered, None if it was never made, and what its answer told."""
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

    def learn_time_zone(self, deadline_ms: int) -> None:
        """Tell the bucket when the account's day ends, if no sender has done so yet."""
        if not self.tokens.time_zone:
            self._call("GET", f"/account-info/{self.version}/details", None, deadline_ms)

    def _call(self, method: str, path: str, body: object, deadline_ms: int) -> Answer:
        """Call; wait and call again while HubSpot turns us away for its limits."""
        for _ in range(MAX_TRIES - 1):
            answer = self._call_authorized(method, path, body, deadline_ms)
            if not isinstance(answer, Reply) or answer.status not in TURNED_AWAY:
                return answer
        return self._call_authorized(method, path, body, deadline_ms)

    def _call_authorized(self, method: str, path: str, body: object, deadline_ms: int) -> Answer:
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
        token = self.tokens.take(Family.BURST, deadline_ms)
        if isinstance(token, NoToken):
            return NoReply(token.reason, token.wait_ms)
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        request = self.http.build_request(
            method, self.base_url + path, json=body, headers=headers, timeout=self._timeouts()
        )
        if self.now_ms() >= min(token.use_by_ms, deadline_ms):
            self.tokens.settle(token, None)
            return NoReply("no_time")
        answer = self._answer(request, token.answer_by_ms)
        now_ms = self.now_ms()
        if isinstance(answer, Reply):
            self.tokens.settle(token, now_ms, observation(token.family, answer, now_ms))
        else:
            # It may still be on its way, and be counted when it arrives.
            self.tokens.settle(token, now_ms + LATE_MS)
        return answer

    def _answer(self, request: httpx.Request, answer_by_ms: int) -> Answer:
        try:
            return self._exchange(request, answer_by_ms)
        except httpx.RequestError as error:
            return NoReply(f"no_answer: {type(error).__name__}")

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
