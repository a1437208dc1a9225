"""HubSpot's API over httpx: one method a call, one token a request, no hidden retries.

An answer of any status is a value; so is no answer. Nothing here decides what an answer means.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

import httpx

from relay.core.answers import Answer, NoReply, Reply
from relay.core.bucket import LATE_MS, Family, Observation
from relay.core.definitions import GROUP_DEFINITION
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
    reads_sensitive: bool = False
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000

    def contact_properties(self, deadline_ms: int) -> Answer:
        """Read the properties of contacts; if wanted, with the sensitive ones, which HubSpot lists apart."""
        path = f"/crm/properties/{self.version}/contacts"
        answer = self._call("GET", path, None, deadline_ms)
        listed = _results(answer)
        if not self.reads_sensitive or listed is None:
            return answer
        further = self._call("GET", f"{path}?dataSensitivity=sensitive", None, deadline_ms)
        sensitive = _results(further)
        # Half a list would drop traits whose properties are there.
        return further if sensitive is None else Reply(httpx.codes.OK, {"results": [*listed, *sensitive]})

    def create_properties(self, definitions: Sequence[Mapping[str, object]], deadline_ms: int) -> Answer:
        """Create contact properties; and their group, if there is none yet."""
        path = f"/crm/properties/{self.version}/contacts"
        # A group that exists is answered with 409, which is as good; a missing scope shows below as well.
        group = self._call("POST", f"{path}/groups", GROUP_DEFINITION, deadline_ms)
        if isinstance(group, NoReply):
            return group
        return self._call("POST", f"{path}/batch/create", {"inputs": list(definitions)}, deadline_ms)

    def write_contacts(self, batch: Batch, deadline_ms: int) -> Answer:
        """Create or update the contacts of one batch, each input with its trace id.

        With trace ids one bad input costs itself (207); without them it costs the whole batch
        (HubSpot's error handling page, multi-status errors). An update names records by HubSpot's own id, and
        then HubSpot wants no `idProperty`.
        """
        by = {} if batch.is_update else {"idProperty": batch.inputs[0].ref.id_property}
        inputs = [
            {
                **by,
                "id": entry.record_id or entry.ref.id,
                "objectWriteTraceId": entry.trace_id,
                "properties": dict(entry.properties),
            }
            for entry in batch.inputs
        ]
        verb = "update" if batch.is_update else "upsert"
        path = f"/crm/objects/{self.version}/contacts/batch/{verb}"
        return self._call("POST", path, {"inputs": inputs}, deadline_ms)

    def read_contacts(self, emails: Sequence[str], deadline_ms: int) -> Answer:
        """Read the contacts of up to a hundred addresses, with all their addresses."""
        body = {
            "idProperty": "email",
            "inputs": [{"id": email} for email in emails],
            "properties": ["email", "hs_additional_emails"],
            "propertiesWithHistory": [],
        }
        return self._call("POST", f"/crm/objects/{self.version}/contacts/batch/read", body, deadline_ms)

    def delete_contact(self, record_id: str, deadline_ms: int, *, for_good: bool) -> Answer:
        """Archive a contact, or delete it for good; by its record, which no address is mistaken for."""
        path = f"/crm/objects/{self.version}/contacts"
        if for_good:
            return self._call("POST", f"{path}/gdpr-delete", {"objectId": record_id}, deadline_ms)
        return self._call("DELETE", f"{path}/{quote(record_id, safe='')}", None, deadline_ms)

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
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        try:
            request = self.http.build_request(
                method, self.base_url + path, json=body, headers=headers, timeout=self._timeouts()
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            # A URL or a credential that has no such form: one destination's mistake must not stop others.
            return NoReply(f"not_sendable: {type(error).__name__}")
        token = self.tokens.take(Family.BURST, deadline_ms)
        if isinstance(token, NoToken):
            return NoReply(token.reason, token.wait_ms)
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


def _results(answer: Answer) -> Sequence[object] | None:
    """Return the list that an answer holds, None if it holds none."""
    body = answer.body if isinstance(answer, Reply) and answer.status == httpx.codes.OK else None
    results = body.get("results") if isinstance(body, Mapping) else None
    return results if isinstance(results, list) else None


def _parsed(content: bytes) -> object:
    try:
        parsed: object = json.loads(content)
    except ValueError:
        return None
    return parsed


def _lower(headers: httpx.Headers) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}
